"""What staff do for one member: points, goodwill, rewards, tier, block, and forgetting. Each is noted, and sent twice it is done once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from plugin.admin import forms
from plugin.admin.desk import Desk, go, visit
from plugin.admin.forms import Field
from plugin.admin.members.person import ONE, show
from plugin.db import Session
from plugin.loyalty.days import begin_of, zone_of
from plugin.loyalty.errors import KeyReused, Refusal, TierPinOver, TierUnknown
from plugin.services import blocks, changelog, forget, goodwill, lookup, members, programs, redeem, settle, tiers

Answer = AnyResponse | tuple[str, int] | str
Problems = dict[str, str]

MOST_POINTS: Final = 1_000_000_000
NO_TIER: Final = "-"
ADJUST: Final = (
    Field("direction", "text"),
    Field("points", "whole"),
    Field("reason", "text"),
    Field("shown", "text", is_optional=True),
)
GOODWILL: Final = (Field("code", "text"), Field("goodwill_points", "whole"), Field("goodwill_note", "text"))
REWARD: Final = (Field("reward_id", "text"),)
PIN: Final = (Field("tier", "text"), Field("until", "text", is_optional=True), Field("pin_reason", "text"))
BLOCK: Final = (Field("block_reason", "text"),)


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """Everything below `/members/<id>` that changes something."""
    _add_points(blueprint, desk)
    _add_rewards(blueprint, desk)
    _add_standing(blueprint, desk)

    @blueprint.post(f"{ONE}/forget")
    def member_forget(member_id: int) -> Answer:
        with desk.transaction() as session:
            settle.lock_shop(session)
            customer_id = members.customer_of(session, lookup.reachable(session, member_id))
            if forms.clean(request.form.get("customer", "")).removeprefix("#") == str(customer_id):
                forget.erase(session, customer_id or 0, keys=desk.world.keys, now=visit().now)
                _note(session, "member.forgotten", member_id)
                problem = ""
            else:
                problem = f"To confirm, type the customer's number: {customer_id}."
        if problem:
            return show(desk, member_id, request.form, {"customer": problem})
        desk.ring("codes")
        return go("member", member_id=member_id, said="forgotten")


def _add_points(blueprint: Blueprint, desk: Desk) -> None:
    @blueprint.post(f"{ONE}/adjustments")
    def adjust(member_id: int) -> Answer:
        read, problems = _read(ADJUST)
        problems = {**_adjust_problems(read), **problems}
        if problems:
            return show(desk, member_id, request.form, problems)
        points = read["points"] * (1 if read["direction"] == "add" else -1)

        def deed(session: Session, key: str) -> None:
            members.view(session, member_id, handle_key=desk.handle_key, now=visit().now)
            members.adjust(
                session,
                lookup.reachable(session, member_id),
                points,
                words=read["reason"],
                shown=read["shown"],
                author=visit().author,
                key=f"{member_id}:{key}",
                now=visit().now,
            )
            _note(session, "member.adjusted", member_id, {"points": points})

        once(desk, f"adjust:{member_id}", read, deed)
        return go("member", member_id=member_id, said="adjusted")

    @blueprint.post(f"{ONE}/goodwill")
    def member_goodwill(member_id: int) -> Answer:
        read, problems = _read(GOODWILL)
        if "goodwill_points" in read and not 0 < read["goodwill_points"] <= MOST_POINTS:
            problems["goodwill_points"] = "Enter 1 or more."
        if problems:
            return show(desk, member_id, request.form, problems)

        def deed(session: Session, key: str) -> None:
            give_goodwill(desk, session, member_id, read, key)

        try:
            once(desk, f"goodwill:{member_id}", read, deed)
        except Refusal as refusal:
            return show(desk, member_id, request.form, {"goodwill_points": str(refusal)})
        return go("member", member_id=member_id, said="goodwill-given")


def give_goodwill(desk: Desk, session: Session, member_id: int, read: Mapping[str, Any], key: str) -> None:
    """Give what was typed into a goodwill form. Raises as plugin.services.goodwill.give."""
    goodwill.give(
        session,
        lookup.reachable(session, member_id),
        read["code"],
        read["goodwill_points"],
        words=read["goodwill_note"],
        author=visit().author,
        key=key,
        keys=desk.world.keys,
        now=visit().now,
    )
    facts = {"points": read["goodwill_points"], "code": read["code"]}
    _note(session, "member.goodwill_given", member_id, facts)


def _add_rewards(blueprint: Blueprint, desk: Desk) -> None:
    @blueprint.post(f"{ONE}/redemptions/<uuid:redemption_id>/cancel")
    def cancel(member_id: int, redemption_id: UUID) -> Answer:
        with desk.transaction() as session:
            redeem.cancel(session, redemption_id, member_id=member_id, now=visit().now)
            facts = {"member": member_id}
            changelog.note(
                session,
                by=visit().author,
                deed="redemption.cancelled",
                subject=str(redemption_id),
                facts=facts,
                now=visit().now,
            )
        desk.ring("codes")
        return go("member", member_id=member_id, said="cancelled")

    @blueprint.post(f"{ONE}/rewards")
    def member_reward(member_id: int) -> Answer:
        read, problems = _read(REWARD)
        with desk.transaction() as session:
            program = programs.current(session)
        found = program.program.reward(read.get("reward_id", ""))
        if found is None or not found.is_on or not program.program.is_live:
            problems["reward_id"] = "Choose a reward of the program."
        if problems or found is None:
            return show(desk, member_id, request.form, problems)

        def deed(session: Session, key: str) -> None:
            redeem.grant(
                session,
                lookup.reachable(session, member_id),
                found,
                key=f"staff:{member_id}:{key}",
                version=program.version,
                keys=desk.world.keys,
                now=visit().now,
            )
            _note(session, "member.reward_given", member_id, {"reward": found.id})

        once(desk, f"reward:{member_id}", read, deed)
        desk.ring("codes")
        return go("member", member_id=member_id, said="reward-given")


def _add_standing(blueprint: Blueprint, desk: Desk) -> None:
    @blueprint.post(f"{ONE}/pin")
    def member_pin(member_id: int) -> Answer:
        read, problems = _read(PIN)
        until = _begin(read["until"]) if read.get("until") else None
        if read.get("until") and until is None:
            problems["until"] = "Choose a day."
        tier = None if read.get("tier") == NO_TIER else read.get("tier")
        if not problems:
            try:
                with desk.transaction() as session:
                    tiers.pin(
                        session,
                        lookup.reachable(session, member_id),
                        tier,
                        until=until,
                        words=read["pin_reason"],
                        author=visit().author,
                        keys=desk.world.keys,
                        now=visit().now,
                    )
                    _note(session, "member.tier_pinned", member_id, {"tier": tier or "none", "until": until})
            except TierUnknown:
                problems["tier"] = "Choose a tier of the program."
            except TierPinOver:
                problems["until"] = "Choose a day to come."
        if problems:
            return show(desk, member_id, request.form, problems)
        desk.ring("rest")
        return go("member", member_id=member_id, said="pinned")

    @blueprint.post(f"{ONE}/unpin")
    def member_unpin(member_id: int) -> Answer:
        with desk.transaction() as session:
            tiers.unpin(session, lookup.reachable(session, member_id), keys=desk.world.keys, now=visit().now)
            _note(session, "member.tier_unpinned", member_id)
        desk.ring("rest")
        return go("member", member_id=member_id, said="unpinned")

    @blueprint.post(f"{ONE}/block")
    def member_block(member_id: int) -> Answer:
        read, problems = _read(BLOCK)
        if problems:
            return show(desk, member_id, request.form, problems)
        with desk.transaction() as session:
            living = lookup.reachable(session, member_id)
            blocks.block(session, living, words=read["block_reason"], author=visit().author, now=visit().now)
            _note(session, "member.blocked", member_id)
        return go("member", member_id=member_id, said="blocked")

    @blueprint.post(f"{ONE}/unblock")
    def member_unblock(member_id: int) -> Answer:
        with desk.transaction() as session:
            blocks.unblock(session, lookup.reachable(session, member_id), now=visit().now)
            _note(session, "member.unblocked", member_id)
        return go("member", member_id=member_id, said="unblocked")


def _read(fields: tuple[Field, ...]) -> tuple[dict[str, Any], Problems]:
    """What was typed, and what is wrong with it: texts have an end."""
    reading = forms.read(fields, request.form, digits=0)
    too_long = {
        name: f"Use at most {forms.LONGEST_TEXT} characters."
        for name, value in reading.values.items()
        if isinstance(value, str) and len(value) > forms.LONGEST_TEXT
    }
    return dict(reading.values), {**too_long, **reading.problems}


def _adjust_problems(read: Mapping[str, Any]) -> Problems:
    problems = {}
    if "points" in read and not 0 < read["points"] <= MOST_POINTS:
        problems["points"] = f"Enter a number from 1 to {MOST_POINTS:,}."
    if "direction" in read and read["direction"] not in {"add", "take"}:
        problems["direction"] = "Choose whether to add or to take away."
    return problems


def once(desk: Desk, route: str, read: Mapping[str, Any], deed: Callable[[Session, str], None]) -> None:
    """Do it, unless this form was sent before: the key is the form's own."""
    key = forms.clean(request.form.get("key", ""))[:64] or str(uuid4())
    caller, body = visit().author, repr(sorted(read.items())).encode()
    with desk.transaction() as session:
        try:
            if redeem.find_request(session, caller=caller, route=route, key=key, body=body) is not None:
                return
        except KeyReused:
            # The page was sent once, came back with the browser's history, and was sent again with something else.
            key = str(uuid4())
        redeem.remember_request(session, caller=caller, route=route, key=key, body=body, subject=route, now=visit().now)
        deed(session, key)


def _begin(text: str) -> datetime | None:
    """The first instant of a day of the shop's calendar; None for what is no day."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return begin_of(day, zone_of(visit().details.timezone))


def _note(session: Session, deed: str, member_id: int, facts: Mapping[str, Any] | None = None) -> None:
    changelog.note(session, by=visit().author, deed=deed, subject=str(member_id), facts=facts, now=visit().now)
