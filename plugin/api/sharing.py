"""Sharing over the API: households, gifts and causes. The shop's own systems speak for members here, so consent is theirs to ask for."""

from __future__ import annotations

from uuid import UUID, uuid4

from flask import Response

from plugin.api import query, shapes, sharing_shapes
from plugin.api.bodies import (
    AcceptedGift,
    ChosenCause,
    NewContribution,
    NewDonation,
    NewGift,
    NewHousehold,
    NewHouseholdMember,
    NewInvitation,
    NewPayout,
)
from plugin.api.door import Door, answer, by, language
from plugin.api.once import once
from plugin.db import Session
from plugin.loyalty.errors import (
    DonationUnknown,
    GiftUnknown,
    HouseholdUnknown,
    InvitationUnknown,
    MemberUnknown,
    Refusal,
)
from plugin.services import causes, explain, gifts, households, lookup, members, shops
from plugin.services.api_keys import KeyHolder
from plugin.services.members import EntryView

# --- Households -------------------------------------------------------------------------------------------------------


def add_household(door: Door, caller: KeyHolder) -> Response:
    """A new household with this member as its owner."""
    query.parameters()
    body = query.body(NewHousehold)
    now = door.world.clock()
    with door.world.database.transaction(caller.shop_id) as session:
        owner_id = lookup.reachable(session, query.member_id(body.owner_id))
        view = households.view(session, households.found(session, owner_id, now=now), now=now)
    return answer(shapes.One(sharing_shapes.household(view)), 201, Location=f"/api/v1/households/{view.id}")


def show_household(door: Door, caller: KeyHolder, household_id: str) -> Response:
    """A household, its pool and who is in it."""
    query.parameters()
    number = _household_id(household_id)
    with door.world.database.transaction(caller.shop_id) as session:
        view = households.view(session, number, now=door.world.clock())
    return answer(shapes.One(sharing_shapes.household(view)))


def show_household_of(door: Door, caller: KeyHolder, member_id: str) -> Response:
    """The household that a member is in."""
    query.parameters()
    with door.world.database.transaction(caller.shop_id) as session:
        living = lookup.living(session, query.member_id(member_id))
        view = households.view(session, households.of_member(session, living), now=door.world.clock())
    return answer(shapes.One(sharing_shapes.household(view)))


def list_household_entries(door: Door, caller: KeyHolder, household_id: str) -> Response:
    """A page of what happened to a household's pool, newest first."""
    given = query.parameters("limit", "next")
    number = _household_id(household_id)
    with door.world.database.transaction(caller.shop_id) as session:
        households.find(session, number)
        page = _entries(session, number, given)
    return answer(page)


def add_invitation(door: Door, caller: KeyHolder, household_id: str) -> Response:
    """A one-time code into the household, for one member only when it names them."""
    query.parameters()
    number, body, now = _household_id(household_id), query.body(NewInvitation), door.world.clock()
    with door.world.database.transaction(caller.shop_id) as session:
        member_id = lookup.reachable(session, query.member_id(body.member_id)) if body.member_id is not None else None
        made = households.invite(
            session, number, invitation_id=uuid4(), member_id=member_id, keys=door.world.keys, now=now
        )
    return answer(shapes.One(sharing_shapes.Invitation(str(number), made.code, made.ends_at)), 201)


def add_household_member(door: Door, caller: KeyHolder, household_id: str) -> Response:
    """A member consents, by the code they were given, and is in the household."""
    query.parameters()
    number, body, now = _household_id(household_id), query.body(NewHouseholdMember), door.world.clock()
    with door.world.database.transaction(caller.shop_id) as session:
        member_id = lookup.reachable(session, query.member_id(body.member_id))
        if households.join(session, member_id, body.code, now=now) != number:
            raise InvitationUnknown
        view = households.view(session, number, now=now)
    return answer(shapes.One(sharing_shapes.household(view)), 201)


def remove_household_member(door: Door, caller: KeyHolder, household_id: str, member_id: str) -> Response:
    """A member leaves with their share of what is left; the last one closes the household."""
    query.parameters()
    number, now = _household_id(household_id), door.world.clock()
    with door.world.database.transaction(caller.shop_id) as session:
        households.leave(session, lookup.living(session, query.member_id(member_id)), account_id=number, now=now)
        view = households.view(session, number, now=now)
    return answer(shapes.One(sharing_shapes.household(view)))


