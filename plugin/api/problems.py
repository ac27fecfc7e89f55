"""Every way the API says no, as RFC 9457 problem documents: one table from refusals to statuses, and one for the door's own.

`type` is "/problems/" and a code that never changes once published; `errors` name the fields; a refusal's facts (what was asked, what
there is) stand beside the sentence, so that programs need not read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

import msgspec
from flask import Response
from werkzeug.exceptions import HTTPException

from plugin.loyalty import errors
from plugin.loyalty.errors import AnswersUnfit, InvalidProgram, Refusal

CONTENT_TYPE: Final = "application/problem+json"


class FieldError(msgspec.Struct, frozen=True):
    """What is wrong with one field (a dotted path into the body), parameter or header."""

    field: str
    message: str


class ProblemDocument(msgspec.Struct, frozen=True, omit_defaults=True):
    """RFC 9457. Some problems carry the figures of `detail` as members of their own (`asked`, `available`, …)."""

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class Meaning:
    """How a refusal is answered; `field` is the part of the request it is about, if it is about one."""

    status: int
    title: str
    field: str | None = None


REFUSALS: Final[Mapping[type[Refusal], Meaning]] = {
    errors.InsufficientPoints: Meaning(409, "Not enough points", "points"),
    errors.RewardUnavailable: Meaning(422, "Reward not available", "reward_id"),
    errors.PointsOutOfRange: Meaning(422, "Points out of range", "points"),
    errors.ProgramNotLive: Meaning(409, "Program switched off"),
    errors.SpendingStopped: Meaning(409, "Redeeming is paused"),
    errors.NotSignedIn: Meaning(403, "Sign-in required"),
    errors.MemberUnknown: Meaning(404, "Member not found"),
    errors.MemberExcluded: Meaning(409, "Not a member"),
    errors.RedemptionUnknown: Meaning(404, "Redemption not found"),
    errors.RedemptionOver: Meaning(409, "Redemption is over"),
    errors.RewardOutOfStock: Meaning(409, "Reward out of stock", "reward_id"),
    errors.RewardLimitReached: Meaning(409, "Reward limit reached", "reward_id"),
    errors.RewardNotInChannel: Meaning(409, "Not in this channel", "channel"),
    errors.RewardForTiers: Meaning(409, "For members of a tier", "reward_id"),
    errors.RewardForSomeCustomers: Meaning(409, "For certain customers", "reward_id"),
    errors.RewardCurrencyUnknown: Meaning(422, "No amount in this currency", "currency"),
    errors.CartTooSmall: Meaning(409, "Cart too small", "cart_total"),
    errors.CartTotalNeeded: Meaning(422, "Cart needed", "cart_total"),
    errors.RecipientNotPossible: Meaning(422, "No recipient possible", "recipient"),
    errors.ReturnWindowOver: Meaning(409, "Too late to return"),
    errors.ReturnTooLarge: Meaning(409, "Too many points", "points"),
    errors.ReturnNotPossible: Meaning(409, "Nothing to give back"),
    errors.TaskUnknown: Meaning(404, "Task not found"),
    errors.TaskClosed: Meaning(409, "Task is closed"),
    errors.OrderUnknown: Meaning(404, "Order not found"),
    errors.KeyReused: Meaning(422, "Idempotency-Key used before", "Idempotency-Key"),
    errors.VersionConflict: Meaning(409, "Program changed meanwhile", "If-Match"),
    errors.VersionUnknown: Meaning(404, "Version not found"),
    errors.DraftMissing: Meaning(409, "No draft"),
    errors.DraftConflict: Meaning(409, "Draft changed meanwhile", "If-Match"),
    errors.DraftOutdated: Meaning(409, "Draft is out of date", "based_on"),
    errors.RehearsalUnknown: Meaning(404, "Rehearsal not found"),
    errors.ReferralUnknown: Meaning(404, "Referral link not found"),
    errors.ReferralClosed: Meaning(409, "Referrals are switched off"),
    errors.ReferralOver: Meaning(409, "Referral cannot be decided"),
    errors.ReferralForNewCustomers: Meaning(409, "For new customers"),
    errors.HouseholdsClosed: Meaning(409, "Households are switched off"),
    errors.HouseholdUnknown: Meaning(404, "Household not found"),
    errors.NotInHousehold: Meaning(409, "Not in a household"),
    errors.InHouseholdAlready: Meaning(409, "In a household already"),
    errors.HouseholdFull: Meaning(409, "Household is full"),
    errors.NotTheOwner: Meaning(403, "Not the owner"),
    errors.InvitationUnknown: Meaning(404, "Invitation not found", "code"),
    errors.HouseholdLimitReached: Meaning(409, "Spending limit reached", "points"),
    errors.GiftsClosed: Meaning(409, "Gifts are switched off"),
    errors.GiftTooSmall: Meaning(422, "Gift too small", "points"),
    errors.GiftLimitReached: Meaning(409, "Gift limit reached", "points"),
    errors.GiftUnknown: Meaning(404, "Gift not found", "code"),
    errors.GiftOver: Meaning(409, "Gift is over"),
    errors.GiftToOneself: Meaning(409, "Gift to oneself"),
    errors.TierUnknown: Meaning(422, "Tier not found", "tier"),
    errors.TierNotPinned: Meaning(409, "Tier not pinned"),
    errors.TierPinOver: Meaning(422, "The pin is over", "until"),
    errors.CauseUnknown: Meaning(404, "Cause not found", "cause_id"),
    errors.DonationNotOffered: Meaning(422, "Donation not offered", "points"),
    errors.DonationUnknown: Meaning(404, "Donation not found"),
    errors.DonationReturned: Meaning(409, "Donation was returned"),
    errors.ShopUnknown: Meaning(404, "Shop not found"),
    errors.NothingToReinstate: Meaning(409, "Nothing to give back", "points"),
    errors.GoodwillUnknown: Meaning(422, "Goodwill reason not found", "code"),
    errors.OverBudget: Meaning(409, "Over budget", "points"),
    errors.GrantUnknown: Meaning(404, "Grant not found"),
    errors.SegmentUnknown: Meaning(404, "Segment not found"),
    errors.SegmentNameTaken: Meaning(409, "Name taken", "name"),
    errors.TooManySegments: Meaning(409, "Too many segments"),
    errors.BulkUnknown: Meaning(404, "Change not found"),
    errors.BulkOver: Meaning(409, "Change is over"),
    errors.BulkTooLarge: Meaning(422, "Too many points", "points"),
    errors.BulkUncounted: Meaning(409, "Not counted yet"),
    errors.BulkForNobody: Meaning(409, "Nobody to change"),
    errors.FeedbackUnknown: Meaning(404, "Answers not found"),
    errors.MergeImpossible: Meaning(409, "Cannot become one"),
    errors.MemberBlocked: Meaning(409, "Member blocked"),
    errors.MemberNotBlocked: Meaning(409, "Member not blocked"),
    errors.GrantOver: Meaning(409, "Too late to take back"),
    errors.PartnerUnknown: Meaning(404, "Partner not found"),
    errors.LinkUnknown: Meaning(404, "Link not found"),
    errors.LinkCodeInvalid: Meaning(422, "Code not valid", "code"),
    errors.ConsentMissing: Meaning(422, "Consent missing", "consent"),
    errors.LaunchSaysNothing: Meaning(422, "Nothing to try out", "program.launch.counts_from"),
    errors.LaunchTrialUnknown: Meaning(404, "Dry run not found"),
    errors.NothingToPay: Meaning(409, "No dividend", "year"),
    errors.ActionUnknown: Meaning(422, "Action not found", "action_id"),
    errors.ActionNotReported: Meaning(422, "Action cannot be reported", "action_id"),
    errors.ActionClosed: Meaning(409, "Not at the moment"),
    errors.ActionLimitReached: Meaning(409, "Limit reached"),
    errors.ActionDone: Meaning(409, "Done already"),
    errors.ActionNotForMember: Meaning(409, "For other members"),
    errors.ActivityUnknown: Meaning(404, "Activity not found"),
    errors.EventUnknown: Meaning(404, "Event not found"),
    errors.CheckInCodeUnknown: Meaning(422, "Code not known", "code"),
    errors.CheckInCodeTaken: Meaning(409, "Code taken", "code"),
    errors.CheckInClosed: Meaning(409, "Check-in is closed"),
    errors.EventFull: Meaning(409, "Event is full"),
    errors.AlreadySubscribed: Meaning(409, "Subscribed already"),
    errors.NewsletterImpossible: Meaning(422, "Cannot subscribe"),
    errors.SurveyUnknown: Meaning(404, "Survey not found"),
    errors.AnswersUnfit: Meaning(422, "Answers do not fit", "answers"),
    errors.BirthdayUnfit: Meaning(422, "No such day", "day"),
    errors.InvalidProgram: Meaning(422, "Invalid program"),
}

_FIGURES: Final = (int, str, datetime)
_HTTP_CODES: Final = {404: "not-found", 405: "method-not-allowed", 413: "body-too-large"}


@dataclass
class Problem(Exception):
    """An answer of this door that is not a refusal of the program's: the request itself is at fault, or the key."""

    status: int
    code: str
    title: str
    detail: str
    errors: tuple[FieldError, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)


