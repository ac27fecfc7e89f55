"""Members as staff see and help them: names from Shopify when there are any, every point with its reason, nothing twice."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from plugin.loyalty.errors import Unreachable
from plugin.loyalty.outside import Person
from plugin.services import audit, forget, members, redeem
from plugin.services.members import MemberView
from plugin.services.perform import World
from tests.admin.conftest import PromptBell
from tests.admin.staff import Staff, error_at
from tests.conftest import TestShop
from tests.fakes import FakeShopify, StepClock

ADA = Person(7001, "Ada Lindqvist", "ada@example.com", ("vip",), "en")


def join(world: World, shop: TestShop, customer_id: int, points: int = 0) -> int:
    """A member of the shop, with that many points."""
    with world.database.transaction(shop.id) as session:
        member = members.join(session, customer_id, tombstone_key=b"t" * 32, now=world.clock())
        if points:
            members.adjust(
                session, member, points, words="Welcome", author="test", key=f"start-{member}", now=world.clock()
            )
    return member


def view(world: World, shop: TestShop, member: int) -> MemberView:
    with world.database.transaction(shop.id) as session:
        return members.view(session, member, handle_key=b"h" * 32, now=world.clock())


def take_reward(world: World, shop: TestShop, member: int, bell: PromptBell) -> UUID:
    """The member redeems "Money off"; its code is written at once."""
    redemption = uuid4()
    with world.database.transaction(shop.id) as session:
        redeem.place_hold(
            session, redeem.RewardOrder(member, "amount-off", None, redemption), keys=world.keys, now=world.clock()
        )
    bell.ring("codes", shop.id, shop.domain)
    return redemption


def change(staff: Staff, member: int, **typed: str) -> dict[str, str]:
    """The form on a member's page, filled in."""
    return (
        staff.form(f"/members/{member}", "adjust-form")
        | {"direction": "add", "points": "50", "reason": "Late parcel"}
        | typed
    )


def test_the_list_names_members_newest_first(staff: Staff, world: World, shop: TestShop, shopify: FakeShopify) -> None:
    shopify.persons[7001] = ADA
    for customer in (7001, 7002):
        join(world, shop, customer, points=120)

    page = staff.fetch("/members").text

    assert re.findall(r'<s-link id="member-\d+"[^>]*>([^<]*)<', page) == ["Customer #7002", "Ada Lindqvist"]
    assert "ada@example.com" in page
    assert ">120<" in page


def test_the_list_is_turned_in_pages_both_ways(staff: Staff, world: World, shop: TestShop) -> None:
    made = [join(world, shop, 7100 + number) for number in range(60)]
    newest_first = [str(member) for member in reversed(made)]

    def shown(page: str) -> list[str]:
        return re.findall(r'<s-link id="member-(\d+)"', page)

    def turned(page: str, way: str) -> str:
        found = re.search(rf'data-{way}="([^"]*)"', page)
        assert found is not None
        return staff.fetch(found[1]).text

    first = staff.fetch("/members").text
    second = turned(first, "next")
    third = turned(second, "next")

    assert [shown(first), shown(second), shown(third)] == [newest_first[:25], newest_first[25:50], newest_first[50:]]
    assert "data-previous" not in first
    assert "data-next" not in third
    assert shown(turned(third, "previous")) == newest_first[25:50]
    assert shown(turned(second, "previous")) == newest_first[:25]


@pytest.mark.parametrize("sought", ["ada", "ADA@example.com", "7001", "  lindqvist "])
def test_a_member_is_found_by_name_address_or_number(
    staff: Staff, world: World, shop: TestShop, shopify: FakeShopify, sought: str
) -> None:
    shopify.persons |= {7001: ADA, 7002: Person(7002, "Teo", None, (), None)}
    join(world, shop, 7001)
    join(world, shop, 7002)

    page = staff.client.get(
        "/members", query_string={"q": sought}, headers={"Authorization": f"Bearer {staff.token()}"}
    ).text

    assert "Ada Lindqvist" in page
    assert "Teo" not in page


@pytest.mark.parametrize("sought", ["nobody", "%", "99999999999999999999999", "\x00", "' OR 1=1 --", "٣"])
def test_a_search_without_a_match_says_so(staff: Staff, world: World, shop: TestShop, sought: str) -> None:
    join(world, shop, 7001)

    answer = staff.client.get(
        "/members", query_string={"q": sought}, headers={"Authorization": f"Bearer {staff.token()}"}
    )

    assert answer.status_code == 200
    assert "Nobody found" in answer.text or "Customer #7001" in answer.text


