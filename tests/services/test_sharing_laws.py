"""Whatever members do with one another's points, in any order, refunds included: no point is made and none is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugin.db import journal
from plugin.loyalty.errors import Refusal
from plugin.loyalty.ledger import Move, Place
from plugin.services import causes, due, gifts, members, redeem
from plugin.services.perform import World, perform_due
from tests.conftest import NOON
from tests.fakes import StepClock
from tests.services.sharing import Club
from tests.services.stories import order

PEOPLE = (7, 8, 9, 10)
DEEDS = "buy refund refund_all found join put_in leave offer accept take_back donate give_back choose pay_out spend cancel merge wait"

deeds = st.lists(
    st.tuples(st.sampled_from(DEEDS.split()), st.sampled_from(PEOPLE), st.sampled_from(PEOPLE), st.integers(1, 60)),
    min_size=15,
    max_size=35,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=deeds, pools=st.sampled_from(["earned", "put_in"]), pending=st.sampled_from([0, 5]))
def test_points_are_conserved_through_any_sequence_of_sharing(
    world: World, clock: StepClock, deeds: list[tuple[str, int, int, int]], pools: str, pending: int
) -> None:
    clock.now = NOON
    club = Club.opened(
        world,
        earning={"pending_days": pending, "expiry_months": 3},
        households={"pools": pools, "limit_points": 250},
        causes={"match": {"percent": "10", "points": 10}},
    )
    town = Town(club)

    for name, who, other, points in deeds:
        clock.forward(minutes=1)
        town.do(name, who, other, points)

    assert club.proven()
    assert town.made_and_gone() == town.there()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=deeds, pools=st.sampled_from(["earned", "put_in"]))
def test_nobody_gains_by_sharing_points_of_orders_that_are_all_refunded(
    world: World, clock: StepClock, deeds: list[tuple[str, int, int, int]], pools: str
) -> None:
    clock.now = NOON
    club = Club.opened(world, households={"pools": pools})
    town = Town(club)
    for name, who, other, points in deeds:
        clock.forward(minutes=1)
        if name != "merge":
            town.do(name, who, other, points)

    town.refund_everything()

    assert town.net() == 0
    assert club.proven()


@dataclass
class Town:
    """Does what the deeds say, and lets the program say no."""

    club: Club
    orders: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    given: list[UUID] = field(default_factory=list)
    donated: list[UUID] = field(default_factory=list)
    spent: list[UUID] = field(default_factory=list)
    homes: list[int] = field(default_factory=list)
    ids: dict[int, int] = field(default_factory=dict)
    lost: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Everybody has bought something, and all but the last share a household already."""
        self.ids = {customer: self.club.member(customer) for customer in PEOPLE}
        owner, *others = PEOPLE[:-1]
        self.homes.append(self.club.household(self.ids[owner], *(self.ids[other] for other in others)))
        for customer in PEOPLE:
            self._buy(customer, customer, 150)

    def do(self, name: str, who: int, other: int, points: int) -> None:
        deed: Callable[[int, int, int], None] = getattr(self, f"_{name}")
        try:
            deed(who, other, points)
        except Refusal:
            return

    def refund_everything(self) -> None:
        for number in self.orders:
            self._tell(number, refunded=self.orders[number][1])

    def net(self) -> int:
        """What members, households and causes have or have used, less what they owe, and less what staff never gave."""
        return sum(points for _, _, place, points in self._moves() if place in _KEPT) - sum(
            points for _, place, _, points in self._moves() if place in _KEPT
        )

    def made_and_gone(self) -> int:
        moves = self._moves()
        made = sum(points for _, source, _, points in moves if source is Place.ISSUED)
        unmade = sum(points for _, _, target, points in moves if target in _OUTSIDE)
        back = sum(points for _, source, _, points in moves if source in (Place.REDEEMED, Place.EXPIRED))
        return made + back - unmade

    def there(self) -> int:
        with self.club.world.database.transaction(self.club.shop.id) as session:
            [(total,)] = session.sql(
                "SELECT coalesce(sum(pending + available + held), 0)::bigint FROM members WHERE shop_id = %s",
                session.shop_id,
            )
        return int(total)

    def _moves(self) -> list[tuple[int, Place, Place, int]]:
        with self.club.world.database.transaction(self.club.shop.id) as session:
            rows = session.sql("SELECT member_id, move, points FROM entries WHERE shop_id = %s", session.shop_id)
        return [(member, Move(move).source, Move(move).target, points) for member, move, points in rows]

    def _buy(self, who: int, _other: int, points: int) -> None:
        number = len(self.orders) + 1
        self.orders[number] = (who, points, 0)
        self._tell(number, refunded=0)

    def _refund(self, _who: int, _other: int, points: int) -> None:
        if self.orders:
            number = points % len(self.orders) + 1
            _, total, back = self.orders[number]
            self._tell(number, refunded=min(total, back + points))

    def _refund_all(self, _who: int, _other: int, points: int) -> None:
        if self.orders:
            number = points % len(self.orders) + 1
            self._tell(number, refunded=self.orders[number][1])

    def _tell(self, number: int, *, refunded: int) -> None:
        who, total, _ = self.orders[number]
        self.orders[number] = (who, total, refunded)
        refunds = [(1, f"{refunded}.00", 1 if refunded == total else 0)] if refunded else []
        self.club.settle(order(number, f"{total}.00", customer=who, refunds=refunds))

    def _found(self, who: int, _other: int, _points: int) -> None:
        self.homes.append(self.club.household(self.ids[who]))

    def _join(self, who: int, _other: int, points: int) -> None:
        if self.homes:
            self.club.join(self.ids[who], self.club.code(self.homes[points % len(self.homes)]))

    def _put_in(self, who: int, _other: int, points: int) -> None:
        self.club.put_in(self.ids[who], points)

    def _leave(self, who: int, _other: int, _points: int) -> None:
        self.club.leave(self.ids[who])

    def _offer(self, who: int, _other: int, points: int) -> None:
        self.given.append(self.club.offer(self.ids[who], points).id)

    def _accept(self, who: int, _other: int, points: int) -> None:
        if self.given:
            code = gifts.code_of(self.given[points % len(self.given)], self.club.world.keys)
            with self.club.world.database.transaction(self.club.shop.id) as session:
                gifts.accept(session, self.ids[who], code=code, now=self.club.world.clock())

    def _take_back(self, _who: int, _other: int, points: int) -> None:
        if self.given:
            with self.club.world.database.transaction(self.club.shop.id) as session:
                gifts.take_back(session, self.given[points % len(self.given)], now=self.club.world.clock())

    def _donate(self, who: int, _other: int, points: int) -> None:
        self.donated.append(self.club.donate(self.ids[who], "trees" if points % 2 else "boats", points))

    def _give_back(self, _who: int, _other: int, points: int) -> None:
        if self.donated:
            donation_id, now = self.donated[points % len(self.donated)], self.club.world.clock()
            with self.club.world.database.transaction(self.club.shop.id) as session:
                causes.give_back(session, donation_id, keys=self.club.world.keys, now=now)

    def _choose(self, who: int, _other: int, points: int) -> None:
        with self.club.world.database.transaction(self.club.shop.id) as session:
            causes.choose(session, self.ids[who], "trees" if points % 2 else None, now=NOON)

    def _pay_out(self, _who: int, _other: int, points: int) -> None:
        now = self.club.world.clock()
        with self.club.world.database.transaction(self.club.shop.id) as session:
            causes.pay_out(session, "trees", points, words="x", author="staff", payout_id=uuid4(), now=now)

    def _spend(self, who: int, _other: int, points: int) -> None:
        if self.homes:
            self.spent.append(self.club.spend(self.ids[who], self.homes[points % len(self.homes)]).id)
            perform_due(self.club.world, self.club.shop.id, self.club.shop.domain)

    def _cancel(self, _who: int, _other: int, points: int) -> None:
        if self.spent:
            with self.club.world.database.transaction(self.club.shop.id) as session:
                redeem.cancel(session, self.spent[points % len(self.spent)], now=self.club.world.clock())
            perform_due(self.club.world, self.club.shop.id, self.club.shop.domain)

    def _merge(self, who: int, other: int, _points: int) -> None:
        if who != other and who not in self.lost and other not in self.lost:
            self.lost.add(who)
            with self.club.world.database.transaction(self.club.shop.id) as session:
                tombstones, now = self.club.world.keys.tombstones, self.club.world.clock()
                members.merge(session, kept_customer_id=other, lost_customer_id=who, tombstone_key=tombstones, now=now)
            self.ids[who] = self.ids[other]

    def _wait(self, _who: int, _other: int, points: int) -> None:
        self.club.world.clock.forward(days=points % 40)  # type: ignore[attr-defined]
        with self.club.world.database.transaction(self.club.shop.id) as session:
            due.post(session, now=self.club.world.clock())
        perform_due(self.club.world, self.club.shop.id, self.club.shop.domain)


_OUTSIDE = (Place.ISSUED, Place.REDEEMED, Place.EXPIRED)
_KEPT = (Place.PENDING, Place.AVAILABLE, Place.HELD, Place.REDEEMED)


def test_an_account_is_locked_after_every_person(world: World) -> None:
    club = Club.opened(world)
    home = club.household(club.member(7))
    later = club.member(8)

    with world.database.transaction(club.shop.id) as session:
        locked = journal.lock(session, [home, later])

    assert home < later
    assert list(locked) == [later, home]
