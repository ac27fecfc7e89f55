"""Achievements: what a member's orders and actions add up to is compared with what they were given, and the difference is made good.

A follower of settlements and activities. `plugin.loyalty.milestones` says which steps are reached; here prizes are given once for each
step and taken back when a refund takes the step away again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec

from plugin.db import Session, journal, shops
from plugin.db import achievements as rows
from plugin.db import members as member_rows
from plugin.db.tables import AchievementRow
from plugin.loyalty import days, ledger, milestones
from plugin.loyalty import facts as order_facts
from plugin.loyalty.ledger import Cause, Reason
from plugin.loyalty.milestones import Deed, Reached
from plugin.loyalty.pins import Pins
from plugin.loyalty.program import Achievement, Step
from plugin.loyalty.rules import net_of
from plugin.services import activities, aftermath, messages, programs, redeem
from plugin.services.keys import Keys
from plugin.services.programs import Versions

if TYPE_CHECKING:
    from plugin.services.aftermath import Happened

PART = "achievements"


def follow(session: Session, happened: Happened, keys: Keys, now: datetime) -> None:
    """Judge everybody anew whose orders, points or actions may have changed."""
    if not programs.ever_had(session, PART):
        return
    members = happened.concerned()
    if not members:
        return
    accounts = journal.lock(session, members, lots=False)
    zone = days.zone_of(shops.details(session).timezone)
    deeds = deeds_of(session, sorted(accounts))
    stands: dict[int, list[AchievementRow]] = {member_id: [] for member_id in accounts}
    for row in rows.of_members(session, sorted(accounts)):
        stands[row.member_id].append(row)
    changed = set()
    for member_id in sorted(accounts):
        target = milestones.reached(deeds[member_id], zone)
        if _make_good(session, member_id, target, stands[member_id], keys=keys, now=now):
            changed.add(member_id)
    if changed:  # others count what was given here; for achievements it does not count, so this ends
        aftermath.follow(session, aftermath.Happened(members=frozenset(changed)), keys=keys, now=now)


def deeds_of(session: Session, member_ids: Sequence[int]) -> dict[int, list[Deed]]:
    """Every order and action of these members that counts for something."""
    found = {member_id: list(deeds) for member_id, deeds in orders_of(session, member_ids).items()}
    known = programs.known(session)
    for member_id, activity_id, version, action_id, points, at in rows.activities_of(session, member_ids):
        program = programs.compiled(session, known, version).program
        found[member_id].append(Deed(at, activity_id, version, program, points, action_id=action_id))
    return found


def orders_of(session: Session, member_ids: Sequence[int]) -> dict[int, list[Deed]]:
    """Every order of these members that counts for something, by member."""
    known = programs.known(session)
    found: dict[int, list[Deed]] = {member_id: [] for member_id in member_ids}
    for member_id, _, version, facts, pins, posted in rows.orders_of(session, member_ids):
        deed = _order_deed(session, known, member_id, version, facts, pins, posted)
        if deed is not None:
            found[member_id].append(deed)
    return found


@dataclass(frozen=True, slots=True)
class Standing:
    """A line of the live program as it stands for a member: how far they are, what they reached, and the next step."""

    line: Achievement
    progress: int
    reached: tuple[AchievementRow, ...]
    following: int | None


def of_member(session: Session, member_id: int, *, now: datetime) -> list[Standing]:
    """Every line of the live program that is switched on and can still be reached or was; empty while the program is not live."""
    program = programs.current(session).program
    lines = [line for line in program.achievements if line.is_on]
    if not lines or not (program.is_live or program.launch.test_tag):
        return []
    zone = days.zone_of(shops.details(session).timezone)
    deeds = deeds_of(session, [member_id])[member_id]
    stands = [row for row in rows.of_members(session, [member_id]) if row.undone_at is None]
    return [
        _standing(line, deeds, [row for row in stands if row.achievement_id == line.id], zone)
        for line in lines
        if line.ends_at is None or now < line.ends_at or any(row.achievement_id == line.id for row in stands)
    ]


def _standing(line: Achievement, deeds: Sequence[Deed], reached: list[AchievementRow], zone: ZoneInfo) -> Standing:
    progress = milestones.progress(line, deeds, zone)
    if line.repeats:
        following: int | None = (progress // line.steps[0].at + 1) * line.steps[0].at
    else:
        following = next((step.at for step in line.steps if step.at > progress), None)
    return Standing(line, progress, tuple(sorted(reached, key=lambda row: row.step)), following)


def badges(session: Session, member_id: int) -> list[str]:
    """The badges a member has, in the words of the version that gave them."""
    known = programs.known(session)
    found = []
    for row in rows.of_members(session, [member_id]):
        if row.undone_at is None:
            step = step_of(_line(session, known, row), row.step)
            if step is not None and step.badge is not None:
                found.append(step.badge)
    return list(dict.fromkeys(found))


def title_of(session: Session, known: Versions, row: AchievementRow) -> str:
    """The milestone's title in the version that gave it."""
    line = _line(session, known, row)
    return line.title if line is not None else row.achievement_id


