"""Referrals from claim to reward: looked at once, judged from facts alone, and forgotten without losing what was decided."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from plugin.db import referrals as referral_rows
from plugin.loyalty.deliveries import ComplianceFacts, MergeFacts
from plugin.loyalty.errors import ReferralClosed, ReferralForNewCustomers, ReferralOver, Throttled, Unauthorized
from plugin.loyalty.facts import OrderFacts
from plugin.loyalty.outside import Person, Token
from plugin.loyalty.program import Program, Referral, ReferralLimit, Suspicion, default_program
from plugin.loyalty.suspicion import Address, Personal, marks, shop_key
from plugin.services import effects, members, privacy, programs, referrals, tokens
from plugin.services.perform import World, perform_due
from plugin.services.referrals import ReferralView
from tests.conftest import NOON, TestShop, make_shop
from tests.fakes import FakeShopify, StepClock
from tests.services.deliveries import deliver, drained
from tests.services.stories import order
from tests.services.test_settle import balance, proved, settled

ANN, BOB, CID = 7, 8, 9


def scored(**more: Any) -> Program:
    """The default program with referrals that are looked at."""
    terms: dict[str, Any] = {"friend_points": 20, "suspicion": Suspicion(is_on=True)} | more
    return default_program("USD", is_live=True).model_copy(update={"referral": Referral(**terms)})


def handle_of(world: World, shop: TestShop, customer: int) -> str:
    with world.database.transaction(shop.id) as session:
        member_id = members.join(session, customer, tombstone_key=world.keys.tombstones, now=NOON)
        return members.view(session, member_id, handle_key=b"h" * 32, now=NOON).referral_code


def friend_order(
    world: World, shop: TestShop, number: int = 1, *, customer: int = BOB, of: int = ANN, **more: Any
) -> OrderFacts:
    return order(number, "50.00", customer=customer, referral=handle_of(world, shop, of), **more)


def act(world: World, shop: TestShop) -> None:
    while perform_due(world, shop.id, shop.domain):
        continue


def seen(world: World, shop: TestShop) -> list[ReferralView]:
    """Every referral, the friend's order that was placed first first."""
    with world.database.transaction(shop.id) as session:
        found = referrals.page(session, now=world.clock(), limit=100)
    return sorted(found, key=lambda view: (view.ordered_at or NOON, view.order_id or 0))


def only(world: World, shop: TestShop) -> ReferralView:
    [view] = seen(world, shop)
    return view


def prints(world: World, shop: TestShop) -> int:
    with world.database.transaction(shop.id) as session:
        [(count,)] = session.sql("SELECT count(*) FROM fingerprints WHERE shop_id = %s", shop.id)
    return int(count)


def resolve(world: World, shop: TestShop, referral_id: UUID, decision: Any) -> ReferralView:
    with world.database.transaction(shop.id) as session:
        return referrals.resolve(
            session, referral_id, decision, by="Kim", why="we know them", keys=world.keys, now=world.clock()
        )


def test_nothing_is_paid_before_both_people_were_looked_at(world: World, shopify: FakeShopify) -> None:
    shop = make_shop(world, scored())
    shopify.failing_before = [Throttled(retry_after_seconds=3)]
    settled(world, shop, friend_order(world, shop))
    act(world, shop)
    before = only(world, shop), balance(world, shop, ANN)

    world.clock.forward(seconds=4)  # type: ignore[attr-defined]
    act(world, shop)

    assert (before[0].state, before[0].reason, before[1]) == ("ordered", "checking", (0, 0, 0, 0))
    assert only(world, shop).state == "rewarded"
    assert (balance(world, shop, ANN), balance(world, shop, BOB)) == ((0, 150, 0, 0), (0, 70, 0, 0))
    proved(world, shop)


