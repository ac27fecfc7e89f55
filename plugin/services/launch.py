"""The launch: orders placed since `launch.counts_from`, when nothing was live, earn by the version that launched.

They are read from Shopify and settled like any other order, so a second run gives nothing. The dry run is the run itself in a
transaction that is rolled back: what it says is what will happen, rules, caps, referrals and tiers included. It holds up the shop's
settling for as long as it takes, which is why it is for the time before there is much to settle.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, Never
from uuid import UUID

from plugin.db import Database, Session, launches
from plugin.db.tables import LaunchTrialRow
from plugin.loyalty.errors import LaunchSaysNothing, LaunchTrialUnknown
from plugin.loyalty.facts import OrderFacts
from plugin.loyalty.pins import Pins
from plugin.loyalty.program import Program, dump, parse
from plugin.loyalty.rules import CompiledProgram
from plugin.services import effects, programs, reconcile, settle
from plugin.services.effects import Kind
from plugin.services.keys import Keys
from plugin.services.ports import ShopifyShop

BATCH: Final = 500
TOP: Final = 20


class _TakenBack(Exception):
    """Ends the dry run's transaction; nothing of it stays."""


def run(
    database: Database,
    shop_id: int,
    shopify: ShopifyShop,
    version: int,
    *,
    keys: Keys,
    clock: Callable[[], datetime],
) -> int:
    """Settle every order since that version's `counts_from`, as Shopify has them; how many orders' points changed. Safe to repeat."""
    with database.transaction(shop_id) as session:
        since = _counts_from(session, version)
    if since is None:
        return 0
    changed = 0
    for page in shopify.orders_updated_since(since):
        changed += reconcile.fold(database, shop_id, shopify, _placed_since(page, since), keys=keys, now=clock())
    above: int | None = 0
    while above is not None:  # what was recorded while the program was set up, whether or not Shopify still shows it
        with database.transaction(shop_id) as session:
            settle.lock_shop(session)
            ids = launches.orders_since(session, since, above=above, limit=BATCH)
            known = [OrderFacts(id=order_id) for order_id in ids]
            changed += settle.settle(session, known, keys=keys, now=clock()).changed
        above = ids[-1] if len(ids) == BATCH else None
    return changed


def ask_trial(session: Session, draft: Program, *, trial_id: UUID, now: datetime) -> LaunchTrialRow:
    """Have a draft's launch tried out. Raises LaunchSaysNothing when the draft does not say from when orders count, or is not live."""
    if draft.launch.counts_from is None or not draft.is_live:
        raise LaunchSaysNothing
    launches.add_trial(session, trial_id, document=dump(draft), version=programs.versions(session).numbers[-1], now=now)
    effects.request(session, Kind.LAUNCH_TRIAL, str(trial_id), now=now)
    return find_trial(session, trial_id)


def find_trial(session: Session, trial_id: UUID) -> LaunchTrialRow:
    """A dry run as it stands now; `outcome` is None until it is over. Raises LaunchTrialUnknown."""
    row = launches.find_trial(session, trial_id)
    if row is None:
        raise LaunchTrialUnknown
    return row


def try_out(
    database: Database, shop_id: int, shopify: ShopifyShop, trial_id: UUID, *, keys: Keys, clock: Callable[[], datetime]
) -> None:
    """Do a dry run that was asked for: read the orders, settle them, tell what it gave, and undo it all. Raises OutsideError."""
    with database.transaction(shop_id) as session:
        row = launches.find_trial(session, trial_id)
    if row is None or row.document is None:
        return
    draft = parse(row.document)
    since = draft.launch.counts_from
    if since is None:
        raise AssertionError("a dry run was asked for without a date")
    orders = [facts for page in shopify.orders_updated_since(since) for facts in _placed_since(page, since)]
    pins = reconcile.look_up(shopify, orders, CompiledProgram(draft, 0).needs)
    outcome = _rehearsed(database, shop_id, draft, since, orders, pins, keys=keys, now=clock())
    with database.transaction(shop_id) as session:
        launches.finish_trial(session, trial_id, outcome=outcome, now=clock())


def _rehearsed(
    database: Database,
    shop_id: int,
    draft: Program,
    since: datetime,
    orders: Sequence[OrderFacts],
    pins: dict[int, Pins],
    *,
    keys: Keys,
    now: datetime,
) -> dict[str, Any]:
    outcome: dict[str, Any] = {}
    try:
        with database.transaction(shop_id) as session:
            settle.lock_shop(session)
            version = programs.try_out(session, draft, now=now)
            for start in range(0, len(orders), BATCH):
                settle.settle(session, orders[start : start + BATCH], pins=pins, keys=keys, now=now)
            seen = {facts.id for facts in orders}
            above: int | None = 0
            while above is not None:
                ids = launches.orders_since(session, since, above=above, limit=BATCH)
                unseen = [OrderFacts(id=order_id) for order_id in ids if order_id not in seen]
                settle.settle(session, unseen, keys=keys, now=now)
                seen |= set(ids)
                above = ids[-1] if len(ids) == BATCH else None
            credited, members, points, most = launches.credited(session, version, limit=TOP)
            outcome = {
                "orders": len(seen),
                "credited_orders": credited,
                "members": members,
                "points": points,
                "most": [
                    {"customer_id": str(customer) if customer else None, "points": given} for _, customer, given in most
                ],
            }
            _take_back()
    except _TakenBack:
        return outcome
    raise AssertionError("a dry run was kept")


def _take_back() -> Never:
    raise _TakenBack


def _placed_since(page: Sequence[OrderFacts], since: datetime) -> list[OrderFacts]:
    return [facts for facts in page if facts.body is not None and facts.body.processed_at >= since]


def _counts_from(session: Session, version: int) -> datetime | None:
    known = programs.versions(session)
    return programs.compiled(session, known, version).program.launch.counts_from
