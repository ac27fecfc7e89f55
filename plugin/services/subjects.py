"""What an entry is about, where that is no order and no reward: the merchant's title of the action, milestone, tier, partner or cause.

One line of FAMILIES for each family of reasons; whoever adds a Reason whose sentence says {what} adds its line here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final, Protocol

from plugin.db import Session
from plugin.db import achievements as achievement_rows
from plugin.db import activities as activity_rows
from plugin.db import grants as grant_rows
from plugin.loyalty.ledger import Reason
from plugin.loyalty.program import Level, Plan, Program
from plugin.services import achievements, causes, programs, standing_gifts

Titles = Callable[[Session, Collection[int]], dict[int, str]]
"""(session, subject ids) -> title by subject id, for those that are known."""


class About(Protocol):
    """As much of an entry as is needed here (plugin.services.members.EntryView)."""

    @property
    def member_id(self) -> int:
        """Whose entry it is."""

    @property
    def seq(self) -> int:
        """Its number among theirs."""

    @property
    def reason(self) -> Reason:
        """Why it was made."""

    @property
    def subject_id(self) -> int | None:
        """What it is about."""


def titles(session: Session, entries: Iterable[About]) -> dict[tuple[int, int], str]:
    """(member id, seq) -> what the entry is about, for entries that need it said. Reads nothing when none does."""
    asked = [entry for entry in entries if entry.subject_id is not None]
    found: dict[tuple[int, int], str] = {}
    for reasons, titles_of in FAMILIES:
        own = [entry for entry in asked if entry.reason in reasons]
        if own:
            named = titles_of(session, {entry.subject_id for entry in own if entry.subject_id is not None})
            found |= {
                (entry.member_id, entry.seq): named[entry.subject_id] for entry in own if entry.subject_id in named
            }
    return found


def _actions(session: Session, activity_ids: Collection[int]) -> dict[int, str]:
    """The action's title in the version that gave it, or the event's."""
    known = programs.known(session)
    events = activity_rows.event_titles(session, sorted(activity_ids))
    found = {}
    for row in activity_rows.by_ids(session, sorted(activity_ids)):
        program = programs.compiled(session, known, row.program_version).program
        action = next((action for action in program.actions if action.id == row.action_id), None)
        found[row.id] = events.get(row.id) or (action.title if action is not None else row.action_id)
    return found


def _achievements(session: Session, ids: Collection[int]) -> dict[int, str]:
    known = programs.known(session)
    return {row.id: achievements.title_of(session, known, row) for row in achievement_rows.by_ids(session, sorted(ids))}


def _grants(session: Session, grant_ids: Collection[int]) -> dict[int, str]:
    return grant_rows.titles(session, sorted(grant_ids))


def _levels(session: Session, subject_ids: Collection[int]) -> dict[int, str]:
    return _listed(session, subject_ids, lambda program: program.tiers.levels)


def _plans(session: Session, subject_ids: Collection[int]) -> dict[int, str]:
    return _listed(session, subject_ids, lambda program: program.membership.plans)


def _listed(
    session: Session, subject_ids: Collection[int], listed: Callable[[Program], Sequence[Level | Plan]]
) -> dict[int, str]:
    """Titles of what stands at a place in a list of a version (plugin.services.standing_gifts.subject_of)."""
    known = programs.known(session)
    found = {}
    for subject_id in subject_ids:
        version, rank = divmod(subject_id, standing_gifts.RANKS)
        found[subject_id] = listed(programs.compiled(session, known, version).program)[rank].title
    return found


FAMILIES: Final[tuple[tuple[frozenset[Reason], Titles], ...]] = (
    (frozenset({Reason.ACTION, Reason.ACTION_UNDONE}), _actions),
    (frozenset({Reason.ACHIEVEMENT, Reason.ACHIEVEMENT_UNDONE}), _achievements),
    (frozenset({Reason.TIER, Reason.TIER_UNDONE}), _levels),
    (frozenset({Reason.MEMBERSHIP, Reason.MEMBERSHIP_UNDONE}), _plans),
    (
        frozenset({Reason.GOODWILL, Reason.GOODWILL_UNDONE, Reason.PARTNER, Reason.PARTNER_UNDONE}),
        _grants,
    ),
    (frozenset({Reason.DONATED, Reason.DONATION_RETURNED}), causes.titles),
)
