"""What members are told of orders, tiers and months: at the right time, once, and not when it is no longer true."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from plugin.loyalty.facts import OrderFacts
from plugin.loyalty.outside import Person
from plugin.loyalty.program import Level, Program, Tiers, default_program
from plugin.services import calendar, members, messages, programs
from plugin.services import settle as settling
from plugin.services.perform import World, perform_due
from tests.conftest import NOON, TestShop, make_shop
from tests.fakes import FakeShopify, StepClock
from tests.mail.conftest import Sink
from tests.services.stories import order


def shop_that_tells(world: World, shopify: FakeShopify, *kinds: str, locale: str = "en", **parts: Any) -> TestShop:
    shopify.persons[7001] = Person(7001, "Ann", "ann@example.com", (), locale, takes_marketing=True)
    document = default_program("USD", is_live=True).model_dump(mode="json") | parts
    document["messages"] = {"on": kinds, "digest_minutes": 0, "quiet_from": "00:00", "quiet_until": "00:00"}
    return make_shop(world, Program.model_validate(document))


def settle(world: World, shop: TestShop, facts: OrderFacts) -> None:
    with world.database.transaction(shop.id) as session:
        settling.lock_shop(session)
        settling.settle(session, [facts], keys=world.keys, now=world.clock())


def work(world: World, shop: TestShop, shopify: FakeShopify) -> None:
    calendar.run(world.database, shop.id, lambda: shopify, keys=world.keys, now=world.clock())
    while perform_due(world, shop.id, shop.domain):
        pass


def subjects(sink: Sink) -> list[str]:
    return [str(mail["Subject"]) for mail in sink.mails]


def text(sink: Sink) -> str:
    part = sink.mails[-1].get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def test_points_are_told_of_on_the_day_they_can_be_spent(
    world: World, shopify: FakeShopify, sink: Sink, clock: StepClock
) -> None:
    earning = {"points": 1, "per": "1", "pending_days": 14}
    shop = shop_that_tells(world, shopify, "points_available", earning=earning)
    settle(world, shop, order(1, "80.00", customer=7001))

    work(world, shop, shopify)
    at_once = subjects(sink)
    clock.forward(days=14, minutes=1)
    work(world, shop, shopify)

    assert at_once == []
    assert subjects(sink) == ["Ready to spend: 80 points"]


def test_points_that_were_taken_back_meanwhile_are_not_told_of(
    world: World, shopify: FakeShopify, sink: Sink, clock: StepClock
) -> None:
    shop = shop_that_tells(world, shopify, "points_available", earning={"points": 1, "per": "1", "pending_days": 14})
    settle(world, shop, order(1, "80.00", customer=7001))
    clock.forward(days=3)
    settle(world, shop, order(1, "80.00", customer=7001, cancelled=clock.now))

    clock.forward(days=14)
    work(world, shop, shopify)

    assert subjects(sink) == []


@pytest.mark.parametrize(
    ("available", "expected"),
    [(0, None), (399, None), (400, ("amount-off", 100)), (499, ("amount-off", 1)), (500, None)],
)
def test_a_reward_is_near_when_a_fifth_of_its_price_is_missing(
    available: int, expected: tuple[str, int] | None
) -> None:
    document = default_program("USD", is_live=True).model_dump(mode="json")
    document["rewards"] = [
        {"id": "amount-off", "kind": "amount_off", "title": "Five", "price_points": 500, "value": "5"}
    ]

    found = Program.model_validate(document).reward_near(available)

    assert (None if found is None else (found[0].id, found[1])) == expected


def test_who_is_near_to_a_reward_hears_it_once(world: World, shopify: FakeShopify, sink: Sink) -> None:
    rewards = [{"id": "five", "kind": "amount_off", "title": "Five dollars", "price_points": 100, "value": "5"}]
    shop = shop_that_tells(world, shopify, "reward_near", rewards=rewards)

    settle(world, shop, order(1, "85.00", customer=7001))
    work(world, shop, shopify)
    settle(world, shop, order(2, "10.00", customer=7001))
    work(world, shop, shopify)

    assert subjects(sink) == ["Almost there: Five dollars"]
    assert "Only 15 points to go" in text(sink)


def tiers() -> dict[str, Any]:
    levels = (
        Level(id="bronze", title="Bronze", threshold=Decimal(100)),
        Level(id="gold", title="Gold", titles={"de": "Goldkreis"}, threshold=Decimal(300)),
    )
    return Tiers(levels=levels).model_dump(mode="json")


def test_who_rises_is_told_in_their_language_and_only_of_where_they_are(
    world: World, shopify: FakeShopify, sink: Sink
) -> None:
    shop = shop_that_tells(world, shopify, "tier_up", locale="de-AT", tiers=tiers())

    settle(world, shop, order(1, "350.00", customer=7001))
    work(world, shop, shopify)
    settle(world, shop, order(2, "20.00", customer=7001))
    work(world, shop, shopify)

    assert subjects(sink) == ["Du bist jetzt Goldkreis"]


def test_a_tier_that_ends_soon_is_told_of_a_month_before(
    world: World, shopify: FakeShopify, sink: Sink, clock: StepClock
) -> None:
    shop = shop_that_tells(world, shopify, "tier_at_risk", tiers=tiers())
    settle(world, shop, order(1, "350.00", customer=7001))
    told_on = []

    clock.now = NOON + timedelta(days=330)
    for _ in range(10):
        before = len(sink.mails)
        work(world, shop, shopify)
        told_on += [clock.now.date()] * (len(sink.mails) - before)
        clock.forward(days=1)

    assert subjects(sink) == [f"Gold ends on March {NOON.day + 1}, 2027"]
    assert told_on == [date(2027, 2, 1)]


def test_a_month_is_stated_on_the_first_with_what_came_went_and_is(
    world: World, shopify: FakeShopify, sink: Sink, clock: StepClock
) -> None:
    shop = shop_that_tells(world, shopify, "statement")
    settle(world, shop, order(1, "80.00", customer=7001))

    clock.now = datetime(2026, 4, 1, 12, tzinfo=UTC)
    work(world, shop, shopify)
    work(world, shop, shopify)
    clock.now = datetime(2026, 5, 1, 12, tzinfo=UTC)  # nothing happened in April
    work(world, shop, shopify)

    assert subjects(sink) == ["Your March with Rewards"]
    assert "Collected: 80 points. Spent: 0 points. Yours now: 80 points." in text(sink)


def test_an_answer_of_staff_is_sent_whatever_is_switched_on(world: World, shopify: FakeShopify, sink: Sink) -> None:
    shop = shop_that_tells(world, shopify)
    with world.database.transaction(shop.id) as session:
        ann = members.join(session, 7001, tombstone_key=world.keys.tombstones, now=world.clock())
        live, now = programs.current(session).program, world.clock()
        words = "Thank you! <b>We</b> fixed it."
        messages.queue(
            session, live, ann, "feedback_reply", cause="answer:1", facts={"words": words}, happened_at=now, now=now
        )

    work(world, shop, shopify)

    assert "Thank you! <b>We</b> fixed it." in text(sink)
    html = sink.mails[-1].get_body(("html",))
    assert html is not None
    assert "<b>We</b>" not in str(html.get_content())
