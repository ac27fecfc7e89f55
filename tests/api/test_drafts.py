"""The draft over the API: several editors, none overwritten; published as a whole; versions to look at and go back to."""

from __future__ import annotations

from typing import Any

from plugin.loyalty.errors import Unreachable
from plugin.loyalty.program import default_program, dump
from tests.api.machine import Machine, fields, problem
from tests.fakes import FakeShopify


def save(machine: Machine, document: dict[str, Any], *, etag: str | None = None) -> Any:
    headers = {"If-Match": etag} if etag is not None else {}
    return machine.call("PUT", "/program/draft", json=document, headers=headers)


def begun(machine: Machine, **changes: Any) -> dict[str, Any]:
    """The draft after one editor changed these fields of it."""
    known = machine.get("/program/draft").get_json()
    answer = save(machine, known["data"] | changes, etag=f'"{known["revision"]}"')
    assert answer.status_code == 200, answer.get_data(as_text=True)
    told: dict[str, Any] = answer.get_json()
    return told


def test_where_nobody_drafts_the_draft_is_the_live_program(machine: Machine) -> None:
    answer = machine.get("/program/draft")

    told = answer.get_json()
    assert (told["data"], told["begun"], told["based_on"]) == (dump(default_program("USD", is_live=True)), False, 1)
    assert (told["revision"], told["saved_at"], answer.headers["ETag"]) == (0, None, '"0"')


def test_a_saved_draft_changes_nothing_that_is_live(machine: Machine) -> None:
    told = begun(machine, name="Coffee club")

    assert (told["data"]["name"], told["begun"], told["revision"], told["based_on"]) == ("Coffee club", True, 1, 1)
    assert told["saved_by"] == "API key till"
    assert machine.get("/program").get_json()["data"]["name"] == "Rewards"


def test_the_second_of_two_editors_is_told_what_differs(machine: Machine) -> None:
    document = machine.get("/program/draft").get_json()["data"]
    save(machine, document | {"name": "Coffee club"}, etag='"0"')
    mine = document | {"name": "Bean club", "grace_days": 7}

    late = problem(save(machine, mine, etag='"0"'), 409, "draft-conflict")

    assert (late["asked"], late["current"], late["by"]) == (0, 1, "API key till")
    assert late["differences"] == [
        {"path": "name", "mine": "Bean club", "theirs": "Coffee club"},
        {"path": "grace_days", "mine": 7, "theirs": 30},
    ]
    assert fields(late) == {"If-Match"}
    assert machine.get("/program/draft").get_json()["data"]["name"] == "Coffee club"


def test_who_saves_without_saying_what_they_edited_overwrites(machine: Machine) -> None:
    begun(machine, name="Coffee club")

    answer = save(machine, dump(default_program("USD", is_live=True)) | {"name": "Bean club"})

    assert (answer.get_json()["revision"], answer.get_json()["data"]["name"]) == (2, "Bean club")


def test_a_draft_that_is_no_program_is_refused_field_by_field(machine: Machine) -> None:
    document = machine.get("/program/draft").get_json()["data"] | {"grace_days": -1}

    wrong = problem(save(machine, document), 422, "invalid-program")

    assert fields(wrong) == {"grace_days"}
    assert machine.get("/program/draft").get_json()["begun"] is False


def test_published_the_draft_is_live_and_gone(machine: Machine) -> None:
    begun(machine, name="Coffee club")

    answer = machine.post("/program/draft/publish", None, If_Match='"1"')

    assert (answer.status_code, answer.get_json()["version"], answer.headers["ETag"]) == (200, 2, '"2"')
    assert machine.get("/program").get_json()["data"]["name"] == "Coffee club"
    after = machine.get("/program/draft").get_json()
    assert (after["begun"], after["revision"], after["based_on"]) == (False, 2, 2)
    problem(machine.post("/program/draft/publish", None), 409, "draft-missing")


def test_an_editor_of_a_draft_that_was_published_meanwhile_is_told(machine: Machine) -> None:
    edited = begun(machine, name="Coffee club")
    machine.post("/program/draft/publish", None)

    late = problem(save(machine, edited["data"] | {"name": "Bean club"}, etag='"1"'), 409, "draft-conflict")

    assert late["differences"] == [{"path": "name", "mine": "Bean club", "theirs": "Coffee club"}]


