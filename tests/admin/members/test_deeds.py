"""What staff do for one member: each deed has its reason and stands in the timeline, and mistakes stay at their field."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from plugin.db import changelog as change_rows
from plugin.db.changelog import Wanted
from plugin.loyalty.outside import Person
from plugin.loyalty.program import Goodwill, GoodwillCode, Level, Tiers, default_program
from plugin.services import audit, blocks, members, programs, surveys, tiers
from plugin.services.perform import World
from plugin.storefront import answers
from plugin.storefront.answers import Reader
from tests.admin.members.test_members import join, view
from tests.admin.staff import Staff, error_at
from tests.conftest import NOON, TestShop
from tests.fakes import FakeShopify, StepClock
from tests.services.stories import order
from tests.services.test_activities import program_with
from tests.services.test_feedback import SURVEY
from tests.services.test_settle import settled
from tools.check_markup import problems_in


@pytest.fixture
def rich(world: World, shop: TestShop) -> TestShop:
    """The shop with tiers, goodwill and a survey."""
    terms = program_with(**SURVEY).model_copy(
        update={
            "tiers": Tiers(
                metric="spend",
                levels=(
                    Level(id="bean", title="Bean", threshold=Decimal(100)),
                    Level(id="gold", title="Gold", threshold=Decimal(500)),
                ),
            ),
            "goodwill": Goodwill(
                codes=(GoodwillCode(id="late", title="A late parcel", maximum_points=100),), monthly_budget=150
            ),
            "rewards": default_program("USD", is_live=True).rewards,
        }
    )
    with world.database.transaction(shop.id) as session:
        programs.publish(session, terms, by="test", now=NOON)
    return shop


def send(staff: Staff, member: int, what: str, **typed: str) -> Any:
    return staff.send(f"/members/{member}/{what}", {"key": "k1"} | typed)


def log(world: World, shop: TestShop) -> list[tuple[str, str, str]]:
    """(who, what, whom) of what the change log says of members, oldest first."""
    with world.database.transaction(shop.id) as session:
        noted = change_rows.page(session, Wanted(group="member"), below=None, limit=50)
    return [(one.author, one.deed, one.subject) for one in reversed(noted)]


def test_a_note_for_the_member_is_told_apart_from_the_teams_reason(staff: Staff, world: World, rich: TestShop) -> None:
    who = join(world, rich, 7001)

    send(staff, who, "adjustments", direction="add", points="25", reason="Was angry", shown="Sorry!")
    page = staff.fetch(f"/members/{who}").text

    assert "“Was angry” – staff member 70200300401" in page
    assert "They read: “Sorry!”" in page
    assert log(world, rich) == [("staff:70200300401", "member.adjusted", str(who))]


def test_a_shopper_reads_the_note_for_them_and_not_the_teams_reason(staff: Staff, world: World, rich: TestShop) -> None:
    who = join(world, rich, 7001)
    send(staff, who, "adjustments", direction="add", points="25", reason="Was angry", shown="Sorry!")

    with world.database.transaction(rich.id) as session:
        history = answers.history(session, who, Reader("en", "USD"), before=None, limit=5)

    assert [entry["note"] for entry in history["entries"]] == ["Sorry!"]
    assert "angry" not in str(history)


def test_goodwill_is_given_within_its_budget_and_a_refusal_stays_at_the_field(
    staff: Staff, world: World, rich: TestShop
) -> None:
    who = join(world, rich, 7001)
    typed = {"code": "late", "goodwill_points": "100", "goodwill_note": "Lost"}

    given = send(staff, who, "goodwill", **typed)
    again = send(staff, who, "goodwill", **typed)
    refused = staff.send(f"/members/{who}/goodwill", {"key": "k2"} | typed)

    assert (given.status_code, again.status_code, refused.status_code) == (303, 303, 422)
    assert "50" in error_at(refused.text, "goodwill_points")
    assert view(world, rich, who).available == 100
    assert "A thank-you from the store: A late parcel" in staff.fetch(f"/members/{who}").text


def test_a_reward_is_given_once_and_its_code_is_made(staff: Staff, world: World, rich: TestShop) -> None:
    who = join(world, rich, 7001)

    for _ in range(2):
        assert send(staff, who, "rewards", reward_id="amount-off").status_code == 303
    page = staff.fetch(f"/members/{who}").text

    assert page.count("Reward given: Money off (ready to use)") == 1
    assert view(world, rich, who).held == 0


def test_a_tier_is_set_seen_and_given_back(staff: Staff, world: World, rich: TestShop, clock: StepClock) -> None:
    who = join(world, rich, 7001)

    pinned = send(staff, who, "pin", tier="gold", until="2026-06-01", pin_reason="Friend")
    clock.forward(minutes=1)
    page = staff.fetch(f"/members/{who}").text
    unpinned = send(staff, who, "unpin")
    clock.forward(minutes=1)

    assert (pinned.status_code, unpinned.status_code) == (303, 303)
    assert "Set by your team" in page
    assert "“Friend” – staff member 70200300401" in page
    assert "Until Jun 1, 2026" in page
    assert "Set the tier to Gold" in page
    with world.database.transaction(rich.id) as session:
        assert tiers.standing(session, who, now=clock.now).level is None
    assert send(staff, who, "unpin").status_code == 409


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"tier": "platinum", "pin_reason": "x"}, "tier"),
        ({"tier": "gold", "until": "2020-01-01", "pin_reason": "x"}, "until"),
        ({"tier": "gold", "until": "soon", "pin_reason": "x"}, "until"),
        ({"tier": "gold", "pin_reason": ""}, "pin_reason"),
    ],
)
def test_a_tier_that_cannot_be_set_says_so_at_its_field(
    staff: Staff, world: World, rich: TestShop, typed: dict[str, str], field: str
) -> None:
    answer = send(staff, join(world, rich, 7001), "pin", **typed)

    assert answer.status_code == 422
    assert error_at(answer.text, field)


def test_a_blocked_member_is_marked_and_earns_again_when_unblocked(
    staff: Staff, world: World, rich: TestShop, clock: StepClock
) -> None:
    who = join(world, rich, 7001)

    blocked = send(staff, who, "block", block_reason="<b>Reseller</b>")
    twice = send(staff, who, "block", block_reason="Again")
    page, listed = staff.fetch(f"/members/{who}").text, staff.fetch("/members").text
    clock.forward(hours=1)
    unblocked = send(staff, who, "unblock")

    assert (blocked.status_code, twice.status_code, unblocked.status_code) == (303, 409, 303)
    assert "Earns nothing" in page
    assert "&lt;b&gt;Reseller&lt;/b&gt;" in page
    assert "Blocked</s-badge>" in listed
    with world.database.transaction(rich.id) as session:
        assert blocks.standing(session, who) is None
    assert [deed for _, deed, _ in log(world, rich)] == ["member.blocked", "member.unblocked"]


def test_forgetting_takes_the_customers_number_and_leaves_nobody(staff: Staff, world: World, rich: TestShop) -> None:
    settled(world, rich, order(1, "50.00", customer=7001))
    who = join(world, rich, 7001)

    mistaken = send(staff, who, "forget", customer="7002")
    done = send(staff, who, "forget", customer="#7001")
    page = staff.fetch(f"/members/{who}").text

    assert (mistaken.status_code, done.status_code) == (422, 303)
    assert "7001" in error_at(mistaken.text, "customer")
    assert f"Erased member {who}" in page
    assert "Change points" not in page
    assert send(staff, who, "forget", customer="7001").status_code == 404


def test_two_members_are_merged_after_a_look_at_what_it_comes_to(
    staff: Staff, world: World, rich: TestShop, shopify: FakeShopify
) -> None:
    shopify.persons[7002] = Person(7002, "Ada B.", "b@example.com", (), None)
    kept, lost = join(world, rich, 7001, points=40), join(world, rich, 7002, points=60)

    searched = staff.fetch(f"/members/{kept}/merge?q=ada").text
    looked = staff.fetch(f"/members/{kept}/merge?q=ada&lost={lost}").text
    merged = send(staff, kept, "merge", lost=str(lost))
    followed = staff.fetch(f"/members/{lost}")

    assert f"lost={lost}" in searched
    assert "40 and 60" in looked
    assert problems_in(looked) == []
    assert merged.status_code == 303
    assert view(world, rich, kept).available == 100
    assert (followed.status_code, followed.headers["Location"]) == (303, f"/members/{kept}")
    assert audit.run(world.database, rich.id, now=world.clock()).findings == {}


@pytest.mark.parametrize("lost", ["", "x", "999999999", "9" * 30, "self"])
def test_a_merge_with_nobody_says_so(staff: Staff, world: World, rich: TestShop, lost: str) -> None:
    kept = join(world, rich, 7001)

    answer = send(staff, kept, "merge", lost=str(kept) if lost == "self" else lost)

    assert answer.status_code in {404, 422}


def test_feedback_is_read_noted_answered_and_put_right(staff: Staff, world: World, rich: TestShop) -> None:
    who = join(world, rich, 7001)
    with world.database.transaction(rich.id) as session:
        given = {"rec": 3, "again": 5, "why": "<script>late</script>"}
        surveys.answer(session, who, "nps", given, key="1", keys=world.keys, now=world.clock())
    listed = staff.fetch("/members/feedback?state=open&score=detractors&words=true").text
    found = re.search(r"/members/feedback/(\d+)", listed)
    assert found is not None
    letter = f"/members/feedback/{found[1]}"

    replied = staff.send(f"{letter}/reply", {"reply": "We are sorry.\nReally.", "key": "r"})
    noted = staff.send(f"{letter}/note", {"state": "closed", "note": "Sent a new one"})
    given_points = staff.send(
        f"{letter}/goodwill", {"key": "g", "code": "late", "goodwill_points": "50", "goodwill_note": "Late"}
    )
    page = staff.fetch(letter).text

    assert (replied.status_code, noted.status_code, given_points.status_code) == (303, 303, 303)
    assert "Net promoter score" in listed
    assert "&lt;script&gt;late&lt;/script&gt;" in page
    assert "Sent a new one" in page
    assert view(world, rich, who).available == 10 + 50
    assert problems_in(listed) == problems_in(page) == []
    assert f'href="{letter}">Survey<' in staff.fetch(f"/members/{who}?kind=points").text
    timeline = staff.fetch(f"/members/{who}?kind=messages").text
    assert "Answer to feedback" in timeline


@pytest.mark.parametrize(
    ("what", "typed", "field"),
    [
        ("reply", {"reply": "  "}, "reply"),
        ("reply", {"reply": "x" * 2001}, "reply"),
        ("note", {"state": "gone", "note": ""}, "state"),
        ("goodwill", {"code": "late", "goodwill_points": "0", "goodwill_note": "x"}, "goodwill_points"),
        ("goodwill", {"code": "late", "goodwill_points": "101", "goodwill_note": "x"}, "goodwill_points"),
    ],
)
def test_what_does_not_fit_feedback_is_said_at_its_field(
    staff: Staff, world: World, rich: TestShop, what: str, typed: dict[str, str], field: str
) -> None:
    who = join(world, rich, 7001)
    with world.database.transaction(rich.id) as session:
        answered = surveys.answer(
            session, who, "nps", {"rec": 3, "again": 5}, key="1", keys=world.keys, now=world.clock()
        )

    answer = staff.send(f"/members/feedback/{answered.id}/{what}", {"key": "k"} | typed)

    assert answer.status_code == 422
    assert error_at(answer.text, field)


def test_the_page_of_a_member_with_everything_is_made_of_elements_that_exist(
    staff: Staff, world: World, rich: TestShop
) -> None:
    who = join(world, rich, 7001, points=500)
    send(staff, who, "rewards", reward_id="amount-off")
    send(staff, who, "pin", tier="gold", pin_reason="x")
    send(staff, who, "block", block_reason="x")

    for kind in ("", "points", "rewards", "messages", "referrals", "tiers", "staff", "nonsense"):
        page = staff.fetch(f"/members/{who}?kind={kind}&before=nowhere")
        assert page.status_code == 200
        assert problems_in(page.text) == []


def test_nothing_is_done_for_another_shops_member(
    staff: Staff, stranger: tuple[Staff, TestShop], world: World, rich: TestShop
) -> None:
    who = join(world, rich, 7001)
    other, _ = stranger

    answers = [
        send(other, who, "pin", tier="gold", pin_reason="x"),
        send(other, who, "block", block_reason="x"),
        send(other, who, "forget", customer="7001"),
        send(other, who, "goodwill", code="late", goodwill_points="5", goodwill_note="x"),
        other.fetch(f"/members/{who}/merge"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404, 404, 404]
    with world.database.transaction(rich.id) as session:
        assert blocks.standing(session, who) is None
        assert members.customer_of(session, who) == 7001
