"""What tests of sharing share: a shop that allows all of it, members with points, and short names for the verbs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from plugin.db import journal
from plugin.db.tables import GiftRow, RedemptionRow
from plugin.loyalty.facts import OrderFacts
from plugin.loyalty.ledger import Account
from plugin.loyalty.program import Program, default_program, dump, parse
from plugin.services import audit, causes, gifts, households, members, programs, redeem, settle
from plugin.services.gifts import NewGift
from plugin.services.perform import World
from plugin.services.redeem import RewardOrder
from tests.conftest import TestShop, make_shop

OPEN: dict[str, Any] = {
    "households": {"is_on": True},
    "gifts": {"is_on": True},
    "causes": {"causes": [{"id": "trees", "title": "Trees for town"}, {"id": "boats", "title": "Rescue boats"}]},
}


def sharing_program(**parts: Mapping[str, Any]) -> Program:
    """The default program with sharing on; `parts` say more: households={"pools": "earned"}, earning={"pending_days": 14}."""
    document = dump(default_program("USD", is_live=True))
    document["earning"] |= parts.pop("earning", {})
    document["sharing"] = {name: {**OPEN[name], **parts.get(name, {})} for name in OPEN}
    return parse(document)


@dataclass
class Club:
    """A shop where members share, and the verbs as a test says them; members are named by their customer's number."""

    world: World
    shop: TestShop

    @classmethod
    def opened(cls, world: World, **parts: Mapping[str, Any]) -> Club:
        return cls(world, make_shop(world, sharing_program(**parts)))

    def publish(self, **parts: Mapping[str, Any]) -> None:
        with self.world.database.transaction(self.shop.id) as session:
            programs.publish(session, sharing_program(**parts), by="test", now=self.world.clock())

    def member(self, customer: int, points: int = 0) -> int:
        with self.world.database.transaction(self.shop.id) as session:
            tombstones, now = self.world.keys.tombstones, self.world.clock()
            member_id = members.join(session, customer, tombstone_key=tombstones, now=now)
            if points:
                members.adjust(session, member_id, points, words="x", author="test", key=uuid4().hex, now=now)
        return member_id

    def household(self, owner: int, *others: int) -> int:
        with self.world.database.transaction(self.shop.id) as session:
            account_id = households.found(session, owner, now=self.world.clock())
        for other in others:
            self.join(other, self.code(account_id))
        return account_id

    def code(self, account_id: int, *, by: int | None = None, member_id: int | None = None) -> str:
        keys, now = self.world.keys, self.world.clock()
        with self.world.database.transaction(self.shop.id) as session:
            made = households.invite(
                session, account_id, invitation_id=uuid4(), by=by, member_id=member_id, keys=keys, now=now
            )
        return made.code

    def join(self, member_id: int, code: str) -> int:
        with self.world.database.transaction(self.shop.id) as session:
            return households.join(session, member_id, code, now=self.world.clock())

    def put_in(self, member_id: int, points: int) -> None:
        with self.world.database.transaction(self.shop.id) as session:
            households.put_in(session, member_id, points, now=self.world.clock())

    def leave(self, member_id: int, *, by: int | None = None) -> None:
        with self.world.database.transaction(self.shop.id) as session:
            households.leave(session, member_id, by=by, now=self.world.clock())

    def look(self, account_id: int) -> households.View:
        with self.world.database.transaction(self.shop.id) as session:
            return households.view(session, account_id, now=self.world.clock())

    def spend(self, member_id: int, account_id: int, reward: str = "free-shipping") -> RedemptionRow:
        order = RewardOrder(member_id, reward, None, uuid4(), account_id)
        with self.world.database.transaction(self.shop.id) as session:
            return redeem.place_hold(session, order, keys=self.world.keys, now=self.world.clock())

    def settle(self, facts: OrderFacts) -> None:
        with self.world.database.transaction(self.shop.id) as session:
            settle.lock_shop(session)
            settle.settle(session, [facts], keys=self.world.keys, now=self.world.clock())

    def offer(self, giver: int, points: int, *, to: int | None = None, message: str | None = None) -> GiftRow:
        gift = NewGift(uuid4(), giver, points, message, to)
        with self.world.database.transaction(self.shop.id) as session:
            return gifts.offer(session, gift, keys=self.world.keys, now=self.world.clock())

    def accept(self, member_id: int, gift: GiftRow) -> GiftRow:
        code = gifts.code_of(gift.id, self.world.keys)
        with self.world.database.transaction(self.shop.id) as session:
            return gifts.accept(session, member_id, code=code, now=self.world.clock())

    def donate(self, member_id: int, cause: str, points: int) -> UUID:
        donation_id, keys, now = uuid4(), self.world.keys, self.world.clock()
        with self.world.database.transaction(self.shop.id) as session:
            causes.donate(session, member_id, cause, points, donation_id=donation_id, keys=keys, now=now)
        return donation_id

    def cause(self, cause: str) -> causes.View:
        with self.world.database.transaction(self.shop.id) as session:
            return next(view for view in causes.views(session) if view.id == cause)

    def account(self, account_id: int) -> Account:
        with self.world.database.transaction(self.shop.id) as session:
            return journal.lock(session, [account_id])[account_id]

    def balance(self, account_id: int) -> tuple[int, int, int]:
        """(pending, available, held), available below zero for debt."""
        found = self.account(account_id)
        return found.pending, found.available, found.held

    def entries(self, member_id: int) -> list[str]:
        """The account's entries, oldest first: "transfer 50 POOLED"."""
        with self.world.database.transaction(self.shop.id) as session:
            found = members.entries(session, member_id, limit=100)
        return [f"{entry.move.word} {entry.points} {entry.reason.name}" for entry in reversed(found)]

    def proven(self) -> bool:
        result = audit.run(self.world.database, self.shop.id, now=self.world.clock() + timedelta(seconds=1))
        assert result.findings == {}
        return True
