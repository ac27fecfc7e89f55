"""Households: members share a pool, which is an account of its own. Who leaves takes along what is left of their own share.

A member's orders still settle on the member; then what is new flows on into the pool (where the program pools all new points), and
what is taken back after a refund is covered by the pool as far as the member has put points in (docs/decisions/0020).
The pool's row is the household's lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from plugin.db import Session, accounts, journal
from plugin.db import households as household_rows
from plugin.db.households import Household, Stake
from plugin.loyalty import codes, ledger
from plugin.loyalty.errors import (
    HouseholdFull,
    HouseholdLimitReached,
    HouseholdsClosed,
    HouseholdUnknown,
    InHouseholdAlready,
    InvitationUnknown,
    NotInHousehold,
    NotTheOwner,
)
from plugin.loyalty.ledger import Account, Cause, Reason
from plugin.loyalty.program import Households
from plugin.loyalty.rules import CompiledProgram
from plugin.loyalty.sharing import code_hash, own_share
from plugin.services import aftermath, expiry, programs, spending
from plugin.services.keys import Keys


@dataclass(frozen=True, slots=True)
class Part:
    """One member's part in a household. `spent` counts rewards of the running period; `left` is what they may still take (None: all)."""

    member_id: int
    is_owner: bool
    put_in: int
    spent: int
    left: int | None
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class View:
    """A household as others see it; `id` is its pool's account."""

    id: int
    owner_id: int
    pending: int
    available: int
    held: int
    debt: int
    parts: tuple[Part, ...]
    members_max: int
    created_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Invitation:
    """A one-time code into a household."""

    code: str
    ends_at: datetime


def found(session: Session, owner_id: int, *, now: datetime) -> int:
    """A new household with that member as its owner; its id. Raises HouseholdsClosed, InHouseholdAlready, MemberUnknown."""
    _terms(session)
    owner = spending.approach(session, [owner_id], now=now)[owner_id]
    if household_rows.household_of(session, owner_id) is not None:
        raise InHouseholdAlready
    account_id = accounts.open_account(session, "household", now=now)
    household_rows.add(session, account_id, owner_id=owner_id, now=now)
    _enter(session, owner, account_id, now)
    return account_id


def invite(
    session: Session,
    account_id: int,
    *,
    invitation_id: UUID,
    by: int | None = None,
    member_id: int | None = None,
    keys: Keys,
    now: datetime,
) -> Invitation:
    """A one-time code into the household, for that member only when one is named; made for the member `by`, or (None) for the shop.

    Raises HouseholdsClosed, HouseholdUnknown, NotTheOwner, HouseholdFull (open invitations count).
    """
    terms = _terms(session).program.sharing.households
    journal.lock(session, [account_id], lots=False)
    household = _open_household(session, account_id)
    if by is not None and by != household.owner_id:
        raise NotTheOwner
    taken = len(household_rows.stakes(session, account_id))
    if taken + household_rows.count_invitations(session, account_id, now=now) >= terms.members_max:
        raise HouseholdFull(members_max=terms.members_max)
    code, ends_at = codes.derive(keys.codes, invitation_id), now + timedelta(days=terms.invitation_days)
    household_rows.invite(
        session, code_hash(code), account_id=account_id, member_id=member_id, now=now, ends_at=ends_at
    )
    return Invitation(code, ends_at)


def join(session: Session, member_id: int, code: str, *, now: datetime) -> int:
    """The member consents and enters the household of that code; its id.

    Raises InvitationUnknown (used, ended, another's: one answer for all), InHouseholdAlready, HouseholdFull, HouseholdsClosed.
    """
    terms = _terms(session).program.sharing.households
    mark = code_hash(code)
    invitation = household_rows.invitation(session, mark)
    if invitation is None or invitation.ends_at <= now or invitation.member_id not in (None, member_id):
        raise InvitationUnknown
    locked = spending.approach(session, [member_id], accounts=[invitation.account_id], now=now)
    if household_rows.household_of(session, member_id) is not None:
        raise InHouseholdAlready
    if len(household_rows.stakes(session, invitation.account_id)) >= terms.members_max:
        raise HouseholdFull(members_max=terms.members_max)
    if not household_rows.use_invitation(session, mark):
        raise InvitationUnknown
    journal.write(session, locked.values(), now=now)
    _enter(session, locked[member_id], invitation.account_id, now)
    return invitation.account_id


def put_in(session: Session, member_id: int, points: int, *, now: datetime) -> int:
    """The member puts points of their own into the pool; the household's id. Raises InsufficientPoints, NotInHousehold."""
    program = _terms(session)
    account_id = of_member(session, member_id)
    locked = spending.approach(session, [member_id], accounts=[account_id], now=now)
    _still_in(session, member_id, account_id)
    _pour(locked[member_id], locked[account_id], points, version=program.version, now=now)
    journal.write(session, locked.values(), now=now)
    household_rows.put_in(session, member_id, points)
    return account_id


