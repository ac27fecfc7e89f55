"""One member: what they have and will have, where they stand, who belongs to them, and everything that happened, newest first."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, cast
from uuid import uuid4

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from plugin.admin.desk import Desk, go, page, visit
from plugin.admin.members import words
from plugin.admin.members.events import Teller
from plugin.admin.members.names import names
from plugin.admin.words import REWARD_STATES, author
from plugin.db import Session
from plugin.db.tables import MemberBlock, RedemptionRow
from plugin.loyalty import links
from plugin.loyalty.errors import NotInHousehold
from plugin.loyalty.program import Program
from plugin.services import (
    birthdays,
    blocks,
    changelog,
    explain,
    goodwill,
    households,
    lookup,
    members,
    partners,
    privacy,
    programs,
    redeem,
    referrals,
    timeline,
)
from plugin.services.members import MemberView
from plugin.services.roster import LARGEST_ID
from plugin.services.tiers import Standing

Answer = AnyResponse | tuple[str, int] | str

A_PAGE: Final = 25
FRIENDS_COUNTED: Final = 1000
ONE: Final = f"/members/<int(max={LARGEST_ID}):member_id>"


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """`/members/<id>` and its file."""

    @blueprint.get(ONE)
    def member(member_id: int) -> Answer:
        with desk.transaction() as session:
            living = lookup.living(session, member_id)
        return show(desk, member_id) if living == member_id else go("member", member_id=living)

    @blueprint.get(f"{ONE}/export.json")
    def export(member_id: int) -> AnyResponse:
        with desk.transaction() as session:
            document = privacy.export(session, member_id, handle_key=desk.handle_key, now=visit().now)
            changelog.note(session, by=visit().author, deed="member.exported", subject=str(member_id), now=visit().now)
        return AnyResponse(
            json.dumps(document, indent=2, ensure_ascii=False),
            mimetype="application/json",
            headers={"Content-Disposition": f'attachment; filename="member-{member_id}.json"'},
        )


def show(
    desk: Desk, member_id: int, typed: Mapping[str, str] | None = None, problems: Mapping[str, str] | None = None
) -> Answer:
    """The member's page; with what was typed into one of its forms and what is wrong with it."""
    kind = request.args.get("kind", "")
    before = timeline.read_place(request.args.get("before", ""))
    with desk.transaction() as session:
        found = members.view(session, member_id, handle_key=desk.handle_key, now=visit().now)
        program = programs.current(session).program
        happened = timeline.page(
            session,
            member_id,
            found.standing.history if found.standing is not None else (),
            kind=cast("timeline.Kind", kind) if kind in words.KINDS else None,
            before=before,
            limit=A_PAGE,
            now=visit().now,
        )
        taken = redeem.of_member(session, member_id)
        teller = Teller(
            program,
            visit().formats,
            explain.order_names(session, timeline.orders_in(happened.events)),
            {str(row.id): (row.title, row.code) for row in taken},
            timeline.answers_in(session, happened.events),
            visit().now,
        )
        facts = _facts(session, found, program)
    called = names(desk, [found.customer_id])
    return page(
        "members/member.html",
        422 if problems else 200,
        program=program,
        member=found,
        name=called.of(found.id, found.customer_id, is_erased=found.is_erased),
        person=called.person(found.customer_id),
        access=called.access,
        adds=words.ACCESS_ADDS,
        events=[teller.line(event) for event in happened.events],
        kinds=words.KINDS,
        kind=kind if kind in words.KINDS else "",
        following=timeline.spell(happened.following) if happened.following is not None else "",
        is_first_page=before is None,
        redemptions=[reward(row) for row in taken],
        tier=tier(found.standing, program) if program.tiers.levels else None,
        values={
            "direction": "add",
            "adjust_key": str(uuid4()),
            "goodwill_key": str(uuid4()),
            "reward_key": str(uuid4()),
        }
        | dict(typed or {}),
        problems=problems or {},
        no_tier="-",
        **facts,
    )


def _facts(session: Session, found: MemberView, program: Program) -> dict[str, Any]:
    """What else belongs to the member: block, friends, household, membership, birthday, partners; what staff may give."""
    friends = referrals.of_advocate(session, found.id, limit=FRIENDS_COUNTED)
    block = blocks.standing(session, found.id)
    return {
        "pin": _pin(timeline.pin_of(session, found.id, now=visit().now)),
        "block": _block(block) if block is not None else None,
        "friends": len(friends),
        "friends_ordered": sum(row.order_id is not None for row in friends),
        "referral_url": links.referral(visit().details.primary_host or visit().domain, found.referral_code)
        if found.referral_code
        else "",
        "household": _household(session, found.id) if program.sharing.households.is_on else None,
        "plan": found.standing.plan if found.standing is not None else None,
        "plan_until": found.standing.run.until
        if found.standing is not None and found.standing.run is not None
        else None,
        "birthday": birthdays.told(session, found.id),
        "partners": [one.partner for one in partners.links_of(session, found.id)],
        "budget": goodwill.budget(session, now=visit().now),
        "givable": [one for one in program.rewards if one.is_on] if program.is_live else [],
    }


def _household(session: Session, member_id: int) -> dict[str, Any] | None:
    try:
        account_id = households.of_member(session, member_id)
    except NotInHousehold:
        return None
    view = households.view(session, account_id, now=visit().now)
    return {
        "available": view.available,
        "others": [
            (part.member_id, members.customer_of(session, part.member_id))
            for part in view.parts
            if part.member_id != member_id
        ],
        "is_owner": view.owner_id == member_id,
    }


def _pin(pin: tuple[datetime, str, str] | None) -> dict[str, Any] | None:
    if pin is None:
        return None
    since, by, reason = pin
    return {"since": since, "words": reason, "by": author(by)}


def _block(block: MemberBlock) -> dict[str, Any]:
    return {"since": block.since, "words": block.words, "by": author(block.author)}


def tier(standing: Standing | None, program: Program) -> dict[str, Any]:
    """Where the member stands among the tiers, in words."""
    if standing is None:
        return {
            "title": "No tier",
            "reason": "",
            "until": None,
            "next": "",
            "missing": "",
            "share": 0,
            "is_pinned": False,
        }
    progress = standing.progress
    level, following = standing.level, progress.next
    share = 0
    if following is not None and following.threshold:
        share = min(100, int(100 * progress.amount / Decimal(following.threshold)))
    return {
        "title": level.title if level is not None else "No tier",
        "reason": words.TIER_REASONS.get(standing.reason or "", ""),
        "is_pinned": standing.reason == "pinned",
        "until": standing.until,
        "next": following.title if following is not None else "",
        "missing": words.counted(program, visit().formats, progress.missing),
        "amount": words.counted(program, visit().formats, progress.amount),
        "by": progress.by,
        "share": share,
    }


def reward(row: RedemptionRow) -> dict[str, object]:
    """A reward that was taken, as a line of the page."""
    label, tone = REWARD_STATES.get(row.state, (row.state, "neutral"))
    is_open = row.state in {"held", "issued", "suspended"}
    if is_open and row.cancelled_at is not None:
        label, tone = "Being cancelled", "info"
    elif row.state == "issued" and row.ends_at < visit().now:
        label, tone = "Expired, points come back soon", "neutral"
    return {
        "id": str(row.id),
        "title": row.title,
        "code": row.code,
        "points": row.points,
        "label": label,
        "tone": tone,
        "created_at": row.created_at,
        "ends_at": row.ends_at,
        "can_cancel": is_open and row.cancelled_at is None,
    }
