"""The annual dividend: a share of what a member's orders of last calendar year were worth, paid once, taken back with later refunds.

The year is the shop's. What an order was worth is the money that earned, by the version that judged it and as its facts stand today: so the
preview, the payment and what a refund leaves of it are the same sum at different times. A reward that was handed out stays, unless
nothing is left of the year: then what nobody used of it is taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Final

import msgspec
from babel.numbers import get_currency_precision

from plugin.db import Database, Session, shops
from plugin.db import dividends as rows
from plugin.db import grants as grant_rows
from plugin.db.tables import GrantRow
from plugin.loyalty import facts as order_facts
from plugin.loyalty.days import begin_of, day_of, zone_of
from plugin.loyalty.errors import NothingToPay
from plugin.loyalty.pins import Pins
from plugin.loyalty.program import Dividend, Program
from plugin.loyalty.rules import evaluate
from plugin.services import effects, grants, programs, redeem, returns
from plugin.services.aftermath import Happened
from plugin.services.effects import Kind
from plugin.services.grants import Gift
from plugin.services.keys import Keys

if TYPE_CHECKING:  # the calendar calls this module
    from plugin.services.calendar import NewDay

BATCH: Final = 200
TOP: Final = 20
_NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Share:
    """A member's dividend: `amount` of money on what the year's orders were worth (`spend`), and the points it is paid in (0: a reward)."""

    member_id: int
    spend: Decimal
    amount: Decimal
    points: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a year would cost: members who get something, their spend, money and points in all, and the largest shares."""

    year: int
    members: int
    spend: Decimal
    amount: Decimal
    points: int
    largest: list[Share]


def preview(session: Session, year: int, *, now: datetime) -> Preview:
    """What paying the year now would give, by the live program; nothing is paid. Raises NothingToPay for a year that is not over."""
    program = programs.current(session).program
    zone = zone_of(shops.details(session).timezone)
    _check_over(year, day_of(now, zone))
    members, spend, amount, points = 0, _NOTHING, _NOTHING, 0
    largest: list[Share] = []
    above: int | None = 0
    while above is not None:
        found, above = _shares(session, program, year, above=above)
        members += len(found)
        spend += sum((share.spend for share in found), _NOTHING)
        amount += sum((share.amount for share in found), _NOTHING)
        points += sum(share.points for share in found)
        largest = sorted([*largest, *found], key=lambda share: (-share.amount, share.member_id))[:TOP]
    return Preview(year, members, spend, amount, points, largest)


def ask(session: Session, year: int, *, now: datetime) -> Preview:
    """Have the year paid soon; what it comes to now. Raises NothingToPay."""
    program = programs.current(session).program
    if not (program.dividend.is_on and program.is_live):
        raise NothingToPay(year=year, why="it is switched off")
    found = preview(session, year, now=now)
    effects.request(session, Kind.DIVIDEND, str(year), now=now)
    return found


def pay_if_due(database: Database, shop_id: int, year: int, *, keys: Keys, now: datetime) -> None:
    """Pay a year that was asked for; nothing when the dividend was switched off meanwhile."""
    try:
        pay(database, shop_id, year, keys=keys, now=now)
    except NothingToPay:
        return


def pay(database: Database, shop_id: int, year: int, *, keys: Keys, now: datetime) -> int:
    """Pay the year to everybody who was not paid yet, in batches; how many were. Safe to repeat and to interrupt. Raises NothingToPay."""
    paid = 0
    above: int | None = 0
    while above is not None:
        with database.transaction(shop_id) as session:
            program = programs.current(session).program
            if not (program.dividend.is_on and program.is_live):
                raise NothingToPay(year=year, why="it is switched off")
            _check_over(year, day_of(now, zone_of(shops.details(session).timezone)))
            found, above = _shares(session, program, year, above=above)
            done = {grant.member_id for grant in _paid(session, [share.member_id for share in found], year)}
            for share in found:
                if share.member_id not in done:
                    paid += _pay_one(session, program, year, share, keys=keys, now=now)
    return paid


def pay_on_its_day(new: NewDay) -> None:
    """The calendar's duty: on the program's day of the year, pay last year's dividend."""
    with new.database.transaction(new.shop_id) as session:
        program = programs.current(session).program
    dividend = program.dividend
    if program.is_live and dividend.is_on and (new.day.month, new.day.day) == (dividend.month, dividend.day):
        pay(new.database, new.shop_id, new.day.year - 1, keys=new.keys, now=new.now)


def follow(session: Session, happened: Happened, keys: Keys, now: datetime, /) -> None:
    """After a refund of an order of a year that was paid: what is no longer due of the dividend is taken back."""
    changed = [
        order
        for order in happened.orders
        if order.has_changed and order.facts.body is not None and order.facts.body.processed_at.year < now.year
    ]
    if not changed:
        return
    zone = zone_of(shops.details(session).timezone)
    members = {member for order in changed for member in (order.member_id, order.left_id) if member is not None}
    years = {day_of(order.facts.body.processed_at, zone).year for order in changed if order.facts.body is not None}
    for year in sorted(years):
        settle_again(session, sorted(members), year, keys=keys, now=now)


