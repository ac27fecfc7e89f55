"""The stream of activity: everything that happened to points, found by what, whose, which order, who and when."""

from __future__ import annotations

import csv
import html
import io
import re
from datetime import timedelta

import pytest

from plugin.db import activity_stream as rows
from plugin.loyalty.ledger import Reason
from plugin.loyalty.outside import Person
from plugin.services import activity_stream
from plugin.services.activity_stream import Wanted
from plugin.services.perform import World
from tests.admin.activity.shop import buy, join, take_reward
from tests.admin.conftest import PromptBell
from tests.admin.staff import Staff
from tests.conftest import TestShop
from tests.fakes import FakeShopify, StepClock


def shown(page: str) -> list[str]:
    """What happened, line by line."""
    body = page.partition("<s-table-body>")[2].partition("</s-table-body>")[0]
    cells = re.findall(r"<s-table-row>\s*<s-table-cell>(.*?)</s-table-cell>", body, re.DOTALL)
    return [" ".join(html.unescape(re.sub(r"<[^>]*>", " ", cell)).split()) for cell in cells]


def read_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.fixture
def busy(world: World, shop: TestShop, clock: StepClock, bell: PromptBell) -> tuple[int, int]:
    """Two members: the first bought, took a reward and was refunded, the second was given points."""
    first = join(world, shop, 7001)
    buy(world, shop, 5001, 7001, "160.00", name="#1001")
    clock.forward(hours=2)
    take_reward(world, shop, first, bell)
    clock.forward(hours=2)
    buy(world, shop, 5001, 7001, "160.00", name="#1001", refunded="40.00")
    clock.forward(hours=2)
    return first, join(world, shop, 7002, 25)


def test_everything_stands_there_newest_first(staff: Staff, busy: tuple[int, int], shopify: FakeShopify) -> None:
    shopify.persons[7002] = Person(7002, "Ada Lindqvist", None, (), None)

    page = staff.fetch("/activity").text

    assert shown(page) == [
        "Changed by the store “Welcome” – staff member 70200300401",
        "Taken back after a refund of order #1001",
        "Reserved for a reward: Money off",
        "Earned with order #1001",
    ]
    assert "Ada Lindqvist" in page
    assert "Customer #7001" in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("movement=earned", ["Earned with order #1001"]),
        ("movement=taken", ["Taken back after a refund of order #1001"]),
        (f"reason={Reason.REWARD.value}", ["Reserved for a reward: Money off"]),
        ("order=%231001&movement=earned", ["Earned with order #1001"]),
        ("order=1001&movement=earned", ["Earned with order #1001"]),
        ("order=5001&movement=earned", ["Earned with order #1001"]),
        ("who=staff:70200300401", ["Changed by the store “Welcome” – staff member 70200300401"]),
        ("who=staff:", ["Changed by the store “Welcome” – staff member 70200300401"]),
        ("who=staff:7020030040", []),
        ("who=api:", []),
        ("since=2026-03-02&until=2026-03-02&movement=earned", ["Earned with order #1001"]),
        ("since=2026-03-03", []),
        ("until=2026-03-01", []),
        ("order=nothing", []),
        ("movement=expired", []),
    ],
)
def test_bookings_are_found_by_each_filter(
    staff: Staff, busy: tuple[int, int], query: str, expected: list[str]
) -> None:
    page = staff.fetch(f"/activity?{query}").text

    assert shown(page) == expected
    assert bool(expected) != ("Nothing matches" in page)


def test_a_members_bookings_and_nobody_elses(staff: Staff, busy: tuple[int, int]) -> None:
    assert len(shown(staff.fetch(f"/activity?member={busy[0]}").text)) == 3
    assert len(shown(staff.fetch(f"/activity?member={busy[1]}").text)) == 1


@pytest.mark.parametrize(
    "query",
    [
        "movement=x",
        "reason=999",
        "reason=x",
        "member=%00",
        "since=yesterday",
        "before=x",
        "before=2026-01-01|1|1",
        "who=%27",
    ],
)
def test_nonsense_in_the_address_is_as_if_it_were_not_there(staff: Staff, busy: tuple[int, int], query: str) -> None:
    assert staff.fetch(f"/activity?{query}").status_code == 200


