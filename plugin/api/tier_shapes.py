"""What the API answers about tiers and memberships.

`missing` and amounts of the metric are text: money where spend counts, whole numbers for points, orders and referrals.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from plugin.loyalty.program import Level, Plan
from plugin.loyalty.tiers import Progress, Term
from plugin.services.tier_preview import Diff
from plugin.services.tiers import Standing


class NextTier(msgspec.Struct, frozen=True):
    """The level above, what is missing to it, and until when what counts now still counts (null: for ever)."""

    id: str
    title: str
    missing: str
    by: datetime | None


class MemberTier(msgspec.Struct, frozen=True):
    """A member's tier: since when, until when as things stand (null: no end), and the way to the next (null at the top).

    `reason`: earned, launch (tiers began or changed), pinned, membership; null with `since` for the level that everybody has.
    """

    id: str
    title: str
    since: datetime | None
    until: datetime | None
    reason: str | None
    next: NextTier | None


class RunningMembership(msgspec.Struct, frozen=True):
    """The paid membership that runs; `until` null: for life."""

    id: str
    title: str
    since: datetime
    until: datetime | None


class TierTerm(msgspec.Struct, frozen=True):
    """A stretch of time with one tier."""

    tier: str
    since: datetime
    until: datetime | None
    reason: str


class Standings(msgspec.Struct, frozen=True):
    """Where a member stands: tier, way to the next (also without a tier), membership, and every tier they had, newest first."""

    tier: MemberTier | None
    next: NextTier | None
    counted: str
    membership: RunningMembership | None
    history: list[TierTerm]


class TierCount(msgspec.Struct, frozen=True):
    """How many members have a tier (null: none) now and under the draft."""

    tier: str | None
    live: int
    draft: int


class TierMove(msgspec.Struct, frozen=True):
    """How many members would go from one tier to another."""

    live: str | None
    draft: str | None
    members: int


class MovedMember(msgspec.Struct, frozen=True):
    """One member who would move."""

    member_id: str
    live: str | None
    draft: str | None


class EntryGifts(msgspec.Struct, frozen=True):
    """What those who enter or pass levels at once would be given: points, and rewards by id."""

    points: int
    rewards: dict[str, int]


class TierPreview(msgspec.Struct, frozen=True):
    """What publishing the draft's tiers would do. `moved` names up to 50 members."""

    members: int
    counts: list[TierCount]
    moves: list[TierMove]
    moved: list[MovedMember]
    entry_gifts: EntryGifts


def member_tier(found: Standing | None, *, language: str = "en") -> MemberTier | None:
    """The tier of a member, None for none."""
    if found is None or found.level is None:
        return None
    return MemberTier(
        found.level.id,
        found.level.title_in(language),
        _second(found.since),
        found.until,
        found.reason,
        next_tier(found.progress, language=language),
    )


def membership(found: Standing | None, *, language: str = "en") -> RunningMembership | None:
    """The membership that runs, None for none."""
    if found is None or found.run is None:
        return None
    title = _title(found.plan, language) or found.run.plan
    return RunningMembership(found.run.plan, title, found.run.since.replace(microsecond=0), found.run.until)


def standings(found: Standing, *, language: str) -> Standings:
    """All of it."""
    return Standings(
        member_tier(found, language=language),
        next_tier(found.progress, language=language),
        f"{found.progress.amount:f}",
        membership(found, language=language),
        [_term(term) for term in reversed(found.history)],
    )


def next_tier(progress: Progress, *, language: str) -> NextTier | None:
    """The level above, None at the top and without tiers."""
    if progress.next is None:
        return None
    return NextTier(progress.next.id, progress.next.title_in(language), f"{progress.missing:f}", progress.by)


def preview(diff: Diff) -> TierPreview:
    """The diff."""
    names = sorted({*diff.live, *diff.draft}, key=lambda name: name or "")
    return TierPreview(
        diff.members,
        [TierCount(name, diff.live[name], diff.draft[name]) for name in names],
        [
            TierMove(live, draft, count)
            for (live, draft), count in sorted(
                diff.moves.items(), key=lambda move: (-move[1], move[0][0] or "", move[0][1] or "")
            )
        ],
        [MovedMember(str(moved.member_id), moved.live, moved.draft) for moved in diff.moved],
        EntryGifts(diff.entry_points, dict(diff.entry_rewards)),
    )


def _term(term: Term) -> TierTerm:
    return TierTerm(term.tier, term.since.replace(microsecond=0), term.until, term.reason)


def _second(instant: datetime | None) -> datetime | None:
    return instant.replace(microsecond=0) if instant is not None else None


def _title(titled: Level | Plan | None, language: str) -> str | None:
    return titled.title_in(language) if titled is not None else None
