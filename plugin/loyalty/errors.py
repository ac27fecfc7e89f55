"""Refusals: every way the program says no, as exceptions named like sentences that carry the facts.

Doors map them to answers in one table each; `code` is the stable type of the answer and never changes once published.
"""

from __future__ import annotations

from typing import Any, ClassVar


class Refusal(Exception):
    """The request was understood and is not granted. `facts` say what was asked and what there is."""

    code: ClassVar[str] = "refused"
    sentence: ClassVar[str] = "This cannot be done."

    def __init__(self, **facts: Any) -> None:
        super().__init__(self.code)
        self.facts = facts

    def __str__(self) -> str:
        """The sentence with its facts filled in (English; pages translate by `code`)."""
        return self.sentence.format(**self.facts)


class InsufficientPoints(Refusal):
    code = "insufficient-points"
    sentence = "{asked} points were asked for, and {available} are available."


class RewardUnavailable(Refusal):
    code = "reward-unavailable"
    sentence = "There is no reward {reward_id} in the program that is live now."


class PointsOutOfRange(Refusal):
    code = "points-out-of-range"
    sentence = "{asked} points were asked for; this reward takes {minimum} to {maximum} points in steps of {step}."


class ProgramNotLive(Refusal):
    code = "program-not-live"
    sentence = "The program is switched off."


class SpendingStopped(Refusal):
    code = "spending-stopped"
    sentence = "Redeeming is paused while the books of this shop are being checked."


class NotSignedIn(Refusal):
    code = "sign-in-required"
    sentence = "Sign in to your account to do this."


class MemberUnknown(Refusal):
    code = "member-unknown"
    sentence = "There is no such member."


class MemberExcluded(Refusal):
    code = "member-excluded"
    sentence = "This customer does not take part in the program."


class RedemptionUnknown(Refusal):
    code = "redemption-unknown"
    sentence = "There is no such redemption."


class RedemptionOver(Refusal):
    code = "redemption-over"
    sentence = "This redemption is {state} and can no longer be cancelled."


class OrderUnknown(Refusal):
    code = "order-unknown"
    sentence = "No order {order_id} has reached the program."


class KeyReused(Refusal):
    code = "idempotency-key-reused"
    sentence = "This Idempotency-Key was used before with a different request."


class VersionConflict(Refusal):
    code = "version-conflict"
    sentence = "The program was changed meanwhile: you edited version {asked}, and version {current} is live."


class ReferralUnknown(Refusal):
    code = "referral-unknown"
    sentence = "This referral link is not known."


class ReferralClosed(Refusal):
    code = "referral-closed"
    sentence = "Referrals are switched off."


class ReferralForNewCustomers(Refusal):
    code = "referral-for-new-customers"
    sentence = "This offer is for new customers."


class ShopUnknown(Refusal):
    code = "shop-unknown"
    sentence = "No shop {domain} is installed."


class InvalidProgram(Refusal):
    """`problems` is a list of (field path, message)."""

    code = "invalid-program"
    sentence = "The program has {count} problem(s)."


class UnreadableFacts(Exception):
    """A delivery whose body holds no facts that can be trusted; `reason` says why, without quoting the body."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class OutsideError(Exception):
    """Shopify did not do what was asked. The message never holds a token, a body or a person's data."""


class Throttled(OutsideError):
    """Not done: the rate limit. `retry_after_seconds` says when it can be asked again."""

    def __init__(self, message: str = "throttled", *, retry_after_seconds: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class Unreachable(OutsideError):
    """Not done: the request did not reach Shopify, or Shopify refused before applying. Safe to repeat."""


class Ambiguous(OutsideError):
    """Perhaps done: the answer was lost. Look it up before anything else."""


class Unauthorized(OutsideError):
    """The token is gone or lacks a scope; nothing will work until the app is opened or installed again."""


class Refused(OutsideError):
    """Shopify understood and said no; `errors` are its own codes and words."""

    def __init__(self, message: str, *, errors: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.errors = errors


class CodeTaken(Refused):
    """The code exists at Shopify and is not ours."""
