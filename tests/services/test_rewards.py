"""Rewards of every kind: had once or not at all, whatever is lost on the way, and given back as far as nobody has used them."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest

from plugin.db import Database, Session, tasks
from plugin.db.tables import RedemptionRow
from plugin.loyalty.errors import (
    AccessDenied,
    Ambiguous,
    RedemptionOver,
    Refused,
    ReturnTooLarge,
    RewardLimitReached,
    RewardOutOfStock,
    Unauthorized,
    Unreachable,
)
from plugin.loyalty.outside import Recipient
from plugin.loyalty.program import MemberLimit, Program, Reward, default_program
from plugin.loyalty.program.rewards import RewardKind
from plugin.services import forget, fulfilment, handing_over, members, redeem, returns
from plugin.services.perform import World, perform_due
from plugin.services.redeem import RewardOrder
from plugin.services.returns import Wish
from tests.conftest import NOON, TestShop, make_shop
from tests.fakes import FakeShopify, StepClock
from tests.services.stories import order
from tests.services.test_settle import balance, proved, settled
from tests.services.test_shops import reinstall

MONEY = {"value": Decimal(10)}
KINDS: dict[RewardKind, dict[str, Any]] = {
    "amount_off": MONEY,
    "percent_off": MONEY,
    "free_shipping": {},
    "free_product": {"product_id": 501},
    "store_credit": MONEY,
    "gift_card": MONEY,
    "access": {"tag": "early"},
    "experience": {},
}
HANDED_OVER: tuple[RewardKind, ...] = ("store_credit", "gift_card", "access")


def reward(kind: RewardKind, **more: Any) -> Reward:
    return Reward(id="it", kind=kind, title="It", price_points=100, **{**KINDS[kind], **more})


def offering(world: World, *rewards: Reward, **more: Any) -> TestShop:
    """A shop with these rewards, where customer 7 has 1,000 points."""
    program: Program = default_program("USD", is_live=True).model_copy(update={"rewards": rewards, **more})
    shop = make_shop(world, program)
    settled(world, shop, order(1, "1000.00"))
    return shop


def member_of(session: Session, customer: int = 7) -> int:
    found = members.by_customer(session, customer)
    assert found is not None
    return found


def take(world: World, shop: TestShop, **more: Any) -> RedemptionRow:
    with world.database.transaction(shop.id) as session:
        wanted = RewardOrder(member_of(session), "it", None, uuid.uuid4(), **more)
        return redeem.place_hold(session, wanted, keys=world.keys, now=world.clock())


def now_is(world: World, shop: TestShop, row: RedemptionRow) -> RedemptionRow:
    with world.database.transaction(shop.id) as session:
        return redeem.find(session, row.id)


def state(world: World, shop: TestShop, row: RedemptionRow) -> str:
    return now_is(world, shop, row).state


def cancel(world: World, shop: TestShop, row: RedemptionRow) -> None:
    with world.database.transaction(shop.id) as session:
        redeem.cancel(session, row.id, now=world.clock())


def give_back(world: World, shop: TestShop, row: RedemptionRow, points: int | None = None) -> None:
    with world.database.transaction(shop.id) as session:
        returns.give_back(session, row.id, Wish(points, "sorry", "staff"), now=world.clock())


def perform(world: World, shop: TestShop, clock: StepClock, *, rounds: int = 1) -> None:
    for _ in range(rounds):
        perform_due(world, shop.id, shop.domain)
        clock.forward(minutes=1)


def at_shopify(shopify: FakeShopify) -> int:
    """How many rewards stand at the fake."""
    tags = sum(len(tags) for tags in shopify.tags.values())
    return len(shopify.discounts) + len(shopify.credits) + len(shopify.cards) + tags


# --- Handing over -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_handed_over_once_however_many_answers_are_lost(
    world: World, shopify: FakeShopify, clock: StepClock, kind: RewardKind
) -> None:
    shop = offering(world, reward(kind))
    row = take(world, shop)
    shopify.failing_before.append(Unreachable("down"))
    shopify.failing_after.append(Ambiguous("lost"))

    perform(world, shop, clock, rounds=6)

    expected = (
        "issued" if kind in ("amount_off", "percent_off", "free_shipping", "free_product", "experience") else "used"
    )
    assert state(world, shop, row) == expected
    assert at_shopify(shopify) == (0 if kind == "experience" else 1)
    assert balance(world, shop) == (0, 900, 100 if expected == "issued" else 0, 0)
    proved(world, shop)


def test_store_credit_whose_writer_died_is_sent_again_only_long_after(
    world: World, shopify: FakeShopify, clock: StepClock
) -> None:
    shop = offering(world, reward("store_credit"))
    row = take(world, shop)
    shopify.failing_before.append(Ambiguous("nobody knows"))
    perform(world, shop, clock, rounds=8)
    early = (state(world, shop, row), len(shopify.credits))

    clock.now = NOON + handing_over.DOUBT + timedelta(minutes=1)
    perform(world, shop, clock, rounds=2)

    assert early == ("held", 0)
    assert (state(world, shop, row), len(shopify.credits)) == ("used", 1)
    proved(world, shop)


def test_two_credits_of_one_moment_are_told_apart(world: World, shopify: FakeShopify, clock: StepClock) -> None:
    shop = offering(world, reward("store_credit"))
    rows = [take(world, shop) for _ in range(3)]
    shopify.failing_after.append(Ambiguous("lost"))

    perform(world, shop, clock, rounds=4)

    assert [state(world, shop, row) for row in rows] == ["used"] * 3
    assert len({credit.spec.ends_at for credit in shopify.credits}) == len(shopify.credits) == 3
    proved(world, shop)


def test_a_missing_scope_gives_the_points_back_and_closes_nothing(
    world: World, shopify: FakeShopify, clock: StepClock
) -> None:
    shop = offering(world, reward("gift_card"))
    row = take(world, shop)
    shopify.failing_before.append(AccessDenied("Shopify denies access to this"))

    perform(world, shop, clock)

    assert now_is(world, shop, row).failure == "Shopify denies access to this"
    assert (state(world, shop, row), balance(world, shop)) == ("failed", (0, 1000, 0, 0))
    with world.database.transaction(shop.id) as session:
        assert session.sql("SELECT needs_reopen FROM shop_tokens WHERE shop_id = %s", shop.id) == [(False,)]


@pytest.mark.parametrize("kind", [*HANDED_OVER, "free_product"])
def test_a_shop_that_cannot_be_reached_suspends_and_resumes(
    world: World, shopify: FakeShopify, clock: StepClock, kind: RewardKind
) -> None:
    shop = offering(world, reward(kind))
    row = take(world, shop)
    shopify.failing_before += [Unauthorized("gone")] * 5
    perform(world, shop, clock, rounds=6)
    waiting = state(world, shop, row)

    shopify.failing_before.clear()
    reinstall(world, shop)
    perform(world, shop, clock, rounds=2)

    assert waiting == "suspended"
    assert state(world, shop, row) in ("issued", "used")
    assert at_shopify(shopify) == 1
    proved(world, shop)


@pytest.mark.parametrize("kind", ["store_credit", "gift_card", "access"])
def test_after_a_merge_the_customer_who_lives_on_gets_it(
    world: World, shopify: FakeShopify, clock: StepClock, kind: RewardKind
) -> None:
    shop = offering(world, reward(kind))
    row = take(world, shop)
    with world.database.transaction(shop.id) as session:
        members.merge(session, kept_customer_id=8, lost_customer_id=7, tombstone_key=world.keys.tombstones, now=clock())

    perform(world, shop, clock, rounds=2)

    given_to = {
        *(credit.spec.customer_id for credit in shopify.credits),
        *(card.spec.customer_id for card in shopify.cards.values()),
        *(customer for customer, tags in shopify.tags.items() if tags),
    }
    assert (state(world, shop, row), given_to) == ("used", {8})
    proved(world, shop)


# --- Not wanted any more --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", HANDED_OVER)
def test_what_is_cancelled_before_it_was_sent_is_never_sent(
    world: World, shopify: FakeShopify, clock: StepClock, kind: RewardKind
) -> None:
    shop = offering(world, reward(kind))
    shopify.tags[7] = {"early"}  # the merchant's own
    row = take(world, shop)

    cancel(world, shop, row)
    perform(world, shop, clock, rounds=2)

    assert state(world, shop, row) == "released"
    assert (len(shopify.credits), len(shopify.cards), shopify.tags[7]) == (0, 0, {"early"})
    assert balance(world, shop) == (0, 1000, 0, 0)
    proved(world, shop)


@pytest.mark.parametrize("kind", ["store_credit", "gift_card"])
def test_what_may_have_been_sent_is_looked_for_before_points_come_back(
    world: World, shopify: FakeShopify, clock: StepClock, kind: RewardKind
) -> None:
    shop = offering(world, reward(kind))
    row = take(world, shop)
    shopify.failing_after.append(Ambiguous("lost"))
    perform_due(world, shop.id, shop.domain)
    cancel(world, shop, row)

    clock.forward(minutes=2)
    perform(world, shop, clock, rounds=2)

    if kind == "gift_card":  # it can be switched off, so it was
        assert state(world, shop, row) == "released"
        assert [card.is_active for card in shopify.cards.values()] == [False]
        assert balance(world, shop) == (0, 1000, 0, 0)
    else:
        assert (state(world, shop, row), len(shopify.credits)) == ("used", 1)
        assert balance(world, shop) == (0, 900, 0, 0)
    proved(world, shop)


def test_points_wait_while_nobody_knows_whether_store_credit_was_given(
    world: World, shopify: FakeShopify, clock: StepClock
) -> None:
    shop = offering(world, reward("store_credit"))
    row = take(world, shop)
    shopify.failing_before.append(Ambiguous("nobody knows"))
    perform_due(world, shop.id, shop.domain)
    cancel(world, shop, row)
    clock.forward(minutes=2)
    perform(world, shop, clock)
    early = state(world, shop, row)

    clock.now = NOON + handing_over.DOUBT + timedelta(minutes=5)
    perform(world, shop, clock, rounds=2)

    assert (early, state(world, shop, row)) == ("held", "released")
    assert (balance(world, shop), len(shopify.credits)) == ((0, 1000, 0, 0), 0)
    proved(world, shop)


def test_a_tag_that_two_rewards_give_stays_until_the_second_is_over(
    world: World, shopify: FakeShopify, clock: StepClock
) -> None:
    shop = offering(world, reward("access", ends_days=2))
    take(world, shop)
    perform(world, shop, clock)
    clock.now = NOON + timedelta(days=1)
    take(world, shop)
    perform(world, shop, clock)

    clock.now = NOON + timedelta(days=2, hours=1)
    perform(world, shop, clock)
    between = set(shopify.tags[7])
    clock.now = NOON + timedelta(days=3, hours=1)
    perform(world, shop, clock)

    assert (between, shopify.tags[7]) == ({"early"}, set())


# --- Staff ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_lost", [False, True])
def test_staff_take_back_what_is_left_of_store_credit_once(
    world: World, shopify: FakeShopify, clock: StepClock, *, is_lost: bool
) -> None:
    shop = offering(world, reward("store_credit"))
    row = take(world, shop)
    perform(world, shop, clock)
    shopify.credits[0].left = Decimal("2.50")
    if is_lost:
        shopify.failing_after.append(Ambiguous("lost"))

    give_back(world, shop, row)
    perform(world, shop, clock, rounds=3)
    with pytest.raises(ReturnTooLarge):
        give_back(world, shop, row, 100)

    assert shopify.credit_debits == [(7, Decimal("2.50"), "USD")]
    assert (now_is(world, shop, row).restored, balance(world, shop)) == (25, (0, 925, 0, 0))
    with world.database.transaction(shop.id) as session:
        assert members.entries(session, member_of(session), limit=1)[0].note == "sorry"
    proved(world, shop)


def test_a_gift_card_is_switched_off_before_its_points_come_back(
    world: World, shopify: FakeShopify, clock: StepClock
) -> None:
    shop = offering(world, reward("gift_card"))
    row = take(world, shop)
    perform(world, shop, clock)
    [card] = shopify.cards.values()
    card.left = Decimal(4)

    give_back(world, shop, row)
    shopify.failing_after.append(Ambiguous("lost"))
    perform(world, shop, clock, rounds=3)

    assert (card.is_active, now_is(world, shop, row).restored) == (False, 40)
    assert balance(world, shop) == (0, 940, 0, 0)
    proved(world, shop)


def test_credit_that_was_spent_meanwhile_gives_nothing_back(
    world: World, shopify: FakeShopify, clock: StepClock
) -> None:
    shop = offering(world, reward("store_credit"))
    row = take(world, shop)
    perform(world, shop, clock)
    give_back(world, shop, row)
    shopify.failing_before += [Refused("there is not that much")]

    perform(world, shop, clock, rounds=2)

    assert (now_is(world, shop, row).restored, shopify.credit_debits) == (0, [])
    proved(world, shop)


def test_a_task_is_closed_once(world: World, clock: StepClock) -> None:
    shop = offering(world, reward("experience"))
    row = take(world, shop)
    perform(world, shop, clock)

    for _ in range(2):
        with world.database.transaction(shop.id) as session:
            fulfilment.done(session, row.id, note=None, by="staff", now=clock())

    assert (state(world, shop, row), balance(world, shop)) == ("used", (0, 900, 0, 0))
    proved(world, shop)


# --- Gifts of the program -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_granted_reward_of_every_kind_costs_nothing_and_can_be_taken_back(
    world: World, shopify: FakeShopify, clock: StepClock, kind: RewardKind
) -> None:
    shop = offering(world)

    for _ in range(2):
        with world.database.transaction(shop.id) as session:
            granted = redeem.grant(
                session, member_of(session), reward(kind), key="prize", version=1, keys=world.keys, now=clock()
            )
        perform(world, shop, clock, rounds=2)
    given = at_shopify(shopify)
    with world.database.transaction(shop.id) as session:
        redeem.cancel(session, granted, now=clock())
    perform(world, shop, clock, rounds=3)

    assert given == (0 if kind == "experience" else 1)
    assert not any(discount.is_active for discount in shopify.discounts.values())
    assert not any(credit.left for credit in shopify.credits)
    assert not any(card.is_active for card in shopify.cards.values())
    assert not shopify.tags.get(7)
    assert balance(world, shop) == (0, 1000, 0, 0)
    proved(world, shop)


def test_a_gift_takes_from_the_stock_and_is_never_refused(world: World) -> None:
    last = reward("amount_off", stock=1)
    shop = offering(world, last)

    for prize in ("one", "two"):
        with world.database.transaction(shop.id) as session:
            redeem.grant(session, member_of(session), last, key=prize, version=1, keys=world.keys, now=NOON)

    with pytest.raises(RewardOutOfStock):
        take(world, shop)


# --- Limits ---------------------------------------------------------------------------------------------------------------


def at_once(world: World, shop: TestShop, buyers: Iterable[int]) -> list[str]:
    """One thread for each buyer, all taking the reward at the same moment; how each fared."""
    customers = list(buyers)
    wide = Database(world.database.url, pool_size=len(customers))
    barrier = threading.Barrier(len(customers))
    outcomes: list[str] = []

    def spend(customer: int) -> None:
        barrier.wait()
        try:
            with wide.transaction(shop.id) as session:
                wanted = RewardOrder(member_of(session, customer), "it", None, uuid.uuid4())
                redeem.place_hold(session, wanted, keys=world.keys, now=NOON)
            outcomes.append("held")
        except (RewardOutOfStock, RewardLimitReached) as refusal:
            outcomes.append(refusal.code)

    threads = [threading.Thread(target=spend, args=(customer,)) for customer in customers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wide.dispose()
    return sorted(outcomes)


def test_thirty_two_members_at_once_get_what_is_in_stock_and_no_more(world: World) -> None:
    shop = offering(world, reward("amount_off", stock=5))
    crowd = range(100, 132)
    for at, customer in enumerate(crowd):
        settled(world, shop, order(at + 10, "150.00", customer=customer))

    outcomes = at_once(world, shop, crowd)

    assert outcomes == ["held"] * 5 + ["reward-out-of-stock"] * 27
    proved(world, shop)


def test_sixteen_requests_of_one_member_pass_their_limit_once(world: World) -> None:
    shop = offering(world, reward("amount_off", per_member=MemberLimit(times=1, per="day")))

    outcomes = at_once(world, shop, [7] * 16)

    assert outcomes == ["held"] + ["reward-limit-reached"] * 15
    assert balance(world, shop) == (0, 900, 100, 0)


@pytest.mark.parametrize(("limits", "more"), [({}, 0), ({"stock": 5}, 2), ({"per_member": MemberLimit()}, 2)])
def test_a_plain_reward_is_held_by_two_statements_and_only_limits_cost_more(
    world: World, limits: dict[str, Any], more: int
) -> None:
    shop = offering(world, reward("amount_off", **limits))
    take(world, offering(world, reward("amount_off", **limits)))  # programs are read once a process
    sent: list[str] = []
    sql = Session.sql

    def counted(session: Session, statement: Any, *params: Any, named: Any = None) -> list[Any]:
        sent.append(statement)
        return sql(session, statement, *params, named=named)

    with world.database.transaction(shop.id) as session:
        member = member_of(session)
        wanted = RewardOrder(member, "it", None, uuid.uuid4())
        with patch.object(Session, "sql", counted):
            redeem.place_hold(session, wanted, keys=world.keys, now=NOON)

    assert len(sent) == 2 + more


# --- People ---------------------------------------------------------------------------------------------------------------


def test_a_recipients_address_is_gone_as_soon_as_shopify_has_it(
    world: World, shopify: FakeShopify, clock: StepClock
) -> None:
    shop = offering(world, reward("gift_card"))
    row = take(world, shop, recipient=Recipient("friend@example.com", "Friend", "Enjoy"))
    perform(world, shop, clock)

    with world.database.transaction(shop.id) as session:
        kept = tasks.find_recipient(session, row.id)

    [card] = shopify.cards.values()
    assert card.spec.recipient == Recipient("friend@example.com", "Friend", "Enjoy")
    assert kept is None


def test_an_erased_member_leaves_no_recipient_and_no_word_and_gets_nothing(
    world: World, shopify: FakeShopify, clock: StepClock
) -> None:
    shop = offering(world, reward("gift_card"), reward("experience").model_copy(update={"id": "spa"}))
    card = take(world, shop, recipient=Recipient("friend@example.com", None, "Enjoy"))
    with world.database.transaction(shop.id) as session:
        spa = RewardOrder(member_of(session), "spa", None, uuid.uuid4())
        redeem.place_hold(session, spa, keys=world.keys, now=clock())
    with world.database.transaction(shop.id) as session:
        redeem.cancel(session, card.id, now=clock())  # not sent yet
    perform_due(world, shop.id, shop.domain)
    with world.database.transaction(shop.id) as session:
        fulfilment.done(session, spa.redemption_id, note="a secret of hers", by="staff", now=clock())

    with world.database.transaction(shop.id) as session:
        forget.erase(session, 7, keys=world.keys, now=clock())

    with world.database.transaction(shop.id) as session:
        left = session.sql("SELECT count(*) FROM gift_recipients WHERE shop_id = %s", shop.id)
        noted = session.sql("SELECT note FROM tasks WHERE shop_id = %s", shop.id)
    assert (left, noted, len(shopify.cards)) == ([(0,)], [(None,)], 0)
    proved(world, shop)


def test_who_returns_a_used_reward_is_told_that_it_is_over(world: World, clock: StepClock) -> None:
    shop = offering(world, reward("store_credit"))
    row = take(world, shop)
    perform(world, shop, clock)

    with pytest.raises(RedemptionOver):
        cancel(world, shop, row)
