"""Review and history: what would change is said in the merchant's words before it does, and every version can be gone back to."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from plugin.loyalty.outside import Person
from plugin.loyalty.program import dump, parse
from plugin.services import changelog, drafts, members, programs, rehearse
from plugin.services.perform import World
from tests.admin.program.test_draft_pages import EARNING, draft, live
from tests.admin.staff import Staff, error_at
from tests.conftest import NOON, TestShop
from tests.fakes import FakeShopify, StepClock
from tests.services.stories import order
from tests.services.test_referrals import handle_of
from tests.services.test_settle import settled
from tools.check_markup import problems_in


def save(world: World, shop: TestShop, **parts: Any) -> None:
    """A draft with these parts of the document changed ("earning__points")."""
    with world.database.transaction(shop.id) as session:
        document = drafts.read(session).document
        for path, value in parts.items():
            *way, last = path.split("__")
            place = document
            for name in way:
                place = place[name]
            place[last] = value
        drafts.save(session, document, by="staff:1", now=world.clock())


def publish_beside(world: World, shop: TestShop, **parts: Any) -> None:
    """Another version goes live, past the draft."""
    with world.database.transaction(shop.id) as session:
        document = dump(programs.current(session).program) | parts
        programs.publish(session, parse(document), by="api:key", now=world.clock())


def words_of(page: str) -> str:
    """What a reader reads, headings included."""
    page = re.sub(r'<[^>]*?\bheading="([^"]*)"(?:[^>]*?\bsubheading="([^"]*)")?[^>]*>', r" \1 \2 ", page)
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", page).split()))


def test_without_a_draft_there_is_nothing_to_publish(staff: Staff) -> None:
    page = staff.fetch("/program/review").text

    assert "Nothing to publish" in page
    assert "publish-form" not in page


def test_what_changes_is_said_by_the_labels_of_the_fields(staff: Staff, world: World, shop: TestShop) -> None:
    save(world, shop, earning__points=3, earning__pending_days=14, only_joined=True)
    staff.send("/program/rewards/amount-off/switch", {"is_on": ""})

    words = words_of(staff.fetch("/program/review").text)

    assert "Customers earn Earning on orders 1 point 3 points" in words
    assert "Waiting time after payment Earning on orders 0 days 14 days" in words
    assert "Switched on Rewards: Money off On Off" in words
    assert re.search(r"Members and refunds All customers, .{1,60} Only customers who join", words)


def test_what_is_added_and_removed_is_said_by_its_title(staff: Staff, world: World, shop: TestShop) -> None:
    staff.send("/program/rewards/amount-off/remove", {})

    words = words_of(staff.fetch("/program/review").text)

    assert "Removed Rewards: Money off There –" in words


def test_publishing_makes_the_draft_the_next_version(staff: Staff, world: World, shop: TestShop) -> None:
    save(world, shop, earning__points=3)
    form = staff.form("/program/review", "publish-form")

    answer = staff.send("/program/review/publish", form)

    assert answer.status_code == 303
    assert live(world, shop).earning.points == 3
    assert not draft(world, shop).is_begun
    with world.database.transaction(shop.id) as session:
        assert changelog.page(session).notes[0].deed == "program.published"


def test_what_was_changed_since_one_looked_is_not_published_unseen(staff: Staff, world: World, shop: TestShop) -> None:
    save(world, shop, earning__points=3)
    form = staff.form("/program/review", "publish-form")
    save(world, shop, earning__points=50)

    answer = staff.send("/program/review/publish", form)

    assert "said=draft-changed" in answer.location
    assert live(world, shop).earning.points == 1


@pytest.mark.parametrize("revision", ["", "x", "-1", "9" * 30])
def test_a_form_that_saw_no_draft_publishes_nothing(staff: Staff, world: World, shop: TestShop, revision: str) -> None:
    save(world, shop, earning__points=3)

    staff.send("/program/review/publish", {"revision": revision})

    assert live(world, shop).earning.points == 1


def test_a_draft_behind_the_live_version_is_brought_together_with_it(
    staff: Staff, world: World, shop: TestShop
) -> None:
    save(world, shop, earning__points=3)
    publish_beside(world, shop, name="Bean Club", grace_days=7)

    before = words_of(staff.fetch("/program/review").text)
    refused = staff.send("/program/review/publish", staff.form("/program/review", "publish-form"))
    staff.send("/program/review/catch-up", {})
    staff.send("/program/review/publish", staff.form("/program/review", "publish-form"))

    assert "Another version was published after this draft was begun" in before
    assert "was Rewards, is live as Bean Club" in before
    assert "said=draft-outdated" in refused.location
    program = live(world, shop)
    assert (program.name, program.grace_days, program.earning.points) == ("Bean Club", 7, 3)


def test_discarding_leaves_the_live_program_as_it_is(staff: Staff, world: World, shop: TestShop) -> None:
    save(world, shop, earning__points=3)

    staff.send("/program/review/discard", {})

    assert not draft(world, shop).is_begun
    assert live(world, shop).earning.points == 1


def test_findings_lead_to_where_they_are_set_right(staff: Staff, world: World, shop: TestShop) -> None:
    save(world, shop, earning__rounding="ceiling", earning__points=30)

    page = staff.fetch("/program/review").text

    assert "one order split into small ones earns more" in page
    assert "of what they spend back" in page
    assert 'href="/program/earning">Open<' in page


def test_the_draft_is_rehearsed_on_the_shops_own_orders(
    staff: Staff, world: World, shop: TestShop, clock: StepClock
) -> None:
    settled(world, shop, *(order(5000 + n, "50.00", customer=7001 + n % 3, at=NOON) for n in range(6)))
    clock.now = NOON + timedelta(days=10)
    save(world, shop, earning__points=2)

    answer = staff.send("/program/review/rehearse", {"days": "30"})
    page = words_of(staff.fetch(answer.location).text)

    assert "6 orders for $300 in 30 days" in page
    assert "Given back of what customers spent, if they use every point 3.3% 6.7%" in page
    assert "Points given 300 600" in page
    assert "3 would have got more, 0 less, and nothing changes for 0." in page


def test_who_gains_and_loses_most_is_named_and_led_to(
    staff: Staff, world: World, shop: TestShop, clock: StepClock, shopify: FakeShopify
) -> None:
    names = ((7001, "<b>Ada</b>"), (7002, None))
    shopify.persons = {number: Person(number, name, None, tags=(), locale=None) for number, name in names}
    settled(world, shop, order(5001, "300.00", customer=7001), order(5002, "40.00", customer=7002))
    clock.now = NOON + timedelta(days=10)
    big = {
        "id": "big",
        "title": "Big",
        "effect": {"kind": "fixed", "points": 1400},
        "conditions": {"minimum_spend": "200"},
    }
    save(world, shop, earning__per="2", order_rules=[big])
    where = staff.send("/program/review/rehearse", {"days": "30"}).location

    page = staff.fetch(where).text

    words = words_of(page)
    assert "Gain most Member Live now Your draft Difference <b>Ada</b> 300 1,550 +1,250" in words
    assert "Lose most Member Live now Your draft Difference Customer #7002 40 20 \N{MINUS SIGN}20" in words
    with world.database.transaction(shop.id) as session:
        linked = [members.by_customer(session, customer) for customer in (7001, 7002)]
    assert re.findall(r'href="/members/(\d+)"', page) == [str(member_id) for member_id in linked]
    assert "<b>Ada" not in page
    assert problems_in(page) == []


def test_nobody_is_named_where_nothing_changes_and_what_is_left_out_is_said(
    staff: Staff, world: World, shop: TestShop, clock: StepClock
) -> None:
    settled(world, shop, order(5001, "50.00", customer=7001))
    clock.now = NOON + timedelta(days=10)
    where = staff.send("/program/review/rehearse", {"days": "30"}).location

    words = words_of(staff.fetch(where).text)

    assert "Nobody gains or loses." in words
    assert "Gain most" not in words
    assert "Not counted: actions, milestones, gifts of tiers" in words
    assert "Of these for referrals" not in words


@pytest.mark.parametrize("friends", [1, 11])
def test_what_friends_bring_is_told_and_at_most_ten_are_named(
    staff: Staff, world: World, shop: TestShop, clock: StepClock, friends: int
) -> None:
    handles = [handle_of(world, shop, 6000 + n) for n in range(friends)]
    settled(world, shop, *(order(5000 + n, "50.00", customer=7000 + n, referral=one) for n, one in enumerate(handles)))
    clock.now = NOON + timedelta(days=10)
    save(world, shop, referral__advocate_points=100)
    where = staff.send("/program/review/rehearse", {"days": "30"}).location

    page = staff.fetch(where).text

    words = words_of(page)
    came = "1 friend" if friends == 1 else f"{friends} friends"
    assert f"Of these for referrals for {came} who came by a link {150 * friends:,} {100 * friends:,}" in words
    assert words.count("150 100 \N{MINUS SIGN}50") == min(friends, 10)


def test_a_rehearsal_under_way_says_how_far_it_is_and_looks_again(staff: Staff, world: World, shop: TestShop) -> None:
    asked = UUID(int=7)
    with world.database.transaction(shop.id) as session:
        rehearse.ask(session, None, rehearsal_id=asked, days=30, by="test", now=world.clock())
    before = staff_page(staff, asked)
    with world.database.transaction(shop.id) as session:
        session.sql("UPDATE rehearsals SET state = 'running', total = 4000, done = 1000 WHERE shop_id = %s", shop.id)

    under_way = staff_page(staff, asked)

    assert "Reading the orders" in before
    assert "1,000 of 4,000 orders counted" in under_way
    assert 'value="1000" max="4000"' in under_way
    assert 'data-again="1500"' in under_way


def staff_page(staff: Staff, rehearsal_id: UUID) -> str:
    return staff.fetch(f"/program/review?rehearsal={rehearsal_id}").text


def test_a_change_after_the_rehearsal_is_pointed_out(
    staff: Staff, world: World, shop: TestShop, clock: StepClock
) -> None:
    settled(world, shop, order(5001, "50.00", customer=7001, at=NOON))
    clock.now = NOON + timedelta(days=10)
    save(world, shop, earning__points=2)
    where = staff.send("/program/review/rehearse", {"days": "30"}).location
    clock.now += timedelta(minutes=1)

    before = staff.fetch(where).text
    save(world, shop, earning__points=4)
    after = staff.fetch(where).text

    assert "You changed the draft after this rehearsal" not in before
    assert "You changed the draft after this rehearsal" in after


def test_rates_of_others_stand_beside_ones_own(staff: Staff, world: World, shop: TestShop, clock: StepClock) -> None:
    settled(world, shop, order(5001, "50.00", customer=7001, at=NOON))
    clock.now = NOON + timedelta(days=10)
    where = staff.send("/program/review/rehearse", {"days": "30"}).location
    form = staff.form(where, "peers-form") | {"peer.0.name": "<Coffee & Co>", "peer.0.percent": "4.5"}

    answer = staff.send("/program/review/peers", form)
    page = staff.fetch(answer.location).text

    assert "&lt;Coffee &amp; Co&gt;" in page
    assert "4.5%" in page


@pytest.mark.parametrize(
    ("typed", "name", "words"),
    [
        ({"peer.0.name": "X", "peer.0.percent": "101"}, "peer.0.percent", "Enter a number from 0 to 100."),
        ({"peer.0.name": "X", "peer.0.percent": "many"}, "peer.0.percent", "Enter an amount such as 5 or 2.50."),
        ({"peer.0.name": "", "peer.0.percent": "4"}, "peer.0.name", "Say whose program it is."),
    ],
)
def test_rates_that_cannot_be_are_said_at_their_field(
    staff: Staff, world: World, shop: TestShop, clock: StepClock, typed: dict[str, str], name: str, words: str
) -> None:
    settled(world, shop, order(5001, "50.00", customer=7001, at=NOON))
    clock.now = NOON + timedelta(days=10)
    where = staff.send("/program/review/rehearse", {"days": "30"}).location

    answer = staff.send("/program/review/peers", staff.form(where, "peers-form") | typed)

    assert answer.status_code == 422
    assert error_at(answer.text, name) == words


@pytest.mark.parametrize("rehearsal", ["", "x", "00000000-0000-4000-8000-000000000000"])
def test_a_rehearsal_that_is_none_is_left_out(staff: Staff, rehearsal: str) -> None:
    answer = staff.fetch(f"/program/review?rehearsal={rehearsal}")

    assert answer.status_code == 200
    assert "What it would have come to" not in answer.text


def test_history_says_who_changed_what_and_when(staff: Staff, world: World, shop: TestShop) -> None:
    staff.send(EARNING[0], staff.form(*EARNING) | {"earning.points": "3"})
    staff.send("/program/review/publish", staff.form("/program/review", "publish-form"))

    words = words_of(staff.fetch("/program/history").text)

    assert "Staff member 70200300401 (you)" in words
    assert "Customers earn: 1 point → 3 points" in words
    assert "The program it began with" in words


def test_any_two_versions_are_compared(staff: Staff, world: World, shop: TestShop) -> None:
    publish_beside(world, shop, name="Second")
    publish_beside(world, shop, name="Third")

    with_first = words_of(staff.fetch("/program/history/3?with=1").text)
    with_last = words_of(staff.fetch("/program/history/3").text)

    assert re.search(r"Rewards Third", with_first)
    assert re.search(r"Second Third", with_last)


def test_going_back_publishes_the_old_version_as_a_new_one(staff: Staff, world: World, shop: TestShop) -> None:
    publish_beside(world, shop, name="Second")

    answer = staff.send("/program/history/1/restore", {})

    assert answer.status_code == 303
    assert live(world, shop).name == "Rewards"
    with world.database.transaction(shop.id) as session:
        assert [one.number for one in drafts.versions(session)] == [3, 2, 1]
        assert changelog.page(session).notes[0].subject == "1"


@pytest.mark.parametrize("path", ["/program/history/99", "/program/history/0", "/program/history/99999999999999"])
def test_a_version_that_never_was_is_a_page_that_says_so(staff: Staff, path: str) -> None:
    assert staff.fetch(path).status_code == 404


def test_the_history_of_another_shop_is_not_shown(
    stranger: tuple[Staff, TestShop], world: World, shop: TestShop
) -> None:
    publish_beside(world, shop, name="Secret")

    page = stranger[0].fetch("/program/history")

    assert "Secret" not in page.text
    assert stranger[0].fetch("/program/history/2").status_code == 404
