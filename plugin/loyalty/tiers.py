"""Which tier a member has when: a function of what they did and of the program's versions, never of the order in which we heard of it.

Each qualifying thing (`Event`) counts from the moment after it happened, so that no order lifts itself. A course is walked once per
tier program over all events; every version's course counts only while that version is in force, so publishing changes no past.
Amounts do not depend on tiers: that is why settling again what a changed tier touched comes to an end.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final, Literal
from zoneinfo import ZoneInfo

from plugin.loyalty.days import begin_of, day_of, months_later
from plugin.loyalty.program.tiers import CalendarYear, Level, Metric, Rolling, Tiers

JUST_AFTER: Final = timedelta(microseconds=1)
"""What an event gives begins this long after it: Shopify tells times in whole seconds, so it never reaches the event itself."""

DAWN: Final = datetime(1970, 1, 1, tzinfo=UTC)

Reason = Literal["earned", "pinned", "membership", "launch"]

_DAY: Final = timedelta(days=1)
_NOTHING: Final = Decimal(0)
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """Something that counts: an order's worth, points of an action, a friend. `amount` is not negative: what is undone counts less."""

    at: datetime
    id: int
    amount: Decimal


Events = Mapping[Metric, Sequence[Event]]
"""What counts by each metric, sorted; a metric that is not there has nothing."""


@dataclass(frozen=True, slots=True)
class Era:
    """The tier program that is in force from `since` until the next era's; `version` is the program's that began it."""

    since: datetime
    version: int
    tiers: Tiers


@dataclass(frozen=True, slots=True)
class Hold:
    """A tier from outside of the course: a pin (which decides alone) or a floor (the least; a membership, a merge)."""

    tier: str | None
    since: datetime
    until: datetime | None
    is_floor: bool
    reason: Reason


@dataclass(frozen=True, slots=True)
class Step:
    """From `since` on the course is at `tier` (None: below the first level, or no tiers then)."""

    since: datetime
    tier: str | None
    reason: Reason


@dataclass(frozen=True, slots=True)
class Term:
    """A stretch of time with one tier; `until` None: for ever, as things stand."""

    tier: str
    since: datetime
    until: datetime | None
    reason: Reason

    def holds_at(self, instant: datetime) -> bool:
        """True when the tier is had at that instant."""
        return self.since <= instant and (self.until is None or instant < self.until)


@dataclass(frozen=True, slots=True)
class Entry:
    """A level was entered or passed for the `nth` time, under the program version `version`; `rank` is its place there."""

    level: Level
    rank: int
    nth: int
    at: datetime
    version: int

    @property
    def name(self) -> str:
        """What its gift is known by: shifting an entry in time does not make it another."""
        return f"entry:{self.level.id}:{self.nth}"


@dataclass(frozen=True, slots=True)
class Progress:
    """What counts now, and the next level: how much is missing, and until when what is there counts (None: for ever)."""

    amount: Decimal
    next: Level | None
    missing: Decimal
    by: datetime | None


def era_at(eras: Sequence[Era], instant: datetime) -> Era | None:
    """The era in force then; None before the first."""
    found = None
    for era in eras:
        if era.since > instant:
            break
        found = era
    return found


def floor_of(tiers: Tiers) -> int:
    """The rank everybody has: 0 where the first level needs nothing, else -1."""
    return 0 if tiers.levels and not tiers.levels[0].threshold else -1


def tier_at(eras: Sequence[Era], terms: Iterable[Term], instant: datetime) -> str | None:
    """The tier that is had at that instant: a term's, else the level everybody has, if there is one."""
    era = era_at(eras, instant)
    if era is None or not era.tiers.levels:
        return None
    for term in terms:
        if term.holds_at(instant):
            return term.tier
    return era.tiers.levels[0].id if floor_of(era.tiers) == 0 else None


def walk(tiers: Tiers, events: Sequence[Event], zone: ZoneInfo) -> list[tuple[datetime, int]]:
    """The course of ranks under one tier program: (from when, rank), the first from DAWN. `events` are sorted.

    An event that leaves its member qualified for a level holds that level for a term from then; the highest level held counts.
    """
    if not tiers.levels or sum((event.amount for event in events), _NOTHING) < _first_threshold(tiers):
        return [(DAWN, floor_of(tiers))]
    spans = _spans(tiers, events, zone)
    if tiers.downgrade == "one_down":
        _add_steps_down(tiers, spans, zone)
    found = [(DAWN, floor_of(tiers))]
    for at in sorted({at for own in spans for span in own for at in span if at < _NEVER}):
        rank = max((rank for rank, own in enumerate(spans) if _holds(own, at)), default=-1)
        rank = max(rank, floor_of(tiers))
        if rank != found[-1][1]:
            found.append((at, rank))
    return found


