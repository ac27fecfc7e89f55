"""What shoppers may send: typed bodies, and parameters in the query string. Everything else is refused before anything is read from it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, ClassVar, Final, TypeVar
from uuid import UUID

import msgspec

from plugin.storefront.refusals import RequestUnreadable

LARGEST_BODY: Final = 4096
"""Bytes. The largest body that makes sense here is a tenth of this."""

Nonce = Annotated[str, msgspec.Meta(max_length=80)]
RequestKey = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9-]{16,64}\Z")]
RewardId = Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9][a-z0-9-]{0,39}\Z")]
Handle = Annotated[str, msgspec.Meta(pattern=r"\A[0-9A-Z]{10}\Z")]
Channel = Annotated[str, msgspec.Meta(max_length=20)]
Device = Annotated[str, msgspec.Meta(pattern=r"\A([A-Za-z0-9-]{16,64})?\Z")]
"""A random name that a browser gives itself; it is hashed before anything is kept."""

Amount = Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{1,12}(\.[0-9]{1,3})?\Z")]
CurrencyCode = Annotated[str, msgspec.Meta(pattern=r"\A[A-Z]{3}\Z")]
Points = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every body carries."""

    is_guess: ClassVar[bool] = False
    """True for bodies with a code or a handle that somebody could try to guess: those may be sent less often."""

    nonce: Nonce = ""


class Plain(Body, frozen=True):
    """Nothing more to say."""


class Join(Body, frozen=True):
    """Become a member."""


class GiftRecipient(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """To whom Shopify sends a gift card."""

    email: Annotated[str, msgspec.Meta(pattern=r"\A[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s]{1,63}\Z")]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)] | None = None
    message: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None = None


class Redeem(Body, frozen=True):
    """Take a reward. `request_key` names this intent: repeated, it is answered with what it made before."""

    reward_id: RewardId
    request_key: RequestKey
    points: Points | None = None
    from_household: bool = False
    cart_total: Amount | None = None
    currency: CurrencyCode | None = None
    recipient: GiftRecipient | None = None


class Cancel(Body, frozen=True):
    """Give a reward back that was not used."""

    redemption_id: UUID


class Claim(Body, frozen=True):
    """Take a friend's gift. `ref` is the handle of the invitation link."""

    is_guess: ClassVar[bool] = True

    ref: Handle
    request_key: RequestKey
    via: Channel = ""
    device: Device = ""


class Click(Body, frozen=True):
    """A link was opened. `via` is how it was passed on."""

    ref: Handle
    via: Channel = ""


class Share(Body, frozen=True):
    """An advocate passes their link on."""

    via: Channel = ""
    device: Device = ""


B = TypeVar("B", bound=Body)


def read_body(raw: bytes, content_type: str, kind: type[B]) -> B:
    """The typed body. Raises RequestUnreadable for anything but `application/json` that fits.

    The content type is required because a plain HTML form on another site cannot send it.
    """
    if content_type.partition(";")[0].strip().lower() != "application/json" or len(raw) > LARGEST_BODY:
        raise RequestUnreadable
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise RequestUnreadable from None


def read_handle(text: str) -> str:
    """A referral handle from the query. Raises RequestUnreadable."""
    if not re.fullmatch(r"[0-9A-Z]{10}", text):
        raise RequestUnreadable
    return text


def read_amount(text: str | None) -> Decimal | None:
    """An amount of money such as "49.95" from the query; None when it is absent. Raises RequestUnreadable."""
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,3})?", text):
        raise RequestUnreadable
    return Decimal(text)


def read_before(text: str | None) -> int | None:
    """Below which entry a page of history starts; None for the newest. Raises RequestUnreadable."""
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise RequestUnreadable
    return int(text)
