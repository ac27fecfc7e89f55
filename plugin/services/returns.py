"""Giving a reward back: by staff, with a reason, and by whoever granted it.

What is not used yet is cancelled. What was used gives points back in share, at most those not given back before. Money that is at Shopify
(store credit, a gift card) is taken back there first, and the points follow for as much as nobody had spent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from plugin.db import Database, Session, redemptions, tasks
from plugin.db.tables import RedemptionRow
from plugin.loyalty.errors import (
    AccessDenied,
    Ambiguous,
    RedemptionUnknown,
    Refused,
    ReturnNotPossible,
    ReturnTooLarge,
    Throttled,
    Unauthorized,
    Unreachable,
)
from plugin.services import effects, handing_over, held
from plugin.services.effects import Kind
from plugin.services.ports import ShopifyShop

MONEY: tuple[str, ...] = ("store_credit", "gift_card")
CLOCKS_APART = timedelta(minutes=2)
"""How far Shopify's clock may be behind ours when we look for what we did there."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What staff want back and why. `points` None: all that is left of it."""

    points: int | None
    words: str
    author: str


def give_back(session: Session, redemption_id: UUID, wish: Wish, *, now: datetime) -> RedemptionRow:
    """Staff give a member the points of a reward back. Money at Shopify is taken back first, by an effect.

    Raises RedemptionUnknown, ReturnNotPossible, ReturnTooLarge.
    """
    row = _locked(session, redemption_id)
    if row.state in held.OPEN:
        _check(wish.points, left=row.points, whole=True)
        tasks.add_take_back(session, row.id, author=wish.author, words=wish.words, now=now)
        _cancel(session, row, now=now)
    elif row.state == "used":
        _give_back_used(session, row, wish, now=now)
    else:
        raise ReturnNotPossible(state=row.state)
    return _locked(session, redemption_id)


def undo(session: Session, redemption_id: UUID, *, now: datetime) -> bool:
    """Whoever granted a reward takes it back, as far as it is not used; False for one that is over, or that nothing can take back."""
    row = _locked(session, redemption_id)
    if row.cancelled_at is not None:
        return False
    if row.state in held.OPEN:
        _cancel(session, row, now=now)
        return True
    if row.state == "used" and row.kind in (*MONEY, "access"):
        _take_back(session, row, Wish(None, "", ""), now=now)
        return True
    return False


def take_money_back(
    database: Database, shop_id: int, shopify: ShopifyShop, redemption_id: UUID, *, now: datetime
) -> None:
    """Take back at Shopify what nobody has spent, then give its share of the points. Raises OutsideError when that is not known yet."""
    with database.transaction(shop_id) as session:
        row = redemptions.find(session, redemption_id)
        asked = tasks.find_take_back(session, redemption_id)
        if row is None or asked is None or row.state != "used":
            return
        tried_at, amount, words, author = asked.tried_at, asked.amount, asked.words, asked.author
    try:
        if row.kind == "gift_card":
            taken = _take_card(shopify, row)
        else:
            taken = _take_credit(database, shop_id, shopify, row, tried_at=tried_at, amount=amount, now=now)
    except (Refused, AccessDenied):
        taken = Decimal(0)  # spent, or gone, since we looked
    with database.transaction(shop_id) as session:
        row = _locked(session, redemption_id)
        share = int(row.points * taken / row.value) if row.value else 0
        held.restore(session, row, share, words=words or None, author=author, now=now)
        tasks.drop_take_back(session, redemption_id)


def _give_back_used(session: Session, row: RedemptionRow, wish: Wish, *, now: datetime) -> None:
    left = row.points - row.restored
    _check(wish.points, left=left, whole=row.kind in MONEY)
    if row.kind in MONEY:
        _take_back(session, row, wish, now=now)
        return
    if not left:
        raise ReturnNotPossible(state="used, and its points were given back")
    held.restore(session, row, wish.points or left, words=wish.words, author=wish.author, now=now)
    if row.kind == "access":
        effects.request(session, Kind.END_ACCESS, str(row.id), now=now)


def _take_back(session: Session, row: RedemptionRow, wish: Wish, *, now: datetime) -> None:
    if row.kind == "access":
        redemptions.cancel(session, row.id, now=now)
        effects.request(session, Kind.END_ACCESS, str(row.id), now=now)
        return
    if tasks.add_take_back(session, row.id, author=wish.author, words=wish.words, now=now):
        redemptions.cancel(session, row.id, now=now)
        effects.request(session, Kind.TAKE_BACK, str(row.id), now=now)


def _take_card(shopify: ShopifyShop, row: RedemptionRow) -> Decimal:
    card = shopify.find_gift_card(row.code, str(row.id))
    if card is None or not card.is_ours or not card.is_active:
        return Decimal(0) if card is None or not card.is_ours else card.left
    shopify.deactivate_gift_card(card.gid)
    after = shopify.find_gift_card(row.code, str(row.id))  # somebody may have paid with it while we looked
    return after.left if after is not None else Decimal(0)


def _take_credit(
    database: Database,
    shop_id: int,
    shopify: ShopifyShop,
    row: RedemptionRow,
    *,
    tried_at: datetime | None,
    amount: Decimal | None,
    now: datetime,
) -> Decimal:
    try:
        spec = handing_over.credit_spec(database, shop_id, row)
    except handing_over.NobodyThere:
        return Decimal(0)
    if tried_at is not None and amount is not None:
        if shopify.was_credit_taken(spec.customer_id, amount, row.currency, tried_at - CLOCKS_APART):
            return amount
        if now < tried_at + handing_over.DOUBT:
            raise Ambiguous("what was taken back is not to be seen yet")
    found = shopify.find_credit(spec)
    if found is None or not found.left:
        return Decimal(0)
    _note(database, shop_id, row.id, amount=found.left, tried_at=now)
    try:
        shopify.take_credit(spec.customer_id, found.left, row.currency)
    except (Throttled, Unreachable, Unauthorized):
        _note(database, shop_id, row.id, amount=None, tried_at=None)
        raise
    return found.left


def _note(
    database: Database, shop_id: int, redemption_id: UUID, *, amount: Decimal | None, tried_at: datetime | None
) -> None:
    with database.transaction(shop_id) as session:
        tasks.note_take_back(session, redemption_id, amount=amount, tried_at=tried_at)


def _cancel(session: Session, row: RedemptionRow, *, now: datetime) -> None:
    if row.cancelled_at is None:
        redemptions.cancel(session, row.id, now=now)
        effects.request(session, Kind.VOID_CODE, str(row.id), now=now)


def _check(asked: int | None, *, left: int, whole: bool) -> None:
    """Raises ReturnTooLarge for more points than are left, and for a part of what can only be given back whole."""
    if asked is not None and (asked > left or (whole and asked != left)):
        raise ReturnTooLarge(asked=asked, left=left)


def _locked(session: Session, redemption_id: UUID) -> RedemptionRow:
    if redemptions.find(session, redemption_id) is None:
        raise RedemptionUnknown(redemption_id=redemption_id)
    redemptions.state_for_update(session, redemption_id)
    row = redemptions.find(session, redemption_id)
    assert row is not None, "it is locked"  # noqa: S101
    return row