def invalid(problems: list[tuple[str, str]], *, status: int = 422) -> Problem:
    """The request names things that cannot be: (field, message) for each."""
    count = len(problems)
    return Problem(
        status,
        "invalid-request",
        "Invalid request",
        f"{problems[0][0]}: {problems[0][1]}" if count == 1 else f"{count} fields are not as they should be.",
        tuple(FieldError(name, message) for name, message in problems),
    )


def malformed(detail: str) -> Problem:
    """The body cannot be read at all."""
    return Problem(400, "malformed-json", "Malformed JSON", detail, (FieldError("body", detail),))


def of_refusal(refusal: Refusal) -> Problem:
    """A refusal of the program's, with its figures."""
    meaning = REFUSALS[type(refusal)]
    detail = str(refusal)
    if isinstance(refusal, InvalidProgram):
        found = tuple(FieldError(name or "body", message) for name, message in refusal.facts["problems"])
        return Problem(meaning.status, refusal.code, meaning.title, detail, found)
    figures: dict[str, Any] = {
        name: value
        for name, value in refusal.facts.items()
        if isinstance(value, _FIGURES) and not name.endswith(("_id", "key"))
    }
    if isinstance(refusal, AnswersUnfit):
        found = tuple(FieldError(f"answers.{name}", message) for name, message in refusal.facts["problems"])
        return Problem(meaning.status, refusal.code, meaning.title, detail, found)
    if "differences" in refusal.facts:
        figures["differences"] = [
            {"path": path, "mine": mine, "theirs": theirs} for path, mine, theirs in refusal.facts["differences"]
        ]
    about = (FieldError(meaning.field, detail),) if meaning.field is not None else ()
    return Problem(meaning.status, refusal.code, meaning.title, detail, about, figures=figures)


def of_http(error: HTTPException) -> Problem:
    """What Flask or Werkzeug refused: an unknown path, a wrong method, a body that is too large."""
    status = error.code or 500
    return Problem(
        status,
        _HTTP_CODES.get(status, "bad-request"),
        HTTPStatus(status).phrase,
        error.description or HTTPStatus(status).phrase,
        headers={name: text for name, text in error.get_headers() if name in {"Allow", "Retry-After"}},
    )


def respond(problem: Problem) -> Response:
    """The problem as a response."""
    document = ProblemDocument(
        f"/problems/{problem.code}", problem.title, problem.status, problem.detail, problem.errors
    )
    body = msgspec.json.encode({**msgspec.to_builtins(document), **problem.figures})
    return Response(body, status=problem.status, headers=dict(problem.headers), content_type=CONTENT_TYPE)
