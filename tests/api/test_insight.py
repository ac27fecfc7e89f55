"""Explanations and health: what an order gave and why, and how the engine room stands."""

from __future__ import annotations

from plugin.loyalty.program import parse
from plugin.services import audit, programs
from plugin.services.perform import World
from tests.api.machine import Machine, problem
from tests.conftest import NOON, TestShop
from tests.services.stories import order
from tests.services.test_settle import settled


def test_an_order_is_explained_from_its_lines_to_its_entries(machine: Machine, world: World, shop: TestShop) -> None:
    settled(world, shop, order(1001, "49.99"))
    settled(world, shop, order(1001, "49.99", refunds=[(1, "20.00", 0)], status="partially_refunded"))

    found = machine.get("/orders/1001/explanation").get_json()["data"]

    member = found["posted"][0]["member_id"]
    assert (found["order_id"], found["name"], found["is_paid"], found["program_version"]) == ("1001", "#1001", True, 1)
    assert found["earning"] == {"points": 1, "per": {"amount": "1.00", "currency": "USD"}}
    assert found["eligible"] == {"amount": "29.99", "currency": "USD"}
    assert found["points"] == 29
    assert found["lines"] == [
        {"line_id": "10010", "eligible": {"amount": "29.99", "currency": "USD"}, "excluded": None}
    ]
    assert found["posted"] == [{"member_id": member, "part": "purchase", "points": 29}]
    assert [(entry["movement"], entry["points"]) for entry in found["entries"]] == [("accrue", 49), ("claw_back", 20)]
    assert found["entries"][0]["reason"] == {"code": "order", "text": "Earned with order #1001"}
    assert (found["stopped"], found["adds_up"], found["waits_for"]) == (None, True, None)


def test_every_rule_of_an_order_is_explained_with_its_numbers(machine: Machine, world: World, shop: TestShop) -> None:
    document = machine.get("/program").get_json()["data"]
    document["order_rules"] = [
        {
            "id": "double",
            "title": "Double",
            "effect": {"kind": "multiplier", "factor": "2"},
            "limits": {"points_per_order": 20},
        },
        {
            "id": "till",
            "title": "At the till",
            "effect": {"kind": "fixed", "points": 5},
            "conditions": {"channels": ["pos"]},
        },
    ]
    with world.database.transaction(shop.id) as session:
        programs.publish(session, parse(document), by="test", now=NOON)
    settled(world, shop, order(1001, "49.99"))

    found = machine.get("/orders/1001/explanation").get_json()["data"]

    assert [(rule["id"], rule["title"], rule["points"], rule["wanted"]) for rule in found["rules"]] == [
        ("base", None, 49, 49),
        ("double", "Double", 20, 49),
        ("till", "At the till", 0, 0),
    ]
    assert (found["rules"][1]["caps"], found["rules"][2]["refused"]) == (["order"], "channels")
    assert found["rules"][1]["line_ids"] == ["10010"]
    assert (found["points"], found["adds_up"], found["unexplained"]) == (69, True, [])


def test_an_order_that_earns_nothing_says_which_rule_stopped_it(machine: Machine, world: World, shop: TestShop) -> None:
    settled(world, shop, order(1002, "49.99", is_test=True))

    found = machine.get("/orders/1002/explanation").get_json()["data"]

    assert (found["points"], found["stopped"], found["entries"]) == (0, "test", [])


def test_an_unknown_order_is_a_problem(machine: Machine) -> None:
    for unknown in ("404", "abc", "9" * 30, "%00"):
        refused = problem(machine.get(f"/orders/{unknown}/explanation"), 404, "order-unknown")

        assert "has reached the program" in refused["detail"]


def test_health_tells_what_waits_what_differs_and_when_the_books_were_proved(
    machine: Machine, deaf_machine: Machine, world: World, shop: TestShop
) -> None:
    before = machine.get("/health").get_json()["data"]
    audit.run(world.database, shop.id, now=world.clock())
    after = deaf_machine.get("/health").get_json()["data"]

    assert before == {
        "inbox_waiting": 0,
        "inbox_age_seconds": 0.0,
        "last_webhook_at": None,
        "set_aside": [],
        "codes_not_written": [],
        "drift": 0,
        "reconciled_at": None,
        "last_audit": None,
        "spending_stopped_at": None,
        "queue_is_alive": True,
        "currency_change": None,
    }
    assert after["last_audit"]["finished_at"].startswith("2026-03-02T12:00:00")
    assert (after["last_audit"]["ok"], after["last_audit"]["entries"]) == (True, 0)
    assert after["queue_is_alive"] is False


def test_a_delivery_that_was_set_aside_stands_in_the_health_report(
    machine: Machine, world: World, shop: TestShop
) -> None:
    with world.database.transaction(shop.id) as session:
        session.sql(
            """
            INSERT INTO inbox (shop_id, webhook_id, topic, received_at, body_hash, set_aside_at, reason)
            VALUES (%s, 'w-1', 'orders/paid', %s, %s, %s, 'an amount is negative')
            """,
            shop.id,
            world.clock(),
            b"h",
            world.clock(),
        )

    [found] = machine.get("/health").get_json()["data"]["set_aside"]

    assert (found["topic"], found["object_id"], found["reason"]) == ("orders/paid", None, "an amount is negative")
