"""What the store's own pages say of the program: written to Shopify on every publication, so that theme blocks ask nobody.

The whole leaflet is written each time; writing it twice is writing it once.
"""

from __future__ import annotations

from plugin.db import Database
from plugin.loyalty import leaflet
from plugin.loyalty.days import zone_of
from plugin.loyalty.words import LANGUAGES
from plugin.services import programs, shops
from plugin.services.ports import ShopifyShop

PROGRAM = "program"
"""The key of the numbers; the texts of a language stand under "page_de"."""


def show(database: Database, shop_id: int, shopify: ShopifyShop) -> None:
    """Tell Shopify what the live version says. Raises OutsideError."""
    with database.transaction(shop_id) as session:
        live = programs.current(session).program
        details = shops.details(session)
        currency, zone = details.currency, zone_of(details.timezone or "UTC")
    pages = {
        f"page_{language}": leaflet.page(live, language=language, currency=currency, zone=zone)
        for language in LANGUAGES
    }
    shopify.write_leaflet({PROGRAM: leaflet.numbers(live, currency=currency), **pages})
