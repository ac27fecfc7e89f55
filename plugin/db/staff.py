"""The rows of staff: who may do what, by the number Shopify gives a member of the staff."""

from __future__ import annotations

from datetime import datetime

from plugin.db.session import Session
from plugin.db.tables import StaffRow


def every(session: Session) -> list[StaffRow]:
    """All rows of the shop, in the order they were added."""
    rows = session.query(StaffRow).filter(StaffRow.shop_id == session.shop_id)
    return list(rows.order_by(StaffRow.staff_id != 0, StaffRow.set_at, StaffRow.staff_id))


def roles(session: Session, *staff_ids: int) -> dict[int, str]:
    """The roles of those who have one."""
    return dict(
        session.sql(
            "SELECT staff_id, role FROM staff WHERE shop_id = %s AND staff_id = ANY(%s)",
            session.shop_id,
            list(staff_ids),
        )
    )


def save(session: Session, staff_id: int, *, role: str, label: str, now: datetime) -> None:
    """Give them this role, and call them that."""
    session.sql(
        """
        INSERT INTO staff (shop_id, staff_id, role, label, set_at) VALUES (%s, %s, %s, %s, %s)
        ON CONFLICT (shop_id, staff_id) DO UPDATE SET role = excluded.role, label = excluded.label
        """,
        session.shop_id,
        staff_id,
        role,
        label,
        now,
    )


def delete(session: Session, staff_id: int) -> None:
    """They have no role of their own any more."""
    session.sql("DELETE FROM staff WHERE shop_id = %s AND staff_id = %s", session.shop_id, staff_id)


def delete_all(session: Session) -> int:
    """Nobody has a role any more; how many had one."""
    return len(session.sql("DELETE FROM staff WHERE shop_id = %s RETURNING 1", session.shop_id))
