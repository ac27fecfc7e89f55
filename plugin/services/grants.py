"""Grants: points that come neither from an order nor from an action, noted beside the entry so that budgets can count them.

Goodwill, partners and dividends are all given and taken back here. A budget is a sum over grants, read under the shop's budget lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from plugin.db import Session, journal
from plugin.db import grants as grant_rows
from plugin.db.tables import GrantRow
from plugin.loyalty import ledger
from plugin.loyalty.errors import GrantUnknown, OverBudget
from plugin.loyalty.ledger import Cause, LotUse, Reason
from plugin.services import aftermath, expiry, programs, spending
from plugin.services.aftermath import Happened
from plugin.services.keys import Keys

Kind = Literal["goodwill", "partner", "dividend"]

GAVE: dict[str, Reason] = {"goodwill": Reason.GOODWILL, "partner": Reason.PARTNER, "dividend": Reason.DIVIDEND}
TOOK_BACK: dict[str, Reason] = {
    "goodwill": Reason.GOODWILL_UNDONE,
    "partner": Reason.PARTNER_UNDONE,
    "dividend": Reason.DIVIDEND_UNDONE,
}


@dataclass(frozen=True, slots=True)
class Gift:
    """What is to be given: `points` to a member, for `code` (a reason's id, a partner's, a year), told to them as `title`.

    `key` names it among its kind: given twice, it is given once.
    """

    member_id: int
    kind: Kind
    code: str
    key: str
    title: str
    points: int
    amount: Decimal | None = None
    link_id: int | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """A grant and the number of the member's entry for it."""

    grant_id: int
    member_id: int
    seq: int


def lock_budgets(session: Session) -> None:
    """From here to the end of the transaction nobody else takes from the shop's budgets. Call it before members are locked."""
    grant_rows.lock_budgets(session)


def within(asked: int, left: int, limit: str) -> None:
    """Raise OverBudget, naming the limit, when more is asked for than is left."""
    if asked > left:
        raise OverBudget(asked=asked, left=max(0, left), limit=limit)


def left(
    session: Session, budget: int, *, kind: Kind, since: datetime, code: str | None = None, member_id: int | None = None
) -> int:
    """What is left of a budget (points) since its period began."""
    return budget - grant_rows.given(session, kind=kind, since=since, code=code, member_id=member_id)


def give(session: Session, gift: Gift, *, keys: Keys, now: datetime) -> Given | None:
    """Give it, at once spendable; None when it was given before. Raises MemberUnknown."""
    grant_id = grant_rows.add(
        session,
        member_id=gift.member_id,
        kind=gift.kind,
        code=gift.code,
        key=gift.key,
        title=gift.title,
        points=gift.points,
        amount=gift.amount,
        link_id=gift.link_id,
        now=now,
    )
    if grant_id is None:
        return None
    account = spending.approach(session, [gift.member_id], now=now)[gift.member_id]
    live = programs.current(session)
    cause = Cause(f"grant:{grant_id}", GAVE[gift.kind], now, live.version, amount=gift.amount, subject_id=grant_id)
    ledger.accrue(account, gift.points, cause, now=now, available_at=now, expires_at=live.expires_at(now))
    seq = account.seq
    journal.write(session, [account], now=now)
    aftermath.follow(session, Happened(members=frozenset({gift.member_id})), keys=keys, now=now)
    return Given(grant_id, gift.member_id, seq)


def take_back(session: Session, grant: GrantRow, points: int, *, keys: Keys, now: datetime) -> Given:
    """Take so many points of a grant back, from what it gave first; what was spent becomes debt."""
    account = journal.lock(session, [grant.member_id])[grant.member_id]
    expiry.post_due(session, [account], now=now)
    opened_by = grant_rows.opened_by(
        session, member_id=grant.member_id, grant_id=grant.id, reason=int(GAVE[grant.kind])
    )
    if opened_by is not None:
        journal.load_lots_of(session, account, [LotUse(0, opened_by, 0)])
    total = grant.taken_back + points
    cause = Cause(f"grant:{grant.id}:back:{total}", TOOK_BACK[grant.kind], now, subject_id=grant.id)
    ledger.claw_back(account, points, cause, opened_by=opened_by or 0)
    seq = account.seq
    journal.write(session, [account], now=now)
    grant_rows.note_taken_back(session, grant.id, total)
    aftermath.follow(session, Happened(members=frozenset({grant.member_id})), keys=keys, now=now)
    return Given(grant.id, grant.member_id, seq)


def find(session: Session, grant_id: int, *, kind: Kind) -> GrantRow:
    """One grant of that kind. Raises GrantUnknown."""
    row = grant_rows.find(session, grant_id)
    if row is None or row.kind != kind:
        raise GrantUnknown
    return row