def settle_again(session: Session, member_ids: Sequence[int], year: int, *, keys: Keys, now: datetime) -> None:
    """Take back what these members' paid dividends of a year are too high by now."""
    paid: dict[int, list[GrantRow]] = {}
    for grant in _paid(session, member_ids, year):
        paid.setdefault(grant.member_id, []).append(grant)
    if not paid:
        return
    known = programs.versions(session)
    worth = _spend(session, sorted(paid), year)
    for member_id, given in sorted(paid.items()):
        version = known.in_force_at(given[0].granted_at) or known.numbers[0]
        program = programs.compiled(session, known, version).program
        due = _share(session, program, member_id, worth.get(member_id, _NOTHING))
        excess = sum(grant.points - grant.taken_back for grant in given) - (due.points if due is not None else 0)
        for grant in given:
            points = min(excess, grant.points - grant.taken_back)
            if points > 0:
                grants.take_back(session, grant, points, keys=keys, now=now)
                excess -= points
            if due is None and grant.redemption_id is not None:
                returns.undo(session, grant.redemption_id, now=now)


def _pay_one(session: Session, program: Program, year: int, share: Share, *, keys: Keys, now: datetime) -> int:
    payout = program.dividend.payout
    key = f"{year}:{share.member_id}"
    if payout.kind == "points":
        gift = Gift(share.member_id, "dividend", str(year), key, "", share.points, amount=share.amount)
        return int(grants.give(session, gift, keys=keys, now=now) is not None)
    reward = program.reward(payout.reward_id)
    if reward is None:
        raise NothingToPay(year=year, why=f"there is no reward {payout.reward_id}")
    grant_id = grant_rows.add(
        session,
        member_id=share.member_id,
        kind="dividend",
        code=str(year),
        key=key,
        title=reward.title,
        points=0,
        amount=share.amount,
        now=now,
    )
    if grant_id is None:
        return 0
    given = reward.model_copy(update={"value": share.amount, "is_variable": False, "values": {}})
    version = programs.current(session).version
    redemption_id = redeem.grant(
        session, share.member_id, given, key=f"dividend:{key}", version=version, keys=keys, now=now
    )
    grant_rows.note_redemption(session, grant_id, redemption_id)
    return 1


def _paid(session: Session, member_ids: Sequence[int], year: int) -> list[GrantRow]:
    return grant_rows.of_members(session, member_ids, kind="dividend", codes=[str(year)]) if member_ids else []


def _shares(session: Session, program: Program, year: int, *, above: int) -> tuple[list[Share], int | None]:
    """The shares of the next members, and from whom on to go on; None at the end."""
    since, until = _bounds(session, year)
    ids = rows.members_between(session, since=since, until=until, above=above, limit=BATCH)
    worth = _spend(session, ids, year)
    found = [_share(session, program, member_id, worth.get(member_id, _NOTHING)) for member_id in ids]
    return [share for share in found if share is not None], ids[-1] if len(ids) == BATCH else None


def _share(session: Session, program: Program, member_id: int, spend: Decimal) -> Share | None:
    digits = get_currency_precision(shops.details(session).currency)
    dividend = program.dividend
    amount = (spend * dividend.percent / 100).quantize(Decimal(1).scaleb(-digits), ROUND_FLOOR)
    if amount <= 0 or amount < dividend.least_amount:
        return None
    points = _points(dividend, amount)
    return Share(member_id, spend, amount, points) if points or dividend.payout.kind == "reward" else None


def _points(dividend: Dividend, amount: Decimal) -> int:
    payout = dividend.payout
    return int(amount * payout.points // payout.per) if payout.kind == "points" else 0


def _spend(session: Session, member_ids: Iterable[int], year: int) -> Mapping[int, Decimal]:
    """What each member's orders of the year are worth as their facts stand now."""
    since, until = _bounds(session, year)
    known = programs.versions(session)
    worth: dict[int, Decimal] = {}
    for member_id, facts, pins, version in rows.orders_between(session, list(member_ids), since=since, until=until):
        program = programs.compiled(session, known, version)
        outcome = evaluate(program, order_facts.decode(facts), _pins.decode(pins) if pins else None)
        worth[member_id] = worth.get(member_id, _NOTHING) + outcome.net
    return worth


def _bounds(session: Session, year: int) -> tuple[datetime, datetime]:
    zone = zone_of(shops.details(session).timezone)
    return begin_of(date(year, 1, 1), zone), begin_of(date(year + 1, 1, 1), zone)


def _check_over(year: int, today: date) -> None:
    if year >= today.year:
        raise NothingToPay(year=year, why="the year is not over")


_pins = msgspec.json.Decoder(Pins)