def test_an_order_that_shopify_counts_and_we_do_not_know_is_waited_for_and_then_speaks_against_the_friend(
    world: World, shopify: FakeShopify, clock: StepClock
) -> None:
    shop = make_shop(world, scored())
    shopify.order_counts = {BOB: 2}
    settled(world, shop, friend_order(world, shop))
    act(world, shop)
    waiting = only(world, shop).state

    clock.forward(minutes=21)
    act(world, shop)

    assert waiting == "ordered"
    assert (only(world, shop).state, only(world, shop).reason) == ("void", "not_new")


def test_a_straggling_order_that_arrives_meanwhile_speaks_for_itself(
    world: World, shopify: FakeShopify, clock: StepClock
) -> None:
    shop = make_shop(world, scored())
    shopify.order_counts = {BOB: 2}
    settled(world, shop, friend_order(world, shop))
    act(world, shop)

    settled(world, shop, order(2, "10.00", customer=BOB, at=NOON + timedelta(minutes=3)))
    clock.forward(minutes=21)
    act(world, shop)

    assert only(world, shop).state == "rewarded"


def test_where_names_are_withheld_fewer_signals_are_had_and_the_referral_says_so(
    world: World, shopify: FakeShopify
) -> None:
    shop = make_shop(world, scored())
    shopify.is_withholding = True
    settled(world, shop, friend_order(world, shop))

    act(world, shop)

    assert (only(world, shop).state, only(world, shop).is_withheld) == ("rewarded", True)


def test_hashes_go_after_the_retention_and_the_decision_stays(
    world: World, shopify: FakeShopify, clock: StepClock
) -> None:
    shop = make_shop(world, scored(suspicion=Suspicion(is_on=True, retention_days=30)))
    shopify.seen_people = {ANN: Personal(mails=["ann@example.com"]), BOB: Personal(mails=["ann+b@example.com"])}
    settled(world, shop, friend_order(world, shop))
    act(world, shop)
    kept = prints(world, shop)

    clock.forward(days=31)
    act(world, shop)
    settled(world, shop, friend_order(world, shop, updated=NOON + timedelta(days=31)))
    act(world, shop)

    assert kept > 0
    assert prints(world, shop) == 0
    assert (only(world, shop).state, only(world, shop).signals) == ("blocked", ("same_mailbox",))


def test_forgetting_either_side_takes_the_hashes_and_staffs_words_and_leaves_the_decision(
    world: World, shopify: FakeShopify
) -> None:
    for customer in (ANN, BOB):
        shop = make_shop(world, scored())
        shopify.seen_people = {ANN: Personal(mails=["ann@example.com"]), BOB: Personal(mails=["ann+b@example.com"])}
        settled(world, shop, friend_order(world, shop))
        act(world, shop)
        resolve(world, shop, only(world, shop).id, "approve")

        deliver(world, shop, "customers/redact", ComplianceFacts(shop_id=1, customer_id=customer), object_id=customer)
        drained(world, shop)
        settled(
            world, shop, friend_order(world, shop, updated=NOON + timedelta(hours=1)) if customer == BOB else order(5)
        )

        left = only(world, shop)
        assert (left.state, left.decision, left.decided_by, left.decided_why) == ("rewarded", "approve", "Kim", None)
        assert prints(world, shop) == 1 + 1  # the other one's mailbox, as it is and without its number
        proved(world, shop)


def test_a_forgotten_friend_is_recognised_by_the_mailbox_for_ever(
    world: World, shopify: FakeShopify, clock: StepClock
) -> None:
    shop = make_shop(world, scored())
    shopify.seen_people = {BOB: Personal(mails=["bo@example.com"]), CID: Personal(mails=["bo+new@example.com"])}
    settled(world, shop, friend_order(world, shop))
    act(world, shop)
    deliver(world, shop, "customers/redact", ComplianceFacts(shop_id=1, customer_id=BOB), object_id=BOB)
    drained(world, shop)
    clock.forward(days=200)

    settled(world, shop, friend_order(world, shop, 2, customer=CID, at=world.clock()))
    act(world, shop)

    assert [(view.state, view.reason) for view in seen(world, shop)] == [
        ("rewarded", None),
        ("void", "referred_before"),
    ]