def leave(
    session: Session, member_id: int, *, account_id: int | None = None, by: int | None = None, now: datetime
) -> int:
    """The member leaves with their share of what is left; the household's id. `by` must be themselves or the owner (None: the shop).

    A household whose owner leaves goes to who joined next; with the last member it closes, and they take all that is left.
    Raises NotInHousehold, NotTheOwner.
    """
    found_in = of_member(session, member_id)
    if account_id not in (None, found_in):
        raise NotInHousehold
    locked = journal.lock(session, [member_id, found_in])
    expiry.post_due(session, locked.values(), now=now)
    _still_in(session, member_id, found_in)
    household = _open_household(session, found_in)
    if by is not None and by not in (member_id, household.owner_id):
        raise NotTheOwner
    _depart(session, household, member_id, pool=locked[found_in], taker=locked[member_id], now=now)
    journal.write(session, locked.values(), now=now)
    return found_in


def of_member(session: Session, member_id: int) -> int:
    """The household that the member is in. Raises NotInHousehold."""
    account_id = household_rows.household_of(session, member_id)
    if account_id is None:
        raise NotInHousehold
    return account_id


def stake_of(session: Session, member_id: int) -> Stake | None:
    """The member's place in a household; None when they are in none."""
    return household_rows.stakes_of(session, [member_id]).get(member_id)


def find(session: Session, account_id: int) -> Household:
    """The household of that id, open or closed. Raises HouseholdUnknown."""
    household = household_rows.find(session, account_id)
    if household is None:
        raise HouseholdUnknown
    return household


def view(session: Session, account_id: int, *, now: datetime) -> View:
    """A household with everything due at `now` posted on its pool. Raises HouseholdUnknown."""
    household = find(session, account_id)
    pool = journal.lock(session, [account_id])[account_id]
    expiry.post_due(session, [pool], now=now)
    journal.write(session, [pool], now=now)
    terms = programs.current(session).program.sharing.households
    spent = household_rows.spent(session, account_id, since=spending.period_start(session, terms.limit_period, now=now))
    parts = tuple(
        Part(
            stake.member_id,
            stake.member_id == household.owner_id,
            stake.put_in,
            spent.get(stake.member_id, 0),
            _left(terms, spent.get(stake.member_id, 0)),
            stake.joined_at,
        )
        for stake in household_rows.stakes(session, account_id)
    )
    return View(
        account_id,
        household.owner_id,
        pool.pending,
        max(0, pool.available),
        pool.held,
        pool.debt,
        parts,
        terms.members_max,
        household.created_at,
        household.closed_at,
    )


def admit(session: Session, member_id: int, account_id: int, *, points: int, now: datetime) -> None:
    """Let the member spend so many points of the pool, whose row the caller has locked.

    Raises HouseholdsClosed, NotInHousehold, HouseholdLimitReached.
    """
    terms = programs.current(session).program.sharing.households
    if not terms.is_on:
        raise HouseholdsClosed
    _still_in(session, member_id, account_id)
    if terms.limit_points is None:
        return
    since = spending.period_start(session, terms.limit_period, now=now)
    left = terms.limit_points - household_rows.spent(session, account_id, since=since).get(member_id, 0)
    if points > left:
        raise HouseholdLimitReached(asked=points, left=max(0, left), limit=terms.limit_points)


def flow(session: Session, written: Iterable[Account], *, now: datetime) -> None:
    """After these accounts were written: new points flow on into the pool, and the pool covers what was taken back.

    Costs nothing where nobody shares. The caller holds no lock that comes after people's.
    """
    sharing = {
        account.member_id: account.pool_id for account in written if account.pool_id is not None and account.available
    }
    if sharing:
        _flow(session, sharing, now)


def follow(session: Session, happened: aftermath.Happened, keys: Keys, now: datetime) -> None:  # noqa: ARG001 - a follower's shape
    """After a deed that is no order (those flow where they are settled): new points of whom it concerned flow on."""
    if happened.members:
        sharing = accounts.flowing(session, sorted(happened.members))
        if sharing:
            _flow(session, sharing, now)


def merge(session: Session, *, lost: int, kept: int, now: datetime) -> None:
    """Two customers became one, and the books of both are one already: so is their place in a household.

    Where each was in another, the lost one's is left, and its share goes to the kept member.
    """
    accounts.redirect_flows(session, lost=lost, kept=kept)
    household_rows.rename_invitations(session, lost=lost, kept=kept)
    stakes = household_rows.stakes_of(session, [lost, kept])
    mine, theirs = stakes.get(kept), stakes.get(lost)
    if theirs is None:
        return
    accounts.flow_to(session, [lost], None)
    locked = journal.lock(session, [kept, theirs.account_id])
    if mine is None:
        household_rows.move(session, lost=lost, kept=kept, from_seq=locked[kept].seq)
        accounts.flow_to(session, [kept], theirs.account_id)
    elif mine.account_id == theirs.account_id:
        household_rows.remove(session, lost)
        household_rows.put_in(session, kept, theirs.put_in)
        if find(session, mine.account_id).owner_id == lost:
            household_rows.set_owner(session, mine.account_id, kept)
    else:
        household = find(session, theirs.account_id)
        _depart(session, household, lost, pool=locked[theirs.account_id], taker=locked[kept], now=now)
        journal.write(session, locked.values(), now=now)