def test_members_are_listed_and_found_by_number_while_shopify_is_away(
    staff: Staff, world: World, shop: TestShop, shopify: FakeShopify, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = join(world, shop, 7001, points=80)

    def away(*_: object, **__: object) -> None:
        raise Unreachable("down")

    monkeypatch.setattr(shopify, "people", away)
    monkeypatch.setattr(shopify, "find_customers", away)

    for path in ("/members", "/members?q=7001", f"/members/{member}"):
        answer = staff.fetch(path)
        assert answer.status_code == 200
        assert "Customer #7001" in answer.text
        assert "Shopify cannot be asked" in answer.text
        assert "80" in answer.text


def test_names_that_shopify_withholds_leave_numbers(
    staff: Staff, world: World, shop: TestShop, shopify: FakeShopify
) -> None:
    shopify.persons[7001] = Person(7001, None, None, (), None)
    join(world, shop, 7001)

    page = staff.fetch("/members").text

    assert "Customer #7001" in page
    assert "None" not in page


def test_no_name_is_ever_stored(staff: Staff, world: World, shop: TestShop, shopify: FakeShopify) -> None:
    shopify.persons[7001] = ADA
    member = join(world, shop, 7001, points=500)

    for path in ("/members", "/members?q=ada", f"/members/{member}"):
        staff.fetch(path)

    with world.database.transaction(shop.id) as session:
        tables = [
            row[0]
            for row in session.sql(
                "SELECT table_name::text FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'shop_id'"
            )
        ]
        rows = "".join(str(session.raw.execute(f'SELECT t::text FROM "{table}" t').fetchall()) for table in set(tables))
    assert "7001" in rows
    assert "Lindqvist" not in rows
    assert "ada@example.com" not in rows


def test_a_members_page_tells_balance_reasons_and_who(
    staff: Staff, world: World, shop: TestShop, shopify: FakeShopify
) -> None:
    shopify.persons[7001] = ADA
    member = join(world, shop, 7001, points=320)

    page = staff.fetch(f"/members/{member}").text

    assert "Ada Lindqvist" in page
    assert "Changed by the store" in page
    assert "“Welcome”" in page
    assert "+320" in page
    assert f"shopify://admin/customers/{ADA.customer_id}" in page
    assert f"{shop.domain}/?ref={view(world, shop, member).referral_code}" in page


def test_points_are_added_and_taken_away_with_a_reason(staff: Staff, world: World, shop: TestShop) -> None:
    member = join(world, shop, 7001, points=100)

    added = staff.send(f"/members/{member}/adjustments", change(staff, member))
    taken = staff.send(
        f"/members/{member}/adjustments", change(staff, member, direction="take", points="30", reason="Typed too much")
    )

    assert (added.status_code, taken.status_code) == (303, 303)
    assert view(world, shop, member).available == 120
    page = staff.fetch(f"/members/{member}").text
    assert "“Typed too much” – staff member 70200300401" in page


def test_the_same_form_sent_twice_changes_points_once(staff: Staff, world: World, shop: TestShop) -> None:
    member = join(world, shop, 7001)
    form = change(staff, member)

    answers = [staff.send(f"/members/{member}/adjustments", form).status_code for _ in range(3)]

    assert answers == [303, 303, 303]
    assert view(world, shop, member).available == 50


def test_the_same_form_filled_in_anew_counts_again(staff: Staff, world: World, shop: TestShop) -> None:
    member = join(world, shop, 7001)
    form = change(staff, member)
    staff.send(f"/members/{member}/adjustments", form)

    staff.send(f"/members/{member}/adjustments", form | {"points": "7"})

    assert view(world, shop, member).available == 57


def test_taking_more_than_there_is_leaves_a_debt_that_the_page_explains(
    staff: Staff, world: World, shop: TestShop
) -> None:
    member = join(world, shop, 7001, points=20)

    staff.send(f"/members/{member}/adjustments", change(staff, member, direction="take", points="60"))

    assert "Owes 40 points" in staff.fetch(f"/members/{member}").text
    assert audit.prove(world.database, shop.id).is_ok


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ({"points": "0"}, "points"),
        ({"points": "-5"}, "points"),
        ({"points": "1000000001"}, "points"),
        ({"points": "ten"}, "points"),
        ({"points": ""}, "points"),
        ({"reason": "   "}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"direction": "sideways"}, "direction"),
    ],
)
def test_a_change_that_cannot_be_is_refused_at_its_field(
    staff: Staff, world: World, shop: TestShop, typed: dict[str, str], name: str
) -> None:
    member = join(world, shop, 7001)

    answer = staff.send(f"/members/{member}/adjustments", change(staff, member, **typed))

    assert answer.status_code == 422
    assert error_at(answer.text, name)
    assert view(world, shop, member).available == 0