def test_two_who_become_one_were_nobodys_friends(world: World, shopify: FakeShopify) -> None:
    shop = make_shop(world, scored())
    settled(world, shop, friend_order(world, shop))
    act(world, shop)

    deliver(world, shop, "customers/merge", MergeFacts(kept_id=ANN, lost_id=BOB, is_done=True))
    drained(world, shop)

    assert (only(world, shop).state, only(world, shop).reason) == ("void", "own_account")
    assert balance(world, shop, ANN) == (0, 50, 0, 0)
    proved(world, shop)


def test_a_merged_advocate_takes_referrals_clicks_and_hashes_along(world: World, shopify: FakeShopify) -> None:
    shop = make_shop(world, scored())
    handle = handle_of(world, shop, ANN)
    with world.database.transaction(shop.id) as session:
        referrals.clicked(session, handle, channel="qr", now=NOON)
        ann = members.by_customer(session, ANN) or 0
        key = shop_key(world.keys.tombstones, shop.id)
        referrals.shared(session, ann, seen=marks(Personal(devices=["a-phone"]), key), now=NOON)
    settled(world, shop, friend_order(world, shop))
    act(world, shop)

    deliver(world, shop, "customers/merge", MergeFacts(kept_id=CID, lost_id=ANN, is_done=True))
    drained(world, shop)

    with world.database.transaction(shop.id) as session:
        kept = members.by_customer(session, CID) or 0
        [(qr, clicks, *_), _] = [
            (each.channel, each.clicks)
            for each in referrals.channels(session, advocate_id=kept, since=NOON.date(), until=NOON.date(), now=NOON)
        ][::-1]
        subjects = session.sql(
            "SELECT DISTINCT subject FROM fingerprints WHERE shop_id = %s AND kind = 'device'", shop.id
        )
    assert (qr, clicks) == ("qr", 1)
    assert subjects == [(f"member:{kept}",)]
    assert (only(world, shop).state, only(world, shop).advocate_id) == ("rewarded", kept)
    assert balance(world, shop, CID) == (0, 150, 0, 0)


def test_staff_have_the_last_word_and_not_about_what_is_over(world: World, shopify: FakeShopify) -> None:
    shop = make_shop(world, scored())
    shopify.seen_people = {ANN: Personal(mails=["ann@example.com"]), BOB: Personal(mails=["ann+b@example.com"])}
    settled(world, shop, friend_order(world, shop))
    act(world, shop)
    referral_id = only(world, shop).id

    states = [resolve(world, shop, referral_id, word).state for word in ("approve", "approve", "block", "approve")]
    settled(world, shop, friend_order(world, shop, refunds=[(1, "50.00", 1)]))

    assert states == ["rewarded", "rewarded", "blocked", "rewarded"]
    with pytest.raises(ReferralOver):
        resolve(world, shop, referral_id, "approve")
    assert (balance(world, shop, ANN), balance(world, shop, BOB)) == ((0, 0, 0, 0), (0, 0, 0, 0))
    proved(world, shop)


def test_a_code_that_brought_a_friend_is_a_referral_once(world: World, shopify: FakeShopify) -> None:
    shop = make_shop(world, scored(suspicion=Suspicion()))
    handle, claim_id = handle_of(world, shop, ANN), uuid4()
    with world.database.transaction(shop.id) as session:
        row = referrals.claim(
            session, handle, referral_id=claim_id, customer_id=None, channel="qr", keys=world.keys, now=NOON
        )
        code = str(row.code)
    act(world, shop)

    settled(world, shop, order(1, "50.00", customer=BOB, codes=[code]))
    settled(world, shop, order(2, "50.00", customer=CID, codes=[code]))

    first, second = seen(world, shop)
    assert (first.id, first.channel, first.by_link, first.state) == (claim_id, "qr", False, "rewarded")
    assert (second.by_link, second.state) == (True, "rewarded")
    assert shopify.discounts[code].spec.title == "Referral"