def course(eras: Sequence[Era], events: Events, zone: ZoneInfo) -> list[Step]:
    """What the events alone give, era after era. Ascending; equal neighbours are one step."""
    steps: list[Step] = []
    for era, following in zip(eras, (*eras[1:], None), strict=True):
        ranks = walk(era.tiers, events.get(era.tiers.metric, ()), zone)
        begun = max(at for at, _ in ranks if at <= era.since) if era.since >= DAWN else DAWN
        for at, rank in ranks:
            if at < begun or (following is not None and at >= following.since):
                continue
            tier = era.tiers.levels[rank].id if rank >= 0 else None
            since, reason = (era.since, _LAUNCH) if at <= era.since else (at, _EARNED)
            if not steps or steps[-1].tier != tier:
                steps.append(Step(since, tier, reason))
    return steps


def entries(eras: Sequence[Era], steps: Sequence[Step]) -> list[Entry]:
    """Every level that was entered or passed on the way up, each counted by how often."""
    found: list[Entry] = []
    times: dict[str, int] = {}
    before: str | None = None
    for step in steps:
        era = era_at(eras, step.since)
        if era is not None:
            rank = era.tiers.rank(step.tier)
            for passed in range(max(era.tiers.rank(before), floor_of(era.tiers)) + 1, rank + 1):
                level = era.tiers.levels[passed]
                times[level.id] = times.get(level.id, 0) + 1
                found.append(Entry(level, passed, times[level.id], step.since, era.version))
        before = step.tier
    return found


def terms(eras: Sequence[Era], steps: Sequence[Step], holds: Sequence[Hold]) -> list[Term]:
    """The course with pins, memberships and floors laid over it: the tiers had above the level that everybody has."""
    found: list[Term] = []
    if not holds and all(step.tier is None for step in steps):
        return found
    bounds = {step.since for step in steps} | {era.since for era in eras}
    for hold in holds:
        bounds |= {hold.since} | ({hold.until} if hold.until is not None else set())
    for since in sorted(bounds):
        tier, reason = _effective(eras, steps, holds, since)
        last = found[-1] if found and found[-1].until is None else None
        if last is not None and last.tier == tier:
            continue
        if last is not None:
            found[-1] = Term(last.tier, last.since, since, last.reason)
        if tier is not None:
            found.append(Term(tier, since, None, reason))
    return found


def progress(tiers: Tiers, events: Sequence[Event], zone: ZoneInfo, *, tier: str | None, now: datetime) -> Progress:
    """What counts at `now` and what is missing to the level above `tier`."""
    counted = [event for event in events if event.at <= now]
    by = None
    if tiers.window.kind != "lifetime":
        today = day_of(now, zone)
        first = begin_of(_window_begin(tiers, today), zone)
        counted = [event for event in counted if event.at >= first]
        if tiers.window.kind == "calendar_year":
            by = begin_of(date(today.year + 1, 1, 1), zone)
        elif counted and (day := _first_day_without(tiers, day_of(counted[0].at, zone))) is not None:
            by = begin_of(day, zone)
    amount = sum((event.amount for event in counted), _NOTHING)
    rank = max(tiers.rank(tier), floor_of(tiers))
    above = tiers.levels[rank + 1] if rank + 1 < len(tiers.levels) else None
    missing = max(_NOTHING, above.threshold - amount) if above is not None else _NOTHING
    return Progress(amount, above, missing, by if above is not None else None)


def changed_from(old: Sequence[Term], new: Sequence[Term]) -> datetime | None:
    """The first instant at which two histories differ; None when they say the same. Reasons do not matter."""
    bounds = sorted({at for term in (*old, *new) for at in (term.since, term.until) if at is not None})
    return next((at for at in bounds if _tier_in(old, at) != _tier_in(new, at)), None)


_LAUNCH: Final[Reason] = "launch"
_EARNED: Final[Reason] = "earned"


def _tier_in(found: Sequence[Term], instant: datetime) -> str | None:
    return next((term.tier for term in found if term.holds_at(instant)), None)


