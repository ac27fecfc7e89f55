"""Tiers: who has which when, what that gives, and that it follows from what happened, not from when we heard of it."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from plugin.loyalty.deliveries import ShopFacts
from plugin.loyalty.errors import TierNotPinned, TierPinOver, TierUnknown
from plugin.loyalty.facts import OrderFacts
from plugin.loyalty.program import CalendarYear, Level, Program, RecurringPerk, Reward, Tiers, default_program
from plugin.services import audit, calendar, due, forget, members, programs, settle, shops, tier_preview, tiers
from plugin.services.effects import Kind
from plugin.services.perform import World, perform_due
from tests.conftest import NOON, TestShop, make_shop
from tests.fakes import FakeShopify, StepClock
from tests.services.stories import order

GIFT = Reward(id="gift", kind="amount_off", title="Gift", price_points=100, value=Decimal(5))


def program(*, window: object = None, **more: object) -> Program:
    """Bronze at 100, silver at 300 (times 1.5), gold at 600 (times 2), each with an entry gift of points."""
    levels = (
        Level(id="bronze", title="Bronze", threshold=Decimal(100), entry_points=10),
        Level(id="silver", title="Silver", threshold=Decimal(300), multiplier=Decimal("1.5"), entry_points=20),
        Level(
            id="gold",
            title="Gold",
            threshold=Decimal(600),
            multiplier=Decimal(2),
            entry_points=30,
            entry_rewards=("gift",),
            tag="vip",
        ),
    )
    terms = Tiers.model_validate({"levels": levels, **({"window": window} if window else {}), **more})
    plain = default_program("USD", is_live=True)
    return plain.model_copy(update={"tiers": terms, "rewards": (*plain.rewards, GIFT)})


@pytest.fixture
def tiered(world: World) -> TestShop:
    """A shop with three tiers by spend in twelve months."""
    return make_shop(world, program())


def test_spending_reaches_a_tier_and_the_next_order_is_multiplied(world: World, tiered: TestShop) -> None:
    tell(world, tiered, order(1, "300.00"))

    tell(world, tiered, order(2, "100.00", at=NOON + timedelta(hours=1)))

    assert tier(world, tiered) == "silver"
    assert lines(world, tiered) == [
        "accrue 300 order",
        "accrue 10 tier",
        "accrue 20 tier",
        "accrue 150 order",
    ]


def test_an_order_does_not_lift_itself(world: World, tiered: TestShop) -> None:
    tell(world, tiered, order(1, "700.00"))

    found = at(world, tiered, NOON), at(world, tiered, NOON + timedelta(seconds=1))

    assert found == (None, "gold")
    assert lines(world, tiered)[0] == "accrue 700 order"


def test_each_passed_tier_greets_once(world: World, tiered: TestShop, shopify: FakeShopify) -> None:
    """Acceptance case 13: Bronze jumps to Platinum, each passed tier's entry reward once."""
    tell(world, tiered, order(1, "150.00"))
    tell(world, tiered, order(2, "650.00", at=NOON + timedelta(days=1)))

    tell(world, tiered, order(3, "10.00", at=NOON + timedelta(days=2)))
    carry_out(world, tiered)

    assert [line for line in lines(world, tiered) if line.endswith(" tier")] == [
        "accrue 10 tier",
        "accrue 20 tier",
        "accrue 30 tier",
    ]
    assert [discount.spec.title for discount in shopify.discounts.values()] == ["Gift"]


@pytest.mark.parametrize("arrival", list(itertools.permutations(range(3))))
def test_the_order_of_deliveries_never_matters(world: World, arrival: Sequence[int]) -> None:
    shop = make_shop(world, program())
    orders = [order(n + 1, money, at=NOON + timedelta(days=n)) for n, money in enumerate(("350.00", "300.00", "80.00"))]

    for n in arrival:
        tell(world, shop, orders[n])

    # 350 at the base rate; silver then: 300 x 1.5; gold then: 80 x 2; the three greetings.
    assert balance(world, shop) == 350 + 450 + 160 + 60
    assert audit.run(world.database, shop.id, now=world.clock()).findings == {}


