"""Opening: the first time a merchant opens the app it is installed; later openings renew what uninstalling or refusal took away.

The ID token of the opening is exchanged for an offline token with no transaction open; then everything is written in one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from plugin.db import shops as shop_rows
from plugin.db.tables import ShopDetails
from plugin.loyalty.errors import ShopUnknown
from plugin.services import shops, tokens
from plugin.services.perform import World


@dataclass(frozen=True, slots=True)
class Opened:
    """The shop that was opened. `is_new` when this opening installed it, again or for the first time."""

    shop_id: int
    details: ShopDetails
    is_new: bool


def open_shop(world: World, domain: str, id_token: str, *, now: datetime) -> Opened:
    """The shop of a verified ID token, installed if it is not. Raises OutsideError when Shopify would not or could not be asked."""
    return _as_it_stands(world, domain) or _install(world, domain, id_token, now=now)


def _as_it_stands(world: World, domain: str) -> Opened | None:
    """The shop when nothing has to be done for it."""
    with world.database.transaction() as session:
        try:
            shop = shops.find(session, domain)
        except ShopUnknown:
            return None
    if shop.status != "installed":
        return None
    with world.database.transaction(shop.id) as session:
        details = shop_rows.find_details(session)
        if details is None or not tokens.has_token(session):
            return None
    return Opened(shop.id, details, is_new=False)


def _install(world: World, domain: str, id_token: str, *, now: datetime) -> Opened:
    token = world.token_source.exchange(domain, id_token, now)
    info = world.connect(domain, token.access).shop_info()
    with world.database.transaction() as session:
        shop = shops.enrol(session, domain, now=now)
    with world.database.transaction(shop.id) as session:
        # Two first openings at once: the second waits here and then finds everything done.
        shop_rows.lock(session)
        details = shops.install(session, info, is_own_app=False, now=now)
        tokens.store(session, token, cipher=world.cipher, now=now)
    return Opened(shop.id, details, is_new=True)
