"""Every way the API says no, as RFC 9457 problem documents: one table from refusals to statuses, and one for the door's own.

`type` is "/problems/" and a code that never changes once published; `errors` name the fields; a refusal's facts (what was asked, what
there is) stand beside the sentence, so that programs need not read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import msgspec
from flask import Response
from werkzeug.exceptions import HTTPException

from plugin.loyalty import errors
from plugin.loyalty.errors import InvalidProgram, Refusal

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
    errors.OrderUnknown: Meaning(404, "Order not found"),
    errors.KeyReused: Meaning(422, "Idempotency-Key used before", "Idempotency-Key"),
    errors.VersionConflict: Meaning(409, "Program changed meanwhile", "If-Match"),
    errors.ReferralUnknown: Meaning(404, "Referral link not found"),
    errors.ReferralClosed: Meaning(409, "Referrals are switched off"),
    errors.ReferralForNewCustomers: Meaning(409, "For new customers"),
    errors.ShopUnknown: Meaning(404, "Shop not found"),
    errors.InvalidProgram: Meaning(422, "Invalid program"),
}

_FIGURES: Final = (int, str)
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
    figures = {
        name: value
        for name, value in refusal.facts.items()
        if isinstance(value, _FIGURES) and not name.endswith(("_id", "key"))
    }
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
