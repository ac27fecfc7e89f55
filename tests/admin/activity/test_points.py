"""Points per customer and month: every window of every shop sums to what its entries say, on the page and in the file."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta

import pytest

from plugin.loyalty.program import default_program, dump, parse
from plugin.services import members, points_report
from plugin.services.perform import World
from plugin.services.points_report import Measure, Sums
from tests.admin.activity.shop import buy, join, take_reward
from tests.admin.conftest import PromptBell
from tests.admin.staff import Staff, error_at
from tests.conftest import START, TestShop, make_shop
from tests.fakes import StepClock

BRACKETS = {
    "earning": {"points": 0},
    "order_rules": [
        {
            "id": "steps",
            "title": "More for larger orders",
            "effect": {
                "kind": "brackets",
                "brackets": [{"start": "50", "points": "1"}, {"start": "100", "points": "2"}],
            },
        }
    ],
}
"""Two points for every unit above 100, and one for every unit between 50 and 100, in each order."""


def report(world: World, shop: TestShop, first: date, last: date, measure: Measure = "given") -> points_report.Report:
    with world.database.transaction(shop.id) as session:
        window = points_report.window_of(session, first, last)
        return points_report.of_window(session, window, measure=measure)


def given(sums: dict[date, Sums]) -> dict[str, int]:
    return {f"{month:%B}": one.given for month, one in sums.items()}


@pytest.fixture
def bracketed(world: World) -> TestShop:
    program = parse(dump(default_program("USD", is_live=True)) | BRACKETS)
    return make_shop(world, program)


@pytest.mark.parametrize(
    ("amount", "points"), [("120.00", 90), ("200.00", 250), ("50.00", 0), ("100.00", 50), ("51.99", 1)]
)
def test_the_brackets_give_what_the_exercise_asks_for(
    world: World, bracketed: TestShop, amount: str, points: int
) -> None:
    buy(world, bracketed, 1, 7001, amount)

    found = report(world, bracketed, date(2026, 3, 1), date(2026, 3, 31))

    assert found.total.given == points


def test_three_months_of_orders_are_summed_by_customer_and_month_and_in_all(
    world: World, bracketed: TestShop, clock: StepClock
) -> None:
    bought = {
        7001: [(date(2026, 3, 3), "120.00"), (date(2026, 3, 30), "200.00"), (date(2026, 5, 2), "75.00")],
        7002: [(date(2026, 4, 11), "120.00"), (date(2026, 5, 31), "40.00")],
    }
    placed = sorted((day, customer, amount) for customer, orders in bought.items() for day, amount in orders)
    for number, (day, customer, amount) in enumerate(placed):
        clock.now = datetime(day.year, day.month, day.day, 15, tzinfo=UTC)
        buy(world, bracketed, 100 + number, customer, amount)

    found = report(world, bracketed, date(2026, 3, 1), date(2026, 5, 31))

    assert [(given(line.months), line.total.given) for line in found.lines] == [
        ({"March": 340, "May": 25}, 365),
        ({"April": 90}, 90),
    ]
    assert [(f"{month:%B}", accounts, sums.given) for month, accounts, sums in found.months] == [
        ("March", 1, 340),
        ("April", 1, 90),
        ("May", 1, 25),
    ]
    assert (found.accounts, found.total.given) == (2, 455)


def test_what_was_given_taken_redeemed_and_moved_is_what_balances_changed_by(
    world: World, shop: TestShop, clock: StepClock, bell: PromptBell
) -> None:
    first, second = join(world, shop, 7001, 40), join(world, shop, 7002, 7)
    buy(world, shop, 5001, 7001, "300.00")
    clock.forward(days=20)
    take_reward(world, shop, first, bell)
    clock.forward(days=20)
    buy(world, shop, 5001, 7001, "300.00", refunded="120.00")
    with world.database.transaction(shop.id) as session:
        members.merge(session, kept_customer_id=7002, lost_customer_id=7001, tombstone_key=b"t" * 32, now=world.clock())

    found = report(world, shop, date(2026, 3, 1), date(2026, 12, 31))

    with world.database.transaction(shop.id) as session:
        balances = {
            member: sum(row)
            for member, *row in session.sql(
                "SELECT id, pending, available, held FROM members WHERE shop_id = %s AND seq > 0", shop.id
            )
        }
    assert {line.member_id: line.total.change for line in found.lines} == balances
    assert found.total.change == sum(balances.values()) == 40 + 7 + 300 - 120
    assert found.total.moved == 0
    assert {line.member_id: line.total.moved for line in found.lines} == {
        first: -balances[second] + 7,
        second: balances[second] - 7,
    }


def test_a_month_begins_and_ends_where_the_shop_is(world: World, shop: TestShop, clock: StepClock) -> None:
    clock.now = datetime(2026, 4, 1, 3, 59, tzinfo=UTC)  # 31 March, 23:59 in New York
    buy(world, shop, 1, 7001, "10.00")
    clock.now = datetime(2026, 4, 1, 4, 0, tzinfo=UTC)
    buy(world, shop, 2, 7001, "20.00")

    assert report(world, shop, date(2026, 3, 1), date(2026, 3, 31)).total.given == 10
    assert report(world, shop, date(2026, 4, 1), date(2026, 4, 30)).total.given == 20
    [line] = report(world, shop, date(2026, 3, 1), date(2026, 4, 30)).lines
    assert given(line.months) == {"March": 10, "April": 20}


def test_a_refund_counts_in_its_own_month(world: World, shop: TestShop, clock: StepClock) -> None:
    clock.now = START + timedelta(days=60)
    buy(world, shop, 1, 7001, "100.00")
    before = report(world, shop, date(2026, 3, 1), date(2026, 3, 31))
    clock.forward(days=40)
    buy(world, shop, 1, 7001, "100.00", refunded="100.00", at=clock.now)

    after = report(world, shop, date(2026, 3, 1), date(2026, 3, 31))
    april = report(world, shop, date(2026, 4, 1), date(2026, 4, 30))

    assert (before.total, before.total.given) == (after.total, 100)
    assert (april.total.taken, april.total.change) == (100, -100)


@pytest.mark.parametrize(("measure", "first"), [("given", 7001), ("taken", 7002)])
def test_the_most_of_what_is_asked_for_comes_first(
    world: World, shop: TestShop, clock: StepClock, measure: Measure, first: int
) -> None:
    buy(world, shop, 1, 7001, "100.00")
    buy(world, shop, 2, 7002, "50.00")
    clock.forward(hours=1)
    buy(world, shop, 2, 7002, "50.00", refunded="30.00")

    found = report(world, shop, date(2026, 3, 1), date(2026, 3, 31), measure)

    with world.database.transaction(shop.id) as session:
        assert members.customer_of(session, found.lines[0].member_id) == first


def test_the_page_shows_the_last_three_months_and_says_so(staff: Staff, world: World, shop: TestShop) -> None:
    buy(world, shop, 1, 7001, "1234.00")

    page = staff.fetch("/activity/points").text

    assert "Jan 1, 2026 – Mar 2, 2026" in page
    assert re.search(r"<s-table-header[^>]*>Mar 2026<", page)
    assert page.count("1,234") >= 4
    assert "Customer #7001" in page


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("since=2026-03-05&until=2026-03-01", "since", "before the last one"),
        ("since=2010-01-01&until=2026-03-01", "since", "at most three years"),
        ("since=first", "since", "Enter a day"),
        ("until=99999-01-01", "until", "Enter a day"),
    ],
)
def test_days_that_make_no_window_are_told_at_their_field(staff: Staff, query: str, field: str, words: str) -> None:
    answer = staff.fetch(f"/activity/points?{query}")

    assert answer.status_code == 422
    assert words in error_at(answer.text, field)


@pytest.mark.parametrize(
    "query", ["until=9999-12-31&since=9999-12-01", "since=0001-01-01&until=0001-02-01", "from=-1", "measure=x"]
)
def test_the_ends_of_the_calendar_are_no_trouble(staff: Staff, query: str) -> None:
    assert staff.fetch(f"/activity/points?{query}").status_code == 200


def test_the_file_has_a_line_for_each_customer_and_month(
    staff: Staff, world: World, shop: TestShop, clock: StepClock
) -> None:
    buy(world, shop, 1, 7001, "100.00")
    buy(world, shop, 2, 7002, "50.00")
    clock.forward(days=31)
    buy(world, shop, 3, 7001, "30.00")

    text = staff.fetch("/activity/points.csv?since=2026-03-01&until=2026-04-30").text
    lines = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))

    assert [(line["Month"], line["Shopify customer"], line["Given"], line["Change"]) for line in lines] == [
        ("2026-03", "7001", "100", "100"),
        ("2026-04", "7001", "30", "30"),
        ("2026-03", "7002", "50", "50"),
    ]


def test_more_customers_than_a_page_holds_are_turned(staff: Staff, world: World, shop: TestShop) -> None:
    for number in range(30):
        join(world, shop, 7100 + number, 100 + number)

    first = staff.fetch("/activity/points").text
    found = re.search(r'data-next="([^"]*)"', first)
    assert found is not None
    second = staff.fetch(found[1].replace("&amp;", "&")).text

    assert "Customer #7129" in first
    assert "Customer #7104" not in first
    assert "Customer #7104" in second
    assert "data-previous" in second
