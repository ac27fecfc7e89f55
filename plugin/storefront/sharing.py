"""Sharing at the storefront: a household and its pool, gifts, causes. Who asks is the signed-in shopper, and nobody else is named.

Others in a household are numbers, no names; codes are passed on by whoever made them.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar
from uuid import UUID, uuid4

import msgspec
from flask import Blueprint

from plugin.db import Session
from plugin.db.tables import GiftRow
from plugin.loyalty.errors import NotInHousehold
from plugin.services import causes, gifts, households, programs
from plugin.storefront.door import Asked, Door, Intent, Reply, live_program, member_of, reply
from plugin.storefront.requests import Body, Plain, Points, RequestKey

Document = dict[str, Any]
Code = Annotated[str, msgspec.Meta(pattern=r"\A[0-9A-Za-z -]{10,40}\Z")]
CauseId = Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9][a-z0-9-]{0,39}\Z")]
MemberNumber = Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{1,18}\Z")]
Message = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class JoinHousehold(Body, frozen=True):
    """Enter the household of a code: the consent."""

    is_guess: ClassVar[bool] = True

    code: Code


class PutIn(Body, frozen=True):
    """Put points of one's own into the pool."""

    points: Points
    request_key: RequestKey


class SendAway(Body, frozen=True):
    """The owner has somebody leave."""

    member: MemberNumber


class Give(Body, frozen=True):
    """Make a gift."""

    points: Points
    request_key: RequestKey
    message: Message | None = None


class Accept(Body, frozen=True):
    """Accept the gift of a code."""

    is_guess: ClassVar[bool] = True

    code: Code


class TakeBack(Body, frozen=True):
    """Take a gift back that nobody accepted."""

    gift_id: UUID


class Donate(Body, frozen=True):
    """Give points to a cause."""

    cause_id: CauseId
    points: Points
    request_key: RequestKey


class Choose(Body, frozen=True):
    """Have one's orders matched for a cause; null for none."""

    cause_id: CauseId | None


def add_routes(blueprint: Blueprint, door: Door) -> None:
    """The routes of sharing."""
    _add_reading(blueprint, door)
    _add_households(blueprint, door)
    _add_gifts(blueprint, door)
    _add_causes(blueprint, door)


def _add_reading(blueprint: Blueprint, door: Door) -> None:
    @blueprint.get("/sharing", provide_automatic_options=False)
    @reply(door)
    def sharing(asked: Asked) -> Reply:
        """What the shopper shares: their household, their gifts, and the cause they chose."""
        return _state(door, asked), 200

    @blueprint.get("/causes", provide_automatic_options=False)
    @reply(door)
    def show_causes(asked: Asked) -> Reply:
        """The causes, with what came together where the merchant shows it: for everybody."""
        with door.transaction(asked) as session:
            live_program(session)
            return {"causes": _causes(session)}, 200


def _add_households(blueprint: Blueprint, door: Door) -> None:
    @blueprint.post("/household/found", provide_automatic_options=False)
    @reply(door)
    def found_household(asked: Asked) -> Reply:
        door.body(asked, Plain)
        with door.transaction(asked) as session:
            live_program(session)
            households.found(session, member_of(session, asked), now=door.world.clock())
        return _state(door, asked), 200

    @blueprint.post("/household/invite", provide_automatic_options=False)
    @reply(door)
    def invite_into_household(asked: Asked) -> Reply:
        door.body(asked, Plain)
        keys, now = door.world.keys, door.world.clock()
        with door.transaction(asked) as session:
            live_program(session)
            member_id = member_of(session, asked)
            account_id = households.of_member(session, member_id)
            made = households.invite(session, account_id, invitation_id=uuid4(), by=member_id, keys=keys, now=now)
        return {"code": made.code, "ends_at": made.ends_at.isoformat(timespec="seconds")}, 200

    @blueprint.post("/household/join", provide_automatic_options=False)
    @reply(door)
    def join_household(asked: Asked) -> Reply:
        body = door.body(asked, JoinHousehold)
        with door.transaction(asked) as session:
            live_program(session)
            households.join(session, member_of(session, asked), body.code, now=door.world.clock())
        return _state(door, asked), 200

    @blueprint.post("/household/put-in", provide_automatic_options=False)
    @reply(door)
    def put_into_household(asked: Asked) -> Reply:
        body = door.body(asked, PutIn)

        def put_in(session: Session, _id: UUID) -> None:
            live_program(session)
            households.put_in(session, member_of(session, asked), body.points, now=door.world.clock())

        door.once(asked, _intent(asked, "contributions", body.request_key, f"{body.points}"), put_in)
        return _state(door, asked), 200

    @blueprint.post("/household/leave", provide_automatic_options=False)
    @reply(door)
    def leave_household(asked: Asked) -> Reply:
        door.body(asked, Plain)
        with door.transaction(asked) as session:
            member_id = member_of(session, asked)
            households.leave(session, member_id, by=member_id, now=door.world.clock())
        return _state(door, asked), 200

    @blueprint.post("/household/send-away", provide_automatic_options=False)
    @reply(door)
    def send_away_from_household(asked: Asked) -> Reply:
        body = door.body(asked, SendAway)
        with door.transaction(asked) as session:
            member_id = member_of(session, asked)
            account_id = households.of_member(session, member_id)
            now = door.world.clock()
            households.leave(session, int(body.member), account_id=account_id, by=member_id, now=now)
        return _state(door, asked), 200


