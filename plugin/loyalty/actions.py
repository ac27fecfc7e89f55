"""Whether an action counts once more: dates, pauses and caps, by the shop's calendar. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from plugin.loyalty import days
from plugin.loyalty.errors import ActionClosed, ActionDone, ActionLimitReached, ActionNotForMember, Refusal
from plugin.loyalty.program import Action, Cap

FOR_EVER_ONCE = (Cap(),)
ONCE_BY_THEMSELVES = frozenset({"sign_up", "newsletter", "social_follow", "social_share", "survey"})
"""Kinds that count once for ever unless the action says how often."""


def caps_of(action: Action) -> tuple[Cap, ...]:
    """How often the action counts; following, sharing, joining, agreeing and answering count once where nothing else is said."""
    if action.caps or action.kind not in ONCE_BY_THEMSELVES:
        return action.caps
    return FOR_EVER_ONCE


def refusal(
    action: Action,
    *,
    at: datetime,
    earlier: Sequence[datetime],
    tier: str | None,
    tags: Collection[str],
    zone: ZoneInfo,
) -> Refusal | None:
    """Why the action does not count at that instant for somebody who did it at `earlier` instants; None when it does."""
    if action.starts_at is not None and at < action.starts_at:
        return ActionClosed(opens_at=action.starts_at)
    if action.ends_at is not None and at >= action.ends_at:
        return ActionClosed(ended_at=action.ends_at)
    if action.tiers and tier not in action.tiers:
        return ActionNotForMember(action_id=action.id)
    if action.tags and not _any_of(action.tags, tags):
        return ActionNotForMember(action_id=action.id)
    if action.cooldown_hours is not None and earlier:
        opens_at = max(earlier) + timedelta(hours=action.cooldown_hours)
        if min(abs(at - one) for one in earlier) < timedelta(hours=action.cooldown_hours):
            return ActionLimitReached(count=1, opens_at=opens_at)
    return _over_a_cap(caps_of(action), at, earlier, zone)


def _over_a_cap(caps: Iterable[Cap], at: datetime, earlier: Sequence[datetime], zone: ZoneInfo) -> Refusal | None:
    """The cap that opens last decides what is told."""
    today = days.day_of(at, zone)
    full = []
    for cap in caps:
        first = days.first_day(today, cap.period)
        if sum(days.first_day(days.day_of(one, zone), cap.period) == first for one in earlier) >= cap.count:
            following = days.first_day_after(today, cap.period)
            if following is None:
                return ActionDone(count=cap.count)
            full.append((days.begin_of(following, zone), cap.count))
    if not full:
        return None
    opens_at, count = max(full)
    return ActionLimitReached(count=count, opens_at=opens_at)


def _any_of(wanted: Collection[str], tags: Collection[str]) -> bool:
    has = {tag.casefold() for tag in tags}
    return any(tag.casefold() in has for tag in wanted)
