"""Recurring perks: whoever has a level or a membership in any part of a period gets its rewards once in that period.

Perks of periods that are over stay as they were given, unless the level turns out not to have been had then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from plugin.db import Session
from plugin.db import tiers as tier_rows
from plugin.loyalty.days import begin_of, day_of, first_day
from plugin.loyalty.memberships import Run
from plugin.loyalty.program import Membership, RecurringPerk, Tiers
from plugin.loyalty.tiers import JUST_AFTER, Term
from plugin.services import standing_gifts

Span = tuple[str, datetime, datetime | None]
"""A level or plan, had from one instant to another (None: for ever)."""

Sources = Mapping[str, tuple[int, Sequence[RecurringPerk]]]
"""By level or plan: its place in its list, and its perks."""


@dataclass(frozen=True, slots=True)
class Live:
    """What the program that is live offers, and the shop's calendar."""

    tiers: Tiers
    membership: Membership
    version: int
    zone: ZoneInfo


def wish(
    session: Session,
    live: Live,
    member_ids: Sequence[int],
    terms: Mapping[int, Sequence[Term]],
    runs: Mapping[int, Sequence[Run]],
    *,
    now: datetime,
) -> None:
    """Note which perks are due to these members, who have these terms and these memberships."""
    levels = {level.id: (rank, level.recurring) for rank, level in enumerate(live.tiers.levels)}
    plans = {plan.id: (rank, plan.recurring) for rank, plan in enumerate(live.membership.plans)}
    had_levels = {m: [(term.tier, term.since, term.until) for term in terms.get(m, ())] for m in member_ids}
    had_plans = {m: [(run.plan, run.since, run.until) for run in runs.get(m, ())] for m in member_ids}
    _wish(session, live, standing_gifts.PERK, levels, had_levels, now)
    _wish(session, live, standing_gifts.PLAN_PERK, plans, had_plans, now)


def _wish(
    session: Session,
    live: Live,
    prefix: str,
    sources: Sources,
    had: Mapping[int, Sequence[Span]],
    now: datetime,
) -> None:
    members = list(had)
    older = tier_rows.gifts_of(session, members, prefix=prefix)
    wanted = {
        (gift.member_id, gift.gift): (gift.program_version, gift.subject_id)
        for gift in older
        if _had_in(had[gift.member_id], gift.gift, live.zone)
    }
    for member_id, spans in had.items():
        for name, rank in _now(prefix, sources, spans, live.zone, now):
            wanted.setdefault((member_id, name), (live.version, rank))
    if wanted or older:
        rows = [(member_id, name, version, rank) for (member_id, name), (version, rank) in wanted.items()]
        tier_rows.wish(session, rows, members=members, prefix=prefix)


def _now(
    prefix: str, sources: Sources, spans: Iterable[Span], zone: ZoneInfo, now: datetime
) -> Iterable[tuple[str, int]]:
    """(name, rank) of the perks of the periods that run now."""
    today = day_of(now, zone)
    for source, since, until in spans:
        rank, perks = sources.get(source, (0, ()))
        for perk in perks:
            first = first_day(today, perk.every)
            if since <= now + JUST_AFTER and (until is None or until > _begin(first, zone)):
                yield standing_gifts.perk_name(prefix, source, perk, first), rank


def _had_in(spans: Iterable[Span], name: str, zone: ZoneInfo) -> bool:
    """True when the level or plan was had in some part of the period that the perk's name tells."""
    source, first, after = standing_gifts.period_of(name)
    begins, ends = _begin(first, zone), _begin(after, zone) if after is not None else None
    return any(
        span == source and (until is None or until > begins) and (ends is None or since < ends)
        for span, since, until in spans
    )


def _begin(day: date, zone: ZoneInfo) -> datetime:
    return begin_of(max(day, _FIRST_DAY), zone)


_FIRST_DAY: Final = date(1970, 1, 1)