def test_a_draft_whose_ground_has_moved_is_published_only_once_it_was_looked_at(machine: Machine) -> None:
    draft = begun(machine, name="Coffee club", grace_days=7)
    live = machine.get("/program").get_json()["data"]
    machine.call("PUT", "/program", json=live | {"name": "Bean club", "only_joined": True})

    late = problem(machine.post("/program/draft/publish", None), 409, "draft-outdated")
    looked_at = save(machine, {"data": draft["data"] | {"only_joined": True}, "based_on": 2}, etag='"1"')
    published = machine.post("/program/draft/publish", None)

    assert late["differences"] == [
        {"path": "name", "mine": "Coffee club", "theirs": "Bean club"},
        {"path": "only_joined", "mine": False, "theirs": True},
    ]
    assert (looked_at.status_code, looked_at.get_json()["based_on"]) == (200, 2)
    assert published.get_json()["version"] == 3


def test_a_draft_cannot_be_based_on_a_version_that_never_was(machine: Machine) -> None:
    document = machine.get("/program").get_json()["data"]

    problem(save(machine, {"data": document, "based_on": 9}), 404, "version-unknown")
    wrong = problem(save(machine, {"data": document, "based_on": "one"}), 422, "invalid-request")

    assert fields(wrong) == {"based_on"}


def test_versions_are_listed_newest_first_page_by_page(machine: Machine) -> None:
    live = machine.get("/program").get_json()["data"]
    for name in ("Two", "Three"):
        machine.call("PUT", "/program", json=live | {"name": name})

    first = machine.get("/program/versions?limit=2").get_json()
    rest = machine.get(f"/program/versions?limit=2&next={first['next']}").get_json()

    assert [(it["version"], it["is_live"], it["published_by"]) for it in first["data"]] == [
        (3, True, "API key till"),
        (2, False, "API key till"),
    ]
    assert [it["version"] for it in rest["data"]] == [1]
    assert rest["next"] is None


def test_an_earlier_version_can_be_read_and_restored(machine: Machine) -> None:
    live = machine.get("/program").get_json()["data"]
    machine.call("PUT", "/program", json=live | {"name": "Two"})

    old = machine.get("/program/versions/1").get_json()
    restored = machine.post("/program/versions/1/restore", None)

    assert (old["version"], old["data"]["name"]) == (1, "Rewards")
    assert (restored.get_json()["version"], restored.get_json()["data"]) == (3, old["data"])
    assert machine.get("/program").get_json()["version"] == 3


def test_a_version_that_never_was_is_not_found(machine: Machine) -> None:
    for number in ("9", "x", "99999999999"):
        problem(machine.get(f"/program/versions/{number}"), 404, "version-unknown")
    problem(machine.post("/program/versions/9/restore", None), 404, "version-unknown")


def test_the_difference_of_two_versions_names_rewards_by_their_ids(machine: Machine) -> None:
    live = machine.get("/program").get_json()["data"]
    rewards = [live["rewards"][0] | {"price_points": 99}, *live["rewards"][2:]]
    machine.call("PUT", "/program", json=live | {"rewards": rewards})
    begun(machine, name="Coffee club")

    versions = machine.get("/program/diff?from=1&to=2").get_json()["data"]
    to_draft = machine.get("/program/diff?from=2&to=draft").get_json()["data"]

    assert versions == [
        {"path": "rewards[amount-off].price_points", "before": 150, "after": 99},
        {"path": "rewards[money-slider]", "before": live["rewards"][1], "after": None},
    ]
    assert to_draft == [{"path": "name", "before": "Rewards", "after": "Coffee club"}]
    assert fields(problem(machine.get("/program/diff?from=1"), 400, "invalid-request")) == {"to"}


def test_a_draft_is_saved_whatever_the_linter_finds_in_it(machine: Machine) -> None:
    gone = {
        "id": "gold-only",
        "title": "Gold only",
        "effect": {"kind": "fixed", "points": 10},
        "conditions": {"tiers": ["gold"]},
    }

    told = begun(machine, order_rules=[gone])

    assert ("dangling", "order_rules") in [(it["kind"], it["where"].partition(".")[0]) for it in told["findings"]]
    assert told["findings"][0]["text"].endswith(".")
    assert machine.get("/program/draft").get_json()["findings"] == told["findings"]


def test_a_rule_for_a_product_that_is_gone_is_flagged_and_the_draft_is_saved(
    machine: Machine, shopify: FakeShopify
) -> None:
    shopify.deleted_products = {12}
    rule = {
        "id": "mugs",
        "title": "Mugs",
        "effect": {"kind": "fixed", "points": 5},
        "conditions": {"product_ids": [11, 12]},
    }

    told = begun(machine, order_rules=[rule])
    shopify.failing_before = [Unreachable("away")]
    unasked = begun(machine, order_rules=[rule])

    assert [each["text"] for each in told["findings"] if each["kind"] == "dangling"] == [
        "'Mugs' names products that the store no longer has: 12."
    ]
    assert [each for each in unasked["findings"] if each["kind"] == "dangling"] == []
