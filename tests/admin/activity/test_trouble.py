"""Problems: what could not be processed, written or sent is told in plain words, with a way out."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from plugin.db import messages
from plugin.loyalty.errors import UnreadableFacts
from plugin.services import changelog, effects, health
from plugin.services.effects import Kind
from plugin.services.perform import World
from tests.admin.activity.reading import lines_of, words_on
from tests.admin.activity.shop import join, take_reward
from tests.admin.conftest import PromptBell
from tests.admin.staff import Staff
from tests.conftest import TestShop
from tests.fakes import FakeShopify

INSERT = """
    INSERT INTO inbox (shop_id, webhook_id, topic, object_id, received_at, body_hash, facts, raw, set_aside_at, reason)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id
"""


def arrive(
    world: World, shop: TestShop, topic: str, *, object_id: int = 5001, raw: bytes | None = None, reason: str
) -> int:
    """A delivery that was set aside for that reason."""
    now = world.clock()
    with world.database.transaction(shop.id) as session:
        facts = None if raw is not None else b"{}"
        rows: Any = session.sql(INSERT, shop.id, f"w-{object_id}", topic, object_id, now, b"h", facts, raw, now, reason)
    return int(rows[0][0])


def get_stuck(world: World, shop: TestShop, kind: Kind, subject: str) -> None:
    """An effect that failed five times and has to wait for long."""
    with world.database.transaction(shop.id) as session:
        effects.request(session, kind, subject, now=world.clock())
        session.sql(
            """
            UPDATE outbox SET attempts = 5, reason = 'throttled', next_try_at = next_try_at + interval '1 day'
            WHERE shop_id = %s AND kind = %s AND subject = %s
            """,
            shop.id,
            kind.value,
            subject,
        )


def standing(world: World, shop: TestShop) -> health.Health:
    with world.database.transaction(shop.id) as session:
        return health.of_shop(session, now=world.clock())


def test_a_quiet_shop_is_in_order(staff: Staff) -> None:
    assert "Everything is in order" in words_on(staff.fetch("/activity/trouble").text)


def test_an_order_that_could_not_be_processed_is_shown_with_a_way_out(
    staff: Staff, world: World, shop: TestShop
) -> None:
    row = arrive(world, shop, "orders/paid", reason="ValueError: <b>boom</b>")

    page = staff.fetch("/activity/trouble").text

    assert "Something needs a look" in words_on(page)
    assert "Payment of an order" in page
    assert "shopify://admin/orders/5001" in page
    assert "&lt;b&gt;boom&lt;/b&gt;" in page
    assert f"/activity/trouble/orders/{row}/retry" in page


def test_trying_again_puts_it_back_in_line(staff: Staff, world: World, shop: TestShop, bell: PromptBell) -> None:
    row = arrive(world, shop, "orders/paid", raw=b'{"id": 5001}', reason="unreadable")

    answer = staff.send(f"/activity/trouble/orders/{row}/retry", {})

    assert answer.status_code == 303
    assert "inbox" in bell.rings
    found = standing(world, shop)
    assert (found.set_aside, found.inbox_waiting) == ([], 1)
    with world.database.transaction(shop.id) as session:
        assert [note.deed for note in changelog.page(session).notes][:1] == ["order.retried"]


def test_what_still_cannot_be_read_says_so_and_stays(staff: Staff, world: World, shop: TestShop) -> None:
    def unreadable(*_: object) -> bytes:
        raise UnreadableFacts("still no order in it")

    staff.client.application.extensions["regulars.read_again"] = unreadable
    row = arrive(world, shop, "orders/paid", raw=b"[]", reason="unreadable")

    answer = staff.send(f"/activity/trouble/orders/{row}/retry", {})

    assert answer.status_code == 409
    assert "still cannot be read" in answer.text
    assert len(standing(world, shop).set_aside) == 1


def test_another_shops_delivery_cannot_be_retried(
    stranger: tuple[Staff, TestShop], world: World, shop: TestShop
) -> None:
    row = arrive(world, shop, "orders/paid", reason="unreadable")

    answer = stranger[0].send(f"/activity/trouble/orders/{row}/retry", {})

    assert answer.status_code == 409
    assert len(standing(world, shop).set_aside) == 1


def test_every_effect_that_is_stuck_has_words(staff: Staff, world: World, shop: TestShop) -> None:
    for kind in Kind:
        get_stuck(world, shop, kind, "7d0c1a52-0001-4000-8000-000000000001")

    page = staff.fetch("/activity/trouble").text

    assert "Not done at Shopify yet" in words_on(page)
    assert len(lines_of(page)) == len(Kind)
    assert "A task could not be finished" not in page


def test_a_code_that_was_not_written_leads_to_its_reward_and_is_tried_now(
    staff: Staff, world: World, shop: TestShop, shopify: FakeShopify
) -> None:
    member = join(world, shop, 7001, 500)
    reward = take_reward(world, shop, member, None)
    get_stuck(world, shop, Kind.ISSUE_CODE, str(reward))
    page = staff.fetch("/activity/trouble").text

    answer = staff.send(f"/activity/trouble/issue_code/{reward}/retry", {})

    assert f'href="/activity/redemptions/{reward}"' in page
    assert answer.status_code == 303
    assert len(shopify.discounts) == 1
    assert standing(world, shop).codes_not_written == []


@pytest.mark.parametrize("kind", ["issue_code", "nonsense", "redate"])
def test_nothing_is_started_that_was_not_stuck(staff: Staff, world: World, shop: TestShop, kind: str) -> None:
    answer = staff.send(f"/activity/trouble/{kind}/{uuid4()}/retry", {})

    with world.database.transaction(shop.id) as session:
        [(waiting,)] = session.sql("SELECT count(*) FROM outbox WHERE shop_id = %s AND attempts > 0", shop.id)
        noted = [note for note in changelog.page(session).notes if note.author.startswith("staff:")]
    assert answer.status_code == 303
    assert waiting == 0
    assert noted == []


def test_messages_that_failed_for_their_address_are_listed_and_others_are_not(
    staff: Staff, world: World, shop: TestShop
) -> None:
    member = join(world, shop, 7001)
    with world.database.transaction(shop.id) as session:
        for cause, why in (("a", "address_refused"), ("b", "unsubscribed"), ("c", "no_consent"), ("d", "no_address")):
            now = world.clock()
            messages.add(session, member, kind="code_issued", cause=cause, facts={}, now=now, due_at=now)
            messages.close(
                session, [each.id for each in messages.queued(session, member)], state="left_out", why=why, now=now
            )

    lines = lines_of(staff.fetch("/activity/trouble").text)

    assert ["The mail server does not take this address" in line for line in lines] == [False, True]
    assert all("Customer #7001" in line for line in lines)