def add_contribution(door: Door, caller: KeyHolder, household_id: str) -> Response:
    """A member puts points of their own into the household's pool."""
    query.parameters()
    number, body = _household_id(household_id), query.body(NewContribution)

    def put_in(session: Session) -> str:
        member_id = lookup.reachable(session, query.member_id(body.member_id))
        if households.put_in(session, member_id, body.points, now=door.world.clock()) != number:
            raise HouseholdUnknown
        return str(number)

    def seen(session: Session, _subject: str) -> sharing_shapes.Household:
        return sharing_shapes.household(households.view(session, number, now=door.world.clock()))

    fingerprint = f"{number} {body.model_dump_json()}"
    return answer(shapes.One(once(door, caller, "contributions", fingerprint, put_in, seen)), 201)


# --- Gifts ------------------------------------------------------------------------------------------------------------


def add_gift(door: Door, caller: KeyHolder, member_id: str) -> Response:
    """Hold a member's points as a gift. Whoever enters its code gets them, or only `recipient_id` when it names one."""
    query.parameters()
    number, body = query.member_id(member_id), query.body(NewGift)

    def offer(session: Session) -> str:
        giver = lookup.reachable(session, number)
        recipient = (
            lookup.reachable(session, query.member_id(body.recipient_id)) if body.recipient_id is not None else None
        )
        wanted = gifts.NewGift(uuid4(), giver, body.points, body.message, recipient)
        return str(gifts.offer(session, wanted, keys=door.world.keys, now=door.world.clock()).id)

    def seen(session: Session, subject: str) -> sharing_shapes.Gift:
        return _gift(door, session, UUID(subject))

    return answer(shapes.One(once(door, caller, "gifts", f"{number} {body.model_dump_json()}", offer, seen)), 201)


def list_gifts(door: Door, caller: KeyHolder, member_id: str) -> Response:
    """The latest gifts that a member gave, can accept or has accepted, newest first."""
    given = query.parameters("limit")
    with door.world.database.transaction(caller.shop_id) as session:
        living = lookup.living(session, query.member_id(member_id))
        rows = gifts.of_member(session, living, limit=query.limit_of(given))
    keys = door.world.keys
    shown = [
        sharing_shapes.gift(row, code=gifts.code_of(row.id, keys) if row.giver_id == living else None) for row in rows
    ]
    return answer(shapes.Page(shown, None))


def accept_gift(door: Door, caller: KeyHolder, member_id: str) -> Response:
    """A member accepts the gift of a code, or one that names them. Accepted twice by the same member, it is once."""
    query.parameters()
    number, body = query.member_id(member_id), query.body(AcceptedGift)
    gift_id = _uuid(body.gift_id, GiftUnknown) if body.gift_id is not None else None
    with door.world.database.transaction(caller.shop_id) as session:
        living = lookup.reachable(session, number)
        row = gifts.accept(session, living, code=body.code, gift_id=gift_id, now=door.world.clock())
    return answer(shapes.One(sharing_shapes.gift(row, code=None)), 201)


def take_gift_back(door: Door, caller: KeyHolder, gift_id: str) -> Response:
    """Give the points of a gift that nobody accepted back to its giver."""
    query.parameters()
    with door.world.database.transaction(caller.shop_id) as session:
        row = gifts.take_back(session, _uuid(gift_id, GiftUnknown), now=door.world.clock())
    return answer(shapes.One(sharing_shapes.gift(row, code=None)))


# --- Causes -----------------------------------------------------------------------------------------------------------


def list_causes(door: Door, caller: KeyHolder) -> Response:
    """Every cause with what came together for it; those the program no longer has come last."""
    query.parameters()
    with door.world.database.transaction(caller.shop_id) as session:
        views, currency = causes.views(session), shops.details(session).currency
    return answer(shapes.Page([sharing_shapes.cause(view, currency=currency) for view in views], None))


