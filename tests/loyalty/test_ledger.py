"""The ledger's laws: points are conserved, available is open lots less debt, and a closed circle gains nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from plugin.loyalty import ledger
from plugin.loyalty.errors import InsufficientPoints
from plugin.loyalty.ledger import LEGAL, Account, Cause, Lot, LotUse, Move, Place, Reason

DAWN = datetime(2026, 1, 1, tzinfo=UTC)


class Books(RuleBasedStateMachine):
    """Every verb in any order on two accounts, with the clock moving."""

    def __init__(self) -> None:
        super().__init__()
        self.now = DAWN
        self.accounts = [Account(1, lots=[]), Account(2, lots=[])]
        self.serial = 0
        self.holds: list[tuple[int, int, list[LotUse]]] = []
        self.used: list[tuple[int, int, list[LotUse]]] = []
        self.earned: dict[tuple[int, int], int] = {}
        self.outside = dict.fromkeys((Place.ISSUED, Place.REDEEMED, Place.EXPIRED), 0)

    def cause(self, order_id: int | None = None) -> Cause:
        self.serial += 1
        return Cause(f"test:{self.serial}", Reason.ORDER, self.now, 1, order_id)

    @rule(
        who=st.integers(0, 1),
        points=st.integers(1, 500),
        order=st.integers(1, 5),
        wait=st.integers(0, 20),
        life=st.none() | st.integers(1, 90),
    )
    def earn(self, who: int, points: int, order: int, wait: int, life: int | None) -> None:
        available_at = self.now + timedelta(days=wait)
        expires_at = None if life is None else available_at + timedelta(days=life)
        ledger.accrue(
            self.accounts[who],
            points,
            self.cause(order),
            now=self.now,
            available_at=available_at,
            expires_at=expires_at,
        )
        self.earned[who, order] = self.earned.get((who, order), 0) + points

    @rule(days=st.integers(1, 40))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)
        for account in self.accounts:
            ledger.post_due(account, now=self.now)

    @rule(who=st.integers(0, 1), points=st.integers(1, 400))
    def hold(self, who: int, points: int) -> None:
        account = self.accounts[who]
        if points > account.available:
            with pytest.raises(InsufficientPoints):
                ledger.hold(account, points, self.cause())
            return
        start = len(account.uses)
        ledger.hold(account, points, self.cause())
        self.holds.append((who, points, account.uses[start:]))

    @precondition(lambda self: self.holds)
    @rule()
    def release(self) -> None:
        who, points, taken = self.holds.pop()
        ledger.release(self.accounts[who], points, self.cause(), taken=taken, now=self.now, grace_days=30)

    @precondition(lambda self: self.holds)
    @rule()
    def capture(self) -> None:
        who, points, taken = self.holds.pop(0)
        ledger.capture(self.accounts[who], points, self.cause())
        self.used.append((who, points, taken))

    @precondition(lambda self: self.used)
    @rule()
    def restore(self) -> None:
        who, points, taken = self.used.pop()
        ledger.restore(self.accounts[who], points, self.cause(), taken=taken, now=self.now, grace_days=30)

    @precondition(lambda self: self.earned)
    @rule(share=st.integers(1, 100))
    def claw_back(self, share: int) -> None:
        (who, order), points = next(iter(self.earned.items()))
        lost = max(1, points * share // 100)
        self.earned[who, order] = points - lost
        if not self.earned[who, order]:
            del self.earned[who, order]
        ledger.claw_back(self.accounts[who], lost, self.cause(order))

    @rule(who=st.integers(0, 1), points=st.integers(-300, 300).filter(bool))
    def adjust(self, who: int, points: int) -> None:
        ledger.adjust(self.accounts[who], points, self.cause(), now=self.now, expires_at=None)

    @rule(who=st.integers(0, 1), points=st.integers(1, 300), is_final=st.booleans())
    def give(self, who: int, points: int, *, is_final: bool) -> None:
        giver, taker = self.accounts[who], self.accounts[1 - who]
        if points > giver.available:
            with pytest.raises(InsufficientPoints):
                ledger.give(giver, taker, points, self.cause(), is_final=is_final)
            return
        ledger.give(giver, taker, points, self.cause(), is_final=is_final)
        assert giver.available >= 0

    @precondition(lambda self: not self.holds and not self.used)
    @rule()
    def merge(self) -> None:
        source, target = self.accounts
        ledger.transfer(source, target, self.cause())
        assert (source.pending, source.available) == (0, 0)
        for (who, order), points in list(self.earned.items()):
            if who == 0:
                del self.earned[who, order]
                self.earned[1, order] = self.earned.get((1, order), 0) + points

    @invariant()
    def available_is_open_lots_less_debt(self) -> None:
        for account in self.accounts:
            lots = account.lots or []
            assert sum(lot.open for lot in lots) == max(0, account.available)
            assert sum(lot.pending for lot in lots) == account.pending >= 0
            assert account.held >= 0
            assert all(min(lot.open, lot.pending, lot.expired) >= 0 for lot in lots)

    @invariant()
    def points_are_conserved(self) -> None:
        total = dict.fromkeys(Place, 0)
        for account in self.accounts:
            for entry in account.entries:
                total[entry.move.source] -= entry.points
                total[entry.move.target] += entry.points
        assert total[Place.TRANSIT] == 0
        assert sum(total.values()) == 0
        assert total[Place.PENDING] == sum(account.pending for account in self.accounts)
        assert total[Place.AVAILABLE] == sum(account.available for account in self.accounts)
        assert total[Place.HELD] == sum(account.held for account in self.accounts)

    @invariant()
    def lots_can_be_rebuilt_from_entries_and_uses(self) -> None:
        for account in self.accounts:
            pending_moves = (Move.ACCRUE_PENDING, Move.TRANSFER_PENDING_IN)
            moves = {entry.seq: entry.move for entry in account.entries}
            for lot in account.lots or []:
                uses = [use for use in account.uses if (use.opened_by, use.part) == lot.key]
                is_pending = moves[lot.opened_by] in pending_moves
                assert lot.pending == lot.points * is_pending + sum(use.pending for use in uses)
                assert lot.open == lot.points * (not is_pending) + sum(use.open for use in uses)
                assert lot.expired == sum(use.expired for use in uses)

    @invariant()
    def no_key_is_used_twice(self) -> None:
        keys = [entry.key for account in self.accounts for entry in account.entries]
        assert len(keys) == len(set(keys))


Books.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestBooks = Books.TestCase


def test_every_legal_movement_leaves_one_place_for_another() -> None:
    assert set(LEGAL) == set(Move)
    assert all(source is not target for _, source, target in LEGAL.values())


def test_spending_takes_the_soonest_expiring_lot_first_and_the_never_expiring_last() -> None:
    lots = [
        Lot(1, 0, 10, 0, 10, 0, DAWN, None, None),
        Lot(2, 0, 10, 0, 10, 0, DAWN, DAWN + timedelta(days=9), None),
        Lot(3, 0, 10, 0, 10, 0, DAWN, DAWN + timedelta(days=5), None),
    ]
    account = Account(1, available=30, seq=3, lots=lots)

    ledger.hold(account, 25, Cause("redeem", Reason.REWARD, DAWN))

    assert [(use.opened_by, use.open) for use in account.uses] == [(3, -10), (2, -10), (1, -5)]


def test_a_clawback_takes_its_own_orders_points_before_any_others() -> None:
    account = Account(1, lots=[])
    for order, life in ((1, 90), (2, 5)):
        cause = Cause(f"order:{order}", Reason.ORDER, DAWN, 1, order)
        ledger.accrue(account, 50, cause, now=DAWN, available_at=DAWN, expires_at=DAWN + timedelta(days=life))

    ledger.claw_back(account, 60, Cause("refund", Reason.REFUND, DAWN, 1, 1))

    assert account.lots is not None
    assert [lot.open for lot in account.lots] == [0, 40]


def test_points_that_come_back_to_a_lapsed_lot_get_a_period_of_grace() -> None:
    account = Account(1, lots=[])
    ledger.accrue(
        account,
        50,
        Cause("order", Reason.ORDER, DAWN, 1, 1),
        now=DAWN,
        available_at=DAWN,
        expires_at=DAWN + timedelta(days=10),
    )
    ledger.hold(account, 50, Cause("redeem", Reason.REWARD, DAWN))
    later = DAWN + timedelta(days=20)

    ledger.release(
        account,
        50,
        Cause("release", Reason.REWARD_CANCELLED, later),
        taken=list(account.uses),
        now=later,
        grace_days=30,
    )

    assert account.lots is not None
    assert [(lot.open, lot.expires_at) for lot in account.lots] == [
        (0, DAWN + timedelta(days=10)),
        (50, later + timedelta(days=30)),
    ]