@pytest.mark.parametrize("seed", range(6))
def test_refunds_repeats_and_strays_in_any_order_end_the_same(world: World, seed: int) -> None:
    shop, chance = make_shop(world, program()), random.Random(seed)
    news = [
        order(1, "350.00", at=NOON),
        order(2, "300.00", at=NOON + timedelta(days=1)),
        order(3, "80.00", at=NOON + timedelta(days=2)),
        order(4, "40.00", at=NOON + timedelta(days=3)),
        order(1, "350.00", at=NOON, refunds=[(1, "350.00", 1)]),
        order(4, "40.00", at=NOON + timedelta(days=3), customer=8, updated=NOON + timedelta(days=4)),
    ]
    arrivals = [*news, *chance.sample(news, 3)]
    chance.shuffle(arrivals)

    for facts in arrivals:
        tell(world, shop, facts)

    # Without #1 only #2 counts before #3: bronze, then silver; 80 x 1.5. #4 is somebody else's.
    assert tier(world, shop) == "silver"
    assert balance(world, shop) == 300 + 120 + 10 + 20
    assert balance(world, shop, customer=8) == 40
    assert audit.run(world.database, shop.id, now=world.clock()).findings == {}


def test_a_batch_counts_as_its_orders_one_by_one(world: World, tiered: TestShop) -> None:
    orders = [
        order(n + 1, money, at=NOON - timedelta(days=9 - n)) for n, money in enumerate(("350.00", "300.00", "80.00"))
    ]

    with world.database.transaction(tiered.id) as session:
        settle.lock_shop(session)
        settle.settle(session, orders, keys=world.keys, now=world.clock())

    assert balance(world, tiered) == 350 + 450 + 160 + 60
    assert effects_of(world, tiered, Kind.SETTLE_AGAIN) == 0


def test_a_refund_takes_the_tier_and_all_that_it_gave(world: World, tiered: TestShop, shopify: FakeShopify) -> None:
    tell(world, tiered, order(1, "700.00"))
    tell(world, tiered, order(2, "50.00", at=NOON + timedelta(days=1)))

    tell(world, tiered, order(1, "700.00", refunds=[(1, "700.00", 1)]))
    carry_out(world, tiered)

    assert tier(world, tiered) is None
    assert balance(world, tiered) == 50
    assert not any(discount.is_active for discount in shopify.discounts.values())
    assert {"claw_back 50 order_changed", "claw_back 30 tier_undone"} <= set(lines(world, tiered))


def test_buying_again_what_was_given_back_greets_again_and_gains_nothing(world: World, tiered: TestShop) -> None:
    tell(world, tiered, order(1, "150.00"))
    tell(world, tiered, order(1, "150.00", refunds=[(1, "150.00", 1)]))

    tell(world, tiered, order(2, "150.00", at=NOON + timedelta(days=1)))

    assert balance(world, tiered) == 150 + 10


def test_a_gift_that_was_used_is_not_given_again_for_buying_the_tier_again(
    world: World, tiered: TestShop, shopify: FakeShopify
) -> None:
    tell(world, tiered, order(1, "700.00"))
    carry_out(world, tiered)
    [code] = shopify.discounts
    tell(world, tiered, order(2, "20.00", at=NOON + timedelta(days=1), codes=[code]))
    tell(world, tiered, order(1, "700.00", refunds=[(1, "700.00", 1)]))

    tell(world, tiered, order(3, "700.00", at=NOON + timedelta(days=2)))
    carry_out(world, tiered)

    assert tier(world, tiered) == "gold"
    assert list(shopify.discounts) == [code]


def test_a_calendar_tier_is_kept_to_the_end_of_the_next_year(world: World) -> None:
    """Acceptance case 14: reached in November 2024, kept to 31 December 2025."""
    shop = make_shop(world, program(window=CalendarYear()))
    tell(world, shop, order(1, "300.00", at=datetime(2026, 11, 5, 12, tzinfo=UTC)))

    until = standing(world, shop, datetime(2026, 12, 1, tzinfo=UTC)).until

    assert until == datetime(2028, 1, 1, 5, tzinfo=UTC)
    assert at(world, shop, datetime(2028, 1, 1, 4, 59, tzinfo=UTC)) == "silver"
    assert at(world, shop, datetime(2028, 1, 1, 5, tzinfo=UTC)) is None