def list_cause_entries(door: Door, caller: KeyHolder, cause_id: str) -> Response:
    """A page of what happened to a cause's points, newest first."""
    given = query.parameters("limit", "next")
    with door.world.database.transaction(caller.shop_id) as session:
        page = _entries(session, causes.account_of(session, cause_id), given)
    return answer(page)


def add_donation(door: Door, caller: KeyHolder, member_id: str) -> Response:
    """A member gives points to a cause."""
    query.parameters()
    number, body = query.member_id(member_id), query.body(NewDonation)

    def donate(session: Session) -> str:
        donation_id, keys, now = uuid4(), door.world.keys, door.world.clock()
        member = lookup.reachable(session, number)
        causes.donate(session, member, body.cause_id, body.points, donation_id=donation_id, keys=keys, now=now)
        return str(donation_id)

    def seen(session: Session, subject: str) -> sharing_shapes.Donation:
        row = causes.donation(session, UUID(subject))
        return sharing_shapes.donation(row, cause_id=causes.cause_of(session, row.account_id))

    return answer(shapes.One(once(door, caller, "donations", f"{number} {body.model_dump_json()}", donate, seen)), 201)


def return_donation(door: Door, caller: KeyHolder, donation_id: str) -> Response:
    """Give a donation back to its member, as long as the cause still has the points."""
    query.parameters()
    with door.world.database.transaction(caller.shop_id) as session:
        number = _uuid(donation_id, DonationUnknown)
        row = causes.give_back(session, number, keys=door.world.keys, now=door.world.clock())
        cause_id = causes.cause_of(session, row.account_id)
    return answer(shapes.One(sharing_shapes.donation(row, cause_id=cause_id)))


def choose_cause(door: Door, caller: KeyHolder, member_id: str) -> Response:
    """Which cause a member's orders are matched for from now on; null for none."""
    query.parameters()
    number, body, now = query.member_id(member_id), query.body(ChosenCause), door.world.clock()
    with door.world.database.transaction(caller.shop_id) as session:
        living = lookup.reachable(session, number)
        causes.choose(session, living, body.cause_id, now=now)
        chosen = causes.chosen(session, living, now=now)
    return answer(shapes.One(sharing_shapes.Choice(chosen)))


def add_payout(door: Door, caller: KeyHolder, cause_id: str) -> Response:
    """Note that so many of a cause's points were paid out to it, and how."""
    query.parameters()
    body = query.body(NewPayout)

    def pay(session: Session) -> str:
        account_id, seq = causes.pay_out(
            session,
            cause_id,
            body.points,
            words=body.note,
            author=by(caller),
            payout_id=uuid4(),
            now=door.world.clock(),
        )
        door.note(session, caller, "cause.paid_out", cause_id, points=body.points)
        return f"{account_id}-{seq}"

    def seen(session: Session, subject: str) -> shapes.Entry:
        account_id, _, seq = subject.partition("-")
        views = members.entries(session, int(account_id), before=int(seq) + 1, limit=1)
        return _shown(session, views)[0]

    return answer(shapes.One(once(door, caller, "payouts", f"{cause_id} {body.model_dump_json()}", pay, seen)), 201)


# --- What they share --------------------------------------------------------------------------------------------------


def _gift(door: Door, session: Session, gift_id: UUID) -> sharing_shapes.Gift:
    return sharing_shapes.gift(gifts.find(session, gift_id), code=gifts.code_of(gift_id, door.world.keys))


def _entries(session: Session, account_id: int, given: dict[str, str]) -> shapes.Page[shapes.Entry]:
    listing = f"entries:{account_id}"
    limit, before = query.limit_of(given), query.cursor_of(given, listing)
    views = members.entries(session, account_id, before=before, limit=limit + 1)
    following = query.cursor(listing, views[limit - 1].seq) if len(views) > limit else None
    return shapes.Page(_shown(session, views[:limit]), following)


def _shown(session: Session, views: list[EntryView]) -> list[shapes.Entry]:
    names = explain.order_names(session, shapes.order_ids(views))
    return [shapes.entry(view, order_names=names, language=language()) for view in views]


def _household_id(text: str) -> int:
    try:
        return query.member_id(text)
    except MemberUnknown:
        raise HouseholdUnknown from None


def _uuid(text: str, unknown: type[Refusal]) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise unknown from None
