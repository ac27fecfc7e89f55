"""Data and proof: a merchant reads whether the points add up, what waits and what the app may read, and can have it checked."""

from __future__ import annotations

import pytest

from plugin import doctor
from plugin.admin.settings.data import SCOPES
from plugin.loyalty.outside import Person
from plugin.services.perform import World
from tests.admin.activity.shop import join
from tests.admin.staff import Staff
from tests.conftest import TestShop
from tests.fakes import FakeShopify, StepClock
from tests.services.deliveries import deliver


def page(staff: Staff) -> str:
    return staff.fetch("/settings/data").text


def test_a_quiet_shop_is_in_order(staff: Staff) -> None:
    text = page(staff)

    assert "Everything is in order" in text
    assert "Not checked yet" in text


def test_checking_now_proves_the_books_and_says_when_how_much_and_who(
    staff: Staff, world: World, shop: TestShop
) -> None:
    join(world, shop, 7001, points=5)

    answer = staff.send("/settings/data/check", {})

    text = staff.fetch(answer.location).text
    assert "Every balance adds up" in text
    assert "On Mar 2, 2026, 7:00" in text
    assert "all 1 bookings of 1 members" in text
    assert "Points agree with Shopify" in text
    assert "Had the points checked" in staff.fetch("/settings/audit").text


def test_books_that_do_not_add_up_are_told_with_what_support_needs(staff: Staff, world: World, shop: TestShop) -> None:
    member = join(world, shop, 7001, points=5)
    with world.database.transaction(shop.id) as session:
        session.sql("UPDATE members SET available = 6 WHERE shop_id = %s AND id = %s", shop.id, member)

    staff.send("/settings/data/check", {})

    text = page(staff)
    assert "The points do not add up" in text
    assert "members_balance" in text


def test_orders_that_wait_too_long_are_told(staff: Staff, world: World, shop: TestShop, clock: StepClock) -> None:
    deliver(world, shop, "orders/paid", b"{}", object_id=5001)
    clock.forward(minutes=10)

    assert "Orders are waiting longer than usual" in page(staff)


def test_points_that_differed_from_shopify_are_counted(staff: Staff, world: World, shop: TestShop) -> None:
    with world.database.transaction(shop.id) as session:
        session.sql("UPDATE shop_details SET drift = 3, reconciled_at = %s WHERE shop_id = %s", world.clock(), shop.id)

    assert "3 orders had points that differed from Shopify" in page(staff)


@pytest.mark.parametrize(
    ("person", "words"),
    [
        (Person(7001, "Ann", "ann@example.com", (), None), ("Names are shown", "E-mail addresses can be used")),
        (Person(7001, None, None, (), None), ("Names are withheld", "E-mail addresses are withheld")),
    ],
)
def test_it_says_whether_shopify_tells_names_and_addresses(
    staff: Staff, world: World, shop: TestShop, shopify: FakeShopify, person: Person, words: tuple[str, str]
) -> None:
    join(world, shop, 7001)
    shopify.persons[7001] = person

    text = page(staff)

    assert [sentence in text for sentence in words] == [True, True]


def test_a_permission_that_is_missing_is_told(staff: Staff, world: World, shop: TestShop) -> None:
    with world.database.transaction(shop.id) as session:
        session.sql(
            "UPDATE shop_details SET scopes = %s WHERE shop_id = %s", sorted(set(SCOPES) - {"read_products"}), shop.id
        )

    assert page(staff).count(">Missing<") == 1


def test_every_permission_that_the_app_asks_for_is_explained() -> None:
    assert set(SCOPES) == doctor.wanted_scopes()
