"""Activities: what a member does besides buying is recorded once, gives what the program of that moment says, and can be undone.

The program is the version in force when it happened; the same key again is the same activity. Caps are kept under the member's lock, so
that two doors at once give no more than one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from plugin.db import Session, erasure, journal, shops
from plugin.db import activities as rows
from plugin.db import members as member_rows
from plugin.db.tables import ActivityRow
from plugin.loyalty import actions, codes, days, ledger
from plugin.loyalty.errors import (
    ActionNotForMember,
    ActionUnknown,
    ActivityUnknown,
    MemberUnknown,
    ProgramNotLive,
    RedemptionOver,
    Refusal,
)
from plugin.loyalty.ledger import Account, Cause, LotUse, Reason
from plugin.loyalty.program import Action, ActionKind, Program
from plugin.loyalty.program.actions import ONE_OF_A_KIND
from plugin.loyalty.rules import CompiledProgram
from plugin.services import aftermath, blocks, messages, programs, redeem, tiers
from plugin.services.keys import Keys
from plugin.services.ports import ShopifyShop

NAMES: Final = UUID("0b6f3c1e-7a52-5c0e-8d3b-2f1f6f0f9c11")
"""The namespace of activities' keys, which are stored as hashes: a client may name a thing by somebody's address."""


@dataclass(frozen=True, slots=True)
class Doing:
    """What a member did: which action, and a key that names this one time.

    `tags` are the customer's at Shopify, looked up before where the action asks for them (`look_up_tags`). `value` is one small number
    that belongs to it, such as an answer or a count of years.
    """

    member_id: int
    action_id: str
    key: str
    occurred_at: datetime
    tags: Collection[str] = ()
    value: int | None = None
    event_id: int | None = None
    order_id: int | None = None


def record(session: Session, doing: Doing, *, keys: Keys, now: datetime) -> ActivityRow:
    """Record it and give what it is worth; again under the same key, it is the one that stands.

    Raises ProgramNotLive, ActionUnknown, MemberUnknown (also once erased), ActionClosed, ActionLimitReached, ActionDone,
    ActionNotForMember.
    """
    program = in_force(session, doing.occurred_at)
    action = program.program.action(doing.action_id)
    if action is None:
        raise ActionUnknown(action_id=doing.action_id)
    account = _account(session, doing.member_id)
    known = rows.by_key(session, doing.member_id, action.kind, name_of(action, doing.key))
    if known is not None:
        return known
    refusal = _refusal(session, program, action, doing)
    if refusal is not None:
        raise refusal
    row = rows.add(
        session,
        ActivityRow(
            shop_id=session.shop_id,
            member_id=doing.member_id,
            kind=action.kind,
            action_id=action.id,
            key=name_of(action, doing.key),
            occurred_at=doing.occurred_at,
            recorded_at=now,
            points=action.points,
            program_version=program.version,
            value=doing.value,
            event_id=doing.event_id,
            order_id=doing.order_id,
        ),
    )
    _give(session, account, row, program, action, keys=keys, now=now)
    if action.kind == "birthday":
        _congratulate(session, row, program, now=now)
    aftermath.follow(session, aftermath.Happened(members=frozenset({doing.member_id})), keys=keys, now=now)
    return row


def _congratulate(session: Session, row: ActivityRow, program: CompiledProgram, *, now: datetime) -> None:
    messages.queue(
        session,
        program.program,
        row.member_id,
        "birthday",
        cause=str(row.key),
        facts={"points": row.points},
        happened_at=row.occurred_at,
        now=now,
    )


def record_by_itself(
    session: Session,
    member_id: int,
    kind: ActionKind,
    *,
    key: str,
    occurred_at: datetime,
    keys: Keys,
    now: datetime,
    tags: Collection[str] = (),
    value: int | None = None,
) -> ActivityRow | None:
    """Something happened that nobody asked points for: joining, a birthday, an opt-in. None when it is worth nothing to this member."""
    version = programs.known(session).in_force_at(occurred_at)
    if version is None:
        return None
    program = programs.compiled(session, programs.known(session), version).program
    action = program.action_of(kind)
    if action is None or not program.is_live:
        return None
    try:
        return record(
            session, Doing(member_id, action.id, key, occurred_at, tags=tags, value=value), keys=keys, now=now
        )
    except Refusal:
        return None


def joined(session: Session, member_id: int, *, tags: Collection[str] = (), keys: Keys, now: datetime) -> None:
    """A member has joined by an act of their own: what signing up is worth, once, and what they agreed to before."""
    record_by_itself(session, member_id, "sign_up", key="joined", occurred_at=now, tags=tags, keys=keys, now=now)
    live = programs.current(session).program
    messages.queue(session, live, member_id, "welcome", cause="joined", facts={}, happened_at=now, now=now)
    credit_consents(session, [member_id], keys=keys, now=now)


def consented(session: Session, customer_id: int, at: datetime, *, keys: Keys, now: datetime) -> None:
    """A customer agreed to the newsletter then. Remembered, because we may be told of it before we know them as a member.

    An opt-in from before the program had such an action is worth nothing, whenever we are told: the version of that moment decides.
    """
    if not programs.ever_had(session, "actions") or erasure.is_buried(
        session, codes.tombstone(keys.tombstones, session.shop_id, customer_id)
    ):
        return
    rows.note_consent(session, customer_id, min(at, now))
    member_id = member_rows.by_customer(session, customer_id)
    if member_id is not None:
        credit_consents(session, [member_id], keys=keys, now=now)


def credit_consents(session: Session, member_ids: Collection[int], *, keys: Keys, now: datetime) -> None:
    """Give these members what their opt-ins are worth, where they have not had it."""
    for member_id, consented_at in rows.consents_of(session, sorted(member_ids)):
        record_by_itself(session, member_id, "newsletter", key="consent", occurred_at=consented_at, keys=keys, now=now)


def undo(session: Session, activity_id: int, *, keys: Keys, now: datetime) -> ActivityRow:
    """It did not happen after all: its points are taken back, its reward if it was not used. Again a no-op. Raises ActivityUnknown."""
    row = find(session, activity_id)
    account = _account(session, row.member_id, is_erased_too=True)
    row = find(session, activity_id)
    if row.undone_at is not None:
        return row
    if row.points:
        take_back(
            session,
            account,
            row.points,
            Cause(
                f"activity:{row.id}:undo",
                Reason.ACTION_UNDONE,
                now,
                row.program_version,
                subject_id=row.id,
            ),
            opened_by=row.seq,
            now=now,
        )
    if row.redemption_id is not None:
        take_back_reward(session, row.redemption_id, now=now)
    if row.event_id is not None:
        rows.note_attendance(session, row.event_id, change=-1)
    row.undone_at = now
    session.flush()
    aftermath.follow(session, aftermath.Happened(members=frozenset({row.member_id})), keys=keys, now=now)
    return row


def find(session: Session, activity_id: int) -> ActivityRow:
    """One activity. Raises ActivityUnknown."""
    row = rows.find(session, activity_id)
    if row is None:
        raise ActivityUnknown(activity_id=activity_id)
    return row


def of_member(session: Session, member_id: int, *, below: int | None = None, limit: int = 50) -> list[ActivityRow]:
    """A member's activities, newest first."""
    return rows.of_member(session, member_id, below=below, limit=limit)


