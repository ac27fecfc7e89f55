"""Privacy: who asked for their data stands there until they have it, and who was erased leaves a receipt without a name."""

from __future__ import annotations

import pytest

from plugin.loyalty.deliveries import ComplianceFacts, CustomerFacts
from plugin.services import forget
from plugin.services.perform import World
from tests.admin.activity.shop import join
from tests.admin.staff import Staff, error_at
from tests.conftest import TestShop
from tests.fakes import StepClock
from tests.services.deliveries import deliver, drained

ANN, STRANGER = 7_711_001, 7_711_002


def ask(world: World, shop: TestShop, topic: str, customer: int, request: int = 1) -> None:
    """What Shopify passes on, and the worker reads."""
    deliver(world, shop, topic, ComplianceFacts(1, customer, request_id=request), object_id=customer)
    drained(world, shop)


def page(staff: Staff) -> str:
    return staff.fetch("/settings/privacy").text


def test_a_request_for_data_waits_with_its_last_day_and_the_way_to_the_member(
    staff: Staff, world: World, shop: TestShop
) -> None:
    member = join(world, shop, ANN)
    ask(world, shop, "customers/data_request", ANN)
    ask(world, shop, "customers/data_request", STRANGER, request=2)

    text = page(staff)

    assert f"Customer #{ANN}" in text
    assert f'href="/members/{member}"' in text
    assert "Nothing is kept about them" in text
    assert "Answer by Apr 1, 2026" in text


def test_the_same_request_told_twice_is_one(staff: Staff, world: World, shop: TestShop) -> None:
    for _ in range(2):
        ask(world, shop, "customers/data_request", ANN)

    assert page(staff).count(f">Customer #{ANN}<") == 1


def test_a_request_is_overdue_after_thirty_days(staff: Staff, world: World, shop: TestShop, clock: StepClock) -> None:
    ask(world, shop, "customers/data_request", ANN)

    clock.forward(days=31)

    assert "Overdue since Apr 1, 2026" in page(staff)


def test_an_answered_request_says_when_and_by_whom(staff: Staff, world: World, shop: TestShop) -> None:
    ask(world, shop, "customers/data_request", ANN)
    with world.database.transaction(shop.id) as session:
        [(request,)] = session.sql("SELECT id FROM privacy_requests WHERE shop_id = %s", shop.id)

    answer = staff.send(f"/settings/privacy/{request}/answered", {})

    assert answer.status_code == 303
    assert "Answered Mar 2, 2026" in page(staff)
    assert "by Staff member 70200300401 (you)" in page(staff)
    assert "Noted that a request for personal data was answered" in staff.fetch("/settings/audit").text


def test_whoever_is_erased_is_named_nowhere_and_leaves_a_receipt(staff: Staff, world: World, shop: TestShop) -> None:
    join(world, shop, ANN)
    ask(world, shop, "customers/data_request", ANN)

    ask(world, shop, "customers/redact", ANN)

    text = page(staff)
    assert str(ANN) not in text
    assert "Erased since" in text
    assert "Shopify, after the customer asked the store" in text
    with world.database.transaction(shop.id) as session:
        rows = session.sql("SELECT privacy_requests::text FROM privacy_requests WHERE shop_id = %s", shop.id)
    assert str(ANN) not in str(rows)


def test_a_receipt_says_which_of_the_staff_erased_somebody(
    staff: Staff, world: World, shop: TestShop, clock: StepClock
) -> None:
    join(world, shop, ANN)
    with world.database.transaction(shop.id) as session:
        forget.erase(session, ANN, asked_by="staff:70200300401", keys=world.keys, now=clock.now)

    assert "Staff member 70200300401 (you)" in page(staff)


def test_a_customer_deleted_at_shopify_who_was_no_member_leaves_none(
    staff: Staff, world: World, shop: TestShop
) -> None:
    gone = CustomerFacts(id=STRANGER, is_deleted=True)
    deliver(world, shop, "customers/delete", gone, object_id=STRANGER)
    drained(world, shop)

    assert "Nobody was erased yet" in page(staff)


def test_how_long_things_are_kept_is_chosen_and_noted(staff: Staff) -> None:
    form = staff.form("/settings/privacy", "retention-form")

    answer = staff.send("/settings/privacy/kept", form | {"bodies_days": "7", "messages_days": "90"})

    assert form == {"news_days": "30", "bodies_days": "30", "messages_days": "365"}
    assert answer.status_code == 303
    kept = staff.form("/settings/privacy", "retention-form")
    assert kept == {"news_days": "30", "bodies_days": "7", "messages_days": "90"}
    assert (
        "Changed how many days are kept: news 30, unread orders 7, messages 90" in staff.fetch("/settings/audit").text
    )


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"news_days": "6"}, "Enter 7 to 365 days."),
        ({"news_days": "366"}, "Enter 7 to 365 days."),
        ({"news_days": "a week"}, "Enter a whole number."),
        ({"news_days": ""}, "Fill this in."),
    ],
)
def test_a_mistake_in_days_is_told_at_its_field_and_nothing_typed_is_lost(
    staff: Staff, typed: dict[str, str], words: str
) -> None:
    form = staff.form("/settings/privacy", "retention-form") | {"messages_days": "100"}

    answer = staff.send("/settings/privacy/kept", form | typed)

    assert (answer.status_code, error_at(answer.text, "news_days")) == (422, words)
    assert 'name="messages_days" label="What messages said" value="100"' in answer.text
    assert staff.form("/settings/privacy", "retention-form")["messages_days"] == "365"
