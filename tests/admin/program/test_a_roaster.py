"""A coffee roaster sets the whole program up on the pages, publishes it once, and a machine reads what came of it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from plugin import api
from plugin.services import api_keys
from plugin.services.perform import World
from plugin.settings import Settings
from tests.admin.conftest import PromptBell
from tests.admin.staff import Staff
from tests.api.machine import Machine, UnheardBell
from tests.conftest import NOON, TestShop

FORM = "part-form"


@pytest.fixture
def machine(world: World, settings: Settings, shop: TestShop) -> Machine:
    app = Flask("api-alone")
    app.register_blueprint(api.create_blueprint(world, settings, UnheardBell()), url_prefix="/api/v1")
    with world.database.transaction() as session:
        key = api_keys.create(session, shop.id, "till", NOON)
    return Machine(app.test_client(), key)


def test_a_roaster_sets_up_everything_on_the_pages(staff: Staff, machine: Machine, bell: PromptBell) -> None:
    fill_in(
        staff, "/program/names", {"name": "Roast Club", "points_name.en.one": "bean", "points_name.en.other": "beans"}
    )
    fill_in(staff, "/program/earning", {"earning.points": "2", "earning.pending_days": "14"})
    fill_in(staff, "/program/campaigns/new/weekend", {})
    fill_in(staff, "/program/campaigns/new/first-order", {"title": "A bag to begin with"})
    fill_in(staff, "/program/actions/new/birthday", {"title": "Happy birthday from the roastery"})
    fill_in(staff, "/program/rewards/new/free-product", {"title": "A bag of beans", "product_id": "501"})
    assert staff.send("/program/tiers/new/trio/all", {}).status_code == 303
    referral = {"referral.offer.kind": "percent_off", "referral.offer.value~2": "10", "referral.hold_days": "14"}
    fill_in(staff, "/program/referrals", referral | {"referral.advocate_reward": "a-bag-of-beans"})

    before = published(machine)
    publish(staff)
    program = published(machine)

    assert before["name"] == "Rewards"
    assert (program["name"], program["points_name"]["en"]) == ("Roast Club", {"one": "bean", "other": "beans"})
    assert (program["earning"]["points"], program["earning"]["pending_days"]) == (2, 14)
    assert [(rule["title"], rule["effect"]) for rule in program["order_rules"]] == [
        ("Double beans weekend", {"kind": "multiplier", "factor": "2"}),
        ("A bag to begin with", {"kind": "fixed", "points": 100}),
    ]
    assert (program["actions"][0]["kind"], program["actions"][0]["points"]) == ("birthday", 200)
    bag = next(reward for reward in program["rewards"] if reward["id"] == "a-bag-of-beans")
    assert (bag["product_id"], bag["price_points"], bag["per_member"]) == (501, 600, {"times": 1, "per": "month"})
    assert [(level["title"], level["threshold"]) for level in program["tiers"]["levels"]] == [
        ("Bronze", "0"),
        ("Silver", "250"),
        ("Gold", "750"),
    ]
    assert program["referral"]["offer"] | {"ends_days": None} == {
        "kind": "percent_off",
        "value": "10",
        "minimum_spend": "0",
        "ends_days": None,
    }
    assert program["referral"]["advocate_reward"] == "a-bag-of-beans"


def test_what_only_the_merchant_knows_is_asked_for_at_its_field(staff: Staff) -> None:
    path = "/program/rewards/new/free-product"

    answer = staff.send(path, staff.form(path, FORM))

    assert answer.status_code == 422
    assert "Choose a product." in answer.text


def test_a_tier_between_two_others_finds_its_place(staff: Staff, machine: Machine) -> None:
    staff.send("/program/tiers/new/pair/all", {})

    fill_in(staff, "/program/tiers/new/silver", {"title": "Regular"})
    publish(staff)

    levels = published(machine)["tiers"]["levels"]
    assert [level["title"] for level in levels] == ["Member", "Regular", "VIP"]


def test_codes_and_names_of_groups_may_be_typed_as_people_write_them(staff: Staff, machine: Machine) -> None:
    typed = {"conditions.countries": "us, Germany", "combines": "best", "group": "Spring Sale!"}

    fill_in(staff, "/program/campaigns/new/big-basket", typed)
    publish(staff)

    rule = published(machine)["order_rules"][0]
    assert (rule["conditions"]["countries"], rule["group"]) == (["US", "DE"], "spring-sale")


def test_a_campaign_is_for_picked_segments_and_variants(staff: Staff, machine: Machine) -> None:
    path = "/program/campaigns/new/big-basket"

    wrong = staff.send(path, staff.form(path, FORM) | {"conditions.segment_ids": "our best customers"})
    fill_in(staff, path, {"conditions.segment_ids": "440077,78", "conditions.variant_ids": "601"})
    publish(staff)

    assert 'data-error-of="conditions.segment_ids" aria-live="polite"><s-text tone="critical">Choose' in wrong.text
    conditions = published(machine)["order_rules"][0]["conditions"]
    assert (conditions["segment_ids"], conditions["variant_ids"]) == ([440077, 78], [601])


def fill_in(staff: Staff, path: str, typed: dict[str, str]) -> None:
    """Type into the page's form as it stands, and save."""
    answer = staff.send(path, staff.form(path, FORM) | typed)
    assert answer.status_code == 303, answer.text


def publish(staff: Staff) -> None:
    answer = staff.send("/program/review/publish", staff.form("/program/review", "publish-form"))
    assert answer.status_code == 303, answer.text


def published(machine: Machine) -> dict[str, Any]:
    answer = machine.call("GET", "/program").get_json()
    program: dict[str, Any] = answer["data"]
    return program.get("program") or program.get("document") or program
