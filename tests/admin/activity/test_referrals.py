"""Referrals under review: what speaks against one in words, both people side by side, and the staff's last word."""

from __future__ import annotations

import re

import pytest

from plugin.loyalty.outside import Person
from plugin.loyalty.program import Referral, Suspicion, default_program
from plugin.loyalty.suspicion import Personal
from plugin.services import changelog, members, programs, referrals
from plugin.services.perform import World, perform_due
from plugin.services.referrals import ReferralView
from tests.admin.activity.reading import lines_of, words_on
from tests.admin.activity.shop import join
from tests.admin.staff import Staff, error_at
from tests.conftest import NOON, TestShop
from tests.fakes import FakeShopify
from tests.services.stories import order
from tests.services.test_settle import settled

ANN, TWIN, BEN = 7001, 8001, 8002


@pytest.fixture
def suspected(world: World, shop: TestShop, shopify: FakeShopify) -> dict[int, ReferralView]:
    """Ann brought her twin, who is called like her, and Ben, against whom nothing speaks. By the friend's customer id."""
    program = default_program("USD", is_live=True)
    terms = Referral(friend_points=20, suspicion=Suspicion(is_on=True))
    shopify.seen_people = {
        ANN: Personal(names=["Ann Lee"], mails=["ann.lee1@example.com"]),
        TWIN: Personal(names=["Ann Lee"], mails=["ann.lee22@example.com"], phones=["555 0100 200"]),
        BEN: Personal(names=["Ben Okafor"], mails=["ben@example.com"]),
    }
    shopify.persons = {ANN: Person(ANN, "Ann Lee", "ann.lee1@example.com", (), None)}
    ann = join(world, shop, ANN)
    with world.database.transaction(shop.id) as session:
        programs.publish(session, program.model_copy(update={"referral": terms}), by="test", now=NOON)
        handle = members.view(session, ann, handle_key=b"h" * 32, now=NOON).referral_code
    settled(world, shop, order(1, customer=TWIN, referral=handle), order(2, customer=BEN, referral=handle))
    while perform_due(world, shop.id, shop.domain):
        continue
    with world.database.transaction(shop.id) as session:
        found = referrals.page(session, now=NOON)
        return {members.customer_of(session, one.friend_id or 0) or 0: one for one in found}


def available(world: World, shop: TestShop, customer: int) -> int:
    with world.database.transaction(shop.id) as session:
        member = members.by_customer(session, customer)
        assert member is not None
        return members.view(session, member, handle_key=b"h" * 32, now=world.clock()).available


def decide(staff: Staff, referral: ReferralView, **typed: str) -> tuple[int, str]:
    answer = staff.send(f"/activity/referrals/{referral.id}/decide", typed)
    return answer.status_code, answer.text


def test_whoever_waits_for_a_decision_is_told_first(staff: Staff, suspected: dict[int, ReferralView]) -> None:
    everything = staff.fetch("/activity/referrals").text
    waiting = staff.fetch("/activity/referrals?state=review").text

    assert "1 referral waits for you" in words_on(everything)
    assert len(lines_of(everything)) == 2
    [line] = lines_of(waiting)
    assert line.startswith("Ann Lee Customer #8001 To review Too much speaks against it")


def test_both_people_stand_side_by_side_with_what_they_share(staff: Staff, suspected: dict[int, ReferralView]) -> None:
    said = words_on(staff.fetch(f"/activity/referrals/{suspected[TWIN].id}").text)

    assert "What speaks against it: 50 points of suspicion" in said
    assert "Both have the same name (25)" in said
    assert "Their e-mail addresses differ by a number only (25)" in said
    assert "Name The same" in said
    assert "E-mail address Different" in said
    assert "Phone number Known of one only" in said
    assert "ann.lee1@example.com" in said
    assert "2 friends ordered" in said


def test_a_referral_nothing_speaks_against_says_so(staff: Staff, suspected: dict[int, ReferralView]) -> None:
    said = words_on(staff.fetch(f"/activity/referrals/{suspected[BEN].id}").text)

    assert "Nothing speaks against it" in said
    assert "Rewarded" in said


def test_approving_rewards_both_and_blocking_again_takes_it_back(
    staff: Staff, world: World, shop: TestShop, suspected: dict[int, ReferralView]
) -> None:
    before = available(world, shop, ANN)
    decide(staff, suspected[TWIN], decision="approve", why="Sisters, they called")
    approved = available(world, shop, ANN)
    decide(staff, suspected[TWIN], decision="block", why="They are one person after all")

    assert (approved - before, available(world, shop, ANN) - before) == (150, 0)
    page = staff.fetch(f"/activity/referrals/{suspected[TWIN].id}").text
    assert "Staff member 70200300401 blocked it on" in words_on(page)
    assert "“They are one person after all”" in words_on(page)
    assert "If they did, write down what they said and decide again" in words_on(page)
    with world.database.transaction(shop.id) as session:
        noted = [note for note in changelog.page(session).notes if note.deed == "referral.decided"]
    assert [note.facts["decision"] for note in noted] == ["block", "approve"]
    assert "Sisters" not in str(noted)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"decision": "approve", "why": ""}, "why"),
        ({"decision": "approve", "why": "x" * 501}, "why"),
        ({"decision": "", "why": "Looks fine to me"}, "decision"),
        ({"decision": "pay me", "why": "Looks fine to me"}, "decision"),
    ],
)
def test_a_decision_that_lacks_something_is_told_at_its_field_and_nothing_typed_is_lost(
    staff: Staff, suspected: dict[int, ReferralView], typed: dict[str, str], field: str
) -> None:
    status, page = decide(staff, suspected[TWIN], **typed)

    assert status == 422
    assert error_at(page, field)
    assert f'value="{typed["why"]}"' in page


def test_what_is_over_cannot_be_decided(
    staff: Staff, world: World, shop: TestShop, suspected: dict[int, ReferralView]
) -> None:
    settled(world, shop, order(2, customer=BEN, refunds=[(1, "50.00", 1)]))

    status, _ = decide(staff, suspected[BEN], decision="approve", why="Please, please")

    assert status == 409
    assert "decide-form" not in staff.fetch(f"/activity/referrals/{suspected[BEN].id}").text


def test_another_shops_referral_is_unknown(
    stranger: tuple[Staff, TestShop], suspected: dict[int, ReferralView]
) -> None:
    other, _ = stranger

    assert other.fetch(f"/activity/referrals/{suspected[TWIN].id}").status_code == 404
    assert decide(other, suspected[TWIN], decision="approve", why="Let me in")[0] == 404


def test_shoppers_words_never_stand_on_the_page_of_staff_only_as_markup(
    staff: Staff, shopify: FakeShopify, suspected: dict[int, ReferralView]
) -> None:
    shopify.persons[TWIN] = Person(TWIN, "<script>alert(1)</script>", None, (), None)

    page = staff.fetch(f"/activity/referrals/{suspected[TWIN].id}").text

    assert not re.search(r"<script>alert", page)
    assert "&lt;script&gt;alert(1)" in page
