"""What Shopify knows of members: the tag of their tier, and the metafields `tier` and `points`, always as absolute values.

One standing effect of a shop compares what is with what was last told and tells the difference, so that a hundred orders of one
member are told once, and what was lost on the way is told again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from plugin.db import Database, Session
from plugin.db import tiers as tier_rows
from plugin.loyalty.errors import Refused
from plugin.loyalty.outside import StandingMark
from plugin.loyalty.tiers import JUST_AFTER, floor_of
from plugin.services import programs, tiers
from plugin.services.balances import SOON
from plugin.services.ports import ShopifyShop

BATCH: Final = 12
"""Members in one go: two metafields each, and Shopify takes 25 at a time."""

AT_ONCE: Final = 40 * BATCH
"""Members in one turn; then others have theirs."""

EVERY: Final = timedelta(minutes=10)
"""How often points that changed by spending or lapsing are looked for."""


def show(database: Database, shop_id: int, shopify: ShopifyShop, *, now: datetime) -> datetime | None:
    """Tell Shopify what changed; when to look again, None while nothing is to be told. Raises OutsideError."""
    with database.transaction(shop_id) as session:
        live = programs.current(session).program
        at_shopify = live.tiers.at_shopify
        if not (at_shopify.tags or at_shopify.metafields):
            return None
        rows = _different(session, now) if live.is_live else []
    for start in range(0, len(rows), BATCH):
        _tell(database, shop_id, shopify, rows[start : start + BATCH], has_metafields=at_shopify.metafields, now=now)
    if len(rows) == AT_ONCE:
        return now
    return now + (SOON if rows else EVERY)  # who changed while this was told is found at the next look


def _tell(
    database: Database,
    shop_id: int,
    shopify: ShopifyShop,
    rows: list[tier_rows.Shown],
    *,
    has_metafields: bool,
    now: datetime,
) -> None:
    for row in rows:
        _tag(shopify, row)
    if has_metafields:
        shopify.write_standings([StandingMark(row.customer_id, row.tier, row.points) for row in rows])
    with database.transaction(shop_id) as session:
        tier_rows.note_shown(session, [(row.member_id, row.tier, row.tag, row.points) for row in rows], now=now)


def _tag(shopify: ShopifyShop, row: tier_rows.Shown) -> None:
    """The tag of the tier instead of the one before."""
    if row.tag == row.shown_tag:
        return
    try:
        if row.shown_tag is not None:
            shopify.remove_tags(row.customer_id, [row.shown_tag])
        if row.tag is not None:
            shopify.add_tags(row.customer_id, [row.tag])
    except Refused:
        return  # the customer is gone at Shopify; nobody is left to carry a tag


def _different(session: Session, now: datetime) -> list[tier_rows.Shown]:
    live = tiers.read(session).tiers
    tags = [(level.id, level.tag if live.at_shopify.tags else None) for level in live.levels]
    floor = live.levels[0].id if floor_of(live) == 0 else None
    return tier_rows.different_at_shopify(session, tags, now=now + JUST_AFTER, floor=floor, limit=AT_ONCE)
