"""The roster: every filter fits exactly whom it says, pages join without a gap, and a search finds by every number there is."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from plugin.db.roster import Sort
from plugin.db.roster_filter import rung_of
from plugin.loyalty import people
from plugin.loyalty.errors import SegmentNameTaken, SegmentUnknown
from plugin.loyalty.people import Wanted
from plugin.services import blocks, forget, members, redeem, roster, segments, tiers
from plugin.services.perform import World, perform_due
from tests.conftest import NOON, TestShop, make_shop
from tests.fakes import StepClock
from tests.services.stories import order
from tests.services.test_activities import shop_with
from tests.services.test_blocks import member
from tests.services.test_bulk import give
from tests.services.test_bulk import people as made
from tests.services.test_settle import settled
from tests.services.test_tiers import program

DAY = timedelta(days=1)


def fits(world: World, shop: TestShop, **wanted: Any) -> list[int]:
    """The customers a filter finds, oldest member first."""
    with world.database.transaction(shop.id) as session:
        page = roster.page(session, Wanted(**wanted), sort="oldest", limit=100, now=world.clock())
        assert roster.count(session, Wanted(**wanted), now=world.clock()) == len(page.listed)
    return [one.line.customer_id or 0 for one in page.listed]


def found(world: World, shop: TestShop, text: str, *customers: int) -> list[int]:
    """The customers a search finds."""
    with world.database.transaction(shop.id) as session:
        listed = roster.find(session, text, customer_ids=customers, now=world.clock())
    return sorted(one.line.customer_id or 0 for one in listed)


@pytest.mark.parametrize(
    ("wanted", "customers"),
    [
        ({}, [100, 101, 102]),
        ({"least": 200}, [101, 102]),
        ({"most": 199}, [100]),
        ({"least": 200, "most": 200}, [101]),
        ({"most": -1}, []),
    ],
)
def test_balances_have_both_bounds(world: World, shop: TestShop, wanted: dict[str, int], customers: list[int]) -> None:
    made(world, shop, 10, 200, 500)

    assert fits(world, shop, **wanted) == customers


def test_the_last_paid_order_is_asked_for_by_days_and_by_dates(world: World, shop: TestShop, clock: StepClock) -> None:
    settled(
        world,
        shop,
        order(1, customer=7, at=NOON),
        order(2, customer=8, at=NOON),
        order(3, customer=8, at=NOON + 20 * DAY),
        order(4, customer=9, at=NOON + 25 * DAY, status="pending"),
    )
    member(world, shop, 9)
    clock.forward(days=30)

    assert fits(world, shop, active_days=15) == [8]
    assert fits(world, shop, quiet_days=15) == [7]
    assert fits(world, shop, ordered_after=date(2026, 3, 2)) == [7, 8]
    assert fits(world, shop, ordered_after=date(2026, 3, 3)) == [8]
    assert fits(world, shop, ordered_before=date(2026, 3, 3)) == [7]


@pytest.mark.parametrize(
    ("few", "walked"), [(0, (400,)), (0, (0, 400)), (0, (0,))], ids=["walked", "walked twice", "gathered"]
)
@pytest.mark.parametrize("sort", ["newest", "oldest", "most", "fewest"])
def test_however_a_page_is_found_the_same_members_are_on_it(
    world: World, clock: StepClock, monkeypatch: pytest.MonkeyPatch, sort: Sort, few: int, walked: tuple[int, ...]
) -> None:
    shop = make_shop(world, program())
    settled(world, shop, *(order(n, "30.00", customer=100 + n % 4, at=NOON + n * 5 * DAY) for n in range(8)))
    first, *_ = made(world, shop, 0, 50, 7, 0, 9)
    with world.database.transaction(shop.id) as session:
        tiers.pin(session, first, "gold", until=None, words="", author="t", keys=world.keys, now=clock.now)
        blocks.block(session, first, words="", author="t", now=clock.now)
    clock.forward(days=40)
    filters = [
        Wanted(active_days=20),
        Wanted(quiet_days=10),
        Wanted(tier="gold"),
        Wanted(tier=people.NO_TIER, active_days=90),
        Wanted(states=("blocked", "pinned")),
    ]

    def listed() -> list[list[int]]:
        with world.database.transaction(shop.id) as session:
            pages = [roster.page(session, one, sort=sort, limit=3, now=clock.now) for one in filters]
        return [[one.line.id for one in page.listed] for page in pages]

    few_each = listed()
    monkeypatch.setattr("plugin.db.roster_filter.FEW", few)
    monkeypatch.setattr("plugin.db.roster.WALKED", walked)

    assert listed() == few_each
    assert all(few_each)


@pytest.mark.parametrize("balance", [-(10**12), -1, 0, 1, 1023, 1024, 2047, 2048, 10**12, 2**62, 2**63 - 1])
def test_the_table_and_the_program_put_a_balance_on_the_same_rung(world: World, shop: TestShop, balance: int) -> None:
    who = member(world, shop)
    with world.database.transaction(shop.id) as session:
        session.sql("UPDATE members SET available = %s WHERE shop_id = %s AND id = %s", balance, shop.id, who)
        [(rung,)] = session.sql("SELECT rung FROM members WHERE shop_id = %s AND id = %s", shop.id, who)

    assert rung == rung_of(balance)


def test_members_are_asked_for_by_when_they_came(world: World, shop: TestShop, clock: StepClock) -> None:
    member(world, shop, 7)
    clock.forward(days=10)
    member(world, shop, 8)
    clock.forward(days=1)

    assert fits(world, shop, joined_days=5) == [8]
    assert fits(world, shop, joined_before=date(2026, 3, 12)) == [7]
    assert fits(world, shop, joined_after=date(2026, 3, 12)) == [8]


def test_tiers_pins_blocks_codes_and_points_that_lapse_are_found(world: World, clock: StepClock) -> None:
    plain = program()
    shop = make_shop(world, plain)
    first, second, third = made(world, shop, 0, 0, 500)
    with world.database.transaction(shop.id) as session:
        tiers.pin(session, first, "gold", until=None, words="", author="t", keys=world.keys, now=clock.now)
        blocks.block(session, second, words="", author="t", now=clock.now)
        reward = redeem.RewardOrder(third, plain.rewards[0].id, None, uuid4())
        redeem.place_hold(session, reward, keys=world.keys, now=clock.now)
    clock.forward(minutes=1)

    assert fits(world, shop, tier="gold") == [100]
    assert fits(world, shop, tier=people.NO_TIER) == [101, 102]
    assert fits(world, shop, states=("pinned",)) == [100]
    assert fits(world, shop, states=("blocked",)) == [101]
    assert fits(world, shop, states=("code",)) == [102]
    assert fits(world, shop, states=("pinned", "code")) == []


def test_points_that_expire_soon_are_found(world: World) -> None:
    shop = shop_with(world, expiry={"kind": "earned", "months": 1})
    made(world, shop, 100, 0)

    assert fits(world, shop, expiring_days=60) == [100]
    assert fits(world, shop, expiring_days=5) == []


@pytest.mark.parametrize("sort", ["newest", "oldest", "most", "fewest"])
def test_pages_join_without_a_gap_in_both_directions(world: World, shop: TestShop, sort: Sort) -> None:
    made(world, shop, 5, 5, 5, 9, 1, 0, 7, 2300, 0, 1024)
    give(world, shop, member(world, shop, 7), -3)
    give(world, shop, member(world, shop, 8), -3)
    with world.database.transaction(shop.id) as session:
        everybody = roster.page(session, Wanted(), sort=sort, limit=100, now=world.clock()).listed
        pages = [roster.page(session, Wanted(), sort=sort, limit=3, now=world.clock())]
        while pages[-1].has_later:
            edge = pages[-1].listed[-1].edge
            pages.append(roster.page(session, Wanted(), sort=sort, after=edge, limit=3, now=world.clock()))
        back = roster.page(session, Wanted(), sort=sort, before=pages[1].listed[0].edge, limit=3, now=world.clock())

    assert [one.line.id for page in pages for one in page.listed] == [one.line.id for one in everybody]
    assert [one.line.id for one in back.listed] == [one.line.id for one in pages[0].listed]
    assert (back.has_earlier, back.has_later) == (False, True)
    values = [one.line.id if sort in ("newest", "oldest") else one.line.available for one in everybody]
    assert values == sorted(values, reverse=sort in ("newest", "most"))


def test_a_search_finds_by_member_customer_order_name_order_id_and_codes(world: World, shop: TestShop) -> None:
    settled(world, shop, order(4711, customer=7), order(4712, customer=8))
    who = member(world, shop, 7)
    give(world, shop, who, 500)
    redemption = uuid4()
    with world.database.transaction(shop.id) as session:
        code = members.view(session, who, handle_key=b"h" * 32, now=world.clock()).referral_code
        row = redeem.place_hold(
            session, redeem.RewardOrder(who, "amount-off", None, redemption), keys=world.keys, now=world.clock()
        )
    perform_due(world, shop.id, shop.domain)

    for text in (str(who), "7", "#4711", "4711", code, code.lower(), row.code, row.code.lower()):
        assert 7 in found(world, shop, text), text
    assert found(world, shop, "#4712") == [8]
    assert found(world, shop, "Ada", 8) == [8]


@pytest.mark.parametrize("text", ["", "%", "' OR 1=1 --", "٣", "99999999999999999999", "#", "\u202etxt"])
def test_a_search_for_nothing_finds_nobody(world: World, shop: TestShop, text: str) -> None:
    member(world, shop, 7)

    assert found(world, shop, text) == []


def test_two_shops_never_find_each_others_members(world: World, shop: TestShop) -> None:
    other = make_shop(world)
    settled(world, other, order(4711, customer=7))

    assert fits(world, shop) == []
    assert found(world, shop, "#4711", 7) == []


def test_whoever_was_erased_is_in_no_list(world: World, shop: TestShop) -> None:
    member(world, shop, 7)
    with world.database.transaction(shop.id) as session:
        forget.erase(session, 7, keys=world.keys, now=world.clock())

    assert fits(world, shop) == []


def test_everybody_is_read_for_a_file_across_batches(
    world: World, shop: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster, "BATCH", 2)
    made(world, shop, 1, 2, 3, 4, 5)

    listed = list(roster.every(world.database, shop.id, Wanted(least=2), now=world.clock()))

    assert [one.line.available for one in listed] == [2, 3, 4, 5]


def test_a_filter_comes_back_from_its_document_and_its_address() -> None:
    wanted = Wanted(
        tier="gold", least=-5, most=10, quiet_days=90, ordered_before=date(2026, 1, 31), states=("blocked", "code")
    )

    assert people.load(people.dump(wanted)) == wanted
    assert people.read(people.as_fields(people.dump(wanted)), tiers=("gold",)) == (wanted, {})


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("tier", "platinum"),
        ("least", "many"),
        ("least", "9" * 15),
        ("quiet_days", "0"),
        ("active_days", "-3"),
        ("joined_days", "99999"),
        ("ordered_after", "31.01.2026"),
        ("states", "blocked,rich"),
    ],
)
def test_what_cannot_be_asked_for_is_said_at_its_field_and_left_out(field: str, text: str) -> None:
    wanted, problems = people.read({field: text, "most": "7"}, tiers=("gold",))

    assert wanted == Wanted(most=7)
    assert list(problems) == [field]


def test_the_lowest_balance_above_the_highest_is_said() -> None:
    wanted, problems = people.read({"least": "10", "most": "5"})

    assert (wanted, list(problems)) == (Wanted(least=10), ["most"])


def test_segments_have_names_of_their_own_whatever_the_case(world: World, shop: TestShop) -> None:
    with world.database.transaction(shop.id) as session:
        made_id = segments.save(session, "Gold & silent", Wanted(quiet_days=90), by="staff:1", now=NOON)
        other = segments.save(session, "Others", Wanted(), by="staff:1", now=NOON)

    for name in ("gold & SILENT", "Gold & silent"):
        with pytest.raises(SegmentNameTaken), world.database.transaction(shop.id) as session:
            segments.save(session, name, Wanted(), by="staff:1", now=NOON)
    with pytest.raises(SegmentNameTaken), world.database.transaction(shop.id) as session:
        segments.rename(session, other, "Gold & Silent")
    with world.database.transaction(shop.id) as session:
        segments.rename(session, made_id, "GOLD & silent")
        segments.drop(session, other)
        kept = segments.every(session)
    with pytest.raises(SegmentUnknown), world.database.transaction(shop.id) as session:
        segments.drop(session, other)

    assert [(one.name, one.wanted) for one in kept] == [("GOLD & silent", Wanted(quiet_days=90))]