def test_a_claim_is_for_somebody_new_while_referrals_are_on(world: World, shop: TestShop) -> None:
    handle = handle_of(world, shop, ANN)
    settled(world, shop, order(1, customer=BOB))

    def claim(customer: int | None) -> None:
        with world.database.transaction(shop.id) as session:
            referrals.claim(
                session, handle, referral_id=uuid4(), customer_id=customer, keys=world.keys, now=world.clock()
            )

    for customer in (ANN, BOB):
        with pytest.raises(ReferralForNewCustomers):
            claim(customer)
    for _ in range(referrals.CLAIMS_PER_DAY):
        claim(None)
    with pytest.raises(ReferralClosed):
        claim(None)


def test_an_unused_claim_is_void_when_its_time_is_over(world: World, shop: TestShop, clock: StepClock) -> None:
    handle = handle_of(world, shop, ANN)
    with world.database.transaction(shop.id) as session:
        referrals.claim(session, handle, referral_id=uuid4(), customer_id=None, keys=world.keys, now=NOON)
    before = only(world, shop).state

    clock.forward(days=31)

    assert (before, only(world, shop).state, only(world, shop).reason) == ("claimed", "void", "not_used_in_time")
    with world.database.transaction(shop.id) as session:
        assert referrals.page(session, state="claimed", now=clock()) == []
        assert len(referrals.page(session, state="void", now=clock())) == 1


def test_the_limit_counts_the_shops_own_month(world: World, clock: StepClock) -> None:
    shop = make_shop(world, scored(suspicion=Suspicion(), friend_points=0, limit=ReferralLimit(friends=1, per="month")))
    in_march = NOON.replace(month=4, day=1, hour=3)  # still 31 March in New York

    settled(world, shop, friend_order(world, shop, 1))
    settled(world, shop, friend_order(world, shop, 2, customer=CID, at=in_march))
    settled(world, shop, friend_order(world, shop, 3, customer=10, at=in_march + timedelta(hours=2)))

    assert [view.reason for view in seen(world, shop)] == [None, "limit", None]
    with world.database.transaction(shop.id) as session:
        ann = members.by_customer(session, ANN) or 0
        found = referrals.rewarded_at(session, [ann], now=in_march + timedelta(days=1))
    assert len(found[ann]) == 2


def test_an_order_that_moves_to_somebody_else_is_looked_at_anew(world: World, shopify: FakeShopify) -> None:
    shop = make_shop(world, scored())
    shopify.seen_people = {ANN: Personal(mails=["ann@example.com"]), BOB: Personal(mails=["ann+b@example.com"])}
    settled(world, shop, friend_order(world, shop))
    act(world, shop)
    before = only(world, shop)

    settled(world, shop, friend_order(world, shop, customer=CID, updated=NOON + timedelta(minutes=1)))
    act(world, shop)

    assert (before.state, before.signals) == ("blocked", ("same_mailbox",))
    assert (only(world, shop).state, only(world, shop).signals) == ("rewarded", ())
    assert (balance(world, shop, ANN), balance(world, shop, CID)) == ((0, 150, 0, 0), (0, 70, 0, 0))
    proved(world, shop)


def test_another_link_does_not_reset_the_limit(world: World) -> None:
    shop = make_shop(world, scored(suspicion=Suspicion(), friend_points=0, limit=ReferralLimit(friends=1, per="ever")))
    settled(world, shop, friend_order(world, shop, 1, of=ANN))
    deliver(world, shop, "customers/merge", MergeFacts(kept_id=10, lost_id=ANN, is_done=True))
    drained(world, shop)

    settled(world, shop, friend_order(world, shop, 2, customer=CID, of=10, at=NOON + timedelta(days=400)))

    assert [view.reason for view in seen(world, shop)] == [None, "limit"]
    assert balance(world, shop, 10) == (0, 150, 0, 0)