def test_a_twelve_month_tier_is_kept_to_the_same_day(world: World, tiered: TestShop) -> None:
    """Acceptance case 15: reached on 3 March 2024, kept to 3 March 2025."""
    tell(world, tiered, order(1, "300.00", at=datetime(2026, 3, 3, 12, tzinfo=UTC)))

    found = standing(world, tiered, datetime(2026, 4, 1, tzinfo=UTC))

    assert found.until == datetime(2027, 3, 4, 5, tzinfo=UTC)
    assert found.progress.missing == 300
    assert found.progress.next is not None
    assert found.progress.next.id == "gold"


def test_points_that_staff_give_and_points_that_lapse_change_no_tier(world: World) -> None:
    shop = make_shop(world, program(metric="points"))
    tell(world, shop, order(1, "90.00"))

    with world.database.transaction(shop.id) as session:
        members.adjust(session, member(world, shop), 500, words="sorry", author="Ann", key="k", now=world.clock())
    tell(world, shop, order(2, "5.00", at=NOON + timedelta(days=1)))

    assert tier(world, shop) is None


def test_staff_pin_a_tier_up_and_down_until_a_day(world: World, tiered: TestShop) -> None:
    tell(world, tiered, order(1, "350.00"))
    pin(world, tiered, "gold", until=NOON + timedelta(days=10))
    up = tier(world, tiered), at(world, tiered, NOON + timedelta(days=11))

    pin(world, tiered, None, until=None)
    down = tier(world, tiered)
    unpin(world, tiered)

    assert up == ("gold", "silver")
    assert down is None
    assert tier(world, tiered) == "silver"
    with pytest.raises(TierNotPinned):
        unpin(world, tiered)
    with pytest.raises(TierUnknown):
        pin(world, tiered, "platinum", until=None)
    with pytest.raises(TierPinOver):
        pin(world, tiered, "gold", until=NOON - timedelta(days=1))


def test_merged_members_count_together_and_stay_at_the_better_tier(world: World, tiered: TestShop) -> None:
    tell(world, tiered, order(1, "350.00", customer=7))
    tell(world, tiered, order(2, "260.00", customer=8, at=NOON + timedelta(days=1)))
    world.clock.forward(days=2)  # type: ignore[attr-defined]

    with world.database.transaction(tiered.id) as session:
        settle.lock_shop(session)
        members.merge(
            session, kept_customer_id=8, lost_customer_id=7, tombstone_key=world.keys.tombstones, now=world.clock()
        )
    carry_out(world, tiered)

    assert tier(world, tiered, customer=8) == "gold"
    # 350, then 260 x 1.5 as silver; 10 + 20 greeted the one, 10 the other; silver and gold greet the one they are now.
    assert balance(world, tiered, customer=8) == 350 + 390 + 10 + 20 + 10 + 30
    assert audit.run(world.database, tiered.id, now=world.clock()).findings == {}


def test_switching_tiers_on_counts_everybody_in_the_background(world: World, shop: TestShop) -> None:
    tell(world, shop, order(1, "350.00", at=NOON - timedelta(days=30)))

    publish(world, shop, program())
    before = tier(world, shop)
    carry_out(world, shop)

    assert before is None
    assert tier(world, shop) == "silver"
    assert lines(world, shop) == ["accrue 350 order", "accrue 10 tier", "accrue 20 tier"]
    assert at(world, shop, NOON - timedelta(days=1)) is None


def test_another_tier_program_changes_no_past(world: World, tiered: TestShop) -> None:
    tell(world, tiered, order(1, "350.00"))
    tell(world, tiered, order(2, "100.00", at=NOON + timedelta(days=1)))
    world.clock.forward(days=2)  # type: ignore[attr-defined]
    higher = program().tiers.model_dump(mode="json")
    for level in higher["levels"]:
        level["threshold"] = str(Decimal(level["threshold"]) * 10)

    publish(world, tiered, program().model_copy(update={"tiers": Tiers.model_validate(higher)}))
    carry_out(world, tiered)

    assert tier(world, tiered) is None
    assert at(world, tiered, NOON + timedelta(days=1)) == "silver"
    assert "accrue 150 order" in lines(world, tiered)
    assert balance(world, tiered) == 350 + 150 + 30


