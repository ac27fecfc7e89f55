"""Rewards that were taken, and what people have to do for some of them: seen, tried again, cancelled, done."""

from __future__ import annotations

import html
import re
from uuid import UUID, uuid4

import pytest

from plugin.loyalty.errors import Unreachable
from plugin.loyalty.program import default_program, dump, parse
from plugin.services import audit, changelog, fulfilment, members, programs, redeem
from plugin.services.perform import World
from tests.admin.activity.reading import lines_of, words_on
from tests.admin.activity.shop import join, take_reward
from tests.admin.conftest import PromptBell
from tests.admin.staff import Staff
from tests.conftest import NOON, TestShop
from tests.fakes import FakeShopify, StepClock


def available(world: World, shop: TestShop, member: int) -> int:
    with world.database.transaction(shop.id) as session:
        return members.view(session, member, handle_key=b"h" * 32, now=world.clock()).available


def deeds(world: World, shop: TestShop) -> list[tuple[str, str]]:
    with world.database.transaction(shop.id) as session:
        return [(note.deed, note.author) for note in changelog.page(session).notes if note.deed != "program.published"]


def state(world: World, shop: TestShop, redemption: UUID) -> str:
    with world.database.transaction(shop.id) as session:
        return redeem.find(session, redemption).state


@pytest.fixture
def taster(world: World, shop: TestShop, bell: PromptBell) -> tuple[int, UUID]:
    """A member who took something that people have to do."""
    document = dump(default_program("USD", is_live=True))
    rewards = [
        *document["rewards"],
        {"id": "tasting", "kind": "experience", "title": "Tasting <b>", "price_points": 200},
    ]
    with world.database.transaction(shop.id) as session:
        programs.publish(session, parse(document | {"rewards": rewards}), by="test", now=NOON)
    member = join(world, shop, 7001, 500)
    return member, take_reward(world, shop, member, bell, "tasting")


def test_the_list_tells_state_code_and_whose(
    staff: Staff, world: World, shop: TestShop, bell: PromptBell, clock: StepClock
) -> None:
    member = join(world, shop, 7001, 500)
    take_reward(world, shop, member, bell)
    clock.forward(minutes=1)
    take_reward(world, shop, member, None, "free-shipping")

    lines = lines_of(staff.fetch("/activity/redemptions").text)

    assert [line.split(" Customer")[0] for line in lines] == ["Free shipping", "Money off"]
    assert ["Being created" in line for line in lines] == [True, False]
    assert "Ready to use" in lines[1]
    assert all("Customer #7001" in line for line in lines)


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("state=issued", ["Money off"]),
        ("state=held", ["Free shipping"]),
        ("kind=free_shipping", ["Free shipping"]),
        ("state=used", []),
        ("state=nonsense", ["Free shipping", "Money off"]),
        ("member=1", []),
    ],
)
def test_rewards_are_found_by_how_they_stand_and_by_kind(
    staff: Staff, world: World, shop: TestShop, bell: PromptBell, clock: StepClock, query: str, titles: list[str]
) -> None:
    join(world, shop, 7000)  # so that member 1 of another test's shop is nobody here
    member = join(world, shop, 7001, 500)
    take_reward(world, shop, member, bell)
    clock.forward(minutes=1)
    take_reward(world, shop, member, None, "free-shipping")

    lines = lines_of(staff.fetch(f"/activity/redemptions?{query}").text)

    assert [line.split(" Customer")[0] for line in lines] == titles


def test_a_reward_is_found_by_its_code_in_small_letters(
    staff: Staff, world: World, shop: TestShop, bell: PromptBell
) -> None:
    member = join(world, shop, 7001, 500)
    reward = take_reward(world, shop, member, bell)
    take_reward(world, shop, member, bell)
    with world.database.transaction(shop.id) as session:
        code = redeem.find(session, reward).code

    page = staff.fetch(f"/activity/redemptions?code={code.lower()}").text

    assert re.findall(r'id="reward-([^"]*)"', page) == [str(reward)]


def test_many_rewards_are_turned_in_pages_without_a_gap(
    staff: Staff, world: World, shop: TestShop, clock: StepClock
) -> None:
    member = join(world, shop, 7001, 10_000)
    taken = [str(take_reward(world, shop, member, None)) for _ in range(60)]

    seen: list[str] = []
    address = "/activity/redemptions"
    while address:
        page = staff.fetch(address).text
        seen += re.findall(r'id="reward-([^"]*)"', page)
        found = re.search(r'data-next="([^"]*)"', page)
        address = html.unescape(found[1]) if found else ""

    assert sorted(seen) == sorted(taken)