def step_of(line: Achievement | None, at: int) -> Step | None:
    """The step of that threshold; of a line that repeats, its one step."""
    if line is None:
        return None
    if line.repeats:
        return line.steps[0]
    return next((step for step in line.steps if step.at == at), None)


def _line(session: Session, known: Versions, row: AchievementRow) -> Achievement | None:
    program = programs.compiled(session, known, row.program_version).program
    return next((line for line in program.achievements if line.id == row.achievement_id), None)


def _order_deed(
    session: Session, known: Versions, member_id: int, version: int, facts: bytes, pins: bytes | None, posted: bytes
) -> Deed | None:
    program = programs.compiled(session, known, version)
    order = order_facts.decode(facts)
    pinned = msgspec.json.decode(pins, type=Pins) if pins else None
    given: dict[str, int] = msgspec.json.decode(posted, type=dict[str, int]) if posted else {}
    return milestones.order_deed(
        order,
        program.program,
        version=version,
        points=sum(n for key, n in given.items() if key.partition(":")[0] == str(member_id)),
        spend=net_of(program, order, pinned),
        customer_tags=pinned.tags if pinned is not None else (),
    )


def _make_good(
    session: Session,
    member_id: int,
    target: Mapping[tuple[str, int], Reached],
    stands: Sequence[AchievementRow],
    *,
    keys: Keys,
    now: datetime,
) -> bool:
    """Give what is missing and take back what is not due; True when there was something."""
    known = {(row.achievement_id, row.step): row for row in stands}
    lost = [row for key, row in known.items() if key not in target and row.undone_at is None]
    gained = [
        (reached, known.get(key))
        for key, reached in sorted(target.items(), key=lambda item: (item[1].at, item[0]))
        if key not in known or known[key].undone_at is not None
    ]
    if gained and member_rows.is_erased(session, member_id):
        gained = []
    for row in lost:
        _undo(session, member_id, row, now=now)
    for reached, row_of_before in gained:
        _award(session, member_id, reached, row_of_before, keys=keys, now=now)
    return bool(lost or gained)


def _award(
    session: Session,
    member_id: int,
    reached: Reached,
    row: AchievementRow | None,
    *,
    keys: Keys,
    now: datetime,
) -> None:
    program = programs.compiled(session, programs.known(session), reached.version)
    step = step_of(reached.achievement, reached.step)
    if step is None:
        raise AssertionError(f"{reached.achievement.id} has no step at {reached.step}")
    if row is None:
        row = rows.add(
            session,
            AchievementRow(
                shop_id=session.shop_id,
                member_id=member_id,
                achievement_id=reached.achievement.id,
                step=reached.step,
                points=0,
                reached_at=reached.at,
                recorded_at=now,
                rev=0,
                program_version=reached.version,
                is_announced=reached.is_announced,
            ),
        )
    row.rev, row.undone_at, row.points = row.rev + 1, None, step.points
    row.program_version, row.reached_at, row.is_announced = reached.version, reached.at, reached.is_announced
    if step.points:
        row.seq = _accrue(session, member_id, row, expires_at=program.expires_at(now), now=now)
    reward = program.program.reward(step.reward_id) if step.reward_id is not None else None
    if reward is not None and not _was_used(session, row):
        row.redemption_id = redeem.grant(
            session,
            member_id,
            reward,
            key=f"achievement:{row.id}:{row.rev}",
            version=reached.version,
            keys=keys,
            now=now,
        )
    session.flush()
    if row.is_announced:
        facts = {"name": reached.achievement.title, "points": step.points}
        facts |= {"title": reward.title} if reward is not None else {}
        messages.queue(
            session,
            program.program,
            member_id,
            "milestone",
            cause=str(row.id),
            facts=facts,
            happened_at=reached.at,
            now=now,
        )


def _accrue(
    session: Session, member_id: int, row: AchievementRow, *, expires_at: datetime | None, now: datetime
) -> int:
    account = journal.lock(session, [member_id], lots=False)[member_id]
    cause = Cause(
        f"achievement:{row.id}:r{row.rev}",
        Reason.ACHIEVEMENT,
        min(row.reached_at, now),
        row.program_version,
        subject_id=row.id,
    )
    ledger.accrue(account, row.points, cause, now=now, available_at=now, expires_at=expires_at)
    seq = account.seq
    journal.write(session, [account], now=now)
    return seq


def _undo(session: Session, member_id: int, row: AchievementRow, *, now: datetime) -> None:
    if row.points:
        account = journal.lock(session, [member_id])[member_id]
        cause = Cause(
            f"achievement:{row.id}:r{row.rev}:undo",
            Reason.ACHIEVEMENT_UNDONE,
            now,
            row.program_version,
            subject_id=row.id,
        )
        activities.take_back(session, account, row.points, cause, opened_by=row.seq, now=now)
    if row.redemption_id is not None:
        activities.take_back_reward(session, row.redemption_id, now=now)
    row.undone_at = now
    session.flush()


def _was_used(session: Session, row: AchievementRow) -> bool:
    """True when the prize was given before and used: it is given once, however often the step is lost and reached again."""
    return row.redemption_id is not None and redeem.find(session, row.redemption_id).state == "used"
