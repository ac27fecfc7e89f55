"""Changes of many members: seen before, done once for each, undone as far as that is still possible, and the books add up."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from plugin import embedded
from plugin.loyalty.errors import BulkForNobody, BulkOver, BulkTooLarge, BulkUncounted, TierPinOver, TierUnknown
from plugin.loyalty.people import Wanted
from plugin.services import bulk, forget, members, tiers
from plugin.services.bulk import NewBulk
from plugin.services.effects import Kind
from plugin.services.perform import World, perform_due
from tests.conftest import NOON, TestShop, make_shop
from tests.fakes import StepClock
from tests.services.test_blocks import block, member
from tests.services.test_forget import CANARY, dump, lines_with
from tests.services.test_settle import balance, proved
from tests.services.test_tiers import program


def people(world: World, shop: TestShop, *balances: int) -> list[int]:
    """Members with these balances; customers 100, 101, …"""
    found = []
    for customer, points in enumerate(balances, start=100):
        found.append(member(world, shop, customer))
        give(world, shop, found[-1], points)
    return found


def give(world: World, shop: TestShop, who: int, points: int) -> None:
    if points:
        with world.database.transaction(shop.id) as session:
            members.adjust(session, who, points, words="", author="test", key=uuid4().hex, now=world.clock())


def draft(world: World, shop: TestShop, new: NewBulk) -> UUID:
    with world.database.transaction(shop.id) as session:
        return bulk.draft(session, new, bulk_id=uuid4(), by="staff:1", now=world.clock()).id


def done(world: World, shop: TestShop, new: NewBulk) -> UUID:
    """Drafted, started and worked off."""
    made = draft(world, shop, new)
    with world.database.transaction(shop.id) as session:
        bulk.start(session, made, now=world.clock())
    work(world, shop)
    return made


def undone(world: World, shop: TestShop, made: UUID) -> None:
    with world.database.transaction(shop.id) as session:
        bulk.undo(session, made, by="staff:2", now=world.clock())
    work(world, shop)


def work(world: World, shop: TestShop) -> None:
    while perform_due(world, shop.id, shop.domain, kinds=(Kind.BULK,)):
        continue


def figures(world: World, shop: TestShop, made: UUID) -> tuple[str, int | None, int, int, int]:
    with world.database.transaction(shop.id) as session:
        row = bulk.find(session, made)
    return row.state, row.members, row.changed, row.moved, row.returned


def test_points_are_given_to_those_the_filter_fits_and_to_nobody_else(world: World, shop: TestShop) -> None:
    people(world, shop, 10, 200, 500)

    made = done(world, shop, NewBulk("points", Wanted(least=100), points=50, words="Sorry", shown="A gift"))

    assert [balance(world, shop, customer)[1] for customer in (100, 101, 102)] == [10, 250, 550]
    assert figures(world, shop, made) == ("done", 2, 2, 100, 0)
    with world.database.transaction(shop.id) as session:
        [entry] = members.entries(session, members.by_customer(session, 101) or 0, limit=1)
    assert (entry.note, entry.shown, entry.author) == ("Sorry", "A gift", "staff:1")
    proved(world, shop)


def test_taking_takes_what_there_is_and_the_plan_says_so_before(world: World, shop: TestShop) -> None:
    people(world, shop, 30, 200)
    made = draft(world, shop, NewBulk("points", Wanted(), points=-100))

    with world.database.transaction(shop.id) as session:
        planned = bulk.plan(session, bulk.find(session, made), now=world.clock())
        bulk.start(session, made, now=world.clock())
    work(world, shop)

    assert planned is not None
    assert (planned.members, planned.figures.short, planned.total) == (2, 1, -130)
    assert [balance(world, shop, customer) for customer in (100, 101)] == [(0, 0, 0, 0), (0, 100, 0, 0)]
    assert figures(world, shop, made) == ("done", 2, 2, -130, 0)


def test_in_a_shop_with_very_many_members_a_job_counts_before_anything_starts(
    world: World, shop: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(world, shop, 30, 200)
    monkeypatch.setattr(bulk, "COUNTED_AT_ONCE", 1)
    made = draft(world, shop, NewBulk("points", Wanted(), points=-100))
    with world.database.transaction(shop.id) as session:
        before = bulk.plan(session, bulk.find(session, made), now=world.clock())
    with pytest.raises(BulkUncounted), world.database.transaction(shop.id) as session:
        bulk.start(session, made, now=world.clock())

    work(world, shop)
    with world.database.transaction(shop.id) as session:
        after = bulk.plan(session, bulk.find(session, made), now=world.clock())
        bulk.start(session, made, now=world.clock())
    work(world, shop)

    assert before is None
    assert after is not None
    assert (after.members, after.figures.short, after.total) == (2, 1, -130)
    assert figures(world, shop, made) == ("done", 2, 2, -130, 0)


@pytest.mark.parametrize(("at_once", "picked", "is_left"), [(2, 0, False), (1, 0, True), (1, 2, False)])
def test_counting_is_left_to_a_job_from_a_size_on_and_never_for_those_chosen_by_hand(
    world: World, shop: TestShop, monkeypatch: pytest.MonkeyPatch, *, at_once: int, picked: int, is_left: bool
) -> None:
    ids = people(world, shop, 30, 200)
    monkeypatch.setattr(bulk, "COUNTED_AT_ONCE", at_once)

    with world.database.transaction(shop.id) as session:
        assert bulk.takes_long(session, ids[:picked]) == is_left


def test_working_it_off_again_changes_nothing(world: World, shop: TestShop) -> None:
    people(world, shop, 0, 0)
    made = done(world, shop, NewBulk("points", Wanted(), points=50))

    for _ in range(2):
        assert bulk.run(world.database, shop.id, made, keys=world.keys, clock=world.clock)

    assert [balance(world, shop, customer)[1] for customer in (100, 101)] == [50, 50]


def test_a_worker_that_dies_between_slices_leaves_the_rest_to_the_next(
    world: World, shop: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "SLICE", 2)
    monkeypatch.setattr(bulk, "TURN", timedelta(0))
    people(world, shop, *[0] * 5)
    made = draft(world, shop, NewBulk("points", Wanted(), points=7))
    with world.database.transaction(shop.id) as session:
        bulk.start(session, made, now=world.clock())

    rounds = 1
    while not bulk.run(world.database, shop.id, made, keys=world.keys, clock=world.clock):
        rounds += 1

    assert rounds == 4
    assert figures(world, shop, made) == ("done", 5, 5, 35, 0)
    proved(world, shop)


def test_whoever_comes_later_is_not_concerned(world: World, shop: TestShop) -> None:
    people(world, shop, 0)
    made = done(world, shop, NewBulk("points", Wanted(), points=50))
    late = member(world, shop, 300)

    work(world, shop)

    assert balance(world, shop, 300)[1] == 0
    assert late
    assert figures(world, shop, made)[1] == 1


def test_undoing_takes_back_what_is_still_there_and_says_so_before(world: World, shop: TestShop) -> None:
    first, _ = people(world, shop, 0, 0)
    made = done(world, shop, NewBulk("points", Wanted(), points=50))
    give(world, shop, first, -40)

    with world.database.transaction(shop.id) as session:
        planned = bulk.undo_plan(session, made)
    undone(world, shop, made)

    assert (planned.members, planned.points, planned.missing, planned.short) == (2, 60, 40, 1)
    assert [balance(world, shop, customer) for customer in (100, 101)] == [(0, 0, 0, 0), (0, 0, 0, 0)]
    assert figures(world, shop, made) == ("undone", 2, 2, 100, 60)
    proved(world, shop)


def test_undoing_gives_back_what_was_taken(world: World, shop: TestShop) -> None:
    people(world, shop, 30, 200)
    made = done(world, shop, NewBulk("points", Wanted(), points=-100))

    undone(world, shop, made)

    assert [balance(world, shop, customer)[1] for customer in (100, 101)] == [30, 200]
    proved(world, shop)


def test_chosen_members_alone_are_changed(world: World, shop: TestShop) -> None:
    first, _, third = people(world, shop, 0, 0, 0)

    done(world, shop, NewBulk("points", Wanted(), picked=(first, third), points=5))

    assert [balance(world, shop, customer)[1] for customer in (100, 101, 102)] == [5, 0, 5]


def test_a_tier_set_for_many_is_taken_off_again_and_an_earlier_one_comes_back(world: World, clock: StepClock) -> None:
    shop = make_shop(world, program())
    first, second = people(world, shop, 0, 0)
    with world.database.transaction(shop.id) as session:
        tiers.pin(session, first, "bronze", until=None, words="", author="staff:9", keys=world.keys, now=NOON)
    clock.forward(hours=1)

    made = done(world, shop, NewBulk("pin", Wanted(), tier="gold"))
    clock.forward(hours=1)
    during = [_tier(world, shop, who) for who in (first, second)]
    undone(world, shop, made)
    clock.forward(hours=1)

    assert during == ["gold", "gold"]
    assert [_tier(world, shop, who) for who in (first, second)] == ["bronze", None]


def test_a_pin_changed_since_stays_when_the_change_is_undone(world: World, clock: StepClock) -> None:
    shop = make_shop(world, program())
    [who] = people(world, shop, 0)
    made = done(world, shop, NewBulk("pin", Wanted(), tier="gold"))
    clock.forward(hours=1)
    with world.database.transaction(shop.id) as session:
        tiers.pin(session, who, "silver", until=None, words="", author="staff:9", keys=world.keys, now=clock.now)

    undone(world, shop, made)
    clock.forward(hours=1)

    assert _tier(world, shop, who) == "silver"


def test_blocking_many_spares_those_who_were_blocked_and_undoing_does_too(world: World, shop: TestShop) -> None:
    first, second = people(world, shop, 0, 0)
    block(world, shop, first)
    world.clock.forward(hours=1)  # type: ignore[attr-defined]

    made = done(world, shop, NewBulk("block", Wanted(), words="Resellers"))
    blocked = _blocked(world, shop)
    undone(world, shop, made)

    assert blocked == {first, second}
    assert _blocked(world, shop) == {first}


def test_unblocking_many_can_be_undone(world: World, shop: TestShop) -> None:
    first, _ = people(world, shop, 0, 0)
    block(world, shop, first)

    made = done(world, shop, NewBulk("unblock", Wanted()))
    between = _blocked(world, shop)
    undone(world, shop, made)

    assert (between, _blocked(world, shop)) == (set(), {first})


def test_an_erased_member_is_passed_over(world: World, shop: TestShop) -> None:
    people(world, shop, 0, 0)
    made = draft(world, shop, NewBulk("points", Wanted(), points=5))
    with world.database.transaction(shop.id) as session:
        bulk.start(session, made, now=world.clock())
        forget.erase(session, 100, keys=world.keys, now=world.clock())

    work(world, shop)

    assert figures(world, shop, made) == ("done", 1, 1, 5, 0)


def test_two_who_become_one_meanwhile_stop_nothing(
    world: World, shop: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "SLICE", 1)
    monkeypatch.setattr(bulk, "TURN", timedelta(0))
    people(world, shop, 0, 0)
    made = draft(world, shop, NewBulk("points", Wanted(), points=7))
    with world.database.transaction(shop.id) as session:
        bulk.start(session, made, now=world.clock())
    bulk.run(world.database, shop.id, made, keys=world.keys, clock=world.clock)
    with world.database.transaction(shop.id) as session:
        members.merge(session, kept_customer_id=100, lost_customer_id=101, tombstone_key=b"t" * 32, now=world.clock())

    work(world, shop)
    between = balance(world, shop, 100)[1]
    undone(world, shop, made)

    assert (between, balance(world, shop, 100)[1]) == (14, 0)
    proved(world, shop)


def test_a_reason_for_somebody_chosen_by_hand_is_forgotten_with_them(
    world: World, shop: TestShop, servers: embedded.Running
) -> None:
    [who] = people(world, shop, 0)
    done(world, shop, NewBulk("points", Wanted(), picked=(who,), points=5, words=f"For {CANARY}", shown=f"{CANARY}"))

    with world.database.transaction(shop.id) as session:
        forget.erase(session, 100, keys=world.keys, now=world.clock())

    assert lines_with(dump(servers, shop), CANARY) == []


def test_too_much_nobody_and_twice_are_refused(world: World, shop: TestShop) -> None:
    people(world, shop, *[0] * 3)
    huge = draft(world, shop, NewBulk("points", Wanted(), points=400_000_000))
    nobody = draft(world, shop, NewBulk("points", Wanted(least=1000), points=5))
    once = done(world, shop, NewBulk("points", Wanted(), points=1))

    for made, refusal in ((huge, BulkTooLarge), (nobody, BulkForNobody), (once, BulkOver)):
        with pytest.raises(refusal), world.database.transaction(shop.id) as session:
            bulk.start(session, made, now=world.clock())
    undone(world, shop, once)
    with pytest.raises(BulkOver), world.database.transaction(shop.id) as session:
        bulk.undo(session, once, by="staff:1", now=world.clock())


def test_a_tier_there_is_not_or_an_end_that_is_past_cannot_be_drafted(world: World) -> None:
    shop = make_shop(world, program())

    with pytest.raises(TierUnknown):
        draft(world, shop, NewBulk("pin", Wanted(), tier="platinum"))
    with pytest.raises(TierPinOver):
        draft(world, shop, NewBulk("pin", Wanted(), tier="gold", until=NOON))


def _tier(world: World, shop: TestShop, who: int) -> str | None:
    with world.database.transaction(shop.id) as session:
        level = tiers.standing(session, who, now=world.clock()).level
    return level.id if level is not None else None


def _blocked(world: World, shop: TestShop) -> set[int]:
    with world.database.transaction(shop.id) as session:
        rows = session.sql("SELECT member_id FROM member_blocks WHERE shop_id = %s AND until IS NULL", shop.id)
    return {row[0] for row in rows}