def forget(session: Session, member_ids: Sequence[int], *, now: datetime) -> None:
    """These members are being erased: they leave what they put in to those who stay."""
    household_rows.forget_invitations(session, member_ids)
    accounts.stop_flows_to(session, member_ids)
    for stake in household_rows.stakes_of(session, member_ids).values():
        journal.lock(session, [stake.account_id], lots=False)
        _remove(session, find(session, stake.account_id), stake.member_id, heir=None, now=now)


def _terms(session: Session) -> CompiledProgram:
    program = spending.live_program(session)
    if not program.program.sharing.households.is_on:
        raise HouseholdsClosed
    return program


def _open_household(session: Session, account_id: int) -> Household:
    household = find(session, account_id)
    if household.closed_at is not None:
        raise HouseholdUnknown
    return household


def _still_in(session: Session, member_id: int, account_id: int) -> None:
    if household_rows.household_of(session, member_id) != account_id:
        raise NotInHousehold


def _enter(session: Session, member: Account, account_id: int, now: datetime) -> None:
    household_rows.enter(session, Stake(member.member_id, account_id, 0, member.seq, now))
    accounts.flow_to(session, [member.member_id], account_id)


def _left(terms: Households, spent: int) -> int | None:
    return None if terms.limit_points is None else max(0, terms.limit_points - spent)


def _depart(
    session: Session, household: Household, member_id: int, *, pool: Account, taker: Account, now: datetime
) -> None:
    """The member's share goes to `taker`; the caller writes both accounts."""
    stakes = household_rows.stakes(session, household.account_id)
    mine = next(stake for stake in stakes if stake.member_id == member_id)
    share = own_share(pool.available, put_in=mine.put_in, all_put_in=sum(stake.put_in for stake in stakes))
    if len(stakes) == 1:
        share = max(0, pool.available)
    if share:
        ledger.give(pool, taker, share, _cause(pool, "left", Reason.POOL_LEFT, now=now))
    _remove(session, household, member_id, heir=taker.member_id, now=now)


def _remove(session: Session, household: Household, member_id: int, *, heir: int | None, now: datetime) -> None:
    household_rows.remove(session, member_id)
    accounts.flow_to(session, [member_id], None)
    others = household_rows.stakes(session, household.account_id)
    if not others:
        household_rows.close(session, household.account_id, now=now)
        # What codes still hold comes back to the pool one day, and goes on to whoever was last.
        accounts.flow_to(session, [household.account_id], heir)
    elif household.owner_id == member_id:
        household_rows.set_owner(session, household.account_id, others[0].member_id)


def _flow(session: Session, sharing: Mapping[int, int], now: datetime) -> None:
    program = programs.current(session)
    terms = program.program.sharing.households
    pools_earned = terms.is_on and terms.pools == "earned"
    locked = journal.lock(session, {*sharing, *sharing.values()})
    stakes = household_rows.stakes_of(session, list(sharing))
    expiry.post_due(session, [locked[pool_id] for pool_id in sorted(set(sharing.values()))], now=now)
    for member_id, pool_id in sorted(sharing.items()):
        account, pool, stake = locked[member_id], locked[pool_id], stakes.get(member_id)
        if stake is None:
            _hand_over(account, pool, now)
        elif account.debt:
            household_rows.put_in(session, member_id, -_cover(account, pool, stake, version=program.version, now=now))
        elif pools_earned:
            fresh = [lot for lot in account.lots or () if lot.opened_by > stake.from_seq]
            points = sum(lot.open for lot in fresh)
            if points:
                _pour(account, pool, points, lots=fresh, version=program.version, now=now)
                household_rows.put_in(session, member_id, points)
    journal.write(session, locked.values(), now=now)


def _pour(
    account: Account,
    pool: Account,
    points: int,
    *,
    version: int,
    now: datetime,
    lots: Sequence[ledger.Lot] | None = None,
) -> None:
    ledger.give(account, pool, points, _cause(pool, "in", Reason.POOLED, version=version, now=now), lots=lots)


def _cover(account: Account, pool: Account, stake: Stake, *, version: int, now: datetime) -> int:
    """What the pool pays of the member's debt: no more than they put in, and than is there."""
    points = min(account.debt, stake.put_in, max(0, pool.available))
    if points:
        ledger.give(pool, account, points, _cause(pool, "cover", Reason.POOL_COVERED, version=version, now=now))
    return points


def _hand_over(closed: Account, heir: Account, now: datetime) -> None:
    """What came back to a closed household goes on to whoever was in it last."""
    if closed.available > 0:
        ledger.give(closed, heir, closed.available, _cause(closed, "after", Reason.POOL_LEFT, now=now))


def _cause(pool: Account, name: str, reason: Reason, *, now: datetime, version: int = 0) -> Cause:
    return Cause(f"pool:{pool.member_id}:{pool.seq}:{name}", reason, now, version)
