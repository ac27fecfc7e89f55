"""What shoppers may send: typed bodies, and parameters in the query string. Everything else is refused before anything is read from it."""

from __future__ import annotations

import re
from typing import Annotated, Final, TypeVar
from uuid import UUID

import msgspec

from plugin.storefront.refusals import RequestUnreadable

LARGEST_BODY: Final = 4096
"""Bytes. The largest body that makes sense here is a tenth of this."""

Nonce = Annotated[str, msgspec.Meta(max_length=80)]
RequestKey = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9-]{16,64}\Z")]
RewardId = Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9][a-z0-9-]{0,39}\Z")]
Handle = Annotated[str, msgspec.Meta(pattern=r"\A[0-9A-Z]{10}\Z")]
Points = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every body carries."""

    nonce: Nonce = ""


class Join(Body, frozen=True):
    """Become a member."""


class Redeem(Body, frozen=True):
    """Take a reward. `request_key` names this intent: repeated, it is answered with what it made before."""

    reward_id: RewardId
    request_key: RequestKey
    points: Points | None = None


class Cancel(Body, frozen=True):
    """Give a reward back that was not used."""

    redemption_id: UUID


class Claim(Body, frozen=True):
    """Take a friend's gift. `ref` is the handle of the invitation link."""

    ref: Handle
    request_key: RequestKey


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


def read_before(text: str | None) -> int | None:
    """Below which entry a page of history starts; None for the newest. Raises RequestUnreadable."""
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise RequestUnreadable
    return int(text)
