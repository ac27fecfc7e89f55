"""Stories as tables: every row is a moment, what happens, the entries it must make, and the balance after it.

Columns stand two or more spaces apart: day, what happens, entries in order ("accrue 50, claw back 25" or "nothing"), balance.
Lines that begin with a word and a colon set the program; # begins a remark.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from plugin.loyalty.errors import Refusal
from plugin.loyalty.facts import OrderFacts, Refund, RefundLine
from plugin.loyalty.program import Program, default_program
from plugin.services import audit, members, redeem, settle
from plugin.services.perform import World, perform_due
from plugin.services.redeem import RewardOrder
from tests.conftest import NOON, TestShop, make_shop
from tests.fakes import FakeShopify, StepClock
from tests.services.stories import order

TABLES = sorted(Path(__file__).parent.glob("*.txt"))
BEGIN = NOON


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_the_story_goes_as_the_table_says(table: Path, world: World, shopify: FakeShopify, clock: StepClock) -> None:
    lines = [line.rstrip() for line in table.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    settings = dict(line.split(": ", 1) for line in lines if re.match(r"[a-z_ ]+: ", line))
    rows = [re.split(r"\s{2,}", line) for line in lines if line.startswith("day ")]
    story = Story(world, shopify, clock, make_shop(world, _program(settings)))

    for row in rows:
        day, deed, entries, balance = (*row, "", "")[:4]
        made = story.do(int(day.removeprefix("day ")), deed)
        assert (", ".join(made) or "nothing") == (entries or "nothing"), f"{table.name}: {row}"
        if balance:
            assert story.balance() == balance, f"{table.name}: {row}"

    assert rows
    assert audit.run(world.database, story.shop.id, now=clock()).findings == {}


def _program(settings: dict[str, str]) -> Program:
    document = default_program("USD", is_live=True).model_dump(mode="json")
    for path, value in settings.items():
        *parents, last = path.replace(" ", "_").split("_in_")[::-1]
        place = document
        for parent in parents:
            place = place[parent]
        place[last] = msgspec.json.decode(value) if value[0] in '[{"tfn0123456789' else value
    return Program.model_validate(document)


@dataclass
class Story:
    """Does what a row says, for customer 7 unless it names another, and tells which entries of theirs were made."""

    world: World
    shopify: FakeShopify
    clock: StepClock
    shop: TestShop
    orders: dict[int, OrderFacts] = field(default_factory=dict)
    rewards: dict[str, uuid.UUID] = field(default_factory=dict)
    who: int = 7
    changes: int = 0

    def do(self, day: int, deed: str) -> list[str]:
        self.clock.now = max(self.clock.now, BEGIN + timedelta(days=day))
        before = {customer: self._seq(customer) for customer in (7, 8, 9)}
        words = deed.split()
        try:
            getattr(self, f"_{words[0]}")(*words[1:])
        except Refusal as refusal:
            return [f"refused {refusal.code}"]
        return self._entries_since(before)

    def balance(self) -> str:
        member = self._member(self.who)
        if member is None:
            return "none"
        with self.world.database.transaction(self.shop.id) as session:
            view = members.view(session, member, handle_key=b"h" * 32, now=self.clock())
        parts = [
            ("available", view.available - view.debt),
            ("pending", view.pending),
            ("held", view.held),
            ("debt", view.debt),
        ]
        return " ".join(f"{name} {n}" for name, n in parts if n or name == "available")

    def _order(self, name: str, total: str, *more: str) -> None:
        number = int(name.removeprefix("#"))
        options = dict(zip(more[::2], more[1::2], strict=True))
        codes = [self._code(options["with"])] if "with" in options else []
        customer = int(options.get("by", "7"))
        self.who = customer
        self._tell(
            order(
                number, total, customer=customer, at=self.clock(), codes=codes, quantity=int(options.get("units", "1"))
            )
        )

    def _again(self, name: str) -> None:
        self._settle(self.orders[int(name.removeprefix("#"))])

    def _refund(self, name: str, money: str, *more: str) -> None:
        number = int(name.removeprefix("#"))
        known = self.orders[number]
        line = known.body.lines[0] if known.body else None
        assert line is not None
        units = int(more[1]) if more else 0
        refund = Refund(len(known.refunds) + 1, self.clock(), (RefundLine(line.id, units, Decimal(money)),))
        self._tell(self._touched(known, refunds=(*known.refunds, refund)))

    def _cancel(self, name: str) -> None:
        self._tell(self._touched(self.orders[int(name.removeprefix("#"))], cancelled_at=self.clock()))

    def _move(self, name: str, _to: str, customer: str) -> None:
        known = self.orders[int(name.removeprefix("#"))]
        assert known.body is not None
        self._tell(
            self._touched(
                msgspec.structs.replace(known, body=msgspec.structs.replace(known.body, customer_id=int(customer)))
            )
        )

    def _redeem(self, reward: str, *points: str) -> None:
        member = self._member(self.who)
        assert member is not None
        redemption_id = uuid.uuid4()
        with self.world.database.transaction(self.shop.id) as session:
            asked = RewardOrder(member, reward, int(points[0]) if points else None, redemption_id)
            redeem.place_hold(session, asked, keys=self.world.keys, now=self.clock())
        self.rewards[reward] = redemption_id
        perform_due(self.world, self.shop.id, self.shop.domain)

    def _return(self, reward: str) -> None:
        with self.world.database.transaction(self.shop.id) as session:
            redeem.cancel(session, self.rewards[reward], now=self.clock())
        perform_due(self.world, self.shop.id, self.shop.domain)

    def _wait(self) -> None:
        perform_due(self.world, self.shop.id, self.shop.domain)
        self.balance()

    def _adjust(self, points: str) -> None:
        member = self._member(self.who)
        assert member is not None
        with self.world.database.transaction(self.shop.id) as session:
            members.adjust(
                session, member, int(points), words="story", author="test", key=uuid.uuid4().hex, now=self.clock()
            )

    def _merge(self, lost: str, _into: str, kept: str) -> None:
        with self.world.database.transaction(self.shop.id) as session:
            settle.lock_shop(session)
            members.merge(
                session,
                kept_customer_id=int(kept),
                lost_customer_id=int(lost),
                tombstone_key=self.world.keys.tombstones,
                now=self.clock(),
            )
        self.who = int(kept)

    def _touched(self, facts: OrderFacts, **changes: object) -> OrderFacts:
        assert facts.body is not None
        self.changes += 1
        updated: datetime = self.clock() + timedelta(seconds=self.changes)
        body = msgspec.structs.replace(facts.body, updated_at=updated)
        return msgspec.structs.replace(facts, body=body, **changes)

    def _tell(self, facts: OrderFacts) -> None:
        self.orders[facts.id] = facts
        self._settle(facts)

    def _settle(self, facts: OrderFacts) -> None:
        with self.world.database.transaction(self.shop.id) as session:
            settle.lock_shop(session)
            settle.settle(session, [facts], keys=self.world.keys, now=self.clock())

    def _code(self, reward: str) -> str:
        with self.world.database.transaction(self.shop.id) as session:
            return redeem.find(session, self.rewards[reward]).code

    def _member(self, customer: int) -> int | None:
        with self.world.database.transaction(self.shop.id) as session:
            return members.by_customer(session, customer)

    def _seq(self, customer: int) -> int:
        member = self._member(customer)
        if member is None:
            return 0
        with self.world.database.transaction(self.shop.id) as session:
            latest = members.entries(session, member, limit=1)
        return latest[0].seq if latest else 0

    def _entries_since(self, before: dict[int, int]) -> list[str]:
        told = []
        seen: set[int] = set()
        for customer, seq in sorted(before.items(), key=lambda item: item[0] != self.who):
            member = self._member(customer)
            if member is None or member in seen:
                continue
            seen.add(member)
            with self.world.database.transaction(self.shop.id) as session:
                fresh = [entry for entry in reversed(members.entries(session, member, limit=50)) if entry.seq > seq]
            who = "" if customer == self.who else f" of {customer}"
            told += [f"{entry.move.word.replace('_', ' ')} {entry.points}{who}" for entry in fresh]
        return told
