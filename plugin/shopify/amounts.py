"""Shopify's texts become values here, the same way for webhooks and for GraphQL: money, instants, ids.

Both readers yield equal facts only because every amount has one spelling: "10.00", "10.0" and "10" all become Decimal("10").
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final, TypeVar

from plugin.loyalty.errors import UnreadableFacts
from plugin.loyalty.facts import Discount, Line, Refund, RefundLine

LARGEST_ID: Final = 2**63 - 1
LONGEST_TEXT: Final = 255

ZERO: Final = Decimal(0)

R = TypeVar("R", Line, Refund)


def money(text: str) -> Decimal:
    """A non-negative amount. Raises UnreadableFacts for anything else (signs, exponents, NaN, absurd lengths)."""
    amount = _amount(text)
    if amount < 0:
        raise UnreadableFacts("an amount is negative")
    return amount


def signed_money(text: str) -> Decimal:
    """An amount of either sign. Raises UnreadableFacts for anything that is no plain decimal number."""
    return _amount(text)


def utc(instant: datetime) -> datetime:
    """An aware datetime as UTC. Raises UnreadableFacts for naive ones and for years nobody sells in."""
    if instant.tzinfo is None or not _FIRST_YEAR <= instant.year <= _LAST_YEAR:
        raise UnreadableFacts("a date is out of range")
    return instant.astimezone(UTC)


def currency_code(text: str) -> str:
    """A three-letter currency. Raises UnreadableFacts otherwise."""
    if _CURRENCY.fullmatch(text) is None:
        raise UnreadableFacts("the currency is not a currency code")
    return text


def gid_number(gid: str, kind: str) -> int:
    """The number in "gid://shopify/{kind}/123". Raises UnreadableFacts for any other text or a number beyond 63 bits."""
    prefix, _, digits = gid.rpartition("/")
    if prefix != f"gid://shopify/{kind}" or _ID_DIGITS.fullmatch(digits) is None or not 0 < int(digits) <= LARGEST_ID:
        raise UnreadableFacts("an id is not one of Shopify's")
    return int(digits)


def gid(kind: str, number: int) -> str:
    """The GraphQL id of a numeric one."""
    return f"gid://shopify/{kind}/{number}"


def instant_text(instant: datetime) -> str:
    """An instant as we send it: UTC, whole seconds."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def kept_text(text: str | None) -> str:
    """A text that will be stored: never longer than 255 characters and without NUL. None becomes ""."""
    if text is None:
        return ""
    if len(text) > LONGEST_TEXT or "\x00" in text:
        raise UnreadableFacts("a text is too long or holds a NUL")
    return text


def line_gross(unit_price: Decimal, quantity: int) -> Decimal:
    """Unit price x quantity. Raises UnreadableFacts for sums that no shop takes and that would overflow points."""
    gross = unit_price * quantity
    if gross > _LARGEST_GROSS:
        raise UnreadableFacts("a line's amount is out of range")
    return gross


def each_once(records: list[R]) -> tuple[R, ...]:
    """Lines or refunds in the order of their ids. Raises UnreadableFacts when one is listed twice."""
    if len(records) > 1:
        records.sort(key=_by_id)
        if any(one.id == other.id for one, other in itertools.pairwise(records)):
            raise UnreadableFacts("the order lists a line or refund twice")
    return tuple(records)


def referral_handle(text: str) -> str | None:
    """`text` when it can be a referral handle, else None."""
    return text if _REFERRAL.fullmatch(text) else None


def presentment(text: str | None, currency: str) -> str | None:
    """The currency the shopper paid in, where it is not the shop's own."""
    return None if text is None or text == currency else currency_code(text)


def discount_codes(codes: Sequence[str]) -> tuple[str, ...]:
    """The codes of an order as facts hold them: upper case, sorted, each once."""
    if len(codes) > _MOST_CODES:
        raise UnreadableFacts("the order lists more codes than Shopify allows")
    return tuple(sorted({kept_text(code).upper() for code in codes}))


def sorted_discounts(discounts: list[Discount]) -> tuple[Discount, ...]:
    """One order for the discounts of a line, whatever order Shopify lists them in."""
    if len(discounts) > 1:
        discounts.sort(key=lambda discount: (discount.code or "", discount.amount))
    return tuple(discounts)


def sorted_refund_lines(lines: list[RefundLine]) -> tuple[RefundLine, ...]:
    """One order for the lines of a refund, whatever order Shopify lists them in."""
    if len(lines) > 1:
        lines.sort(key=lambda line: (line.line_id, line.quantity, line.subtotal))
    return tuple(lines)


# --- Helpers ----------------------------------------------------------------------------------------------------------

_FIRST_YEAR: Final = 1990
_LAST_YEAR: Final = 2999
_MOST_CODES: Final = 100
_LARGEST_GROSS: Final = Decimal(10**13)
_REFERRAL = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_ID_DIGITS = re.compile(r"[0-9]{1,19}")
_AMOUNT = re.compile(r"(-?)0*([0-9]{1,12})(?:\.([0-9]{1,6}))?")


_by_id: Callable[[Any], Any] = attrgetter("id")


@functools.lru_cache(maxsize=16384)
def _amount(text: str) -> Decimal:
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise UnreadableFacts("an amount is not a number")
    sign, whole, fraction = match.groups(default="")
    fraction = fraction.rstrip("0")
    amount = Decimal(f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}")
    return amount or ZERO
