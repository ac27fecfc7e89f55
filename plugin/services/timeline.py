"""A member's time in one line: points, rewards, messages, friends, tiers and what staff did, newest first.

Each source is read for one page more than is shown, and the pages are merged: the thousandth page costs what the first does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args
from uuid import UUID

from plugin.db import Session
from plugin.db import timeline as rows
from plugin.db.changelog import Noted
from plugin.db.messages import Told
from plugin.db.timeline import ACTIVITY, ENTRY, MESSAGE, REFERRAL, REWARD, STAFF, TIER, Did, Given, Joining, Place
from plugin.loyalty.tiers import JUST_AFTER, Term
from plugin.services import members
from plugin.services.members import EntryView

Kind = Literal["points", "rewards", "messages", "referrals", "tiers", "staff"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

SEEN_AS_ENTRIES: Final = ["member.adjusted", "member.goodwill_given", "member.reward_given"]
"""Deeds in the change log that stand in the line already, as the entry or the reward they made."""


@dataclass(frozen=True, slots=True)
class TierMove:
    """From one tier to another (None: none), and why."""

    tier: str | None
    before: str | None
    until: datetime | None
    reason: str


Matter = EntryView | Told | Joining | TierMove | Given | Did | Noted


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, and where it stands in the line."""

    place: Place
    matter: Matter


@dataclass(frozen=True, slots=True)
class Line:
    """A page of a member's time; `following` is where the next one begins, None at the end."""

    events: list[Event]
    following: Place | None


def page(
    session: Session,
    member_id: int,
    terms: Sequence[Term],
    *,
    kind: Kind | None = None,
    before: Place | None = None,
    limit: int,
    now: datetime,
) -> Line:
    """What happened below a place, of one kind or of all. `terms` are the member's tiers (plugin.services.tiers.Standing.history)."""
    wanted = limit + 1
    events: list[Event] = []
    if kind in _ENTRIES:
        events += _entries(session, member_id, before, wanted, kind)
    for of_kind, read in _SOURCES:
        if kind is None or kind in of_kind:
            events += read(session, member_id, before, wanted)
    if kind in (None, "tiers"):
        moves = [Event(place, move) for place, move in _moves(terms, now)]
        events += [event for event in moves if before is None or _order(event.place) < _order(before)]
    events.sort(key=lambda event: _order(event.place), reverse=True)
    shown = events[:limit]
    return Line(shown, shown[-1].place if len(events) > limit else None)


def spell(place: Place) -> str:
    """A place as it stands in an address."""
    return f"{place.at.isoformat()}|{place.rank}|{place.id}"


def read_place(text: str) -> Place | None:
    """The place that was spelled; None for anything else."""
    try:
        at_text, rank_text, id_text = text.split("|")
        at, rank = datetime.fromisoformat(at_text), int(rank_text)
        place = Place(at, rank, UUID(id_text) if rank in (REFERRAL, REWARD) else int(id_text))
    except ValueError:
        return None
    return place if at.tzinfo is not None and TIER <= rank <= ENTRY and _fits(place.id) else None


def answers_in(session: Session, events: Collection[Event]) -> set[int]:
    """The activities of these events that are answers to a survey."""
    asked = [event.matter.subject_id for event in events if isinstance(event.matter, EntryView)]
    ids = sorted({subject_id for subject_id in asked if subject_id is not None})
    return rows.surveys_among(session, ids) if ids else set()


def pin_of(session: Session, member_id: int, *, now: datetime) -> tuple[datetime, str, str] | None:
    """(since when, by whom, why) the member's tier is one that staff set; None when it is earned."""
    return rows.standing_pin(session, member_id, now=now)


def orders_in(events: Collection[Event]) -> set[int]:
    """The orders these events name."""
    return {
        event.matter.order_id
        for event in events
        if isinstance(event.matter, EntryView | Joining) and event.matter.order_id is not None
    }


def _entries(session: Session, member_id: int, before: Place | None, limit: int, kind: Kind | None) -> list[Event]:
    places = dict(_ENTRIES[kind](session, member_id, before=before, limit=limit))
    views = members.some_entries(session, member_id, list(places))
    return [Event(Place(places[view.seq], ENTRY, view.seq), view) for view in views]


def _messages(session: Session, member_id: int, before: Place | None, limit: int) -> list[Event]:
    found = rows.messages(session, member_id, before=before, limit=limit)
    return [Event(Place(told.done_at or told.made_at, MESSAGE, told.id), told) for told in found]


def _referrals(session: Session, member_id: int, before: Place | None, limit: int) -> list[Event]:
    found = rows.referrals(session, member_id, before=before, limit=limit)
    return [Event(Place(one.at, REFERRAL, one.id), one) for one in found]


def _rewards(session: Session, member_id: int, before: Place | None, limit: int) -> list[Event]:
    found = rows.rewards(session, member_id, before=before, limit=limit)
    return [Event(Place(one.at, REWARD, one.id), one) for one in found]


def _activities(session: Session, member_id: int, before: Place | None, limit: int) -> list[Event]:
    found = rows.activities(session, member_id, before=before, limit=limit)
    return [Event(Place(one.at, ACTIVITY, one.id), one) for one in found]


def _deeds(session: Session, member_id: int, before: Place | None, limit: int) -> list[Event]:
    found = rows.deeds(session, member_id, but=SEEN_AS_ENTRIES, before=before, limit=limit)
    return [Event(Place(noted.noted_at, STAFF, noted.id), noted) for noted in found]


_ENTRIES: Final = {
    None: rows.entries,
    "points": rows.entries,
    "rewards": rows.reward_entries,
    "staff": rows.noted_entries,
}
"""Which entries belong to a kind; other kinds have none."""

_Read = Callable[[Session, int, Place | None, int], list[Event]]
_SOURCES: Final[tuple[tuple[frozenset[Kind], _Read], ...]] = (
    (frozenset({"messages"}), _messages),
    (frozenset({"referrals"}), _referrals),
    (frozenset({"rewards"}), _rewards),
    (frozenset({"points"}), _activities),
    (frozenset({"staff"}), _deeds),
)


def _moves(terms: Sequence[Term], now: datetime) -> list[tuple[Place, TierMove]]:
    """Where the member's tier changed, up to now; two terms of one tier in a row are one."""
    found: list[tuple[Place, TierMove]] = []
    last: Term | None = None
    for number, term in enumerate(terms):
        if last is not None and last.until is not None and last.until < term.since:
            found.append((Place(last.until, TIER, number), TierMove(None, last.tier, None, last.reason)))
            last = None
        if last is None or last.tier != term.tier:
            move = TierMove(term.tier, last.tier if last is not None else None, term.until, term.reason)
            found.append((Place(term.since, TIER, number), move))
        last = term
    if last is not None and last.until is not None and last.until <= now + JUST_AFTER:
        found.append((Place(last.until, TIER, len(terms)), TierMove(None, last.tier, None, last.reason)))
    return found


def _order(place: Place) -> tuple[datetime, int, int]:
    """How places compare; ids of UUIDs as the database compares them."""
    return place.at, place.rank, place.id.int if isinstance(place.id, UUID) else place.id


def _fits(number: int | UUID) -> bool:
    return isinstance(number, UUID) or 0 <= number < 2**63
