"""A shop for these pages: members with points, orders, rewards, referrals and trouble, made by the app's own verbs."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from plugin.loyalty.facts import Body, Discount, Line, OrderFacts, Refund
from plugin.services import members, redeem, settle
from plugin.services.perform import World
from tests.admin.conftest import PromptBell
from tests.conftest import TestShop


def join(world: World, shop: TestShop, customer_id: int, points: int = 0, *, by: str = "staff:70200300401") -> int:
    """A member of the shop, with that many points given by staff."""
    with world.database.transaction(shop.id) as session:
        member = members.join(session, customer_id, tombstone_key=b"t" * 32, now=world.clock())
        if points:
            members.adjust(
                session, member, points, words="Welcome", author=by, key=f"start-{member}", now=world.clock()
            )
    return member


def buy(
    world: World,
    shop: TestShop,
    order_id: int,
    customer_id: int | None,
    amount: str,
    *,
    name: str = "",
    refunded: str | None = None,
    codes: tuple[str, ...] = (),
    gift_card: str | None = None,
    at: datetime | None = None,
    status: str = "paid",
) -> None:
    """An order of one line (and a gift card) settles, or, told again, changes."""
    now = at or world.clock()
    off = (Discount(Decimal(5), codes[0]),) if codes else ()
    lines = [Line(id=1, quantity=1, gross=Decimal(amount), discounts=off, product_id=11)]
    if gift_card is not None:
        lines.append(Line(id=2, quantity=1, gross=Decimal(gift_card), product_id=12, is_gift_card=True))
    refunds = (Refund(order_id + 1, now, adjustment=Decimal(refunded)),) if refunded is not None else ()
    facts = OrderFacts(
        id=order_id,
        body=Body(
            updated_at=now + timedelta(seconds=len(refunds)),
            processed_at=now,
            currency="USD",
            status=status,
            lines=tuple(lines),
            name=name or f"#{order_id}",
            customer_id=customer_id,
            codes=codes,
        ),
        refunds=refunds,
        paid_at=now if status == "paid" else None,
    )
    with world.database.transaction(shop.id) as session:
        settle.lock_shop(session)
        settle.settle(session, [facts], keys=world.keys, now=world.clock())


def take_reward(world: World, shop: TestShop, member: int, bell: PromptBell | None, reward: str = "amount-off") -> UUID:
    """The member takes a reward; with a bell its code is written at once."""
    redemption = uuid4()
    with world.database.transaction(shop.id) as session:
        redeem.place_hold(
            session, redeem.RewardOrder(member, reward, None, redemption), keys=world.keys, now=world.clock()
        )
    if bell is not None:
        bell.ring("codes", shop.id, shop.domain)
    return redemption
