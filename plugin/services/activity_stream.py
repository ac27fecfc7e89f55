"""What happened to everybody's points, newest first: each entry with its order, its reward and whose it is, for staff to read.

The ledger numbers entries per member; here they stand in the order in which they were recorded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from plugin.db import Database, Session, redemption_lists
from plugin.db import activity_stream as rows
from plugin.db.activity_stream import Place, Row, Wanted
from plugin.loyalty.ledger import Move, Reason
from plugin.services import causes, explain, subjects

__all__ = ["Booking", "Owner", "Place", "Stretch", "Wanted", "authors", "every", "owners", "page"]

_NO_REWARD: Final = UUID(int=0)
A_SLICE: Final = 2_000
"""Entries that an export reads at a time, each time in a transaction of its own: a slow reader keeps nobody waiting."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose an account is. `kind` is member, household or cause; `title` is a cause's."""

    member_id: int
    customer_id: int | None
    kind: str
    is_erased: bool
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Booking:
    """One entry as staff read it. `order` is its order's name, `reward` the reward's title, `what` the title of what else it is about."""

    row: Row
    owner: Owner
    move: Move
    reason: Reason
    order: str | None
    reward: str | None
    code: str | None
    what: str | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A page of the stream. `following` asks for what comes after it; `is_cut` when the search stopped before the page was full."""

    bookings: list[Booking]
    following: Place | None
    is_cut: bool


def page(session: Session, wanted: Wanted, *, before: Place | None = None, limit: int = 50) -> Stretch:
    """The newest entries that are wanted, those before that place."""
    found, reached = rows.page(session, wanted, before=before, limit=limit + 1)
    shown = found[:limit]
    following = shown[-1].place if len(found) > limit else reached
    return Stretch(_booked(session, shown), following, is_cut=reached is not None)


def every(database: Database, shop_id: int, wanted: Wanted) -> Iterator[Booking]:
    """All entries that are wanted, newest first, read slice by slice; memory does not grow with their number."""
    before: Place | None = None
    while True:
        with database.transaction(shop_id) as session:
            stretch = page(session, wanted, before=before, limit=A_SLICE)
        yield from stretch.bookings
        before = stretch.following
        if before is None:
            return


def authors(session: Session) -> list[str]:
    """Everybody who changed points by hand, as the books name them: "staff:12", "api:3"."""
    return rows.authors(session)


def owners(session: Session, member_ids: Iterable[int]) -> dict[int, Owner]:
    """Whose accounts these are; unknown ids are absent."""
    known = rows.whose(session, sorted(set(member_ids)))
    titles = _titles_of_causes(session, [number for number, (_, kind, _) in known.items() if kind == "cause"])
    return {
        number: Owner(number, customer_id, kind, is_erased, titles.get(number))
        for number, (customer_id, kind, is_erased) in known.items()
    }


def _booked(session: Session, found: Sequence[Row]) -> list[Booking]:
    names = explain.order_names(session, {row.order_id for row in found if row.order_id is not None})
    rewards = redemption_lists.named(session, {row.redemption_id for row in found if row.redemption_id is not None})
    supported = _titles_of_causes(session, {row.member_id for row in found if row.kind == "cause"})
    told = [_About(row.member_id, row.seq, Reason(row.reason), row.subject_id) for row in found]
    named = subjects.titles(session, told)
    return [
        Booking(
            row,
            Owner(row.member_id, row.customer_id, row.kind, row.is_erased, supported.get(row.member_id)),
            Move(row.move),
            Reason(row.reason),
            order=names.get(row.order_id or 0),
            reward=rewards.get(row.redemption_id or _NO_REWARD, (None, None))[0],
            code=rewards.get(row.redemption_id or _NO_REWARD, (None, None))[1],
            what=named.get((row.member_id, row.seq)),
        )
        for row in found
    ]


def _titles_of_causes(session: Session, account_ids: Collection[int]) -> dict[int, str]:
    return causes.titles(session, account_ids) if account_ids else {}


@dataclass(frozen=True, slots=True)
class _About:
    """As much of an entry as plugin.services.subjects asks for."""

    member_id: int
    seq: int
    reason: Reason
    subject_id: int | None
