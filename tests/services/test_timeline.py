"""A member's time: everything that happened is in it once, in order, however it is paged and by whatever it is narrowed."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from plugin.db.changelog import Noted
from plugin.loyalty.ledger import Reason
from plugin.loyalty.program import Referral
from plugin.services import changelog, members, redeem, tiers, timeline
from plugin.services.members import EntryView
from plugin.services.perform import World, perform_due
from plugin.services.timeline import Event, Kind
from tests.conftest import NOON, TestShop, make_shop
from tests.fakes import StepClock
from tests.services.stories import order
from tests.services.test_blocks import member
from tests.services.test_tiers import program, tell


@pytest.fixture
def eventful(world: World, clock: StepClock) -> tuple[TestShop, int]:
    """A member who bought, climbed, brought a friend, redeemed, was given a reward and was changed by staff."""
    terms = program().model_copy(update={"referral": Referral(advocate_points=50)})
    shop = make_shop(world, terms)
    who = member(world, shop)
    with world.database.transaction(shop.id) as session:
        code = members.view(session, who, handle_key=b"h" * 32, now=clock.now).referral_code
    for number in range(1, 4):
        clock.forward(hours=1)
        tell(world, shop, order(number, "150.00", at=clock.now))
    clock.forward(hours=1)
    tell(world, shop, order(9, "80.00", customer=8, referral=code, at=clock.now))
    clock.forward(hours=1)
    with world.database.transaction(shop.id) as session:
        members.adjust(session, who, 20, words="Kind", shown="Hello", author="staff:1", key="a", now=clock.now)
        changelog.note(session, by="staff:1", deed="member.adjusted", subject=str(who), now=clock.now)
        tiers.pin(session, who, "gold", until=None, words="", author="staff:1", keys=world.keys, now=clock.now)
        changelog.note(session, by="staff:1", deed="member.tier_pinned", subject=str(who), now=clock.now)
        held = redeem.RewardOrder(who, terms.rewards[0].id, None, uuid4())
        redeem.place_hold(session, held, keys=world.keys, now=clock.now)
        redeem.grant(session, who, terms.rewards[0], key="gift", version=1, keys=world.keys, now=clock.now)
    perform_due(world, shop.id, shop.domain)
    clock.forward(hours=1)
    return shop, who


def read(
    world: World, shop: TestShop, who: int, *, kind: Kind | None = None, limit: int = 100
) -> tuple[list[Event], int]:
    """The whole line, read a page at a time; and how many pages it took."""
    events: list[Event] = []
    before, pages = None, 0
    while True:
        with world.database.transaction(shop.id) as session:
            terms = tiers.standing(session, who, now=world.clock()).history
            page = timeline.page(session, who, terms, kind=kind, before=before, limit=limit, now=world.clock())
        events += page.events
        pages += 1
        if page.following is None:
            return events, pages
        before = timeline.read_place(timeline.spell(page.following))
        assert before == page.following


def test_everything_is_there_once_newest_first(world: World, eventful: tuple[TestShop, int]) -> None:
    shop, who = eventful

    events, _ = read(world, shop, who)

    kinds = [type(event.matter).__name__ for event in events]
    assert {"EntryView", "Joining", "TierMove", "Noted", "Given", "Told"} <= set(kinds)
    assert len({event.place for event in events}) == len(events)
    assert [event.place.at for event in events] == sorted((event.place.at for event in events), reverse=True)
    with world.database.transaction(shop.id) as session:
        entries = members.entries(session, who, limit=1000)
    assert kinds.count("EntryView") == len(entries)


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_of_any_size_join_without_a_gap(world: World, eventful: tuple[TestShop, int], limit: int) -> None:
    shop, who = eventful

    whole, _ = read(world, shop, who)
    paged, pages = read(world, shop, who, limit=limit)

    assert [event.place for event in paged] == [event.place for event in whole]
    assert pages == -(-len(whole) // limit)


def test_it_is_narrowed_by_kind(world: World, eventful: tuple[TestShop, int]) -> None:
    shop, who = eventful

    names = {
        kind: {type(one.matter).__name__ for one in read(world, shop, who, kind=kind)[0]} for kind in timeline.KINDS
    }

    assert names == {
        "points": {"EntryView"},
        "rewards": {"EntryView", "Given"},
        "messages": {"Told"},
        "referrals": {"Joining"},
        "tiers": {"TierMove"},
        "staff": {"EntryView", "Noted"},
    }


def test_what_staff_did_stands_once_though_the_change_log_knows_it_too(
    world: World, eventful: tuple[TestShop, int]
) -> None:
    shop, who = eventful

    events, _ = read(world, shop, who, kind="staff")

    [entry] = [event.matter for event in events if isinstance(event.matter, EntryView)]
    assert (entry.reason, entry.note, entry.shown) == (Reason.STAFF, "Kind", "Hello")
    assert [event.matter.deed for event in events if isinstance(event.matter, Noted)] == ["member.tier_pinned"]


def test_a_friend_sees_how_they_came(world: World, eventful: tuple[TestShop, int]) -> None:
    shop, who = eventful
    with world.database.transaction(shop.id) as session:
        friend = members.by_customer(session, 8) or 0

    [event] = read(world, shop, friend, kind="referrals")[0]

    assert (event.matter.is_friend, event.matter.advocate_id) == (True, who)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text",
    ["", "x", "2026-03-02|5|1", "2026-03-02T12:00:00+00:00|99|1", "2026-03-02T12:00:00+00:00|3|7", "a|b|c|d"],
)
def test_a_place_that_nobody_spelled_is_none(text: str) -> None:
    assert timeline.read_place(text) is None


def test_a_tier_that_ended_says_so(world: World, clock: StepClock) -> None:
    shop = make_shop(world, program())
    who = member(world, shop)
    with world.database.transaction(shop.id) as session:
        until = NOON + timedelta(days=10)
        tiers.pin(session, who, "gold", until=until, words="", author="staff:1", keys=world.keys, now=NOON)
    clock.forward(days=11)

    moves = [event.matter for event in read(world, shop, who, kind="tiers")[0]]

    assert [(move.before, move.tier) for move in moves] == [("gold", None), (None, "gold")]  # type: ignore[union-attr]
