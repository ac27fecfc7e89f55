"""Forgetting: not a byte of an erased person is left in any table, the books still add up, and no late delivery brings anybody back."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import msgspec
import psycopg

from plugin import embedded
from plugin.db.tables import Base
from plugin.loyalty.deliveries import ComplianceFacts, CustomerFacts, MergeFacts, UninstalledFacts
from plugin.services import effects, members, programs, redeem
from plugin.services.effects import Kind
from plugin.services.perform import World, perform_due
from plugin.services.redeem import RewardOrder
from tests.conftest import NOON, TestShop, make_shop
from tests.fakes import FakeShopify
from tests.services.deliveries import deliver, drained
from tests.services.stories import order
from tests.services.test_settle import balance, proved, settled

CANARY = 7_771_234_567_089
"""A customer's id that nothing else in the database looks like."""

GONE_BEFORE = 7_771_234_567_012


def dump(servers: embedded.Running, shop: TestShop) -> str:
    """Every row of the shop in every table, as text; bytes as the text they hold."""
    with psycopg.connect(servers.database_url) as owner:
        return "\n".join(
            table + ": " + " ".join(map(_text, row))
            for table in sorted(set(Base.metadata.tables) - {"shops"})
            for row in owner.execute(f"SELECT * FROM {table} WHERE shop_id = {shop.id}")
        )


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def lines_with(text: str, *needles: object) -> list[str]:
    return [line for line in text.splitlines() if any(str(needle) in line for needle in needles)]


def redact(world: World, shop: TestShop, customer: int = CANARY, orders: Iterable[int] = ()) -> None:
    facts = ComplianceFacts(shop_id=1, customer_id=customer, order_ids=tuple(orders))
    deliver(world, shop, "customers/redact", facts, object_id=customer)
    drained(world, shop)


def test_not_a_byte_of_an_erased_customer_is_left_and_the_books_still_add_up(
    servers: embedded.Running, world: World, shop: TestShop, shopify: FakeShopify
) -> None:
    _live_fully(world, shop)
    before = dump(servers, shop)

    redact(world, shop, orders=[1, 2, 3])
    perform_due(world, shop.id, shop.domain)

    assert len({line.partition(":")[0] for line in lines_with(before, CANARY)}) >= 3
    assert lines_with(dump(servers, shop), CANARY, "likes oat milk", GONE_BEFORE) == []
    proved(world, shop)


def _live_fully(world: World, shop: TestShop) -> None:
    """Everything that can carry the customer's id: orders of every kind, notes, codes, set-aside deliveries, a merge."""
    settled(world, shop, order(9, "20.00", customer=GONE_BEFORE))
    settled(
        world, shop, order(1, "400.00", customer=CANARY), order(2, "30.00", customer=CANARY, refunds=[(5, "10.00", 1)])
    )
    settled(world, shop, order(3, "10.00", customer=CANARY, status="pending"))
    deliver(world, shop, "customers/update", CustomerFacts(id=CANARY, updated_at=NOON, tags=("vip",)), object_id=CANARY)
    deliver(world, shop, "customers/merge", MergeFacts(kept_id=CANARY, lost_id=GONE_BEFORE, is_done=True))
    deliver(world, shop, "customers/data_request", ComplianceFacts(shop_id=1, customer_id=CANARY), object_id=CANARY)
    drained(world, shop)
    with world.database.transaction(shop.id) as session:
        member = members.by_customer(session, CANARY) or 0
        members.view(session, member, handle_key=b"h" * 32, now=NOON)
        members.adjust(session, member, 10, words="likes oat milk", author="test", key="oat", now=NOON)
        row = RewardOrder(member, "amount-off", None, uuid.uuid4())
        redeem.place_hold(session, row, keys=world.keys, now=NOON)
        redeem.remember_request(
            session,
            caller=f"member:{member}",
            route="redemptions",
            key="k",
            body=b"{}",
            subject=str(row.redemption_id),
            now=NOON,
        )
    perform_due(world, shop.id, shop.domain)
    row_id = deliver(world, shop, "orders/updated", order(2, "31.00", customer=CANARY), object_id=2)
    other_id = deliver(world, shop, "orders/updated", order(4, "31.00", customer=CANARY), object_id=4)
    with world.database.transaction(shop.id) as session:
        session.sql(
            "UPDATE inbox SET set_aside_at = now(), reason = 'test' WHERE shop_id = %s AND id = ANY(%s)",
            shop.id,
            [row_id, other_id],
        )


