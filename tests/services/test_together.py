"""Codes that shoppers wait for are written side by side: nobody waits until everybody before them has been served."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from plugin.loyalty.errors import Throttled, Unreachable
from plugin.loyalty.outside import DiscountFound, DiscountSpec
from plugin.services import effects, redeem
from plugin.services.effects import Kind
from plugin.services.perform import AT_ONCE, World, perform_together
from tests.conftest import TestShop
from tests.fakes import FakeShopify
from tests.services.stories import order
from tests.services.test_redeem import held, now_is
from tests.services.test_settle import proved, settled

PATIENCE = 20.0


@dataclass
class Counter(FakeShopify):
    """Somebody else does something while a code is written (`meanwhile`), and how many are written at once is counted."""

    meanwhile: Callable[[], object] = lambda: None
    under_way: int = 0
    most: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def create_discount(self, spec: DiscountSpec) -> DiscountFound:
        with self._lock:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
        self.meanwhile()
        with self._lock:
            self.under_way -= 1
            return super().create_discount(spec)


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def busy(world: World, counter: Counter) -> World:
    return replace(world, connect=lambda _domain, _token: counter)


def write(world: World, shop: TestShop) -> bool:
    return perform_together(world, shop.id, shop.domain, kinds=effects.URGENT)


def test_several_codes_are_under_way_at_the_same_time(busy: World, shop: TestShop, counter: Counter) -> None:
    settled(busy, shop, order(1, "2000.00"))
    rows = [held(busy, shop) for _ in range(3)]
    all_three = threading.Barrier(3, timeout=PATIENCE)
    counter.meanwhile = all_three.wait

    is_left = write(busy, shop)

    assert [now_is(busy, shop, row).state for row in rows] == ["issued"] * 3
    assert not is_left
    proved(busy, shop)


def test_whoever_comes_while_a_code_is_written_need_not_wait_for_it(
    busy: World, shop: TestShop, counter: Counter
) -> None:
    settled(busy, shop, order(1, "2000.00"))
    held(busy, shop)
    both = threading.Barrier(2, timeout=PATIENCE)
    coming = iter([True])

    def meanwhile() -> None:
        if next(coming, False):
            held(busy, shop)
        both.wait()

    counter.meanwhile = meanwhile
    write(busy, shop)

    assert len(counter.discounts) == 2


def test_never_more_than_so_many_are_under_way_and_all_are_served(
    busy: World, shop: TestShop, counter: Counter
) -> None:
    settled(busy, shop, order(1, "9000.00"))
    rows = [held(busy, shop) for _ in range(3 * AT_ONCE)]

    while write(busy, shop):
        pass

    assert {now_is(busy, shop, row).state for row in rows} == {"issued"}
    assert counter.most <= AT_ONCE


def test_one_that_fails_or_is_throttled_keeps_nobody_else_back(busy: World, shop: TestShop, counter: Counter) -> None:
    settled(busy, shop, order(1, "2000.00"))
    rows = [held(busy, shop) for _ in range(4)]
    counter.failing_before += [Unreachable("down"), Throttled("slowly", retry_after_seconds=2.0)]

    is_left = write(busy, shop)

    states = sorted(now_is(busy, shop, row).state for row in rows)
    assert states == ["held", "held", "issued", "issued"]
    assert not is_left
    proved(busy, shop)


def test_what_is_asked_of_one_code_is_done_one_after_the_other(busy: World, shop: TestShop, counter: Counter) -> None:
    settled(busy, shop, order(1, "400.00"))
    row = held(busy, shop)
    with busy.database.transaction(shop.id) as session:
        redeem.cancel(session, row.id, now=busy.clock())
        effects.request(session, Kind.ISSUE_CODE, str(row.id), now=busy.clock())

    write(busy, shop)

    assert counter.most <= 1
    assert now_is(busy, shop, row).state == "released"
    proved(busy, shop)
