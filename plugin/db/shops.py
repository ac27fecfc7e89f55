"""The rows of shops: the first few are read before a shop is known, the rest belong to the session's shop."""

from __future__ import annotations

from datetime import datetime

from plugin.db.session import Session
from plugin.db.tables import ShopDetails


def by_domain(session: Session, domain: str) -> tuple[int, str, str] | None:
    """(id, domain, status) of the shop of that domain."""
    rows: list[tuple[int, str, str]] = session.sql("SELECT id, domain, status FROM shops WHERE domain = %s", domain)
    return rows[0] if rows else None


def every(session: Session) -> list[tuple[int, str, str]]:
    """(id, domain, status) of all shops, by domain."""
    return session.sql("SELECT id, domain, status FROM shops ORDER BY domain")


def add(session: Session, domain: str, *, now: datetime) -> None:
    """The shop is installed; known before or not."""
    session.sql(
        """
        INSERT INTO shops (domain, status, created_at) VALUES (%s, 'installed', %s)
        ON CONFLICT (domain) DO UPDATE SET status = 'installed'
        """,
        domain,
        now,
    )


def lock(session: Session) -> None:
    """One transaction at a time for this shop, from here on."""
    session.sql("SELECT id FROM shops WHERE id = %s FOR UPDATE", session.shop_id)


def status(session: Session) -> str:
    """installed, uninstalled or redacted."""
    [(found,)] = session.sql("SELECT status FROM shops WHERE id = %s", session.shop_id)
    return str(found)


def uninstall(session: Session) -> None:
    """The shop is uninstalled, unless it is redacted."""
    session.sql("UPDATE shops SET status = 'uninstalled' WHERE id = %s AND status = 'installed'", session.shop_id)


def find_details(session: Session) -> ShopDetails | None:
    """What is known of the shop; None before its installation."""
    return session.get(ShopDetails, session.shop_id)


def details(session: Session) -> ShopDetails:
    """What is known of a shop that was installed."""
    return session.get_one(ShopDetails, session.shop_id)


def reconciled_to(session: Session) -> datetime:
    """Up to which change of an order Shopify's record was read."""
    [(cursor,)] = session.sql("SELECT reconciled_to FROM shop_details WHERE shop_id = %s", session.shop_id)
    found: datetime = cursor
    return found


def move_cursor(session: Session, *, reached: datetime) -> None:
    """Shopify's record was read up to `reached`. The cursor never moves back."""
    session.sql(
        "UPDATE shop_details SET reconciled_to = greatest(reconciled_to, %s) WHERE shop_id = %s",
        reached,
        session.shop_id,
    )


def confirm_currency(session: Session) -> None:
    """The amounts in the program are meant in the shop's currency as it is now."""
    session.sql(
        """
        UPDATE shop_details SET currency_before = NULL, currency_changed_at = NULL
        WHERE shop_id = %s AND currency_changed_at IS NOT NULL
        """,
        session.shop_id,
    )


def note_reconciled(session: Session, *, at: datetime, drift: int) -> None:
    """A whole run ended then, and that many orders had points that had to change."""
    session.sql("UPDATE shop_details SET reconciled_at = %s, drift = %s WHERE shop_id = %s", at, drift, session.shop_id)
