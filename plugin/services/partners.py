"""Partners: a member lets a partner credit them, by a one-time code; the partner gives points within its budget and sees nothing else.

The code is made by the signed-in member and handed to the partner, who redeems it with its own key. Either side can end the link.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from plugin.db import Session
from plugin.db import grants as grant_rows
from plugin.db import partners as partner_rows
from plugin.db.tables import GrantRow, PartnerLinkRow
from plugin.loyalty import codes
from plugin.loyalty.errors import (
    ConsentMissing,
    GrantOver,
    GrantUnknown,
    LinkCodeInvalid,
    LinkUnknown,
    PartnerUnknown,
    ProgramNotLive,
)
from plugin.loyalty.program import Partner
from plugin.services import grants, lookup, programs, spending
from plugin.services.grants import Gift, Given
from plugin.services.keys import Keys

CODE_LENGTH: Final = 12
"""Signs of 5 bits each: nobody guesses one in the quarter of an hour it lives."""
CODE_LIVES: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class LinkCode:
    """What the member tells the partner, and until when it is good."""

    code: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class BudgetUse:
    """A partner of the program, and what is left of its budget in this period (points)."""

    partner: Partner
    left: int


def make_code(
    session: Session, member_id: int, partner_id: str, *, consents: bool, chance: UUID, keys: Keys, now: datetime
) -> LinkCode:
    """A fresh code with which that partner can link this member; earlier ones are void. `chance` is a random UUID.

    Raises PartnerUnknown, ConsentMissing.
    """
    known(session, partner_id)
    if not consents:
        raise ConsentMissing
    code = codes.derive(keys.codes, chance)[:CODE_LENGTH]
    ends_at = now + CODE_LIVES
    partner_rows.drop_codes(session, until=now)
    partner_rows.put_code(session, digest=_digest(code), partner=partner_id, member_id=member_id, ends_at=ends_at)
    return LinkCode(code, ends_at)


def link(session: Session, partner_id: str, code: str, *, now: datetime) -> PartnerLinkRow:
    """Link whoever made the code. Raises PartnerUnknown, LinkCodeInvalid (unknown, used, run out, or made for another partner)."""
    known(session, partner_id)
    digest = _digest(code.strip().upper().replace("-", ""))
    member_id = partner_rows.take_code(session, digest=digest, partner=partner_id, now=now)
    if member_id is None:
        raise LinkCodeInvalid
    link_id = partner_rows.link(session, partner=partner_id, member_id=lookup.reachable(session, member_id), now=now)
    return standing(session, partner_id, link_id)


def standing(session: Session, partner_id: str, link_id: int) -> PartnerLinkRow:
    """A partner's own link that nobody has ended. Raises LinkUnknown, also for another partner's."""
    row = partner_rows.find(session, link_id)
    if row is None or row.partner != partner_id or row.ended_at is not None:
        raise LinkUnknown
    return row


def links(session: Session, partner_id: str, *, below: int | None, limit: int) -> list[PartnerLinkRow]:
    """A partner's standing links, newest first."""
    return partner_rows.of_partner(session, partner_id, below=below, limit=limit)


def links_of(session: Session, member_id: int) -> list[PartnerLinkRow]:
    """A member's standing links, to partners switched on or off."""
    return partner_rows.of_member(session, member_id)


def unlink(session: Session, partner_id: str, link_id: int, *, now: datetime) -> None:
    """The partner ends a link of its own. Raises LinkUnknown."""
    partner_rows.end(session, standing(session, partner_id, link_id).id, now=now)


def withdraw(session: Session, member_id: int, partner_id: str, *, now: datetime) -> None:
    """The member ends the link to a partner; points stay. Raises LinkUnknown."""
    own = [row for row in partner_rows.of_member(session, member_id) if row.partner == partner_id]
    if not own:
        raise LinkUnknown
    for row in own:
        partner_rows.end(session, row.id, now=now)


def credit(
    session: Session, partner_id: str, link_id: int, points: int, *, key: str, keys: Keys, now: datetime
) -> Given:
    """Give the linked member points. Raises LinkUnknown, PartnerUnknown, OverBudget (with what is left), ProgramNotLive."""
    if not programs.current(session).program.is_live:
        raise ProgramNotLive
    partner = known(session, partner_id)
    grants.lock_budgets(session)
    row = standing(session, partner_id, link_id)
    limit = "in all" if partner.period == "ever" else f"this {partner.period}"
    grants.within(points, _left(session, partner, now=now), limit)
    if partner.per_member is not None:
        since = spending.period_start(session, partner.member_period, now=now)
        left = grants.left(
            session, partner.per_member, kind="partner", since=since, code=partner_id, member_id=row.member_id
        )
        grants.within(points, left, "for this member")
    gift = Gift(row.member_id, "partner", partner_id, f"{partner_id}:{key}", partner.title, points, link_id=link_id)
    given = grants.give(session, gift, keys=keys, now=now)
    if given is None:
        raise AssertionError(f"a partner's key was used twice: {key}")
    return given


def find_credit(session: Session, partner_id: str, grant_id: int) -> GrantRow:
    """One of the partner's own credits. Raises GrantUnknown, also for anybody else's."""
    grant = grants.find(session, grant_id, kind="partner")
    if grant.code != partner_id:
        raise GrantUnknown
    return grant


def take_back(session: Session, partner_id: str, grant_id: int, *, keys: Keys, now: datetime) -> Given:
    """The partner takes back what it gave, while it may. Taken back before: it stays so. Raises GrantUnknown, GrantOver."""
    partner = known(session, partner_id)
    grants.lock_budgets(session)
    grant = find_credit(session, partner_id, grant_id)
    age = now - grant.granted_at
    if grant.taken_back >= grant.points or age > timedelta(days=partner.undo_days):
        raise GrantOver(age_days=age.days, days=partner.undo_days)
    return grants.take_back(session, grant, grant.points - grant.taken_back, keys=keys, now=now)


def credits_of(session: Session, partner_id: str, link_id: int, *, below: int | None, limit: int) -> list[GrantRow]:
    """What the partner gave through one of its standing links, newest first. Raises LinkUnknown."""
    return grant_rows.of_link(session, standing(session, partner_id, link_id).id, below=below, limit=limit)


def budgets(session: Session, *, now: datetime) -> list[BudgetUse]:
    """Every partner of the live program with what it may still give."""
    return [
        BudgetUse(partner, max(0, _left(session, partner, now=now)))
        for partner in programs.current(session).program.partners
    ]


def known(session: Session, partner_id: str) -> Partner:
    """The partner of the live program that is switched on. Raises PartnerUnknown."""
    partner = programs.current(session).program.partner(partner_id)
    if partner is None:
        raise PartnerUnknown(partner=partner_id)
    return partner


def _left(session: Session, partner: Partner, *, now: datetime) -> int:
    since = spending.period_start(session, partner.period, now=now)
    return grants.left(session, partner.budget, kind="partner", since=since, code=partner.id)


def _digest(code: str) -> bytes:
    return sha256(f"link:{code}".encode()).digest()