def _add_gifts(blueprint: Blueprint, door: Door) -> None:
    @blueprint.post("/gift/give", provide_automatic_options=False)
    @reply(door)
    def give_points(asked: Asked) -> Reply:
        body = door.body(asked, Give)

        def offer(session: Session, gift_id: UUID) -> None:
            wanted = gifts.NewGift(gift_id, member_of(session, asked), body.points, body.message)
            gifts.offer(session, wanted, keys=door.world.keys, now=door.world.clock())

        content = f"{body.points}:{body.message or ''}"
        gift_id = door.once(asked, _intent(asked, "gifts", body.request_key, content), offer)
        return _seen(door, asked, gift_id), 200

    @blueprint.post("/gift/accept", provide_automatic_options=False)
    @reply(door)
    def accept_points(asked: Asked) -> Reply:
        body = door.body(asked, Accept)
        with door.transaction(asked) as session:
            live_program(session)
            row = gifts.accept(session, member_of(session, asked), code=body.code, now=door.world.clock())
        return _seen(door, asked, row.id), 200

    @blueprint.post("/gift/take-back", provide_automatic_options=False)
    @reply(door)
    def take_points_back(asked: Asked) -> Reply:
        body = door.body(asked, TakeBack)
        with door.transaction(asked) as session:
            live_program(session)
            gifts.take_back(session, body.gift_id, giver_id=member_of(session, asked), now=door.world.clock())
        return _seen(door, asked, body.gift_id), 200


def _add_causes(blueprint: Blueprint, door: Door) -> None:
    @blueprint.post("/cause/donate", provide_automatic_options=False)
    @reply(door)
    def donate_points(asked: Asked) -> Reply:
        body = door.body(asked, Donate)

        def donate(session: Session, donation_id: UUID) -> None:
            member_id, keys, now = member_of(session, asked), door.world.keys, door.world.clock()
            causes.donate(session, member_id, body.cause_id, body.points, donation_id=donation_id, keys=keys, now=now)

        door.once(asked, _intent(asked, "donations", body.request_key, f"{body.cause_id}:{body.points}"), donate)
        return _state(door, asked), 200

    @blueprint.post("/cause/choose", provide_automatic_options=False)
    @reply(door)
    def choose_cause(asked: Asked) -> Reply:
        body = door.body(asked, Choose)
        with door.transaction(asked) as session:
            live_program(session)
            causes.choose(session, member_of(session, asked), body.cause_id, now=door.world.clock())
        return _state(door, asked), 200


def _intent(asked: Asked, route: str, key: str, content: str) -> Intent:
    return Intent(lambda session: f"member:{member_of(session, asked)}", route, key, content.encode())


def _state(door: Door, asked: Asked) -> Document:
    now = door.world.clock()
    with door.transaction(asked) as session:
        live = live_program(session)
        member_id = member_of(session, asked)
        terms = live.sharing
        chosen = causes.chosen(session, member_id, now=now) if terms.causes.match is not None else None
        return {
            "household": _household(session, member_id, door),
            "gifts": [_gift(row, member_id, door) for row in gifts.of_member(session, member_id)],
            "causes": _causes(session),
            "chosen_cause": chosen,
            "offers": {
                "households": {"pools": terms.households.pools, "members_max": terms.households.members_max}
                if terms.households.is_on
                else None,
                "gifts": {"minimum_points": terms.gifts.minimum_points, "accept_days": terms.gifts.accept_days}
                if terms.gifts.is_on
                else None,
            },
        }


def _household(session: Session, member_id: int, door: Door) -> Document | None:
    try:
        view = households.view(session, households.of_member(session, member_id), now=door.world.clock())
    except NotInHousehold:
        return None
    return {
        "points": {"available": view.available, "pending": view.pending, "held": view.held, "debt": view.debt},
        "is_owner": view.owner_id == member_id,
        "members": [
            {
                "member": str(part.member_id),
                "is_you": part.member_id == member_id,
                "is_owner": part.is_owner,
                "put_in": part.put_in,
                "spent": part.spent,
                "left": part.left,
            }
            for part in view.parts
        ],
    }


def _seen(door: Door, asked: Asked, gift_id: UUID) -> Document:
    with door.transaction(asked) as session:
        member_id = member_of(session, asked)
        return _gift(gifts.find(session, gift_id, member_id=member_id), member_id, door)


def _gift(row: GiftRow, member_id: int, door: Door) -> Document:
    """A gift as one of both sees it: its code only for who gave it, and only while it can be accepted."""
    is_given = row.giver_id == member_id
    is_open = row.state == "offered"
    return {
        "id": str(row.id),
        "is_given": is_given,
        "state": row.state,
        "points": row.points,
        "message": row.message,
        "code": gifts.code_of(row.id, door.world.keys) if is_given and is_open else None,
        "ends_at": row.ends_at.isoformat(timespec="seconds"),
    }


def _causes(session: Session) -> list[Document]:
    shows_totals = programs.current(session).program.sharing.causes.shows_totals
    return [
        {
            "id": view.id,
            "title": view.title,
            "text": view.text,
            "minimum_points": view.minimum_points,
            "amounts": list(view.amounts),
            "total": {
                "donated": view.total.donated,
                "donors": view.total.donors,
                "matched": view.total.matched,
                "matched_amount": format(view.total.amount, "f"),
            }
            if shows_totals
            else None,
        }
        for view in causes.views(session)
        if view.is_on
    ]
