"""Order rules in settlement: places, limits and budgets follow when orders were placed, and being told again changes nothing."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugin.loyalty.facts import Line, OrderFacts
from plugin.loyalty.outside import CatalogueEntry, OrderBackground, Person
from plugin.loyalty.program import Program, default_program, dump, parse
from plugin.services import explain, forget, members, programs, settle
from plugin.services.perform import World, perform_due
from tests.conftest import NOON, TestShop, make_shop
from tests.fakes import FakeShopify
from tests.loyalty import rules_drawn
from tests.services.stories import order
from tests.services.test_settle import balance, proved, settled

DOUBLE: dict[str, Any] = {"kind": "multiplier", "factor": "2"}


def program(*rules: dict[str, Any], **more: Any) -> Program:
    written = [{"id": f"r{number}", "title": f"Rule {number}"} | rule for number, rule in enumerate(rules)]
    return parse(dump(default_program("USD", is_live=True)) | {"order_rules": written} | more)


def explained(world: World, shop: TestShop, order_id: int) -> explain.Explanation:
    with world.database.transaction(shop.id) as session:
        return explain.order(session, order_id)


def by_rule(world: World, shop: TestShop, order_id: int) -> dict[str, int]:
    return {one.rule: one.points for one in explained(world, shop, order_id).rules}


def available(world: World, shop: TestShop, *customers: int) -> list[int]:
    found = [balance(world, shop, customer) for customer in customers]
    return [available - debt for _, available, _, debt in found]


def on_day(day: int, number: int, total: str = "30.00", **more: Any) -> OrderFacts:
    return order(number, total, at=NOON + timedelta(days=day), **more)


def test_the_first_order_is_the_one_that_was_placed_first_however_late_it_is_told(world: World) -> None:
    shop = make_shop(world, program({"effect": {"kind": "fixed", "points": 100}, "conditions": {"order_numbers": [1]}}))
    world.clock.forward(days=9)  # type: ignore[attr-defined]

    settled(world, shop, on_day(3, 2))
    before = by_rule(world, shop, 2)
    settled(world, shop, on_day(1, 1))

    assert before == {"base": 30, "r0": 100}
    assert by_rule(world, shop, 1) == {"base": 30, "r0": 100}
    assert by_rule(world, shop, 2) == {"base": 30, "r0": 0}
    assert available(world, shop, 7) == [160]
    proved(world, shop)


def test_a_limit_of_a_month_fills_in_the_order_in_which_orders_were_placed(world: World) -> None:
    limits = {"points_per_member": 50, "period": "month"}
    deliveries = [on_day(0, 1), on_day(1, 2), on_day(2, 3), on_day(40, 4)]
    ends = set()

    for sequence in permutations(deliveries):
        shop = make_shop(world, program({"effect": DOUBLE, "limits": limits}))
        world.clock.now = NOON + timedelta(days=60)  # type: ignore[attr-defined]
        for delivery in sequence:
            settled(world, shop, delivery)
        ends.add(tuple(by_rule(world, shop, number)["r0"] for number in (1, 2, 3, 4)))

    assert ends == {(30, 20, 0, 30)}
    proved(world, shop)


def test_a_refund_frees_a_limit_for_the_orders_that_came_after(world: World) -> None:
    shop = make_shop(world, program({"effect": DOUBLE, "limits": {"points_per_member": 50}}))
    for number in (1, 2, 3):
        settled(world, shop, on_day(0, number))

    settled(world, shop, on_day(0, 1, refunds=[(1, "30.00", 1)]))

    assert [by_rule(world, shop, number).get("r0", 0) for number in (1, 2, 3)] == [0, 30, 20]
    assert available(world, shop, 7) == [60 + 50]
    proved(world, shop)


def test_a_limit_counts_per_member(world: World) -> None:
    shop = make_shop(world, program({"effect": DOUBLE, "limits": {"points_per_member": 20}}))

    settled(world, shop, on_day(0, 1), on_day(0, 2, customer=8))
    settled(world, shop, on_day(0, 1, customer=8, updated=NOON + timedelta(hours=1)))

    assert [by_rule(world, shop, number)["r0"] for number in (1, 2)] == [20, 0]
    assert available(world, shop, 7, 8) == [0, 80]
    proved(world, shop)


def test_a_budget_is_first_come_first_served_and_being_told_again_takes_no_more(world: World) -> None:
    rule = {"effect": DOUBLE, "limits": {"budget": {"points": 50}}}
    shop = make_shop(world, program(rule))
    first, second = on_day(1, 1), on_day(0, 2, customer=8)
    settled(world, shop, first)
    settled(world, shop, second)
    refunded = on_day(1, 1, refunds=[(1, "30.00", 1)])

    settled(world, shop, refunded)
    again = settled(world, shop, second, first, refunded)
    settled(world, shop, on_day(2, 3, customer=9))

    assert again.entries == 0
    assert [by_rule(world, shop, number).get("r0", 0) for number in (1, 2, 3)] == [0, 20, 30]
    with world.database.transaction(shop.id) as session:
        assert session.sql("SELECT rule_id, spent FROM rule_budgets WHERE shop_id = %s", shop.id) == [("r0", 50)]
    assert all(not explained(world, shop, number).unexplained for number in (1, 2, 3))
    proved(world, shop)


def test_a_rule_that_changes_or_goes_leaves_old_orders_as_they_were(world: World) -> None:
    shop = make_shop(world, program({"effect": DOUBLE}))
    settled(world, shop, order(1, "50.00", quantity=5))
    with world.database.transaction(shop.id) as session:
        programs.publish(session, program(), by="test", now=NOON + timedelta(hours=1))

    settled(world, shop, order(1, "50.00", quantity=5, refunds=[(1, "20.00", 2)]))
    partly = available(world, shop, 7)
    settled(world, shop, order(1, "50.00", quantity=5, refunds=[(1, "20.00", 2), (2, "30.00", 3)]))

    assert partly == [60]
    assert available(world, shop, 7) == [0]
    proved(world, shop)


def test_what_rules_ask_of_shopify_is_asked_once_and_kept(world: World, shopify: FakeShopify) -> None:
    conditions = {
        "product_tags": ["New"],
        "line_kind": "subscription",
        "customer_tags": ["VIP"],
        "segment_ids": [77],
        "countries": ["DE"],
        "collection_ids": [31],
    }
    shop = make_shop(world, program({"effect": DOUBLE, "conditions": conditions}))
    shopify.products = {1: CatalogueEntry(("new", "other"), "Tea")}
    shopify.backgrounds = {1: OrderBackground("DE", frozenset({10}))}
    shopify.persons = {7: Person(7, None, None, ("vip", "lives in Berlin"), None)}
    shopify.segment_members = {77: frozenset({7})}
    shopify.collections = {1: frozenset({31})}
    shopify.orders = {1: order(1, "50.00")}

    settled(world, shop, shopify.orders[1])
    waiting = explained(world, shop, 1).waits_for
    perform_due(world, shop.id, shop.domain)
    shopify.products, shopify.backgrounds, shopify.persons, shopify.segment_members = {}, {}, {}, {}
    settled(world, shop, order(1, "60.00", updated=NOON + timedelta(hours=1)))

    assert waiting == "pins"
    assert by_rule(world, shop, 1) == {"base": 60, "r0": 60}
    with world.database.transaction(shop.id) as session:
        [(pins,)] = session.sql("SELECT pins FROM orders WHERE shop_id = %s", shop.id)
    assert b"Berlin" not in pins
    proved(world, shop)


def test_a_product_that_an_edit_adds_is_asked_about_and_the_others_are_not_asked_again(
    world: World, shopify: FakeShopify
) -> None:
    shop = make_shop(world, program({"effect": DOUBLE, "conditions": {"product_tags": ["new"]}}))
    shopify.products = {1: CatalogueEntry(("new",), ""), 2: CatalogueEntry(("new",), "")}
    shopify.orders = {1: order(1, "10.00")}
    settled(world, shop, shopify.orders[1])
    perform_due(world, shop.id, shop.domain)
    body = order(1, "10.00", updated=NOON + timedelta(hours=1)).body
    assert body is not None
    lines = (*body.lines, Line(11, 1, body.lines[0].gross, product_id=2))
    edited = msgspec.structs.replace(shopify.orders[1], body=msgspec.structs.replace(body, lines=lines))

    shopify.orders[1] = edited
    shopify.products[1] = CatalogueEntry((), "")
    settled(world, shop, edited)
    waiting, before = explained(world, shop, 1).waits_for, available(world, shop, 7)
    perform_due(world, shop.id, shop.domain)

    assert (waiting, before) == ("pins", [20])
    assert by_rule(world, shop, 1) == {"base": 20, "r0": 20}
    assert explained(world, shop, 1).waits_for is None
    proved(world, shop)


def shared(number: int, handle: str, **more: Any) -> OrderFacts:
    """An order of two like lines, of which the second is for the member of that handle."""
    facts = order(number, "20.00", **more)
    assert facts.body is not None
    second = msgspec.structs.replace(facts.body.lines[0], id=number * 10 + 1, shared_with=handle)
    return msgspec.structs.replace(facts, body=msgspec.structs.replace(facts.body, lines=(facts.body.lines[0], second)))


def handle_of(world: World, shop: TestShop, customer: int) -> str:
    with world.database.transaction(shop.id) as session:
        member = members.by_customer(session, customer)
        assert member is not None
        return members.view(session, member, handle_key=b"h" * 32, now=NOON).referral_code


def test_a_co_buyer_gets_the_share_of_the_lines_that_name_them_and_a_merge_takes_it_along(world: World) -> None:
    shop = make_shop(world, program(group_orders={"is_on": True}))
    settled(world, shop, order(1, "5.00", customer=8))
    settled(world, shop, shared(2, handle_of(world, shop, 8)))
    halves = available(world, shop, 7, 8)
    with world.database.transaction(shop.id) as session:
        members.merge(session, kept_customer_id=9, lost_customer_id=8, tombstone_key=b"t" * 32, now=NOON)

    settled(world, shop, shared(2, "unknown", refunds=[(1, "20.00", 1)], updated=NOON + timedelta(hours=1)))

    assert halves == [20, 25]
    assert available(world, shop, 7, 9) == [0, 25]
    assert explained(world, shop, 2).unexplained == {}
    proved(world, shop)


def test_a_handle_that_nobody_has_leaves_the_points_with_the_buyer(world: World) -> None:
    shop = make_shop(world, program(group_orders={"is_on": True}))

    settled(world, shop, shared(1, "nobody"))

    assert available(world, shop, 7) == [40]
    proved(world, shop)


def test_lines_name_nobody_where_group_orders_are_off(world: World, shop: TestShop) -> None:
    settled(world, shop, order(1, "5.00", customer=8))

    settled(world, shop, shared(2, handle_of(world, shop, 8)))

    assert available(world, shop, 7, 8) == [40, 5]


def test_a_forgotten_customers_order_keeps_what_decided_its_points(world: World, shopify: FakeShopify) -> None:
    rule = {"effect": DOUBLE, "conditions": {"customer_tags": ["vip"]}}
    shop = make_shop(world, program(rule, exclusions={"customer_tags": ["staff"]}))
    shopify.persons = {7: Person(7, None, None, ("vip",), None), 8: Person(8, None, None, ("staff",), None)}
    shopify.orders = {1: order(1, "50.00", quantity=5), 2: order(2, "50.00", customer=8, quantity=5)}
    settled(world, shop, *shopify.orders.values())
    perform_due(world, shop.id, shop.domain)
    with world.database.transaction(shop.id) as session:
        for customer in (7, 8):
            forget.erase(session, customer, keys=world.keys, now=NOON)

    for number in (1, 2):
        part = order(number, "50.00", customer=6 + number, quantity=5, refunds=[(1, "10.00", 1)])
        settled(world, shop, part)

    assert [explained(world, shop, number).points for number in (1, 2)] == [80, 0]
    assert explained(world, shop, 2).stopped == "customer_tag"
    proved(world, shop)


def test_points_that_no_rule_explains_are_told(world: World, shop: TestShop) -> None:
    settled(world, shop, order(1, "50.00"))
    with world.database.transaction(shop.id) as session:
        member = members.by_customer(session, 7)
        wrong = msgspec.json.encode({f"{member}:purchase": 60})
        session.sql("UPDATE orders SET posted = %s WHERE shop_id = %s", wrong, shop.id)

    found = explained(world, shop, 1)

    assert found.unexplained == {f"{member}:purchase": 10}
    assert not found.adds_up


def test_an_instant_reward_is_given_once_and_taken_back_with_the_order(world: World, shopify: FakeShopify) -> None:
    shop = make_shop(world, program({"effect": {"kind": "reward", "reward_id": "free-shipping"}}))
    settled(world, shop, order(1, "50.00"))
    settled(world, shop, order(1, "50.00"))
    perform_due(world, shop.id, shop.domain)
    given = [(one.spec.customer_id, one.is_active) for one in shopify.discounts.values()]

    settled(world, shop, order(1, "50.00", refunds=[(1, "50.00", 1)]))
    perform_due(world, shop.id, shop.domain)

    assert given == [(7, True)]
    assert [one.is_active for one in shopify.discounts.values()] == [False]
    proved(world, shop)


def test_an_instant_reward_follows_an_order_to_another_customer(world: World, shopify: FakeShopify) -> None:
    shop = make_shop(world, program({"effect": {"kind": "reward", "reward_id": "free-shipping"}}))
    settled(world, shop, order(1, "50.00", customer=7))
    perform_due(world, shop.id, shop.domain)

    settled(world, shop, order(1, "50.00", customer=8, updated=NOON + timedelta(hours=1)))
    perform_due(world, shop.id, shop.domain)

    assert sorted((one.spec.customer_id or 0, one.is_active) for one in shopify.discounts.values()) == [
        (7, False),
        (8, True),
    ]


def test_a_plain_program_reads_no_more_than_before(
    world: World, shop: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled(world, shop, order(1, "50.00"))
    asked: list[str] = []
    with world.database.transaction(shop.id) as session:
        settle.lock_shop(session)
        real = session.sql

        def listening(text: Any, *rest: Any) -> list[Any]:
            asked.append(text)
            return real(text, *rest)

        monkeypatch.setattr(session, "sql", listening)
        settle.settle(session, [order(2, "50.00")], keys=world.keys, now=NOON)

    assert not [text for text in asked if "rule_budgets" in text or "row_number()" in text or "'-infinity'" in text]


@st.composite
def histories(draw: st.DrawFn) -> tuple[dict[str, Any], list[OrderFacts]]:
    """A program with rules that look at a member's other orders (budgets are the stated exception), and deliveries of five orders."""
    rules = [
        draw(rules_drawn.rules(number, st.one_of(rules_drawn.proportional, rules_drawn.fixed)))
        for number in range(draw(st.integers(1, 4)))
    ]
    for rule in rules:
        asked = ("order_numbers", "every_nth_order", "minimum_spend", "channels", "weekdays", "hours")
        rule["conditions"] = {name: value for name, value in rule["conditions"].items() if name in asked}
        rule["limits"].pop("budget", None)
    deliveries = []
    for number in range(1, 6):
        day, customer, total = (
            draw(st.integers(-40, 40)),
            draw(st.sampled_from([7, 8])),
            draw(st.sampled_from(["10.00", "33.33"])),
        )
        at = NOON + timedelta(days=day)
        deliveries.append(order(number, total, at=at, customer=customer, quantity=3))
        if draw(st.booleans()):
            units = draw(st.sampled_from([1, 3]))
            money = str((deliveries[-1].body.lines[0].gross * units / 3).quantize(Decimal("0.01")))  # type: ignore[union-attr]
            deliveries.append(
                order(number, total, at=at, customer=customer, quantity=3, refunds=[(number, money, units)])
            )
    return {"order_rules": rules}, deliveries


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(histories(), st.randoms(use_true_random=False))
def test_the_order_repetition_and_replay_of_deliveries_never_matter(
    world: World, drawn: tuple[dict[str, Any], list[OrderFacts]], chance: random.Random
) -> None:
    document, deliveries = drawn
    world.clock.now = NOON + timedelta(days=100)  # type: ignore[attr-defined]
    ends = []
    for _ in range(2):
        shop = make_shop(world, parse(dump(default_program("USD", is_live=True)) | document))
        told = [*deliveries, *chance.sample(deliveries, 2)]
        chance.shuffle(told)
        while told:
            count = chance.randint(1, 3)
            settled(world, shop, *told[:count])
            told = told[count:]
        replay = settled(world, shop, *deliveries)
        assert replay.entries == 0
        found = [explained(world, shop, number) for number in range(1, 6)]
        ends.append([(one.points, one.unexplained) for one in found])
        proved(world, shop)

    assert ends[0] == ends[1]
    assert all(not unexplained for _, unexplained in ends[0])
