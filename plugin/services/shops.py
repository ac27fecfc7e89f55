"""Shops: installed, changed, uninstalled, back again. The ledger stays through all of it until shop/redact."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from plugin.db import Session, redemptions
from plugin.db import shops as shop_rows
from plugin.db import tiers as tier_rows
from plugin.db import tokens as token_rows
from plugin.db import waiting as waiting_rows
from plugin.db.tables import ShopDetails
from plugin.loyalty import days
from plugin.loyalty.deliveries import ShopFacts
from plugin.loyalty.errors import ShopUnknown
from plugin.loyalty.program import default_program
from plugin.services import effects, programs
from plugin.services.effects import Kind
from plugin.services.ports import ShopInfo

RECONCILE_EVERY = timedelta(minutes=15)
AUDIT_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop by its domain (name.myshopify.com). `status`: installed, uninstalled, redacted."""

    id: int
    domain: str
    status: str


def find(session: Session, domain: str) -> Shop:
    """The shop of that domain; needs no shop in the session. Raises ShopUnknown."""
    found = shop_rows.by_domain(session, domain)
    if found is None:
        raise ShopUnknown(domain=domain)
    return Shop(*found)


def is_installed(session: Session) -> bool:
    """True while the app is installed in the session's shop."""
    return shop_rows.status(session) == "installed"


def every(session: Session) -> list[Shop]:
    """All shops, by domain."""
    return [Shop(*row) for row in shop_rows.every(session)]


def waiting(session: Session, *, now: datetime) -> list[tuple[int, str]]:
    """(shop id, kind of work) of everything the sweep should look at now, oldest first."""
    return waiting_rows.since(session, now=now)


def enrol(session: Session, domain: str, *, now: datetime) -> Shop:
    """Know the shop, so that its rows can be written; in a transaction of no shop, before `install` in one of this shop."""
    shop_rows.add(session, domain, now=now)
    return find(session, domain)


def install(session: Session, info: ShopInfo, *, is_own_app: bool, now: datetime) -> ShopDetails:
    """Store what Shopify says of the shop.

    The first time: a program (live for a merchant's own app, else waiting for its launch) and the standing duties.
    Again: what was suspended goes on.
    """
    row = shop_rows.find_details(session)
    is_first = row is None
    if row is None:
        row = ShopDetails(shop_id=session.shop_id, installed_at=now, reconciled_to=now, is_own_app=is_own_app, drift=0)
        session.add(row)
    else:  # whatever took the token away is over: an app/uninstalled of before this moment that is told late is stale
        row.uninstalled_at = None
        row.installed_at = now
    row.shopify_id = info.shopify_id
    row.name = info.name
    if not is_first:
        _note_currency(row, info.currency, at=now)
    row.currency = info.currency
    row.timezone = info.timezone
    row.plan = info.plan
    row.customer_accounts = info.customer_accounts
    if is_first or info.locales:  # where Shopify may not be asked, shop/update told it before
        row.locale = info.locale
    row.locales = list(info.locales)
    row.primary_host = info.primary_host
    row.scopes = sorted(info.scopes)
    row.app_seen_at = now
    session.flush()
    if not programs.versions(session).numbers:
        programs.publish(session, default_program(info.currency, is_live=is_own_app), by="install", now=now)
    effects.request(session, Kind.RECONCILE, "orders", now=now, at=now + RECONCILE_EVERY)
    effects.request(session, Kind.AUDIT, "books", now=now, at=now + AUDIT_EVERY)
    effects.request(session, Kind.TIDY, "inbox", now=now, at=now + AUDIT_EVERY)
    effects.request(session, Kind.CALENDAR, "days", now=now, at=days.next_midnight(now, days.zone_of(info.timezone)))
    effects.request(session, Kind.SHOW_PROGRAM, programs.LEAFLET, now=now)
    effects.resume(session, now=now)
    return row


def details(session: Session) -> ShopDetails:
    """What we know of the session's shop."""
    return shop_rows.details(session)


def uninstalled(session: Session, *, at: datetime) -> None:
    """The app was removed: the token is worthless, codes wait, the books stay. A delivery from before the last install is stale."""
    row = shop_rows.find_details(session)
    if row is None or at <= row.installed_at:
        return
    row.uninstalled_at = at
    session.flush()
    shop_rows.uninstall(session)
    token_rows.delete(session)
    redemptions.suspend_held(session)


def scopes_changed(session: Session, scopes: Iterable[str]) -> None:
    """The merchant granted other scopes."""
    row = shop_rows.find_details(session)
    if row is not None:
        row.scopes = sorted(scopes)
        session.flush()


def languages_told(session: Session, info: ShopInfo) -> None:
    """The languages that the store is published in, where the merchant lets the app read them, and what else they let it do."""
    row = shop_rows.details(session)
    row.scopes = sorted(info.scopes)
    row.locales = list(info.locales)
    row.locale = info.locale if info.locales else row.locale
    session.flush()


def changed(session: Session, facts: ShopFacts) -> None:
    """The shop's name, time zone or plan changed. Its currency too: points stay, money in rules is the merchant's to review."""
    row = shop_rows.find_details(session)
    if row is not None:
        _note_currency(row, facts.currency, at=facts.updated_at)
        if facts.timezone != row.timezone:
            tier_rows.count_again(session)  # terms end at the shop's midnight
        row.name, row.timezone = facts.name or row.name, facts.timezone
        row.plan, row.primary_host, row.locale = (
            facts.plan or row.plan,
            facts.primary_host or row.primary_host,
            facts.locale,
        )
        session.flush()


def _note_currency(row: ShopDetails, currency: str, *, at: datetime) -> None:
    """Amounts in the program were meant in the currency before, until staff publish it again; back to that one, all is as it was."""
    if currency != row.currency and row.currency_before is None:
        row.currency_before, row.currency_changed_at = row.currency, at
    elif currency == row.currency_before:
        row.currency_before = row.currency_changed_at = None
    row.currency = currency


def waiting_since(session: Session, *, now: datetime) -> list[tuple[str, int, datetime]]:
    """(kind, shops that wait, the oldest of it) over all shops, for the metrics."""
    return waiting_rows.by_kind(session, now=now)