def test_an_erased_members_code_is_switched_off(world: World, shop: TestShop, shopify: FakeShopify) -> None:
    _live_fully(world, shop)

    redact(world, shop)
    perform_due(world, shop.id, shop.domain)

    assert [discount.is_active for discount in shopify.discounts.values()] == [False]


def test_late_deliveries_do_not_bring_an_erased_customer_back(
    servers: embedded.Running, world: World, shop: TestShop
) -> None:
    settled(world, shop, order(1, "50.00", customer=CANARY))
    redact(world, shop, orders=[1])

    later = NOON + timedelta(hours=1)
    late = [
        ("orders/updated", order(1, "60.00", customer=CANARY, updated=later), 1),
        ("orders/paid", order(5, "70.00", customer=CANARY), 5),
        ("customers/update", CustomerFacts(id=CANARY, updated_at=later), CANARY),
        ("customers/redact", ComplianceFacts(shop_id=1, customer_id=CANARY), CANARY),
    ]
    for topic, facts, object_id in late:
        deliver(world, shop, topic, facts, object_id=object_id)
    drained(world, shop)

    assert lines_with(dump(servers, shop), CANARY) == []
    with world.database.transaction(shop.id) as session:
        assert members.by_customer(session, CANARY) is None
    proved(world, shop)


def test_a_refund_after_the_erasure_still_settles_the_order(
    servers: embedded.Running, world: World, shop: TestShop
) -> None:
    settled(world, shop, order(1, "50.00", customer=CANARY, quantity=2))
    redact(world, shop, orders=[1])

    settled(world, shop, order(1, "50.00", customer=CANARY, quantity=2, refunds=[(5, "25.00", 1)]))

    with world.database.transaction(shop.id) as session:
        assert session.sql("SELECT available FROM members WHERE shop_id = %s", shop.id) == [(25,)]
    assert lines_with(dump(servers, shop), CANARY) == []
    proved(world, shop)


def test_somebody_who_never_was_a_member_is_remembered_as_erased(
    servers: embedded.Running, world: World, shop: TestShop
) -> None:
    settled(world, shop, order(1, "50.00", customer=CANARY, status="pending"))

    redact(world, shop, orders=[1])
    redact(world, shop, orders=[1])
    settled(world, shop, order(1, "50.00", customer=CANARY, updated=NOON + timedelta(hours=1)))

    assert lines_with(dump(servers, shop), CANARY) == []


def test_a_shop_is_redacted_only_once_it_is_uninstalled_and_only_that_shop(
    servers: embedded.Running, world: World, shop: TestShop
) -> None:
    other = make_shop(world)
    for each in (shop, other):
        settled(world, each, order(1, "50.00"))
    whole = ComplianceFacts(shop_id=1)

    deliver(world, shop, "shop/redact", whole)
    drained(world, shop)
    while_installed = balance(world, shop)
    deliver(world, shop, "app/uninstalled", UninstalledFacts(shop_id=1))
    deliver(world, shop, "shop/redact", whole)
    drained(world, shop)

    assert while_installed == (0, 50, 0, 0)
    left = dump(servers, shop).splitlines()
    assert [line.partition(":")[0] for line in left] == ["receipts"]
    assert left[0].endswith("1 1")
    assert balance(world, other) == (0, 50, 0, 0)
    proved(world, other)


def test_a_redacted_shop_that_comes_back_starts_from_nothing(world: World, shop: TestShop) -> None:
    settled(world, shop, order(1, "50.00"))
    deliver(world, shop, "app/uninstalled", UninstalledFacts(shop_id=1))
    deliver(world, shop, "shop/redact", ComplianceFacts(shop_id=1))
    drained(world, shop)

    again = make_shop(world, domain=shop.domain)
    settled(world, again, order(1, "30.00"))

    assert again.id == shop.id
    assert balance(world, again) == (0, 30, 0, 0)
    with world.database.transaction(again.id) as session:
        assert programs.versions(session).numbers == (1,)
        effects.request(session, Kind.AUDIT, "books", now=NOON)
    proved(world, again)


def test_what_was_stored_of_a_customer_holds_no_more_than_facts(
    servers: embedded.Running, world: World, shop: TestShop
) -> None:
    deliver(world, shop, "customers/update", CustomerFacts(id=CANARY, tags=("vip",), locale="de"), object_id=CANARY)

    drained(world, shop)

    assert msgspec.json.encode(CustomerFacts(id=CANARY)).decode() not in dump(servers, shop)
    assert lines_with(dump(servers, shop), "vip", '"de"') == []