@dataclass(frozen=True, slots=True)
class Offer:
    """An action as it stands for one member: `refusal` is why it does not count now, None when it does."""

    action: Action
    times: int
    refusal: Refusal | None


def offers(session: Session, member_id: int | None, *, now: datetime) -> list[Offer]:
    """The live program's actions with how they stand for the member; tags are not looked up here."""
    program = programs.current(session)
    if not program.program.is_live:
        return []
    zone = days.zone_of(shops.details(session).timezone)
    found = []
    for action in program.program.actions:
        if not action.is_on:
            continue
        earlier = rows.times(session, member_id, action.id) if member_id is not None else []
        refusal = actions.refusal(
            action.model_copy(update={"tags": ()}),
            at=now,
            earlier=earlier,
            tier=tier_at(session, action, member_id, now) if member_id is not None else None,
            tags=(),
            zone=zone,
        )
        found.append(Offer(action, len(earlier), refusal))
    return found


def look_up_tags(
    program: Program, action: Action | None, customer_id: int | None, shopify: Callable[[], ShopifyShop]
) -> tuple[str, ...]:
    """The customer's tags at Shopify, asked for only where the action or the program minds them. Raises OutsideError."""
    if customer_id is None or not minds_tags(program.exclusions.customer_tags, action):
        return ()
    person = shopify().people([customer_id]).get(customer_id)
    return person.tags if person is not None else ()


