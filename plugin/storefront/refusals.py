"""How this door says no: one table from a refusal's code to a status, and a sentence for each in the shopper's language.

Sentences carry the refusal's figures, in the merchant's words for points, and never an id, an address or anything that was sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Final

from babel.numbers import format_decimal

from plugin.loyalty.errors import Refusal
from plugin.loyalty.points import PointsWords, points_words
from plugin.loyalty.program import Program
from plugin.storefront.sentences import SENTENCES


class NonceMissing(Refusal):
    """The nonce is absent, another visitor's, or has run out: the page reads the state again and repeats the request."""

    code: ClassVar[str] = "session-expired"
    sentence: ClassVar[str] = "This page was open for a while. Please try again."


class RequestUnreadable(Refusal):
    """The body is not the JSON that this route takes, or a parameter is malformed."""

    code: ClassVar[str] = "invalid-request"
    sentence: ClassVar[str] = "This request could not be understood."


class PageUnknown(Refusal):
    """There is nothing at this address for this method."""

    code: ClassVar[str] = "not-found"
    sentence: ClassVar[str] = "There is nothing here."


class TooFast(Refusal):
    """Somebody asks more often than people do; `seconds` says when it is possible again."""

    code: ClassVar[str] = "too-fast"
    sentence: ClassVar[str] = "That was a little fast. Please try again in {seconds} s."


class Unavailable(Refusal):
    """The database or Shopify cannot be asked just now."""

    code: ClassVar[str] = "try-again"
    sentence: ClassVar[str] = "This did not work just now. Please try again in a moment."


STATUSES: Final[Mapping[str, int]] = {
    "partner-unknown": 404,
    "link-unknown": 404,
    "consent-missing": 422,
    "not_from_shopify": 401,
    "session-expired": 403,
    "invalid-request": 422,
    "idempotency-key-reused": 422,
    "not-found": 404,
    "shop-unknown": 404,
    "try-again": 503,
    "too-fast": 429,
    "sign-in-required": 401,
    "insufficient-points": 422,
    "points-out-of-range": 422,
    "reward-unavailable": 404,
    "program-not-live": 404,
    "spending-stopped": 503,
    "member-unknown": 404,
    "member-excluded": 403,
    "redemption-unknown": 404,
    "redemption-over": 409,
    "reward-out-of-stock": 409,
    "reward-limit-reached": 409,
    "reward-not-in-channel": 409,
    "reward-for-tiers": 403,
    "reward-for-some-customers": 403,
    "reward-currency-unknown": 422,
    "cart-too-small": 422,
    "cart-total-needed": 422,
    "recipient-not-possible": 422,
    "return-window-over": 409,
    "referral-unknown": 404,
    "referral-closed": 410,
    "referral-over": 409,
    "referral-for-new-customers": 403,
    "households-closed": 410,
    "household-unknown": 404,
    "not-in-household": 409,
    "in-household-already": 409,
    "household-full": 409,
    "not-the-owner": 403,
    "role-too-low": 403,
    "invitation-unknown": 404,
    "household-limit-reached": 422,
    "gifts-closed": 410,
    "gift-too-small": 422,
    "gift-limit-reached": 422,
    "gift-unknown": 404,
    "gift-over": 409,
    "gift-to-oneself": 409,
    "cause-unknown": 404,
    "donation-not-offered": 422,
    "donation-unknown": 404,
    "donation-returned": 409,
    "action-unknown": 404,
    "action-closed": 409,
    "action-limit-reached": 409,
    "action-done": 409,
    "action-not-for-member": 403,
    "check-in-code-unknown": 422,
    "check-in-closed": 409,
    "event-full": 409,
    "already-subscribed": 409,
    "newsletter-impossible": 422,
    "survey-unknown": 404,
    "answers-unfit": 422,
    "birthday-unfit": 422,
}
"""A refusal's code -> the HTTP status it is answered with."""


def answer(refusal: Refusal, *, program: Program | None, language: str) -> tuple[dict[str, Any], int]:
    """The body and status for a refusal, in one of `LANGUAGES`. `program` lends its words for points; None before the shop is known."""
    figures = _figures(refusal, points_words(program or Program(), language))
    message = SENTENCES[language][refusal.code].format_map(figures)
    return {"error": {"code": refusal.code, "message": message, **_instants(refusal)}}, STATUSES[refusal.code]


def _instants(refusal: Refusal) -> dict[str, str]:
    """When it opens again or ended, for the page to say in the shopper's own time."""
    return {
        name: value.isoformat(timespec="seconds")
        for name, value in refusal.facts.items()
        if isinstance(value, datetime) and name in {"opens_at", "ended_at"}
    }


def _figures(refusal: Refusal, names: PointsWords) -> dict[str, str]:
    figures: dict[str, str] = {}
    for name, value in refusal.facts.items():
        if isinstance(value, int):
            figures[name] = format_decimal(value, locale=names.language)
            figures[f"{name}_word"] = names.for_count(value)
        elif name in _MERCHANTS_WORDS and isinstance(value, str):
            figures[name] = value
    return figures


_MERCHANTS_WORDS: Final = frozenset({"tiers", "minimum", "total", "currency"})
"""Facts that are the merchant's own words, or amounts."""
