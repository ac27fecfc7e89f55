"""A change of many members on its pages: said, looked at, confirmed, followed and undone, and never by a slip of the finger."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from plugin.db import changelog as change_rows
from plugin.db.changelog import Wanted
from plugin.loyalty import people
from plugin.services import audit, bulk
from plugin.services.bulk import NewBulk
from plugin.services.perform import World
from tests.admin.members.test_members import join, view
from tests.admin.staff import Staff, error_at
from tests.conftest import TestShop
from tools.check_markup import problems_in


def drafted(staff: Staff, query: str = "", **typed: str) -> TestResponse:
    """The form, sent."""
    return staff.send(f"/members/bulk?{query}", {"deed": "give", "points": "10", "reason": "Sorry"} | typed)


def path_of(answer: TestResponse) -> str:
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].partition("?")[0]


def figures(page: str) -> dict[str, str]:
    """The figures on a page by their label."""
    return dict(
        re.findall(r'<s-text color="subdued">([^<]*)</s-text>\s*<s-heading fontSize="large-300">([^<]*)<', page)
    )


def test_a_change_is_looked_at_started_and_undone(staff: Staff, world: World, shop: TestShop) -> None:
    poor, rich = join(world, shop, 7001, points=5), join(world, shop, 7002, points=300)

    change = path_of(drafted(staff, "least=100", points="50", shown="A gift"))
    looked = staff.fetch(change).text
    staff.send(f"{change}/start", {})
    done = staff.fetch(change).text
    between = view(world, shop, poor).available, view(world, shop, rich).available
    undone = staff.send(f"{change}/undo", {})
    after = staff.fetch(change).text

    assert figures(looked) == {"Members": "1", "Points given": "50"}
    assert between == (5, 350)
    assert figures(done) == {"Members changed": "1", "Points given": "50"}
    assert "50 points are taken back from 1 members" in done
    assert undone.status_code == 303
    assert "50 points were moved back" in after
    assert view(world, shop, rich).available == 300
    assert problems_in(looked) == problems_in(done) == problems_in(after) == []
    assert "Give 50 points each" in staff.fetch("/members/bulk").text
    assert audit.run(world.database, shop.id, now=world.clock()).findings == {}
    with world.database.transaction(shop.id) as session:
        noted = change_rows.page(session, Wanted(group="bulk"), below=None, limit=9)
    assert [one.deed for one in noted] == ["bulk.undone", "bulk.started"]


def test_a_page_says_that_members_are_being_counted_and_then_how_many_there_are(
    staff: Staff, world: World, shop: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    join(world, shop, 7001, points=5)
    monkeypatch.setattr(bulk, "COUNTED_AT_ONCE", 0)
    new = NewBulk("points", people.EVERYBODY, points=10, words="Sorry")
    with world.database.transaction(shop.id) as session:
        uncounted = bulk.draft(session, new, bulk_id=UUID(int=7), by="staff:1", now=world.clock())

    form = staff.fetch("/members/bulk/new").text
    counting = staff.fetch(f"/members/bulk/{uncounted.id}").text
    refused = staff.send(f"/members/bulk/{uncounted.id}/start", {})
    counted = staff.fetch(path_of(drafted(staff))).text

    assert "How many that is, is counted on the next page" in form
    assert "Counting the members" in counting
    assert "data-again" in counting
    assert "start-form" not in counting
    assert (refused.status_code, "Counting the members" in refused.text) == (422, True)
    assert figures(counted) == {"Members": "1", "Points given": "10"}
    assert problems_in(form) == problems_in(counting) == problems_in(counted) == []


def test_taking_says_before_who_has_fewer(staff: Staff, world: World, shop: TestShop) -> None:
    join(world, shop, 7001, points=5)
    join(world, shop, 7002, points=300)

    looked = staff.fetch(path_of(drafted(staff, deed="take", points="100"))).text

    assert figures(looked) == {"Members": "2", "Points taken": "105"}
    assert "1 have fewer" in looked


def test_ticked_members_alone_are_changed(staff: Staff, world: World, shop: TestShop) -> None:
    first, second = join(world, shop, 7001), join(world, shop, 7002)

    form = staff.fetch(f"/members/bulk/new?id={first}").text
    change = path_of(drafted(staff, f"id={first}"))
    staff.send(f"{change}/start", {})

    assert "Change 1 member" in form
    assert f"id={first}" in form
    assert (view(world, shop, first).available, view(world, shop, second).available) == (10, 0)


def test_a_large_change_is_confirmed_by_the_number_of_members(
    staff: Staff, world: World, shop: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "LARGE_MEMBERS", 1)
    member = join(world, shop, 7001)
    join(world, shop, 7002)
    change = path_of(drafted(staff))

    slipped = staff.send(f"{change}/start", {"members": "20"})
    untouched = view(world, shop, member).available
    started = staff.send(f"{change}/start", {"members": "2"})

    assert slipped.status_code == 422
    assert "type the number of members: 2" in error_at(slipped.text, "members")
    assert (untouched, started.status_code, view(world, shop, member).available) == (0, 303, 10)


def test_starting_twice_gives_once(staff: Staff, world: World, shop: TestShop) -> None:
    member = join(world, shop, 7001)
    change = path_of(drafted(staff))

    answers = [staff.send(f"{change}/start", {}).status_code for _ in range(2)]

    assert answers == [303, 409]
    assert view(world, shop, member).available == 10


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"deed": "burn"}, "deed"),
        ({"points": ""}, "points"),
        ({"points": "0"}, "points"),
        ({"points": "1000001"}, "points"),
        ({"points": "ten"}, "points"),
        ({"reason": ""}, "reason"),
        ({"reason": "x" * 501}, "reason"),
    ],
)
def test_a_mistake_is_said_at_its_field_and_nothing_typed_is_lost(
    staff: Staff, world: World, shop: TestShop, typed: dict[str, str], field: str
) -> None:
    join(world, shop, 7001)

    answer = drafted(staff, shown="For you", **typed)

    assert answer.status_code == 422
    assert error_at(answer.text, field)
    assert 'value="For you"' in answer.text


def test_nobody_is_changed_when_nobody_fits(staff: Staff, world: World, shop: TestShop) -> None:
    join(world, shop, 7001)
    change = path_of(drafted(staff, "least=100"))

    page, answer = staff.fetch(change).text, staff.send(f"{change}/start", {})

    assert "There is nobody this would change." in page
    assert answer.status_code == 422


def test_a_change_belongs_to_its_shop(
    staff: Staff, stranger: tuple[Staff, TestShop], world: World, shop: TestShop
) -> None:
    join(world, shop, 7001)
    change = path_of(drafted(staff))
    other, _ = stranger

    answers: list[Any] = [other.fetch(change), other.send(f"{change}/start", {}), other.send(f"{change}/undo", {})]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_the_pages_of_a_change_are_made_of_elements_that_exist(staff: Staff, world: World, shop: TestShop) -> None:
    join(world, shop, 7001)

    for path in ("/members/bulk", "/members/bulk/new", "/members/bulk/new?least=5&id=x&id=99999999999999999999"):
        assert problems_in(staff.fetch(path).text) == []
