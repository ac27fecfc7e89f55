"""The health page: a merchant reads what is wrong in plain words, and can do something about it."""

from __future__ import annotations

from typing import Any

import pytest

from plugin.loyalty.errors import UnreadableFacts
from plugin.services import effects, health
from plugin.services.effects import Kind
from plugin.services.perform import World
from tests.admin.conftest import PromptBell
from tests.admin.staff import Staff
from tests.admin.test_members import join
from tests.conftest import TestShop
from tests.fakes import StepClock

INSERT = """
    INSERT INTO inbox (shop_id, webhook_id, topic, object_id, received_at, body_hash, facts, raw, set_aside_at, reason)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id
"""


def arrive(
    world: World,
    shop: TestShop,
    topic: str,
    *,
    object_id: int = 5001,
    raw: bytes | None = None,
    reason: str | None = None,
) -> int:
    """A delivery that waits, or was set aside for that reason."""
    now = world.clock()
    with world.database.transaction(shop.id) as session:
        facts = None if raw is not None else b"{}"
        rows: Any = session.sql(
            INSERT, shop.id, f"w-{object_id}", topic, object_id, now, b"h", facts, raw, now if reason else None, reason
        )
    return int(rows[0][0])


def test_a_quiet_shop_is_in_order(staff: Staff) -> None:
    page = staff.fetch("/health").text

    assert "Everything is in order" in page
    assert "Not checked yet" in page


def test_an_order_that_could_not_be_processed_is_shown_with_a_way_out(
    staff: Staff, world: World, shop: TestShop
) -> None:
    row = arrive(world, shop, "orders/paid", reason="ValueError: <b>boom</b>")

    page = staff.fetch("/health").text

    assert "Something needs a look" in page
    assert "Payment of an order 5001" in page
    assert "&lt;b&gt;boom&lt;/b&gt;" in page
    assert f"/health/orders/{row}/retry" in page


def test_trying_again_puts_it_back_in_line(staff: Staff, world: World, shop: TestShop, bell: PromptBell) -> None:
    row = arrive(world, shop, "orders/paid", raw=b'{"id": 5001}', reason="unreadable")

    answer = staff.send(f"/health/orders/{row}/retry", {})

    assert answer.status_code == 303
    assert "inbox" in bell.rings
    with world.database.transaction(shop.id) as session:
        found = health.of_shop(session, now=world.clock())
    assert (found.set_aside, found.inbox_waiting) == ([], 1)


def test_what_still_cannot_be_read_says_so_and_stays(staff: Staff, world: World, shop: TestShop) -> None:
    def unreadable(*_: object) -> bytes:
        raise UnreadableFacts("still no order in it")

    staff.client.application.extensions["regulars.read_again"] = unreadable
    row = arrive(world, shop, "orders/paid", raw=b"[]", reason="unreadable")

    answer = staff.send(f"/health/orders/{row}/retry", {})

    assert answer.status_code == 409
    assert "still cannot be read" in answer.text
    with world.database.transaction(shop.id) as session:
        assert len(health.of_shop(session, now=world.clock()).set_aside) == 1


def test_another_shops_delivery_cannot_be_retried(
    stranger: tuple[Staff, TestShop], world: World, shop: TestShop
) -> None:
    row = arrive(world, shop, "orders/paid", reason="unreadable")

    answer = stranger[0].send(f"/health/orders/{row}/retry", {})

    assert answer.status_code == 409
    with world.database.transaction(shop.id) as session:
        assert len(health.of_shop(session, now=world.clock()).set_aside) == 1


def test_orders_that_wait_too_long_are_told(staff: Staff, world: World, shop: TestShop, clock: StepClock) -> None:
    arrive(world, shop, "orders/paid")
    clock.forward(minutes=10)

    page = staff.fetch("/health").text

    assert "Orders are waiting longer than usual" in page


def test_checking_now_proves_the_books_and_says_when(staff: Staff) -> None:
    answer = staff.send("/health/check", {})

    page = staff.fetch(answer.location).text
    assert "Every balance adds up" in page
    assert "Mar 2, 2026" in page
    assert "Points agree with Shopify" in page


def test_books_that_do_not_add_up_are_told_on_both_pages(staff: Staff, world: World, shop: TestShop) -> None:
    with world.database.transaction(shop.id) as session:
        session.sql("UPDATE shop_details SET spending_stopped_at = %s WHERE shop_id = %s", world.clock(), shop.id)

    assert "The points do not add up" in staff.fetch("/health").text
    assert "Redeeming is paused" in staff.fetch("/").text


def test_points_that_differed_from_shopify_are_counted(staff: Staff, world: World, shop: TestShop) -> None:
    with world.database.transaction(shop.id) as session:
        session.sql("UPDATE shop_details SET drift = 3, reconciled_at = %s WHERE shop_id = %s", world.clock(), shop.id)

    page = staff.fetch("/health").text

    assert "3 orders had points that differed from Shopify" in page


@pytest.mark.parametrize("kind", list(Kind))
def test_every_task_that_is_stuck_has_words(staff: Staff, world: World, shop: TestShop, kind: Kind) -> None:
    with world.database.transaction(shop.id) as session:
        effects.request(session, kind, "7d0c1a52-0001-4000-8000-000000000001", now=world.clock())
        session.sql(
            "UPDATE outbox SET attempts = 5, reason = 'throttled' WHERE shop_id = %s AND kind = %s", shop.id, kind.value
        )

    page = staff.fetch("/health").text

    assert "Not done at Shopify yet" in page
    assert "A task could not be finished" not in page
    assert f">{kind.value}<" not in page


def test_a_request_for_data_leads_to_the_member(staff: Staff, world: World, shop: TestShop) -> None:
    member = join(world, shop, 7001)
    arrive(world, shop, "customers/data_request", object_id=7001)
    arrive(world, shop, "customers/data_request", object_id=7002)

    page = staff.fetch("/health").text

    assert f'href="/members/{member}"' in page
    assert "Nothing is kept about them" in page