def test_a_reward_is_cancelled_and_its_points_come_back(
    staff: Staff, world: World, shop: TestShop, shopify: FakeShopify, bell: PromptBell
) -> None:
    member = join(world, shop, 7001, points=200)
    redemption = take_reward(world, shop, member, bell)
    before = view(world, shop, member)

    answer = staff.send(f"/members/{member}/redemptions/{redemption}/cancel", {})

    after = view(world, shop, member)
    assert answer.status_code == 303
    assert (before.available, before.held) == (50, 150)
    assert (after.available, after.held) == (200, 0)
    assert not any(discount.is_active for discount in shopify.discounts.values())
    assert "Cancelled, points returned" in staff.fetch(f"/members/{member}").text


def test_a_reward_cannot_be_cancelled_through_another_members_page(
    staff: Staff, world: World, shop: TestShop, bell: PromptBell
) -> None:
    owner, other = join(world, shop, 7001, points=200), join(world, shop, 7002)
    redemption = take_reward(world, shop, owner, bell)

    answer = staff.send(f"/members/{other}/redemptions/{redemption}/cancel", {})

    assert answer.status_code == 404
    assert view(world, shop, owner).held == 150


def test_a_reward_that_is_over_says_so(staff: Staff, world: World, shop: TestShop, bell: PromptBell) -> None:
    member = join(world, shop, 7001, points=200)
    redemption = take_reward(world, shop, member, bell)
    staff.send(f"/members/{member}/redemptions/{redemption}/cancel", {})

    answer = staff.send(f"/members/{member}/redemptions/{redemption}/cancel", {})

    assert answer.status_code == 409
    assert "can no longer be cancelled" in answer.text


def test_the_download_holds_everything_that_is_kept(
    staff: Staff, world: World, shop: TestShop, bell: PromptBell
) -> None:
    member = join(world, shop, 7001, points=200)
    take_reward(world, shop, member, bell)

    answer = staff.fetch(f"/members/{member}/export.json")

    document = json.loads(answer.text)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="member-{member}.json"'
    assert document["member"]["shopify_customer_id"] == "7001"
    assert [(entry["movement"], entry["points"], entry["note"]) for entry in document["entries"]] == [
        ("hold", 150, None),
        ("adjust", 200, "Welcome"),
    ]
    assert [reward["title"] for reward in document["rewards"]] == ["Money off"]


def test_two_shops_never_see_each_others_members(
    staff: Staff, stranger: tuple[Staff, TestShop], world: World, shop: TestShop, bell: PromptBell
) -> None:
    other, other_shop = stranger
    member = join(world, shop, 7001, points=200)
    redemption = take_reward(world, shop, member, bell)
    join(world, other_shop, 9001)

    answers = [
        other.fetch(f"/members/{member}"),
        other.fetch(f"/members/{member}/export.json"),
        other.send(f"/members/{member}/adjustments", {"direction": "add", "points": "5", "reason": "x", "key": "k"}),
        other.send(f"/members/{member}/redemptions/{redemption}/cancel", {}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404, 404]
    assert "7001" not in "".join(answer.text for answer in answers)
    assert "7001" not in other.fetch("/members").text
    assert "Customer #7001" not in other.fetch("/members?q=7001").text
    assert view(world, shop, member).available == 50


@pytest.mark.parametrize(
    "path",
    ["/members/0", "/members/9223372036854775807", "/members?below=99999999999999999999", "/members?above=x&below=-1"],
)
def test_numbers_that_lead_nowhere_are_no_trouble(staff: Staff, path: str) -> None:
    assert staff.fetch(path).status_code in {200, 404}


def test_an_erased_member_has_no_name_and_no_number(
    staff: Staff, world: World, shop: TestShop, clock: StepClock
) -> None:
    member = join(world, shop, 7001, points=60)
    with world.database.transaction(shop.id) as session:
        forget.erase(session, 7001, keys=world.keys, now=clock.now + timedelta(days=1))

    page = staff.fetch(f"/members/{member}").text

    assert f"Erased member {member}" in page
    assert "7001" not in page
    assert "Welcome" not in page
