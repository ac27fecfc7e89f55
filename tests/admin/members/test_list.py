"""The list as staff use it: narrowed, kept under a name, taken along as a file, with names or without."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest

from plugin.loyalty.errors import Unreachable
from plugin.loyalty.outside import Person
from plugin.services.perform import World
from tests.admin.members.test_members import join
from tests.admin.staff import Staff, error_at
from tests.conftest import TestShop
from tests.fakes import FakeShopify
from tests.services.stories import order
from tests.services.test_settle import settled
from tools.check_markup import problems_in


def shown(page: str) -> list[str]:
    """The members of a list, by name."""
    return re.findall(r'<s-link id="member-\d+"[^>]*>([^<]*)<', page)


def save(staff: Staff, name: str, query: str = "least=100") -> Any:
    return staff.send(f"/members/segments?{query}", {"name": name})


def test_a_filter_narrows_the_list_and_each_condition_can_be_taken_off(
    staff: Staff, world: World, shop: TestShop
) -> None:
    join(world, shop, 7001, points=10)
    join(world, shop, 7002, points=300)

    page = staff.fetch("/members?least=100&states=blocked&states=code").text

    assert shown(page) == []
    assert "At least 100 points" in page
    off = re.findall(r'<s-clickable-chip href="([^"]*)"', page)
    assert [address.replace("&amp;", "&") for address in off] == [
        "/members?states=blocked,code",
        "/members?least=100&states=code",
        "/members?least=100&states=blocked",
    ]
    assert shown(staff.fetch("/members?least=100").text) == ["Customer #7002"]


def test_a_part_of_a_filter_that_cannot_be_is_left_out_and_said(staff: Staff, world: World, shop: TestShop) -> None:
    join(world, shop, 7001, points=10)

    page = staff.fetch("/members?least=lots&most=50").text

    assert shown(page) == ["Customer #7001"]
    assert "Enter a whole number." in page


def test_the_order_is_kept_from_page_to_page(staff: Staff, world: World, shop: TestShop) -> None:
    for number in range(30):
        join(world, shop, 7100 + number, points=number + 1)

    first = staff.fetch("/members?sort=most").text
    found = re.search(r'data-next="([^"]*)"', first)
    assert found is not None
    second = staff.fetch(found[1].replace("&amp;", "&")).text

    assert shown(first)[:2] == ["Customer #7129", "Customer #7128"]
    assert shown(second) == [f"Customer #{7100 + number}" for number in (4, 3, 2, 1, 0)]


def test_an_order_number_leads_to_its_member(staff: Staff, world: World, shop: TestShop) -> None:
    settled(world, shop, order(1001, customer=7001), order(1002, customer=7002))

    assert shown(staff.fetch("/members?q=%231002").text) == ["Customer #7002"]


def test_where_names_are_withheld_the_page_says_what_access_would_add(
    staff: Staff, world: World, shop: TestShop, shopify: FakeShopify
) -> None:
    shopify.persons[7001] = Person(7001, None, None, ("vip",), None)
    join(world, shop, 7001)

    page = staff.fetch("/members").text

    assert shown(page) == ["Customer #7001"]
    assert "Shopify keeps names and e-mail addresses to itself" in page


def test_a_search_without_shopify_finds_numbers_and_says_that_names_are_missing(
    staff: Staff, world: World, shop: TestShop, shopify: FakeShopify
) -> None:
    settled(world, shop, order(1001, customer=7001))
    shopify.failing_to_be_told = [Unreachable("down") for _ in range(9)]

    page = staff.fetch("/members?q=%231001").text

    assert len(shown(page)) == 1


def test_a_segment_is_kept_opened_renamed_and_deleted(staff: Staff, world: World, shop: TestShop) -> None:
    join(world, shop, 7001, points=300)

    saved = save(staff, "Rich")
    listed = staff.fetch("/members/segments").text
    segment = re.search(r"/members/segments/(\d+)/name", listed)
    assert segment is not None
    renamed = staff.send(f"/members/segments/{segment[1]}/name", {"name": "Very rich"})
    again = staff.fetch("/members").text
    deleted = staff.send(f"/members/segments/{segment[1]}/delete", {})

    assert (saved.status_code, renamed.status_code, deleted.status_code) == (303, 303, 303)
    assert saved.headers["Location"].endswith("/members?said=segment-saved&least=100")
    assert "At least 100 points" in listed
    assert 'href="/members?least=100">Very rich<' in again
    assert "No segments yet" in staff.fetch("/members/segments").text


@pytest.mark.parametrize(("name", "said"), [("", "Give the segment a name."), ("x" * 61, "Use at most 60 characters.")])
def test_a_segment_needs_a_name_that_fits(staff: Staff, shop: TestShop, name: str, said: str) -> None:
    answer = save(staff, name)

    assert answer.status_code == 422
    assert error_at(answer.text, "name") == said


def test_two_segments_never_share_a_name(staff: Staff, shop: TestShop) -> None:
    save(staff, "Rich")

    answer = save(staff, "RICH")

    assert answer.status_code == 422
    assert "There is a segment of this name" in error_at(answer.text, "name")


def test_another_shops_segments_are_out_of_reach(staff: Staff, stranger: tuple[Staff, TestShop]) -> None:
    other, _ = stranger
    save(staff, "Rich")
    segment = re.search(r"/members/segments/(\d+)/name", staff.fetch("/members/segments").text)
    assert segment is not None

    assert "Rich" not in other.fetch("/members/segments").text
    assert other.send(f"/members/segments/{segment[1]}/delete", {}).status_code == 404


def test_the_file_holds_the_filtered_list_without_names(
    staff: Staff, world: World, shop: TestShop, shopify: FakeShopify
) -> None:
    shopify.persons[7002] = Person(7002, "=cmd()", "a@example.com", (), None)
    join(world, shop, 7001, points=10)
    settled(world, shop, order(1, "300.00", customer=7002))

    answer = staff.fetch("/members/export.csv?least=100")

    assert answer.headers["Content-Disposition"] == 'attachment; filename="members.csv"'
    [line] = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert (line["Shopify customer"], line["Available"], line["Last order"]) == ("7002", "300", "2026-03-02 07:00:00")
    assert "cmd" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/members",
        "/members?least=100&quiet_days=30&ordered_after=2026-01-01",
        "/members?q=nobody",
        "/members?after=x&before=9999999999999999999.0",
        "/members/segments",
    ],
)
def test_pages_are_made_of_elements_that_exist(staff: Staff, world: World, shop: TestShop, path: str) -> None:
    join(world, shop, 7001, points=300)
    save(staff, "Rich")

    answer = staff.fetch(path)

    assert answer.status_code == 200
    assert problems_in(answer.text) == []
