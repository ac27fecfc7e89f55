"""Activities: recorded once, worth what the program of that moment says, capped under any door, undone without a trace in the sums."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from plugin import embedded
from plugin.db.tables import ActivityRow
from plugin.loyalty.errors import (
    ActionClosed,
    ActionDone,
    ActionLimitReached,
    ActionNotForMember,
    ActionUnknown,
    MemberUnknown,
    ProgramNotLive,
)
from plugin.loyalty.outside import Person
from plugin.loyalty.program import Program, default_program, parse
from plugin.services import (
    activities,
    birthdays,
    calendar,
    forget,
    members,
    privacy,
    programs,
    redeem,
    subjects,
    surveys,
)
from plugin.services.activities import Doing
from plugin.services.perform import World, perform_due
from tests.conftest import NOON, START, TestShop, make_shop
from tests.fakes import FakeShopify, StepClock
from tests.services.test_forget import CANARY, dump, lines_with
from tests.services.test_settle import proved


def program_with(**parts: Any) -> Program:
    """The default program with these parts of the document."""
    document = default_program("USD", is_live=True).model_dump(mode="json")
    return parse(document | parts)


def shop_with(world: World, **parts: Any) -> TestShop:
    return make_shop(world, program_with(**parts))


def member_of(world: World, shop: TestShop, customer: int = 7) -> int:
    with world.database.transaction(shop.id) as session:
        return members.join(session, customer, tombstone_key=world.keys.tombstones, now=world.clock())


def do(world: World, shop: TestShop, member: int, action: str, key: str = "1", **more: Any) -> ActivityRow:
    with world.database.transaction(shop.id) as session:
        doing = Doing(member, action, key, **({"occurred_at": world.clock()} | more))
        return activities.record(session, doing, keys=world.keys, now=world.clock())


def undo(world: World, shop: TestShop, activity: int) -> None:
    with world.database.transaction(shop.id) as session:
        activities.undo(session, activity, keys=world.keys, now=world.clock())


def balance(world: World, shop: TestShop, member: int) -> tuple[int, int, int]:
    """(pending, available, debt)."""
    with world.database.transaction(shop.id) as session:
        view = members.view(session, member, handle_key=b"h" * 32, now=world.clock())
    return view.pending, view.available, view.debt


REVIEW = {"id": "review", "kind": "review", "title": "Write a review", "points": 50}


def test_an_action_gives_its_points_and_its_entry_says_what_for(world: World) -> None:
    shop = shop_with(world, actions=[REVIEW])
    member = member_of(world, shop)

    row = do(world, shop, member, "review")

    assert balance(world, shop, member) == (0, 50, 0)
    with world.database.transaction(shop.id) as session:
        entries = members.entries(session, member)
        assert subjects.titles(session, entries) == {(member, 1): "Write a review"}
    assert entries[0].subject_id == row.id
    proved(world, shop)


def test_the_same_key_twice_is_once(world: World) -> None:
    shop = shop_with(world, actions=[REVIEW])
    member = member_of(world, shop)

    first, again, other = (do(world, shop, member, "review", key) for key in ("r-1", "r-1", "r-2"))

    assert first.id == again.id != other.id
    assert balance(world, shop, member) == (0, 100, 0)


def test_undoing_takes_the_points_back_once_also_when_they_were_spent(world: World) -> None:
    shop = shop_with(world, actions=[REVIEW])
    member = member_of(world, shop)
    row = do(world, shop, member, "review")
    with world.database.transaction(shop.id) as session:
        members.adjust(session, member, -30, words="spent", author="test", key="s", now=world.clock())

    undo(world, shop, row.id)
    undo(world, shop, row.id)

    assert balance(world, shop, member) == (0, 0, 30)
    proved(world, shop)


def test_undoing_takes_pending_points_of_that_action_and_no_others(world: World) -> None:
    shop = shop_with(world, actions=[REVIEW | {"pending_days": 14}])
    member = member_of(world, shop)
    do(world, shop, member, "review", "r-1")
    second = do(world, shop, member, "review", "r-2")
    with world.database.transaction(shop.id) as session:
        members.adjust(session, member, 10, words="gift", author="test", key="g", now=world.clock())

    undo(world, shop, second.id)

    assert balance(world, shop, member) == (50, 10, 0)
    proved(world, shop)


def test_a_reward_is_given_at_once_and_cancelled_when_the_action_is_undone(world: World, shopify: FakeShopify) -> None:
    shop = shop_with(world, actions=[{**REVIEW, "points": 0, "reward_id": "free-shipping"}])
    member = member_of(world, shop)

    row = do(world, shop, member, "review")
    perform_due(world, shop.id, shop.domain)
    stood = [discount.is_active for discount in shopify.discounts.values()]
    undo(world, shop, row.id)
    perform_due(world, shop.id, shop.domain)

    assert stood == [True]
    assert [discount.is_active for discount in shopify.discounts.values()] == [False]
    assert row.redemption_id is not None
    with world.database.transaction(shop.id) as session:
        assert redeem.find(session, row.redemption_id).points == 0
    proved(world, shop)


def test_a_cap_says_when_it_opens_again_by_the_shops_calendar(world: World, clock: StepClock) -> None:
    shop = shop_with(world, actions=[REVIEW | {"caps": [{"count": 2, "period": "day"}]}])
    member = member_of(world, shop)
    do(world, shop, member, "review", "r-1")
    do(world, shop, member, "review", "r-2")

    with pytest.raises(ActionLimitReached) as refused:
        do(world, shop, member, "review", "r-3")
    clock.now = refused.value.facts["opens_at"]
    do(world, shop, member, "review", "r-3")

    assert refused.value.facts["opens_at"].isoformat() == "2026-03-03T05:00:00+00:00"  # midnight in New York
    assert balance(world, shop, member) == (0, 150, 0)


def test_an_undone_action_does_not_count_for_its_cap(world: World) -> None:
    shop = shop_with(world, actions=[REVIEW | {"caps": [{"count": 1, "period": "ever"}]}])
    member = member_of(world, shop)
    row = do(world, shop, member, "review", "r-1")

    with pytest.raises(ActionDone):
        do(world, shop, member, "review", "r-2")
    undo(world, shop, row.id)
    do(world, shop, member, "review", "r-2")

    assert balance(world, shop, member) == (0, 50, 0)


def test_a_pause_between_two_times_is_kept(world: World, clock: StepClock) -> None:
    shop = shop_with(world, actions=[REVIEW | {"cooldown_hours": 48}])
    member = member_of(world, shop)
    do(world, shop, member, "review", "r-1")

    with pytest.raises(ActionLimitReached) as refused:
        do(world, shop, member, "review", "r-2", occurred_at=clock.forward(hours=47))
    do(world, shop, member, "review", "r-3", occurred_at=clock.forward(hours=1))

    assert refused.value.facts["opens_at"] == NOON + timedelta(hours=48)
    assert balance(world, shop, member) == (0, 100, 0)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"is_on": False}, ActionUnknown),
        ({"id": "other"}, ActionUnknown),
        ({"starts_at": "2026-03-03T00:00:00Z"}, ActionClosed),
        ({"ends_at": "2026-03-02T12:00:00Z"}, ActionClosed),
        ({"tags": ["vip"]}, ActionNotForMember),
        ({"tiers": ["gold"]}, ActionNotForMember),
    ],
)
def test_what_does_not_count_is_refused(world: World, changes: dict[str, Any], refusal: type[Exception]) -> None:
    shop = shop_with(world, actions=[REVIEW | changes])
    member = member_of(world, shop)

    with pytest.raises(refusal):
        do(world, shop, member, "review")

    assert balance(world, shop, member) == (0, 0, 0)


def test_tags_decide_who_an_action_is_for_and_who_takes_no_part(world: World) -> None:
    shop = shop_with(world, actions=[REVIEW | {"tags": ["VIP"]}], exclusions={"customer_tags": ["staff"]})
    member = member_of(world, shop)

    do(world, shop, member, "review", "1", tags=["vip"])
    with pytest.raises(ActionNotForMember):
        do(world, shop, member, "review", "2", tags=["vip", "Staff"])

    assert balance(world, shop, member) == (0, 50, 0)


def test_nothing_is_recorded_while_the_program_is_off_or_for_nobody(world: World) -> None:
    off, live = shop_with(world, actions=[REVIEW], is_live=False), shop_with(world, actions=[REVIEW])

    with pytest.raises(ProgramNotLive):
        do(world, off, member_of(world, off), "review")
    with pytest.raises(MemberUnknown):
        do(world, live, 987_654_321, "review")
    with pytest.raises(ProgramNotLive):
        do(world, live, member_of(world, live), "review", occurred_at=START - timedelta(days=1))


def test_the_version_of_that_moment_decides(world: World, clock: StepClock) -> None:
    shop = shop_with(world, actions=[REVIEW])
    member = member_of(world, shop)
    then = clock.now
    clock.forward(days=1)
    with world.database.transaction(shop.id) as session:
        programs.publish(session, program_with(actions=[REVIEW | {"points": 5}]), by="test", now=clock.now)

    late, fresh = (
        do(world, shop, member, "review", key, occurred_at=at) for key, at in (("1", then), ("2", clock.now))
    )

    assert (late.points, fresh.points) == (50, 5)


def test_signing_up_is_worth_something_once(world: World) -> None:
    shop = shop_with(world, actions=[{"id": "join", "kind": "sign_up", "title": "Join", "points": 20}])
    member = member_of(world, shop)

    for _ in range(2):
        with world.database.transaction(shop.id) as session:
            activities.joined(session, member, keys=world.keys, now=world.clock())

    assert balance(world, shop, member) == (0, 20, 0)


def test_two_who_become_one_keep_what_both_did(world: World) -> None:
    shop = shop_with(world, actions=[REVIEW | {"caps": [{"count": 2}]}])
    kept, lost = member_of(world, shop, 7), member_of(world, shop, 8)
    do(world, shop, kept, "review", "same")
    row = do(world, shop, lost, "review", "same")

    with world.database.transaction(shop.id) as session:
        members.merge(
            session, kept_customer_id=7, lost_customer_id=8, tombstone_key=world.keys.tombstones, now=world.clock()
        )
    with pytest.raises(ActionDone):
        do(world, shop, kept, "review", "third")
    undo(world, shop, row.id)

    assert balance(world, shop, kept) == (0, 50, 0)
    proved(world, shop)


def test_an_erased_member_does_nothing_any_more_and_what_was_given_can_be_taken_back(world: World) -> None:
    shop = shop_with(world, actions=[REVIEW])
    member = member_of(world, shop)
    row = do(world, shop, member, "review", "ann@example.com")

    with world.database.transaction(shop.id) as session:
        forget.erase(session, 7, keys=world.keys, now=world.clock())
    with pytest.raises(MemberUnknown):
        do(world, shop, member, "review", "2")
    undo(world, shop, row.id)

    proved(world, shop)


def test_what_a_person_told_us_goes_with_them_and_can_be_read_by_them_before(
    servers: embedded.Running, world: World, shopify: FakeShopify, clock: StepClock
) -> None:
    shop = _lived_in(world, shopify, clock)
    with world.database.transaction(shop.id) as session:
        member = members.by_customer(session, CANARY) or 0
        export = privacy.export(session, member, handle_key=b"h" * 32, now=clock.now)
    before = dump(servers, shop)

    with world.database.transaction(shop.id) as session:
        forget.erase(session, CANARY, keys=world.keys, now=clock.now)

    after = dump(servers, shop)
    assert len({line.partition(":")[0] for line in lines_with(before, CANARY)} & {"consents", "members"}) == 2
    assert "Because of Ann" in before
    assert lines_with(after, CANARY, "Because of Ann", "ann@example.com") == []
    assert not any(line.startswith("birthdays:") for line in after.splitlines())
    assert export["birthday"] == (3, 3)
    assert [one["answers"] for one in export["activities"] if one["kind"] == "survey"] == [{"why": "Because of Ann"}]
    proved(world, shop)


def _lived_in(world: World, shopify: FakeShopify, clock: StepClock) -> TestShop:
    """A shop where one person left everything that activities can keep of them."""
    asked = {"id": "ask", "title": "Ask", "questions": [{"id": "why", "kind": "text", "words": "Why?"}]}
    shop = shop_with(
        world,
        actions=[
            REVIEW,
            {"id": "cake", "kind": "birthday", "title": "Cake", "points": 1, "notice_days": 0},
            {"id": "news", "kind": "newsletter", "title": "News", "points": 1},
            {"id": "answer", "kind": "survey", "title": "Answer", "points": 1, "survey_id": "ask"},
        ],
        surveys=[asked],
    )
    shopify.persons[CANARY] = Person(CANARY, "Ann", "ann@example.com", (), None)
    member = member_of(world, shop, CANARY)
    do(world, shop, member, "review", "by ann@example.com")
    with world.database.transaction(shop.id) as session:
        birthdays.tell(session, member, month=3, day=3, now=clock.now)
        activities.consented(session, CANARY, clock.now, keys=world.keys, now=clock.now)
        surveys.answer(session, member, "ask", {"why": "Because of Ann"}, key="a", keys=world.keys, now=clock.now)
    clock.forward(days=1)
    calendar.run(world.database, shop.id, lambda: shopify, keys=world.keys, now=clock.now)
    assert balance(world, shop, member) == (0, 53, 0)
    return shop