def test_one_reward_tells_its_story(staff: Staff, world: World, shop: TestShop, bell: PromptBell) -> None:
    member = join(world, shop, 7001, 500)
    reward = take_reward(world, shop, member, bell)

    said = words_on(staff.fetch(f"/activity/redemptions/{reward}").text)

    assert "Taken by Customer #7001" in said
    assert "Price 150 points" in said
    assert "For orders of at least $5" in said
    assert "Reserved for a reward" in said


def test_cancelling_gives_the_points_back_and_is_noted(
    staff: Staff, world: World, shop: TestShop, bell: PromptBell
) -> None:
    member = join(world, shop, 7001, 500)
    reward = take_reward(world, shop, member, bell)

    answer = staff.send(f"/activity/redemptions/{reward}/cancel", {})

    assert answer.status_code == 303
    assert (state(world, shop, reward), available(world, shop, member)) == ("released", 500)
    assert ("redemption.cancelled", "staff:70200300401") in deeds(world, shop)
    assert staff.send(f"/activity/redemptions/{reward}/cancel", {}).status_code == 409
    assert audit.prove(world.database, shop.id).is_ok


def test_a_code_that_was_not_written_is_tried_again_at_once(
    staff: Staff, world: World, shop: TestShop, shopify: FakeShopify, bell: PromptBell
) -> None:
    shopify.failing_before = [Unreachable("down")]
    member = join(world, shop, 7001, 500)
    reward = take_reward(world, shop, member, bell)
    before = state(world, shop, reward)

    answer = staff.send(f"/activity/redemptions/{reward}/retry", {})

    assert answer.status_code == 303
    assert (before, state(world, shop, reward)) == ("held", "issued")
    assert ("redemption.retried", "staff:70200300401") in deeds(world, shop)


def test_nothing_is_left_to_try_once_a_code_stands(
    staff: Staff, world: World, shop: TestShop, bell: PromptBell
) -> None:
    member = join(world, shop, 7001, 500)
    reward = take_reward(world, shop, member, bell)

    assert staff.send(f"/activity/redemptions/{reward}/retry", {}).status_code == 409
    assert "Try again now" not in staff.fetch(f"/activity/redemptions/{reward}").text


@pytest.mark.parametrize("deed", ["", "/cancel", "/retry"])
def test_another_shops_reward_is_unknown(
    stranger: tuple[Staff, TestShop], world: World, shop: TestShop, bell: PromptBell, deed: str
) -> None:
    reward = take_reward(world, shop, join(world, shop, 7001, 500), bell)
    address = f"/activity/redemptions/{reward}{deed}"

    answer = stranger[0].send(address, {}) if deed else stranger[0].fetch(address)

    assert answer.status_code == 404
    assert state(world, shop, reward) == "issued"


def test_what_is_to_do_waits_in_the_queue_and_is_done_with_a_note(
    staff: Staff, world: World, shop: TestShop, taster: tuple[int, UUID]
) -> None:
    member, task = taster
    queue = staff.fetch("/activity/fulfilment").text

    answer = staff.send(f"/activity/fulfilment/{task}/done", {"note": "Saturday, 3 pm"})

    assert "Tasting &lt;b&gt;" in queue
    assert answer.status_code == 303
    assert lines_of(staff.fetch("/activity/fulfilment").text) == []
    [done] = lines_of(staff.fetch("/activity/fulfilment?state=done").text)
    assert "“Saturday, 3 pm”" in done
    assert "by staff member 70200300401" in done
    assert (state(world, shop, task), available(world, shop, member)) == ("used", 300)
    assert ("task.done", "staff:70200300401") in deeds(world, shop)


def test_what_cannot_be_done_gives_the_points_back(
    staff: Staff, world: World, shop: TestShop, taster: tuple[int, UUID]
) -> None:
    member, task = taster

    staff.send(f"/activity/fulfilment/{task}/cancel", {"note": "Roastery closed"})

    assert available(world, shop, member) == 500
    assert ("task.cancelled", "staff:70200300401") in deeds(world, shop)
    assert staff.send(f"/activity/fulfilment/{task}/done", {}).status_code == 409
    assert audit.prove(world.database, shop.id).is_ok


def test_a_note_that_is_too_long_is_told_and_not_lost(
    staff: Staff, world: World, shop: TestShop, taster: tuple[int, UUID]
) -> None:
    typed = "x" * 501

    answer = staff.send(f"/activity/fulfilment/{taster[1]}/done", {"note": typed})

    assert answer.status_code == 422
    assert 'error="Use at most 500 characters."' in answer.text
    assert typed in answer.text
    with world.database.transaction(shop.id) as session:
        assert fulfilment.find(session, taster[1]).row.state == "open"


def test_a_task_nobody_knows_is_told(staff: Staff) -> None:
    assert staff.send(f"/activity/fulfilment/{uuid4()}/done", {}).status_code == 404
