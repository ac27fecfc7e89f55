"""Rewards that are no discount code: store credit, gift cards, access by a customer tag, and what people do for a member.

The first three are had as soon as Shopify has them, so their points are captured then; a tag is taken away when its time is over. An
experience is a task for staff: its points are captured when it is done, and come back when it is cancelled or nobody did it in time.

Store credit has no name at Shopify. Each is therefore given an end that no other of the member's shares, and the moment of sending is
committed before it is sent: an answer that was lost is looked up, and only what is still not there long after is sent again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from plugin.db import Database, Session, redemptions, tasks
from plugin.db import members as member_rows
from plugin.db.tables import RedemptionRow
from plugin.loyalty.errors import (
    AccessDenied,
    Ambiguous,
    CodeTaken,
    Refused,
    Throttled,
    Unauthorized,
    Unreachable,
)
from plugin.loyalty.ledger import Reason
from plugin.services import effects, held
from plugin.services.effects import Kind
from plugin.services.ports import CreditSpec, GiftCardSpec, Recipient, ShopifyShop

DOUBT = timedelta(minutes=10)
"""How long a write whose answer was lost may still appear at Shopify; many times what Shopify lets a request take."""


class NobodyThere(Refused):
    """The customer was erased."""


def issue(
    database: Database,
    shop_id: int,
    shopify: ShopifyShop,
    row: RedemptionRow,
    *,
    lapses_after: timedelta,
    now: datetime,
) -> None:
    """Hand over what the reward promises. Safe to repeat. Raises OutsideError when it is not known to be done; nothing is given up then."""
    gid: str | None = None
    try:
        match row.kind:
            case "experience":
                _open_task(database, shop_id, row, lapses_after=lapses_after, now=now)
                return
            case "store_credit":
                gid = _give_credit(database, shop_id, shopify, row, now=now)
            case "gift_card":
                gid = _give_card(database, shop_id, shopify, row, now=now)
            case _:
                _open_door(database, shop_id, shopify, row, now=now)
    except (CodeTaken, Refused, AccessDenied) as refusal:
        with database.transaction(shop_id) as session:
            held.give_back(session, row.id, Reason.REWARD_FAILED, state="failed", failure=str(refusal), now=now)
        return
    with database.transaction(shop_id) as session:
        _given(session, row, gid, now=now)


def void(
    database: Database, shop_id: int, shopify: ShopifyShop, row: RedemptionRow, reason: Reason, *, now: datetime
) -> bool:
    """Give the points back if the reward was not handed over; False when that cannot be known yet. Raises OutsideError as `issue` does."""
    gid: str | None = None
    match row.kind:  # nothing is at Shopify when nothing was sent
        case "store_credit" if row.tried_at is not None:
            found = shopify.find_credit(credit_spec(database, shop_id, row))
            gid = found.gid if found is not None else None
        case "gift_card" if row.tried_at is not None:
            card = shopify.find_gift_card(row.code, str(row.id))
            if card is not None and card.is_ours:
                if card.is_active:
                    shopify.deactivate_gift_card(card.gid)
                gid = card.gid if card.left < (row.value or Decimal(0)) else None
                row.tried_at = None  # it is off: nothing can appear any more
        case "access" if row.tried_at is not None:  # else the tag, if there is one, is not ours
            _close_door(database, shop_id, shopify, row, now=now)
            row.tried_at = None
        case _:
            pass
    if gid is None and row.tried_at is not None and now < row.tried_at + DOUBT:
        return False
    with database.transaction(shop_id) as session:
        if gid is not None:
            _given(session, row, gid, now=now)
        else:
            held.give_back(session, row.id, reason, state="released", failure=None, now=now)
    return True


def end_access(database: Database, shop_id: int, shopify: ShopifyShop, redemption_id: UUID, *, now: datetime) -> None:
    """The time of a tag is over, or staff took the reward back: the tag goes, unless another reward gives it too."""
    with database.transaction(shop_id) as session:
        row = redemptions.find(session, redemption_id)
    if row is not None:
        _close_door(database, shop_id, shopify, row, now=now)


def credit_spec(database: Database, shop_id: int, row: RedemptionRow) -> CreditSpec:
    """The store credit of a redemption, by what Shopify knows it. Raises NobodyThere."""
    return CreditSpec(_customer(database, shop_id, row), _value(row), row.currency, row.ends_at)


def _give_credit(database: Database, shop_id: int, shopify: ShopifyShop, row: RedemptionRow, *, now: datetime) -> str:
    spec = credit_spec(database, shop_id, row)
    if row.tried_at is not None:
        found = shopify.find_credit(spec)
        if found is not None:
            return found.gid
        if now < row.tried_at + DOUBT:
            raise Ambiguous("the store credit is not to be seen yet")
    _note_try(database, shop_id, row, now=now)
    try:
        return shopify.give_credit(spec).gid
    except (Throttled, Unreachable, Unauthorized):
        _note_try(database, shop_id, row, now=None)
        raise


def _give_card(database: Database, shop_id: int, shopify: ShopifyShop, row: RedemptionRow, *, now: datetime) -> str:
    with database.transaction(shop_id) as session:
        asked = tasks.find_recipient(session, row.id)
        recipient = Recipient(asked.email, asked.name, asked.message) if asked is not None else None
        customer_id = member_rows.customer_of(session, row.acting_id or row.member_id)
    spec = GiftCardSpec(
        code=row.code,
        reference=str(row.id),
        customer_id=customer_id,
        amount=_value(row),
        currency=row.currency,
        ends_on=row.ends_at.date(),
        recipient=recipient,
        send_at=now if recipient is not None else None,
    )
    _note_try(database, shop_id, row, now=now)
    try:
        return shopify.create_gift_card(spec).gid
    except (Throttled, Unreachable, Unauthorized):
        _note_try(database, shop_id, row, now=None)
        raise


def _open_door(database: Database, shop_id: int, shopify: ShopifyShop, row: RedemptionRow, *, now: datetime) -> None:
    customer_id = _customer(database, shop_id, row)
    _note_try(database, shop_id, row, now=now)
    shopify.add_tags(customer_id, [_tag(row)])


def _close_door(database: Database, shop_id: int, shopify: ShopifyShop, row: RedemptionRow, *, now: datetime) -> None:
    member_id = row.acting_id or row.member_id
    with database.transaction(shop_id) as session:
        customer_id = member_rows.customer_of(session, member_id)
        has_another = redemptions.count_open_access(session, member_id, _tag(row), but=row.id, now=now)
    if customer_id is None or has_another:
        return
    try:
        shopify.remove_tags(customer_id, [_tag(row)])
    except Refused:
        return  # the customer is gone, and the tag with them


def _open_task(database: Database, shop_id: int, row: RedemptionRow, *, lapses_after: timedelta, now: datetime) -> None:
    with database.transaction(shop_id) as session:
        if redemptions.note_issued(session, row.id, gid=None, now=now):
            tasks.open_task(session, row.id, now=now)
            effects.request(session, Kind.VOID_CODE, str(row.id), now=now, at=row.ends_at + lapses_after)


def _given(session: Session, row: RedemptionRow, gid: str | None, *, now: datetime) -> None:
    held.capture(session, row.id, Reason.REWARD_GIVEN, gid=gid, now=now)
    tasks.drop_recipient(session, row.id)
    if row.kind == "access":
        effects.request(session, Kind.END_ACCESS, str(row.id), now=now, at=row.ends_at)


def _note_try(database: Database, shop_id: int, row: RedemptionRow, *, now: datetime | None) -> None:
    with database.transaction(shop_id) as session:
        if not redemptions.note_try(session, row.id, was=row.tried_at, at=now):
            raise Ambiguous("somebody else is handing it over")
    row.tried_at = now


def _customer(database: Database, shop_id: int, row: RedemptionRow) -> int:
    with database.transaction(shop_id) as session:
        customer_id = member_rows.customer_of(session, row.acting_id or row.member_id)
    if customer_id is None:
        raise NobodyThere("the customer was erased")
    return customer_id


def _tag(row: RedemptionRow) -> str:
    return str((row.terms or {})["tag"])


def _value(row: RedemptionRow) -> Decimal:
    if row.value is None:
        msg = f"a {row.kind} has a value"
        raise ValueError(msg)
    return row.value