def test_a_monthly_perk_is_given_once_a_month_while_the_tier_is_had(world: World, shopify: FakeShopify) -> None:
    monthly = program()
    silver = monthly.tiers.levels[1].model_copy(update={"recurring": (RecurringPerk(reward="gift"),)})
    levels = (monthly.tiers.levels[0], silver)
    shop = make_shop(world, monthly.model_copy(update={"tiers": monthly.tiers.model_copy(update={"levels": levels})}))
    tell(world, shop, order(1, "350.00"))
    carry_out(world, shop)
    first = len(shopify.discounts)

    for _ in range(60):
        world.clock.forward(days=1)  # type: ignore[attr-defined]
        new_day(world, shop)
    carry_out(world, shop)

    assert first == 1
    assert len(shopify.discounts) == 3  # March, April and May


def test_shopify_is_told_tiers_and_points_once_for_all_that_happened(
    world: World, shopify: FakeShopify, clock: StepClock
) -> None:
    shown = {"at_shopify": {"tags": True, "metafields": True}}
    shop = make_shop(world, program(**shown))
    for n in range(3):
        tell(world, shop, order(n + 1, "300.00", at=NOON + timedelta(days=n)))

    clock.forward(seconds=6)
    carry_out(world, shop)

    mark = shopify.standings[7]
    assert (mark.tier, mark.points) == ("gold", balance(world, shop))
    assert shopify.tags.get(7, set()) == {"vip"}

    tell(world, shop, order(2, "300.00", at=NOON + timedelta(days=1), refunds=[(1, "300.00", 1)]))
    clock.forward(seconds=6)
    carry_out(world, shop)

    assert shopify.standings[7].tier == "gold"
    tell(world, shop, order(1, "300.00", refunds=[(2, "300.00", 1)]))
    clock.forward(seconds=6)
    carry_out(world, shop)
    assert shopify.standings[7].tier == "silver"
    assert shopify.tags.get(7, set()) == set()


def test_nothing_is_told_where_the_setting_is_off(world: World, shopify: FakeShopify, clock: StepClock) -> None:
    shop = make_shop(world, program(at_shopify={"tags": False, "metafields": False}))
    tell(world, shop, order(1, "700.00"))

    clock.forward(seconds=6)
    carry_out(world, shop)

    assert shopify.standings == {}
    assert shopify.tags.get(7, set()) == set()


def test_a_plain_program_reads_nothing_for_tiers(world: World, shop: TestShop) -> None:
    tell(world, shop, order(1, "700.00"))

    assert at(world, shop, NOON) is None
    with world.database.transaction(shop.id) as session:
        assert session.sql("SELECT count(*) FROM order_worths WHERE shop_id = %s", shop.id) == [(0,)]


def test_a_draft_is_previewed_before_it_is_published(world: World, shop: TestShop) -> None:
    tell(world, shop, order(1, "350.00", customer=7))
    tell(world, shop, order(2, "700.00", customer=8))
    tell(world, shop, order(3, "20.00", customer=9))

    with world.database.transaction(shop.id) as session:
        found = tier_preview.preview(session, program(), now=world.clock())
    publish(world, shop, program())
    carry_out(world, shop)
    with world.database.transaction(shop.id) as session:
        again = tier_preview.preview(session, program(), now=world.clock())

    assert (found.members, found.live) == (3, {None: 3})
    assert found.draft == {"silver": 1, "gold": 1, None: 1}
    assert found.moves == {(None, "silver"): 1, (None, "gold"): 1}
    assert (found.entry_points, found.entry_rewards) == (90, {"gift": 1})
    assert (again.draft, again.moves, again.entry_points) == (found.draft, {}, 0)
    assert sum(balance(world, shop, customer) for customer in (7, 8, 9)) == 350 + 700 + 20 + found.entry_points


def test_another_time_zone_moves_the_ends_of_terms(world: World, tiered: TestShop) -> None:
    tell(world, tiered, order(1, "350.00"))
    before = standing(world, tiered, NOON + timedelta(days=1)).until

    with world.database.transaction(tiered.id) as session:
        facts = ShopFacts(shop_id=1, updated_at=world.clock(), currency="USD", timezone="Asia/Tokyo")
        shops.changed(session, facts)
        tiers.request_round(session, now=world.clock())
    carry_out(world, tiered)

    assert before == datetime(2027, 3, 3, 5, tzinfo=UTC)
    assert standing(world, tiered, NOON + timedelta(days=1)).until == datetime(2027, 3, 2, 15, tzinfo=UTC)


