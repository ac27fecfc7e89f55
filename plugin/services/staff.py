"""What staff may do: one role each, by their number at Shopify. Until somebody starts with roles, everybody may do everything.

Whoever starts becomes the owner; there is always one. No names are asked of Shopify: `label` is what the owner calls them, and it
goes with their role.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, cast

from plugin.db import Session, shops
from plugin.db import staff as staff_rows
from plugin.loyalty.errors import Refusal
from plugin.services import changelog

Role = Literal["viewer", "support", "manager", "owner"]

ROLES: Final[tuple[Role, ...]] = ("viewer", "support", "manager", "owner")
"""From the least to the most: each may do what those before it may."""

EVERYBODY_ELSE: Final = 0
"""Stands for all who have no role of their own."""


class OwnerNeeded(Refusal):
    """Only pages for staff meet this one."""

    code = "owner-needed"
    sentence = "There must be an owner. Make somebody else the owner first."


class RoleTooLow(Refusal):
    """`has` and `needs` are roles, `owners` how the owners are called."""

    code = "role-too-low"
    sentence = "Your role ({has}) cannot change this. It takes the role {needs}. Ask {owners}."


@dataclass(frozen=True, slots=True)
class Colleague:
    """One member of the staff with a role, or EVERYBODY_ELSE."""

    staff_id: int
    role: Role
    label: str
    set_at: datetime

    @property
    def name(self) -> str:
        """How they are called: as the owner calls them, else by number."""
        return self.label or f"staff member {self.staff_id}"


def role_of(session: Session, staff_id: int) -> Role:
    """What this member of the staff may do."""
    roles = staff_rows.roles(session, staff_id, EVERYBODY_ELSE)
    return cast("Role", roles.get(staff_id) or roles.get(EVERYBODY_ELSE) or "owner")


def require(session: Session, staff_id: int, needed: Role) -> None:
    """Raises RoleTooLow unless this member of the staff may do what `needed` stands for."""
    role = role_of(session, staff_id)
    if not is_enough(role, needed):
        raise RoleTooLow(has=role, needs=needed, owners=owners(session))


def owners(session: Session) -> str:
    """Whom to ask for another role: the owners by name."""
    return " or ".join(one.name for one in everyone(session) if one.role == "owner") or "the owner"


def is_enough(role: Role, needed: Role) -> bool:
    """True when whoever has `role` may do what `needed` stands for."""
    return ROLES.index(role) >= ROLES.index(needed)


def everyone(session: Session) -> list[Colleague]:
    """All who have a role, EVERYBODY_ELSE first; empty while nobody has started with roles."""
    return [Colleague(row.staff_id, cast("Role", row.role), row.label, row.set_at) for row in staff_rows.every(session)]


def start(session: Session, staff_id: int, *, by: str, now: datetime) -> None:
    """Begin with roles: this one is the owner, everybody else stays a manager. Nothing when somebody was faster.

    Raises OwnerNeeded for a visitor whom Shopify gives no number.
    """
    shops.lock(session)
    if staff_id == EVERYBODY_ELSE:
        raise OwnerNeeded
    if staff_rows.every(session):
        return
    staff_rows.save(session, EVERYBODY_ELSE, role="manager", label="", now=now)
    staff_rows.save(session, staff_id, role="owner", label="", now=now)
    changelog.note(session, by=by, deed="staff.started", subject=str(staff_id), now=now)


def give(session: Session, staff_id: int, role: Role, *, label: str, by: str, now: datetime) -> None:
    """Give a member of the staff (or EVERYBODY_ELSE) this role. Raises OwnerNeeded when no owner would be left."""
    shops.lock(session)
    known = {one.staff_id: one for one in everyone(session)}
    if staff_id == EVERYBODY_ELSE and role == "owner":
        raise OwnerNeeded
    if role != "owner" and not _owners(known) - {staff_id}:
        raise OwnerNeeded
    before = known[staff_id].role if staff_id in known else None
    staff_rows.save(session, staff_id, role=role, label=label, now=now)
    if before != role:
        facts = {"role": role, "before": before}
        changelog.note(session, by=by, deed="staff.role_given", subject=str(staff_id), facts=facts, now=now)


def remove(session: Session, staff_id: int, *, by: str, now: datetime) -> None:
    """They are like everybody else again, and what they were called is forgotten. Raises OwnerNeeded for the last owner."""
    shops.lock(session)
    known = {one.staff_id: one for one in everyone(session)}
    if staff_id == EVERYBODY_ELSE or staff_id not in known:
        return
    if not _owners(known) - {staff_id}:
        raise OwnerNeeded
    staff_rows.delete(session, staff_id)
    facts = {"before": known[staff_id].role}
    changelog.note(session, by=by, deed="staff.removed", subject=str(staff_id), facts=facts, now=now)


def forget_roles(session: Session, *, by: str, now: datetime) -> int:
    """Back to the beginning, where everybody may do everything: for when no owner can be reached. How many rows went."""
    shops.lock(session)
    count = staff_rows.delete_all(session)
    if count:
        changelog.note(session, by=by, deed="staff.roles_ended", now=now)
    return count


def _owners(known: dict[int, Colleague]) -> set[int]:
    return {one.staff_id for one in known.values() if one.role == "owner"}
