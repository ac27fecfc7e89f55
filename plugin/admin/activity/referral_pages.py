"""Referrals: who brought whom and how it stands; and for the ones that want a look, both people side by side and the last word."""

from __future__ import annotations

from typing import Final, cast
from uuid import UUID

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from plugin.admin import forms
from plugin.admin.activity import naming, reading
from plugin.admin.activity.naming import Names
from plugin.admin.activity.words import CHANNELS, REFERRALS, SEEN
from plugin.admin.desk import Desk, go, page, visit
from plugin.admin.words import author
from plugin.loyalty import referral_words
from plugin.loyalty.program import Program
from plugin.loyalty.referring import Decision
from plugin.services import activity_stream, changelog, order_search, programs, referral_review, referrals
from plugin.services.referral_review import Review
from plugin.services.referrals import ReferralView

Answer = AnyResponse | tuple[str, int] | str

A_PAGE: Final = 25
SHORTEST_REASON: Final = 3


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """The list of referrals, and one of them with the decision."""

    @blueprint.get("/activity/referrals")
    def referral_list() -> Answer:
        state = next((one for one in REFERRALS if one == reading.text("state")), None)
        advocate, start = reading.number("member"), reading.page_number()
        with desk.transaction() as session:
            found = referrals.page(
                session, state=state, advocate_id=advocate, start=start, limit=A_PAGE + 1, now=visit().now
            )
            waiting = len(referrals.page(session, state="review", limit=A_PAGE, now=visit().now))
            people = [one.advocate_id for one in found] + [one.friend_id for one in found if one.friend_id is not None]
            owners = activity_stream.owners(session, people)
        kept: dict[str, object | None] = {"state": state, "member": advocate}
        return page(
            "activity/referrals.html",
            names=naming.names(desk, owners.values()),
            rows=[_row(one) for one in found[:A_PAGE]],
            state=state,
            waiting=waiting,
            member=advocate,
            everything=reading.address(url_for("admin.referral_list"), {"member": advocate}),
            states=[
                (word, name, reading.address(url_for("admin.referral_list"), kept | {"state": word}))
                for word, (name, _) in REFERRALS.items()
            ],
            older=_turned(kept, start + A_PAGE) if len(found) > A_PAGE else None,
            newer=_turned(kept, max(0, start - A_PAGE)) if start else None,
        )

    @blueprint.get("/activity/referrals/<uuid:referral_id>")
    def referral(referral_id: UUID) -> Answer:
        return _one(desk, referral_id)

    @blueprint.post("/activity/referrals/<uuid:referral_id>/decide")
    def decide_referral(referral_id: UUID) -> Answer:
        why = forms.clean(request.form.get("why", ""))
        decision = request.form.get("decision", "")
        problems = {}
        if len(why) < SHORTEST_REASON:
            problems["why"] = "Say why, so that your team can answer when somebody asks."
        elif len(why) > forms.LONGEST_TEXT:
            problems["why"] = f"Use at most {forms.LONGEST_TEXT} characters."
        if decision not in ("approve", "block"):
            problems["decision"] = "Choose one of the two."
        if problems:
            return _one(desk, referral_id, typed={"why": why, "decision": decision}, problems=problems)
        with desk.transaction() as session:
            found = referrals.resolve(
                session,
                referral_id,
                cast("Decision", decision),
                by=visit().author,
                why=why,
                keys=desk.world.keys,
                now=visit().now,
            )
            changelog.note(
                session,
                by=visit().author,
                deed="referral.decided",
                subject=str(referral_id),
                facts={"decision": decision, "score": found.score, "state": found.state},
                now=visit().now,
            )
        desk.ring("codes")
        return go("referral", referral_id=referral_id, said="decided")


def _one(
    desk: Desk, referral_id: UUID, *, typed: dict[str, str] | None = None, problems: dict[str, str] | None = None
) -> Answer:
    with desk.transaction() as session:
        found = referrals.view(session, referral_id, now=visit().now)
        review = referral_review.of(session, referral_id)
        people = [each for each in (found.advocate_id, found.friend_id) if each is not None]
        owners = activity_stream.owners(session, people)
        order = order_search.name_of(session, found.order_id) if found.order_id is not None else None
        program = programs.current(session).program
    names = naming.names(desk, owners.values())
    return page(
        "activity/referral.html",
        422 if problems else 200,
        program=program,
        names=names,
        one=_row(found),
        view=found,
        order=order,
        reason=referral_words.reason_text(found.reason) if found.reason else None,
        against=[(referral_words.signal_text(signal), _weight(program, signal)) for signal in found.signals],
        terms=program.referral.suspicion,
        compared=_compared(review),
        people=[_person(names, found.advocate_id, review.advocate), _person(names, found.friend_id, review.friend)],
        decided_by=author(found.decided_by),
        can_decide=found.state in referrals.DECIDABLE and found.order_id is not None,
        typed=typed or {"why": "", "decision": ""},
        problems=problems or {},
    )


def _turned(kept: dict[str, object | None], start: int) -> str:
    return reading.address(url_for("admin.referral_list"), kept | {"from": start or None})


def _row(one: ReferralView) -> dict[str, object]:
    label, tone = REFERRALS[one.state]
    return {
        "id": one.id,
        "advocate_id": one.advocate_id,
        "friend_id": one.friend_id,
        "label": label,
        "tone": tone,
        "state": one.state,
        "score": one.score,
        "channel": CHANNELS.get(one.channel, "Link"),
        "claimed_at": one.claimed_at,
        "why": referral_words.reason_text(one.reason) if one.reason else "",
    }


def _weight(program: Program, signal: str) -> int | None:
    weights: dict[str, int] = program.referral.suspicion.weights.model_dump()
    return weights.get(signal)


def _compared(review: Review) -> list[tuple[str, str, str]]:
    """(what was compared, what came of it, the tone of that), for everything that was seen of either."""
    found = []
    for kind, name in SEEN.items():
        if kind in review.shared:
            found.append((name, "The same", "critical"))
        elif kind in review.advocate.kinds and kind in review.friend.kinds:
            found.append((name, "Different", "success"))
        elif kind in review.advocate.kinds | review.friend.kinds:
            found.append((name, "Known of one only", "neutral"))
    return found


def _person(names: Names, member_id: int | None, side: referral_review.Side) -> dict[str, object]:
    person = names.person(member_id)
    return {
        "member_id": member_id,
        "email": person.email if person is not None else None,
        "since": side.since,
        "orders": side.orders,
        "friends": side.friends,
        "blocked": side.blocked,
    }