def test_what_was_typed_about_a_pin_is_forgotten_with_the_person(world: World, tiered: TestShop) -> None:
    tell(world, tiered, order(1, "350.00"))
    pin(world, tiered, "gold", until=None)

    with world.database.transaction(tiered.id) as session:
        forget.erase(session, 7, keys=world.keys, now=world.clock())

    with world.database.transaction(tiered.id) as session:
        assert session.sql("SELECT author, words FROM tier_pins WHERE shop_id = %s", tiered.id) == [("", "")]
    assert audit.run(world.database, tiered.id, now=world.clock()).findings == {}


# --- Helpers ------------------------------------------------------------------------------------------------------------


def tell(world: World, shop: TestShop, facts: OrderFacts) -> None:
    """Settle one order, and what that asks to be settled again; never before it was placed."""
    assert facts.body is not None
    assert isinstance(world.clock, StepClock)
    world.clock.now = max(world.clock.now, facts.body.processed_at + timedelta(seconds=1))
    with world.database.transaction(shop.id) as session:
        settle.lock_shop(session)
        settle.settle(session, [facts], keys=world.keys, now=world.clock())
    while effects_of(world, shop, Kind.SETTLE_AGAIN):
        perform_due(world, shop.id, shop.domain, kinds=(Kind.SETTLE_AGAIN,))


def carry_out(world: World, shop: TestShop) -> None:
    kinds = (Kind.TIERS, Kind.SETTLE_AGAIN, Kind.MEMBER_STATE, Kind.ISSUE_CODE, Kind.VOID_CODE, Kind.REBIND_CODE)
    for _ in range(20):
        if not perform_due(world, shop.id, shop.domain, kinds=kinds):
            return


def effects_of(world: World, shop: TestShop, kind: Kind) -> int:
    with world.database.transaction(shop.id) as session:
        [(count,)] = session.sql("SELECT count(*) FROM outbox WHERE shop_id = %s AND kind = %s", shop.id, kind.value)
    return int(count)


def new_day(world: World, shop: TestShop) -> None:
    calendar.run(
        world.database, shop.id, lambda: world.shopify(shop.id, shop.domain), keys=world.keys, now=world.clock()
    )


def member(world: World, shop: TestShop, customer: int = 7) -> int:
    with world.database.transaction(shop.id) as session:
        found = members.by_customer(session, customer)
    assert found is not None
    return found


def at(world: World, shop: TestShop, instant: datetime, customer: int = 7) -> str | None:
    who = member(world, shop, customer)
    with world.database.transaction(shop.id) as session:
        return tiers.at(session, [(who, instant)])[who, instant]


def tier(world: World, shop: TestShop, customer: int = 7) -> str | None:
    who = member(world, shop, customer)
    latest = world.clock() + timedelta(days=3)
    with world.database.transaction(shop.id) as session:
        return tiers.of(session, who, latest)


def standing(world: World, shop: TestShop, now: datetime) -> tiers.Standing:
    who = member(world, shop)
    with world.database.transaction(shop.id) as session:
        return tiers.standing(session, who, now=now)


def balance(world: World, shop: TestShop, customer: int = 7) -> int:
    who = member(world, shop, customer)
    with world.database.transaction(shop.id) as session:
        due.post(session, now=world.clock())
        view = members.view(session, who, handle_key=b"h" * 32, now=world.clock())
    return view.available - view.debt


def lines(world: World, shop: TestShop, customer: int = 7) -> list[str]:
    who = member(world, shop, customer)
    with world.database.transaction(shop.id) as session:
        found = members.entries(session, who)
    return [f"{entry.move.word} {entry.points} {entry.reason.name.lower()}" for entry in reversed(found)]


def pin(world: World, shop: TestShop, tier_id: str | None, *, until: datetime | None) -> None:
    who = member(world, shop)
    with world.database.transaction(shop.id) as session:
        tiers.pin(
            session, who, tier_id, until=until, words="a friend", author="Ann", keys=world.keys, now=world.clock()
        )


def unpin(world: World, shop: TestShop) -> None:
    who = member(world, shop)
    with world.database.transaction(shop.id) as session:
        tiers.unpin(session, who, keys=world.keys, now=world.clock())


def publish(world: World, shop: TestShop, document: Program) -> None:
    with world.database.transaction(shop.id) as session:
        programs.publish(session, document, by="test", now=world.clock())
