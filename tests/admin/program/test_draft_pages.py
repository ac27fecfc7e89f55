"""The program's pages over the draft: nothing a merchant saves is live before it is published, and nothing typed is lost."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest

from plugin.loyalty.errors import Unreachable
from plugin.loyalty.program import Program, dump, parse
from plugin.services import changelog, drafts, programs
from plugin.services.drafts import Draft
from plugin.services.perform import World
from tests.admin.staff import Staff, error_at
from tests.conftest import TestShop
from tests.fakes import FakeShopify, StepClock

EARNING = ("/program/earning", "part-form")
REWARD = ("/program/rewards/ten-percent", "part-form")


def live(world: World, shop: TestShop) -> Program:
    with world.database.transaction(shop.id) as session:
        return programs.current(session).program


def draft(world: World, shop: TestShop) -> Draft:
    with world.database.transaction(shop.id) as session:
        return drafts.read(session)


def drafted(world: World, shop: TestShop) -> Program:
    return parse(draft(world, shop).document)


def test_what_is_saved_is_in_the_draft_and_not_live(staff: Staff, world: World, shop: TestShop) -> None:
    before = live(world, shop)

    answer = staff.send(EARNING[0], staff.form(*EARNING) | {"earning.points": "3", "earning.per": "2.50"})

    assert answer.status_code == 303
    assert live(world, shop) == before
    assert dump(drafted(world, shop))["earning"]["points"] == 3
    assert draft(world, shop).saved_by == "staff:70200300401"


def test_an_untouched_form_begins_no_draft(staff: Staff, world: World, shop: TestShop) -> None:
    for path, form_id in (
        EARNING,
        REWARD,
        ("/program/referrals", "part-form"),
        ("/program/rewards/money-slider", "part-form"),
    ):
        assert staff.send(path, staff.form(path, form_id)).status_code == 303

    assert not draft(world, shop).is_begun


def test_a_draft_that_says_what_is_live_is_no_draft(staff: Staff, world: World, shop: TestShop) -> None:
    staff.send(EARNING[0], staff.form(*EARNING) | {"earning.points": "3"})

    staff.send(EARNING[0], staff.form(*EARNING) | {"earning.points": "1"})

    assert not draft(world, shop).is_begun


def test_every_page_says_that_there_are_unpublished_changes(staff: Staff) -> None:
    staff.send(EARNING[0], staff.form(*EARNING) | {"earning.points": "3"})

    for path in ("/", "/program", *(path for path, _ in (EARNING, REWARD)), "/program/history"):
        assert "Unpublished changes" in staff.fetch(path).text, path


def test_a_mistake_stands_at_its_field_and_the_rest_stays_typed(staff: Staff, world: World, shop: TestShop) -> None:
    typed = staff.form(*EARNING) | {"earning.per": "0", "earning.pending_days": "21"}

    answer = staff.send(EARNING[0], typed)

    assert answer.status_code == 422
    assert error_at(answer.text, "earning.per") == "Enter more than 0."
    assert 'name="earning.pending_days" label="Waiting time after payment" value="21"' in answer.text
    assert not draft(world, shop).is_begun


@pytest.mark.parametrize(
    ("reward", "changes", "name", "words"),
    [
        ("ten-percent", {"value~2": "101"}, "value~2", "A percentage is at most 100."),
        ("ten-percent", {"price_points": "0"}, "price_points", "Enter 1 or more."),
        ("ten-percent", {"title": ""}, "title", "Fill this in."),
        ("ten-percent", {"title": "x" * 61}, "title", "Use at most 60 characters."),
        ("free-shipping", {"ends_days": "731"}, "ends_days", "Enter 730 or less: longer codes are not kept."),
    ],
)
def test_a_rewards_mistakes_stand_at_their_fields(
    staff: Staff, world: World, shop: TestShop, reward: str, changes: dict[str, str], name: str, words: str
) -> None:
    path = f"/program/rewards/{reward}"

    answer = staff.send(path, fields(staff, path) | changes)

    assert answer.status_code == 422
    assert error_at(answer.text, name) == words
    assert not draft(world, shop).is_begun


def fields(staff: Staff, path: str) -> dict[str, str]:
    return staff.form(path, "part-form")


def test_two_who_change_different_fields_both_keep_theirs(staff: Staff, world: World, shop: TestShop) -> None:
    mine = staff.form(*EARNING) | {"earning.points": "5"}
    staff.send(EARNING[0], staff.form(*EARNING) | {"earning.pending_days": "30"})

    answer = staff.send(EARNING[0], mine)

    assert answer.status_code == 303
    earning = drafted(world, shop).earning
    assert (earning.points, earning.pending_days) == (5, 30)


def test_two_who_change_the_same_field_are_shown_both_values_and_may_choose(
    staff: Staff, world: World, shop: TestShop
) -> None:
    mine = staff.form(*EARNING) | {"earning.points": "5"}
    staff.send(EARNING[0], staff.form(*EARNING) | {"earning.points": "9", "earning.pending_days": "14"})

    refused = staff.send(EARNING[0], mine)

    assert refused.status_code == 422
    assert "yours 5 points, theirs 9 points" in " ".join(refused.text.split())
    assert drafted(world, shop).earning.points == 9
    carried = html.unescape(refused.text.split('name="based_on" value="')[1].split('"')[0])
    assert staff.send(EARNING[0], mine | {"based_on": carried}).status_code == 303
    earning = drafted(world, shop).earning
    assert (earning.points, earning.pending_days) == (5, 14)


def test_a_mistake_does_not_hide_that_somebody_else_saved(staff: Staff, world: World, shop: TestShop) -> None:
    mine = staff.form(*EARNING) | {"earning.points": "5"}
    staff.send(EARNING[0], staff.form(*EARNING) | {"earning.points": "9"})

    mistaken = staff.send(EARNING[0], mine | {"earning.per": "0"})
    again = mistaken.text.split('name="based_on" value="')[1].split('"')[0]
    answer = staff.send(EARNING[0], mine | {"based_on": html.unescape(again)})

    assert error_at(mistaken.text, "earning.per") == "Enter more than 0."
    assert drafted(world, shop).earning.points in {5, 9}
    assert "theirs 9 points" in " ".join(mistaken.text.split())
    assert answer.status_code == 303


def test_a_new_reward_is_added_as_it_is_proposed(staff: Staff, world: World, shop: TestShop) -> None:
    paths = links(staff.fetch("/program/rewards").text, "/program/rewards/new/")

    answer = staff.send(paths[0], fields(staff, paths[0]) | {"title": "Für Stammgäste!"})

    reward = drafted(world, shop).rewards[-1]
    assert answer.status_code == 303
    assert (reward.title, reward.id) == ("Für Stammgäste!", "f-r-stammg-ste")
    assert live(world, shop).rewards[-1].id != reward.id


def test_a_new_thing_is_added_whatever_else_was_saved_meanwhile(
    staff: Staff, world: World, shop: TestShop, clock: StepClock
) -> None:
    path = links(staff.fetch("/program/campaigns").text, "/program/campaigns/new/")[0]
    form = fields(staff, path)
    staff.send(EARNING[0], staff.form(*EARNING) | {"earning.points": "9"})
    clock.now += timedelta(days=30)  # a proposed date is another by now

    answer = staff.send(path, form)

    assert answer.status_code == 303
    assert (len(drafted(world, shop).order_rules), drafted(world, shop).earning.points) == (1, 9)


def links(page: str, start: str) -> list[str]:
    return [html.unescape(part.split('"')[0]) for part in page.split('href="') if part.startswith(start)]


def test_a_reward_is_copied_switched_moved_and_removed_in_the_draft(staff: Staff, world: World, shop: TestShop) -> None:
    copy = "/program/rewards/new/copy?of=ten-percent"
    staff.send(copy, fields(staff, copy))
    staff.send("/program/rewards/amount-off/switch", {"is_on": ""})
    staff.send("/program/rewards/ten-percent-copy/move", {"to": "up"})
    staff.send("/program/rewards/free-shipping/remove", {})

    rewards = drafted(world, shop).rewards
    assert [reward.id for reward in rewards] == ["amount-off", "money-slider", "ten-percent", "10-off-an-order-copy"]
    assert not rewards[0].is_on
    assert live(world, shop).rewards[0].is_on


def test_what_others_need_is_not_removed_and_the_reason_is_said(staff: Staff, world: World, shop: TestShop) -> None:
    with world.database.transaction(shop.id) as session:
        document = drafts.read(session).document
        document["referral"]["advocate_reward"] = "amount-off"
        drafts.save(session, document, by="test", now=world.clock())

    answer = staff.send("/program/rewards/amount-off/remove", {})

    assert answer.status_code == 409
    assert "Choose another one under Referrals first" in answer.text
    assert drafted(world, shop).rewards[0].id == "amount-off"


@pytest.mark.parametrize(
    "path",
    [
        "/program/nothing", "/program/rewards/no-such-reward", "/program/rewards/new/no-such-start", "/program/earning/points",
        "/program/rewards/new/copy?of=no-such-reward", "/program/earning/new/copy",
    ],
)  # fmt: skip
def test_an_address_of_nothing_is_a_page_that_says_so(staff: Staff, path: str) -> None:
    assert staff.fetch(path).status_code == 404
    assert staff.send(path, {"title": "x"}).status_code in {404, 422}


def test_a_reward_that_was_removed_meanwhile_is_said_to_be(staff: Staff, world: World, shop: TestShop) -> None:
    form = fields(staff, REWARD[0])
    staff.send(f"{REWARD[0]}/remove", {})

    answer = staff.send(REWARD[0], form | {"title": "Mine"})

    assert answer.status_code in (404, 422)
    assert "removed in the meantime" in answer.text
    assert "ten-percent" not in {reward.id for reward in drafted(world, shop).rewards}


def test_the_sentence_follows_what_is_typed_and_saves_nothing(staff: Staff, world: World, shop: TestShop) -> None:
    answer = staff.send("/program/earning/preview", staff.form(*EARNING) | {"earning.points": "4"})

    assert "A customer who spends $50 earns 200 points." in answer.text
    assert not draft(world, shop).is_begun


@pytest.mark.parametrize("path", ["/program/earning/preview", "/program/rewards/amount-off/preview"])
def test_a_half_typed_form_has_a_sentence_that_asks_to_go_on(staff: Staff, path: str) -> None:
    answer = staff.send(path, {"earning.points": "x", "title": ""})

    assert answer.status_code == 200
    assert "Correct the fields" in answer.text


def test_chosen_products_are_shown_by_title_or_by_number_while_shopify_is_away(
    staff: Staff, shopify: FakeShopify, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff.send(EARNING[0], staff.form(*EARNING) | {"exclusions.product_ids": "11"})
    with_titles = staff.fetch(EARNING[0]).text

    def away(_asked: object) -> None:
        raise Unreachable("down")

    monkeypatch.setattr(shopify, "titles", away)
    without = staff.fetch(EARNING[0]).text

    assert ">Product 11<" in with_titles
    assert ">No. 11<" in without


def test_the_log_says_who_changed_which_part(staff: Staff, world: World, shop: TestShop) -> None:
    staff.send(REWARD[0], fields(staff, REWARD[0]) | {"title": "A tenth off"})

    with world.database.transaction(shop.id) as session:
        noted = changelog.page(session).notes[0]
    assert (noted.author, noted.deed, noted.subject) == ("staff:70200300401", "program.saved", "rewards")
    assert noted.facts == {"item": "ten-percent"}


def test_each_shop_has_a_draft_of_its_own(staff: Staff, stranger: tuple[Staff, TestShop], world: World) -> None:
    other, other_shop = stranger
    staff.send(EARNING[0], staff.form(*EARNING) | {"earning.points": "3"})

    page: Any = other.fetch("/program").text

    assert "Unpublished changes" not in page
    assert not draft(world, other_shop).is_begun


def test_all_languages_of_customers_pages_are_offered_until_the_stores_own_are_known(
    staff: Staff, shopify: FakeShopify
) -> None:
    before = staff.fetch("/program/names").text
    shopify.scopes, shopify.locales = frozenset({"read_orders", "read_locales"}), ("fr", "it")

    answer = staff.send("/program/names/languages", {})

    after = staff.fetch("/program/names").text
    assert 'data-asks-for="read_locales"' in before
    assert answer.status_code == 303
    assert re.findall(r'label="Plural, (\w+)"', before) == [
        "English",
        "German",
        "French",
        "Spanish",
        "Turkish",
        "Japanese",
    ]
    assert re.findall(r'label="Plural, (\w+)"', after) == ["French", "English"]
    assert '<s-text>Italian</s-text><s-text color="subdued">customers read English</s-text>' in after
    assert "Read them again" in after


def test_where_the_languages_may_not_be_read_nothing_changes(staff: Staff) -> None:
    answer = staff.send("/program/names/languages", {})

    assert answer.status_code == 303
    assert 'data-asks-for="read_locales"' in staff.fetch("/program/names").text


def test_a_campaign_is_on_planned_ended_or_off(staff: Staff, world: World, shop: TestShop, clock: StepClock) -> None:
    def campaign(name: str, *, is_on: bool = True, **times: timedelta) -> dict[str, Any]:
        conditions = {key: (clock() + ahead).isoformat() for key, ahead in times.items()}
        effect = {"kind": "fixed", "points": 5}
        return {"id": name, "title": name, "effect": effect, "conditions": conditions, "is_on": is_on}

    document = dump(live(world, shop)) | {
        "order_rules": [
            campaign("always"),
            campaign("soon", starts_at=timedelta(seconds=1)),
            campaign("over", ends_at=timedelta(0)),
            campaign("lasts", ends_at=timedelta(seconds=1)),
            campaign("off", is_on=False, ends_at=timedelta(days=-1)),
        ]
    }
    with world.database.transaction(shop.id) as session:
        programs.publish(session, parse(document), by="test", now=clock())

    badges = re.findall(r"<s-badge[^>]*>(\w+)</s-badge>", staff.fetch("/program/campaigns").text)

    assert badges == ["On", "Planned", "Ended", "On", "Off"]
