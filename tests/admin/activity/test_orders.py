"""Explaining an order: what counted, which rule gave what and why another gave nothing, and what became of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from plugin.admin.activity import words
from plugin.loyalty import order_rules, rules
from plugin.loyalty.errors import Unreachable
from plugin.loyalty.outside import Person
from plugin.loyalty.program import default_program, dump, parse
from plugin.services import programs
from plugin.services.perform import World
from tests.admin.activity.reading import lines_of, words_on
from tests.admin.activity.shop import buy, join, take_reward
from tests.admin.conftest import PromptBell
from tests.admin.staff import Staff
from tests.conftest import NOON, TestShop
from tests.fakes import FakeShopify, StepClock

RULES = [
    {"id": "double", "title": "Double days", "effect": {"kind": "multiplier", "factor": "2"}},
    {
        "id": "large",
        "title": "Large orders",
        "effect": {"kind": "fixed", "points": 50},
        "conditions": {"minimum_spend": "500"},
    },
]


def publish(world: World, shop: TestShop, **changes: object) -> None:
    program = parse(dump(default_program("USD", is_live=True)) | changes)
    with world.database.transaction(shop.id) as session:
        programs.publish(session, program, by="test", now=NOON)


def test_every_rule_is_told_with_its_numbers_or_why_it_gave_nothing(
    staff: Staff, world: World, shop: TestShop, shopify: FakeShopify
) -> None:
    shopify.persons[7001] = Person(7001, "Ada Lindqvist", None, (), None)
    publish(world, shop, order_rules=RULES)
    buy(world, shop, 5001, 7001, "160.00", name="#1001", gift_card="25.00")

    page = staff.fetch("/activity/orders/5001").text

    assert lines_of(page, 0) == [
        "Product 11 $160 – $160",
        "Product 12 Gift cards earn nothing $25 – $0",
        "Together $160",
    ]
    assert lines_of(page, 1) == [
        "Points for every purchase $160 160",
        "Double days $160 160",
        "Large orders The order was too small. – 0",
        "Together 320",
    ]
    assert "Ada Lindqvist for the purchase 320 points" in words_on(page)
    assert "Version 2" in words_on(page)
    assert 'href="/members/' in page


def test_what_a_refund_took_back_stands_beside_what_was_given(
    staff: Staff, world: World, shop: TestShop, clock: StepClock
) -> None:
    buy(world, shop, 5001, 7001, "160.00", name="#1001")
    clock.forward(days=3)
    buy(world, shop, 5001, 7001, "160.00", name="#1001", refunded="60.00")

    page = staff.fetch("/activity/orders/5001").text

    assert lines_of(page, 2) == [
        "Earned with order #1001 Customer #7001 Mar 2, 2026, 7:00 AM +160",
        "Taken back after a refund of order #1001 Customer #7001 Mar 5, 2026, 7:00 AM −60",  # noqa: RUF001 - a real minus sign
    ]
    assert "$60 on Mar 5, 2026" in words_on(page)


def test_codes_that_were_used_are_told_and_whose_they_are(
    staff: Staff, world: World, shop: TestShop, bell: PromptBell
) -> None:
    member = join(world, shop, 7001, 200)
    reward = take_reward(world, shop, member, bell)
    with world.database.transaction(shop.id) as session:
        [(code,)] = session.sql("SELECT code FROM redemptions WHERE shop_id = %s", shop.id)
    buy(world, shop, 5001, 7001, "60.00", name="#1001", codes=(code, "SPRING10"))

    page = staff.fetch("/activity/orders/5001").text

    assert f'href="/activity/redemptions/{reward}"' in page
    assert f"Money off {code}, 150 points" in words_on(page)
    assert "SPRING10 not a reward of a member" in words_on(page)
    assert "−$5" in page  # noqa: RUF001 - a real minus sign


@pytest.mark.parametrize(("status", "said"), [("pending", "not paid yet"), ("voided", "not paid yet")])
def test_an_order_that_gives_nothing_says_why(
    staff: Staff, world: World, shop: TestShop, status: str, said: str
) -> None:
    buy(world, shop, 5001, 7001, "160.00", status=status)

    page = staff.fetch("/activity/orders/5001").text

    assert said in words_on(page)


def test_an_order_without_a_customer_says_so(staff: Staff, world: World, shop: TestShop) -> None:
    buy(world, shop, 5001, None, "160.00")

    page = staff.fetch("/activity/orders/5001").text

    assert "Nothing was booked for this order" in words_on(page)
    assert "Customer None yet" in words_on(page)


def test_products_have_numbers_while_shopify_is_away(
    staff: Staff, world: World, shop: TestShop, shopify: FakeShopify
) -> None:
    buy(world, shop, 5001, 7001, "160.00")
    shopify.failing_before = [Unreachable("down")] * 3

    page = staff.fetch("/activity/orders/5001")

    assert page.status_code == 200
    assert "Product 11" in page.text


@pytest.mark.parametrize("typed", ["#1001", "1001", "5001", " #1001 "])
def test_an_order_is_found_by_number_or_id(staff: Staff, world: World, shop: TestShop, typed: str) -> None:
    buy(world, shop, 5001, 7001, "160.00", name="#1001")

    answer = staff.client.get(
        "/activity/orders", query_string={"q": typed}, headers={"Authorization": f"Bearer {staff.token()}"}
    )

    assert (answer.status_code, answer.location) == (303, "/activity/orders/5001")


@pytest.mark.parametrize("typed", ["#9", "<script>", "99999999999999999999999", "٣", "' OR 1=1 --"])
def test_an_order_nobody_knows_is_told_and_what_was_typed_stays(
    staff: Staff, world: World, shop: TestShop, typed: str
) -> None:
    buy(world, shop, 5001, 7001, "160.00", name="#1001")

    answer = staff.client.get(
        "/activity/orders", query_string={"q": typed}, headers={"Authorization": f"Bearer {staff.token()}"}
    )

    assert answer.status_code == 404
    assert f"No order “{typed}” has reached the program" in words_on(answer.text).replace("< script >", "<script>")
    assert "<script>" not in answer.text.partition('<div id="page"')[2]


def test_the_latest_orders_stand_there_with_what_they_gave(staff: Staff, world: World, shop: TestShop) -> None:
    buy(world, shop, 5001, 7001, "160.00", name="#1001")
    buy(world, shop, 5002, 7002, "20.00", name="#1002", status="pending")

    lines = lines_of(staff.fetch("/activity/orders").text)

    assert [(line.split()[0], line.split()[-1]) for line in lines] == [("#1002", "0"), ("#1001", "160")]
    assert ["Not paid" in line for line in lines] == [True, False]


def test_another_shops_order_is_unknown(stranger: tuple[Staff, TestShop], world: World, shop: TestShop) -> None:
    buy(world, shop, 5001, 7001, "160.00", name="#1001")

    assert stranger[0].fetch("/activity/orders/5001").status_code == 404
    assert stranger[0].fetch("/activity/orders?q=1001").status_code == 404


def test_every_refusal_of_a_rule_and_of_an_order_has_words() -> None:
    rule_source, order_source = (
        Path(str(module.__file__)).read_text(encoding="utf-8") for module in (order_rules, rules)
    )
    refusals = set(re.findall(r'refused="([a-z_]+)"', rule_source))
    refusals |= set(re.findall(r'(?:checks|found)\.append\(\s*\(?\s*\("?([a-z_]+)"', rule_source))
    refusals |= set(
        re.findall(r'^\s+"([a-z_]+)",$', rule_source.partition("def _narrowings")[2].partition("def ")[0], re.MULTILINE)
    )
    stops = set(re.findall(r'return "([a-z_]+)"', order_source.partition("def _stopped")[2]))

    assert len(refusals) > 15
    assert refusals <= set(words.REFUSED)
    assert stops <= set(words.STOPPED) | set(words.EXCLUDED)