SCENES: dict[str, tuple[Referral, dict[int, Personal]]] = {
    "limit": (Referral(friend_points=20, limit=ReferralLimit(friends=1, per="month"), hold_days=7), {}),
    "ring": (Referral(friend_points=20, hold_days=7, suspicion=Suspicion(is_on=True)), {}),
    "crowd": (
        Referral(friend_points=20, hold_days=7, suspicion=Suspicion(is_on=True, crowd_friends=1, velocity_friends=1)),
        {number: Personal(addresses=[Address("1 Elm", "1", "US")]) for number in (BOB, CID)},
    ),
}


@pytest.mark.parametrize("scene", SCENES)
def test_the_order_and_number_of_deliveries_never_matter(world: World, shopify: FakeShopify, scene: str) -> None:
    terms, people = SCENES[scene]
    shopify.seen_people, shopify.order_counts = people, {ANN: 1, BOB: 1, CID: 1}
    ends = set()

    for turn in itertools.islice(itertools.permutations(range(4)), 0, None, 3):
        shop = make_shop(world, default_program("USD", is_live=True).model_copy(update={"referral": terms}))
        first = friend_order(world, shop, 1, customer=BOB)
        second = friend_order(world, shop, 2, customer=CID, at=NOON + timedelta(hours=1))
        back = friend_order(
            world, shop, 3, customer=ANN, of=CID if scene == "ring" else 11, at=NOON + timedelta(hours=2)
        )
        refunded = friend_order(world, shop, 1, customer=BOB, refunds=[(1, "50.00", 1)])
        told = [first, second, back, refunded]
        for number in (*turn, turn[0]):
            settled(world, shop, told[number])
            act(world, shop)
        ends.add(_end(world, shop, (ANN, BOB, CID)))
        proved(world, shop)

    assert len(ends) == 1, ends


def _end(world: World, shop: TestShop, customers: Sequence[int]) -> Any:
    views = tuple((view.order_id, view.state, view.reason, view.score, view.signals) for view in seen(world, shop))
    return views, tuple(balance(world, shop, customer) for customer in customers)


def test_an_app_that_is_taken_away_and_comes_back_goes_on_where_it_was(world: World, shopify: FakeShopify) -> None:
    shop = make_shop(world, scored())
    settled(world, shop, friend_order(world, shop))
    shopify.failing_before = [Unauthorized("the app is gone")] * 9
    act(world, shop)
    gone = only(world, shop).state

    shopify.failing_before = []
    with world.database.transaction(shop.id) as session:
        token = Token("shpat_back", NOON + timedelta(days=3650), None, None, frozenset())
        tokens.store(session, token, cipher=world.cipher, now=NOON)
        effects.resume(session, now=world.clock())
    act(world, shop)

    assert (gone, only(world, shop).state) == ("ordered", "rewarded")


def test_a_person_can_read_that_hashes_are_kept_and_not_what_of(world: World, shopify: FakeShopify) -> None:
    shop = make_shop(world, scored())
    shopify.seen_people = {BOB: Personal(mails=["bo@example.com"])}
    settled(world, shop, friend_order(world, shop))
    act(world, shop)

    with world.database.transaction(shop.id) as session:
        bob = members.by_customer(session, BOB) or 0
        told = privacy.export(session, bob, handle_key=b"h" * 32, now=NOON)

    assert [each["kind"] for each in told["kept_as_hashes"]] == ["mail_like", "mailbox"]


def test_a_plain_program_looks_at_nobody(world: World, shop: TestShop, shopify: FakeShopify) -> None:
    shopify.persons = {BOB: Person(BOB, "Bo", "bo@example.com", (), None)}

    settled(world, shop, friend_order(world, shop))
    act(world, shop)

    assert (only(world, shop).state, only(world, shop).is_checked) == ("rewarded", False)
    assert prints(world, shop) == 0
    with world.database.transaction(shop.id) as session:
        assert programs.current(session).program.referral.suspicion.is_on is False
        assert referral_rows.upline(session, members.by_customer(session, BOB) or 0) != []