def test_pages_follow_one_another_without_a_gap(staff: Staff, world: World, shop: TestShop, clock: StepClock) -> None:
    for number in range(120):
        clock.forward(minutes=7 * (number % 3))
        join(world, shop, 8000 + number, number + 1)

    seen: list[str] = []
    address = "/activity"
    for _ in range(3):
        page = staff.fetch(address).text
        seen += re.findall(r'<s-text type="strong" tone="success">\+([0-9]+)</s-text>', page)
        found = re.search(r'data-next="([^"]*)"', page)
        address = html.unescape(found[1]) if found else ""

    assert seen == [str(number) for number in range(120, 0, -1)]
    assert address == ""


def test_the_way_back_keeps_what_was_asked_for(staff: Staff, world: World, shop: TestShop, clock: StepClock) -> None:
    for number in range(60):
        clock.forward(minutes=1)
        join(world, shop, 8000 + number, 1)
    found = re.search(r'data-next="([^"]*)"', staff.fetch("/activity?movement=changed").text)
    assert found is not None

    back = re.search(r'data-previous="([^"]*)"', staff.fetch(html.unescape(found[1])).text)

    assert back is not None
    assert back[1] == "/activity?movement=changed"


def test_a_search_that_finds_nothing_in_a_long_stretch_says_so_and_goes_on(
    staff: Staff, world: World, shop: TestShop, clock: StepClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "LOOKED_THROUGH", 10)
    buy(world, shop, 5001, 7001, "160.00", name="#1001")
    for number in range(25):
        clock.forward(minutes=5)
        join(world, shop, 8000 + number, 1)

    pages = [staff.fetch("/activity?movement=earned").text]
    while "Look further back" in pages[-1]:
        found = re.search(r'<s-button href="([^"]*)">Look further back', pages[-1])
        assert found is not None
        pages.append(staff.fetch(html.unescape(found[1])).text)

    assert [shown(page) for page in pages] == [[], [], ["Earned with order #1001"]]
    assert "Nothing like this in this stretch" in pages[0]


def test_an_orders_bookings_include_what_became_of_its_points(world: World, shop: TestShop, clock: StepClock) -> None:
    member = join(world, shop, 7001)
    buy(world, shop, 5001, 7001, "160.00", name="#1001")
    buy(world, shop, 5002, 7001, "20.00", name="#1002")

    with world.database.transaction(shop.id) as session:
        found = activity_stream.page(session, Wanted(order_id=5001))

    assert [(one.row.member_id, one.row.points, one.order) for one in found.bookings] == [(member, 160, "#1001")]


def test_the_file_has_every_booking_and_nothing_in_it_is_a_formula(
    staff: Staff, world: World, shop: TestShop, busy: tuple[int, int]
) -> None:
    with world.database.transaction(shop.id) as session:
        session.sql("UPDATE notes SET words = '=HYPERLINK(\"http://evil\")' WHERE shop_id = %s", shop.id)

    answer = staff.fetch("/activity/bookings.csv")
    lines = read_csv(answer.text)

    assert answer.mimetype == "text/csv"
    assert [line["Points"] for line in lines] == ["25", "40", "150", "160"]
    assert [line["Change"] for line in lines] == ["25", "-40", "-150", "160"]
    assert lines[0]["Note"] == '\'=HYPERLINK("http://evil")'
    assert lines[0]["Booked"] == "2026-03-02 13:00:00"  # noon in UTC and six hours later, where the shop is
    assert lines[3]["Order"] == "#1001"


def test_the_file_holds_what_the_page_shows(staff: Staff, busy: tuple[int, int]) -> None:
    lines = read_csv(staff.fetch("/activity/bookings.csv?movement=earned").text)

    assert [line["What happened"] for line in lines] == ["Earned with order #1001"]
    assert read_csv(staff.fetch("/activity/bookings.csv?order=nothing").text) == []


def test_another_shop_sees_nothing_of_it(stranger: tuple[Staff, TestShop], busy: tuple[int, int]) -> None:
    page = stranger[0].fetch("/activity").text

    assert "Nothing has happened yet" in page
    assert read_csv(stranger[0].fetch("/activity/bookings.csv").text) == []


def test_what_was_booked_for_an_earlier_day_says_so(
    staff: Staff, world: World, shop: TestShop, clock: StepClock
) -> None:
    buy(world, shop, 5001, 7001, "160.00", name="#1001", at=clock.now - timedelta(days=3))

    assert "for Feb 27, 2026" in staff.fetch("/activity").text