def minds_tags(excluded: Collection[str], action: Action | None) -> bool:
    """True when a customer's tags decide whether the action counts."""
    return bool(excluded) or (action is not None and bool(action.tags))


def in_force(session: Session, at: datetime) -> CompiledProgram:
    """The live program of that moment. Raises ProgramNotLive."""
    known = programs.known(session)
    version = known.in_force_at(at)
    if version is None:
        raise ProgramNotLive
    program = programs.compiled(session, known, version)
    if not program.program.is_live:
        raise ProgramNotLive
    return program


def name_of(action: Action, key: str) -> UUID:
    """A key as it is stored: what happens by itself happens once whatever the action is called."""
    return uuid5(NAMES, key if action.kind in ONE_OF_A_KIND else f"{action.id}:{key}")


def take_back(
    session: Session, account: Account, points: int, cause: Cause, *, opened_by: int | None, now: datetime
) -> None:
    """Take points back that no order gave: from the lot that this entry opened first, spent or lapsed as it may be."""
    if opened_by is not None:
        journal.load_lots_of(session, account, [LotUse(0, opened_by, 0)])
    ledger.claw_back(account, points, cause, opened_by=opened_by)
    journal.write(session, [account], now=now)


def take_back_reward(session: Session, redemption_id: UUID, *, now: datetime) -> bool:
    """Cancel a reward that was given, if it was not used; False when it was, or has ended."""
    try:
        redeem.cancel(session, redemption_id, now=now)
    except RedemptionOver:
        return False
    return True


def tier_at(session: Session, action: Action, member_id: int, at: datetime) -> str | None:
    """The member's tier then, looked up only where the action minds it."""
    return tiers.at(session, [(member_id, at)])[member_id, at] if action.tiers else None


def _refusal(session: Session, program: CompiledProgram, action: Action, doing: Doing) -> Refusal | None:
    excluded = {tag.casefold() for tag in program.program.exclusions.customer_tags}
    if excluded.intersection(tag.casefold() for tag in doing.tags):
        return ActionNotForMember(action_id=action.id)
    if blocks.of(session, [doing.member_id]).stop(doing.member_id, doing.occurred_at):
        return ActionNotForMember(action_id=action.id)
    return actions.refusal(
        action,
        at=doing.occurred_at,
        earlier=rows.times(session, doing.member_id, action.id),
        tier=tier_at(session, action, doing.member_id, doing.occurred_at),
        tags=doing.tags,
        zone=days.zone_of(shops.details(session).timezone),
    )


def _give(
    session: Session,
    account: Account,
    row: ActivityRow,
    program: CompiledProgram,
    action: Action,
    *,
    keys: Keys,
    now: datetime,
) -> None:
    if action.points:
        pending = action.pending_days if action.pending_days is not None else program.program.earning.pending_days
        available_at = row.occurred_at + timedelta(days=pending)
        cause = Cause(f"activity:{row.id}", Reason.ACTION, row.occurred_at, program.version, subject_id=row.id)
        ledger.accrue(
            account,
            action.points,
            cause,
            now=now,
            available_at=available_at if pending else min(available_at, now),
            expires_at=program.expires_at(available_at),
        )
        row.seq = account.seq
        journal.write(session, [account], now=now)
    reward = program.program.reward(action.reward_id) if action.reward_id is not None else None
    if reward is not None:
        row.redemption_id = redeem.grant(
            session,
            row.member_id,
            reward,
            key=f"activity:{row.id}",
            version=program.version,
            keys=keys,
            now=now,
        )
    session.flush()


def _account(session: Session, member_id: int, *, is_erased_too: bool = False) -> Account:
    account = journal.lock(session, [member_id]).get(member_id)
    if account is None or (not is_erased_too and member_rows.is_erased(session, member_id)):
        raise MemberUnknown(member_id=member_id)
    return account
