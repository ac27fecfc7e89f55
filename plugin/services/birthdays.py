"""Birthdays and anniversaries: given on the shop's own day, once a year for each person, though they were forgotten and came back.

A birthday is a day and a month; no year is asked for. Who comes back under a new customer record is known again by a keyed hash of their
e-mail address and the year, where Shopify lets the address be read.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final, TypeVar

from plugin.db import Session
from plugin.db import calendar as rows
from plugin.loyalty import days
from plugin.loyalty.errors import BirthdayUnfit
from plugin.loyalty.program import Action, ActionKind
from plugin.loyalty.suspicion import mailbox
from plugin.services import activities, programs
from plugin.services.keys import Keys
from plugin.services.ports import Person

if TYPE_CHECKING:
    from plugin.services.calendar import NewDay

BATCH: Final = 200
LEAP_DAY: Final = (2, 29)
LAST_OF_FEBRUARY: Final = (2, 28)
A_LEAP_YEAR: Final = 2000
YEARS_REMEMBERED: Final = 2

Row = TypeVar("Row", bound=tuple[int, ...])


def tell(session: Session, member_id: int, *, month: int, day: int, now: datetime) -> None:
    """A member says when their birthday is; told again, the new one counts from now. Raises BirthdayUnfit for a day that does not exist."""
    try:
        date(A_LEAP_YEAR, month, day)
    except ValueError:
        raise BirthdayUnfit(month=month, day=day) from None
    rows.set_birthday(session, member_id, month=month, day=day, now=now)


def told(session: Session, member_id: int) -> tuple[int, int] | None:
    """(month, day) as the member told it."""
    return rows.birthday(session, member_id)


def give(new: NewDay) -> None:
    """Everybody whose birthday is kept on this day, and who told it early enough."""
    action = _action(new, "birthday")
    if action is None:
        return
    told_before = new.begins_at - timedelta(days=action.notice_days)

    def following(session: Session, above: int) -> list[tuple[int, int]]:
        return rows.born_on(session, kept_on(new.day), told_before=told_before, above=above, limit=BATCH)

    for batch in _batches(new, following):
        people = new.shopify().people([customer_id for _, customer_id in batch])
        with new.database.transaction(new.shop_id) as session:
            for member_id, customer_id in batch:
                _keep(session, new, member_id, customer_id, people.get(customer_id))
    with new.database.transaction(new.shop_id) as session:
        rows.forget_years(session, before=new.day.year - YEARS_REMEMBERED)


def give_for_years(new: NewDay) -> None:
    """Everybody who has been with the shop for a whole number of years on this day."""
    action = _action(new, "anniversary")
    if action is None:
        return

    def following(session: Session, above: int) -> list[tuple[int, int, int]]:
        return rows.joined_on(
            session, kept_on(new.day), zone=new.zone.key, before=new.begins_at, above=above, limit=BATCH
        )

    for batch in _batches(new, following):
        people = _people(new, action, [customer_id for _, customer_id, _ in batch])
        with new.database.transaction(new.shop_id) as session:
            for member_id, customer_id, since in batch:
                years = new.day.year - since
                person = people.get(customer_id)
                activities.record_by_itself(
                    session,
                    member_id,
                    "anniversary",
                    key=f"{years}",
                    occurred_at=new.begins_at,
                    tags=person.tags if person is not None else (),
                    value=years,
                    keys=new.keys,
                    now=new.now,
                )


def kept_on(day: date) -> list[tuple[int, int]]:
    """The (month, day) that are kept on that day: on 28 February of most years also the 29th."""
    own = (day.month, day.day)
    if own == LAST_OF_FEBRUARY and days.falls_on(*LEAP_DAY, today=day):
        return [own, LEAP_DAY]
    return [own]


def marks(keys: Keys, shop_id: int, customer_id: int, email: str | None, *, year: int) -> list[bytes]:
    """By what a person who had their birthday that year is known again: the customer record, and the address without its alias."""
    known = [f"customer:{customer_id}"]
    if mailbox(email or ""):
        known.append(f"email:{mailbox(email or '')}")
    return [hmac.digest(keys.tombstones, f"birthday:{shop_id}:{year}:{text}".encode(), sha256) for text in known]


def _keep(session: Session, new: NewDay, member_id: int, customer_id: int, person: Person | None) -> None:
    email = person.email if person is not None else None
    if not rows.keep(session, marks(new.keys, new.shop_id, customer_id, email, year=new.day.year), year=new.day.year):
        return
    activities.record_by_itself(
        session,
        member_id,
        "birthday",
        key=f"{new.day.year}",
        occurred_at=new.begins_at,
        tags=person.tags if person is not None else (),
        keys=new.keys,
        now=new.now,
    )


def _action(new: NewDay, kind: ActionKind) -> Action | None:
    """The action of that kind in the program of the day's beginning, where there is one."""
    with new.database.transaction(new.shop_id) as session:
        known = programs.known(session)
        version = known.in_force_at(new.begins_at)
        program = programs.compiled(session, known, version).program if version is not None else None
    return program.action_of(kind) if program is not None and program.is_live else None


def _people(new: NewDay, action: Action, customer_ids: list[int]) -> dict[int, Person]:
    with new.database.transaction(new.shop_id) as session:
        excluded = programs.current(session).program.exclusions.customer_tags
    return new.shopify().people(customer_ids) if activities.minds_tags(excluded, action) else {}


def _batches(new: NewDay, following: Callable[[Session, int], list[Row]]) -> Iterator[list[Row]]:
    above = 0
    while True:
        with new.database.transaction(new.shop_id) as session:
            batch = following(session, above)
        if not batch:
            return
        yield batch
        above = batch[-1][0]