def _effective(
    eras: Sequence[Era], steps: Sequence[Step], holds: Sequence[Hold], instant: datetime
) -> tuple[str | None, Reason]:
    """The tier above the floor at that instant, and why; the youngest pin decides alone."""
    era = era_at(eras, instant)
    if era is None or not era.tiers.levels:
        return None, _EARNED
    step = next((step for step in reversed(steps) if step.since <= instant), None)
    rank = era.tiers.rank(step.tier if step is not None else None)
    reason = step.reason if step is not None else _EARNED
    active = [
        hold
        for hold in holds
        if hold.since <= instant
        and (hold.until is None or instant < hold.until)
        and (hold.tier is None or era.tiers.rank(hold.tier) >= 0)
    ]
    for hold in active:
        if hold.is_floor and era.tiers.rank(hold.tier) > rank:
            rank, reason = era.tiers.rank(hold.tier), hold.reason
    for hold in active:
        if not hold.is_floor:
            rank, reason = era.tiers.rank(hold.tier), hold.reason
    return (era.tiers.levels[rank].id if rank > floor_of(era.tiers) else None), reason


def _first_threshold(tiers: Tiers) -> Decimal:
    """What the first level that not everybody has takes; more than there is where there is no such level."""
    above = floor_of(tiers) + 1
    return tiers.levels[above].threshold if above < len(tiers.levels) else Decimal("Infinity")


Spans = list[tuple[datetime, datetime]]
"""Stretches of time in order, without overlap: (since, until)."""


def _spans(tiers: Tiers, events: Sequence[Event], zone: ZoneInfo) -> list[Spans]:
    """For each level, when it is held by what was done."""
    held: list[Spans] = [[] for _ in tiers.levels]
    days = [day_of(event.at, zone) for event in events]
    sums = [_NOTHING]
    for event in events:
        sums.append(sums[-1] + event.amount)
    for at, (event, day) in enumerate(zip(events, days, strict=True)):
        begin = bisect_left(days, _window_begin(tiers, day)) if tiers.window.kind != "lifetime" else 0
        rank = _rank_for(tiers, sums[at + 1] - sums[begin])
        if rank >= 0:
            since, until = event.at + JUST_AFTER, _end_of(tiers, _first_day_without(tiers, day), zone)
            for own in held[: rank + 1]:
                _hold(own, since, until)
    return held


def _add_steps_down(tiers: Tiers, spans: list[Spans], zone: ZoneInfo) -> None:
    """Where a level ends, the one below is held for a term, and so on down."""
    for rank in range(len(spans) - 1, 0, -1):
        below: Spans = []
        for since, until in sorted(
            [*spans[rank - 1], *(_step(tiers, end, zone) for _, end in spans[rank] if end < _NEVER)]
        ):
            _hold(below, since, until)
        spans[rank - 1] = below


def _step(tiers: Tiers, since: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    day = day_of(since, zone)
    if isinstance(tiers.window, Rolling):
        return since, _end_of(tiers, _first_day_without(tiers, day - _DAY), zone)
    return since, _end_of(tiers, date(day.year + 1, 1, 1), zone)


def _hold(own: Spans, since: datetime, until: datetime) -> None:
    """Add a stretch that begins no earlier than the last."""
    if own and since <= own[-1][1]:
        own[-1] = own[-1][0], max(own[-1][1], until)
    elif since < until:
        own.append((since, until))


def _holds(own: Spans, instant: datetime) -> bool:
    return any(since <= instant < until for since, until in own)


def _end_of(tiers: Tiers, first_day_without: date | None, zone: ZoneInfo) -> datetime:
    """The instant at which a term ends, its days of grace included."""
    if first_day_without is None:
        return _NEVER
    return begin_of(first_day_without + timedelta(days=tiers.grace_days), zone)


def _rank_for(tiers: Tiers, amount: Decimal) -> int:
    rank = -1
    for at, level in enumerate(tiers.levels):
        if amount >= level.threshold:
            rank = at
    return max(rank, floor_of(tiers))


def _window_begin(tiers: Tiers, day: date) -> date:
    """The first day of the window whose last is `day`."""
    if isinstance(tiers.window, Rolling):
        return months_later(day, -tiers.window.months) + _DAY
    return day.replace(month=1, day=1)


def _first_day_without(tiers: Tiers, day: date) -> date | None:
    """A level reached on `day` is kept to the same day so many months later, to the end of the next year, or for ever (None)."""
    match tiers.window:
        case Rolling(months=months):
            return months_later(day, months) + _DAY
        case CalendarYear():
            return date(day.year + 2, 1, 1)
        case _:
            return None
