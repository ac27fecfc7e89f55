"""What a program would have done with orders of the past, beside another: counted member by member, in memory that does not grow.

A tally adds up whatever comes, so that parts that were counted apart can be put together in any order.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from plugin.loyalty.program import HUNDRED_PER_CENT, Program
from plugin.loyalty.program.rewards import MONEY_KINDS

TOP: Final = 10
"""How many winners and losers are named."""

REACHABLE_ORDERS: Final = 5
"""A first reward that the median member needs more orders for is out of reach."""

MANY_ORDERS: Final = 1000
"""Where counting orders to the first reward stops: whoever needs more never gets there."""

BOUNDS: Final = (-1000, -500, -200, -100, -50, -1, 0, 1, 50, 100, 200, 500, 1000)
"""Where the buckets of the distribution begin and end: those who lose, those for whom nothing changes, those who gain."""

_ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Judgement:
    """One order under one program: points, the money they were counted on, and whether everything that the rules ask was known."""

    points: int
    net: Decimal
    is_exact: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """One order under both programs. `posted` is what stands in the books for it."""

    live: Judgement
    draft: Judgement
    posted: int
    is_from_shopify: bool = False


@dataclass(slots=True)
class Side:
    """What one program gives."""

    price: int | None = None
    points: int = 0
    referral_points: int = 0
    earning_orders: int = 0
    inexact: int = 0
    reached: int = 0
    needed: Counter[int | None] = field(default_factory=Counter)

    def count(self, orders: Sequence[Judgement]) -> None:
        """One member's orders, as they were placed."""
        total = 0
        for order in orders:
            total += order.points
            self.earning_orders += order.points > 0
            self.inexact += not order.is_exact
        self.points += total
        if self.price is not None and orders:
            needed, is_reached = orders_needed([order.points for order in orders], self.price)
            self.needed[needed] += 1
            self.reached += is_reached

    def count_referrals(self, points: int) -> None:
        """What one member got for referrals."""
        self.points += points
        self.referral_points += points

    def add(self, other: Side) -> None:
        """What was counted apart."""
        self.points += other.points
        self.referral_points += other.referral_points
        self.earning_orders += other.earning_orders
        self.inexact += other.inexact
        self.reached += other.reached
        self.needed += other.needed


@dataclass(slots=True)
class Tally:
    """Both sides, and who wins and loses by how much: (difference, member, points live, points under the draft).

    `members` ordered, `bystanders` did not and got something for a friend all the same. `besides` is what referrals bring to whom
    (live, draft), until it is counted.
    """

    live: Side = field(default_factory=Side)
    draft: Side = field(default_factory=Side)
    orders: int = 0
    members: int = 0
    bystanders: int = 0
    from_shopify: int = 0
    posted: int = 0
    spend: Decimal = _ZERO
    winners: int = 0
    losers: int = 0
    differences: Counter[int] = field(default_factory=Counter)
    best: list[tuple[int, int, int, int]] = field(default_factory=list)
    worst: list[tuple[int, int, int, int]] = field(default_factory=list)
    besides: dict[int, tuple[int, int]] = field(default_factory=dict)

    @classmethod
    def begin(cls, live: Program, draft: Program, *, besides: Mapping[int, tuple[int, int]] | None = None) -> Tally:
        """Nothing counted yet."""
        return cls(Side(first_price(live)), Side(first_price(draft)), besides=dict(besides or {}))

    def count(self, member_id: int, orders: Sequence[Pair]) -> None:
        """One member's orders of the window, as they were placed."""
        self.members += 1
        self.orders += len(orders)
        before = self.live.points, self.draft.points
        self.live.count([order.live for order in orders])
        self.draft.count([order.draft for order in orders])
        self._count_besides(member_id)
        for order in orders:
            self.posted += order.posted
            self.from_shopify += order.is_from_shopify
            self.spend += max(order.live.net, order.draft.net)
        live, draft = self.live.points - before[0], self.draft.points - before[1]
        self._rank(draft - live, member_id, live, draft)

    def count_rest(self) -> None:
        """Whoever got something for a friend and ordered nothing."""
        for member_id in list(self.besides):
            self.bystanders += 1
            live, draft = self._count_besides(member_id)
            self._rank(draft - live, member_id, live, draft)

    def add(self, other: Tally) -> None:
        """What was counted apart: of other members."""
        self.live.add(other.live)
        self.draft.add(other.draft)
        self.orders += other.orders
        self.members += other.members
        self.bystanders += other.bystanders
        self.from_shopify += other.from_shopify
        self.posted += other.posted
        self.spend += other.spend
        self.winners += other.winners
        self.losers += other.losers
        self.differences += other.differences
        self.best = heapq.nlargest(TOP, [*self.best, *other.best])
        self.worst = heapq.nsmallest(TOP, [*self.worst, *other.worst])

    def _count_besides(self, member_id: int) -> tuple[int, int]:
        live, draft = self.besides.pop(member_id, (0, 0))
        self.live.count_referrals(live)
        self.draft.count_referrals(draft)
        return live, draft

    def _rank(self, difference: int, member_id: int, live: int, draft: int) -> None:
        self.differences[_bucket(difference)] += 1
        if difference > 0:
            self.winners += 1
            _keep(self.best, (difference, member_id, live, draft), largest=True)
        elif difference < 0:
            self.losers += 1
            _keep(self.worst, (difference, member_id, live, draft), largest=False)


def first_price(program: Program) -> int | None:
    """The fewest points any reward takes; None where nothing can be had."""
    return min(
        (reward.points_range()[0] for reward in program.rewards if reward.is_on and not reward.is_hidden), default=None
    )


def orders_needed(points: Sequence[int], price: int) -> tuple[int | None, bool]:
    """(orders until `price` points are together, whether they were placed); None for never, at the pace of the orders there are."""
    total = 0
    for place, each in enumerate(points, 1):
        total += each
        if total >= price:
            return place, True
    if total <= 0:
        return None, False
    needed = -(-price * len(points) // total)
    return (needed, False) if needed <= MANY_ORDERS else (None, False)


def point_value(program: Program, *, average_order: Decimal) -> Decimal | None:
    """What one point is worth at its best use: money, or a percentage of an average order; None where no reward says."""
    rates = []
    for reward in program.rewards:
        if not reward.is_on or reward.is_hidden or reward.value is None:
            continue
        points = reward.points_range()[0]
        if reward.kind in MONEY_KINDS:
            worth = reward.worth(points) or _ZERO
        else:
            worth = average_order * reward.value / HUNDRED_PER_CENT
            worth = min(worth, reward.maximum) if reward.maximum is not None else worth
        rates.append(worth / points)
    return max(rates, default=None)


def conclude(
    tally: Tally,
    live: Program,
    draft: Program,
    *,
    outstanding: int,
    currency: str,
    digits: int,
    tiers: Mapping[tuple[str | None, str | None], int],
    friends: int = 0,
    unchecked: int = 0,
    is_complete: bool = True,
) -> dict[str, Any]:
    """The outcome as data: amounts have `digits` after the point.

    `outstanding` are the points that stand with members now, `tiers` counts those who would move: (tier now, under the draft).
    `friends` who came by a link ordered, `unchecked` of them would have been looked at under the draft and never were.
    """
    earning = max(tally.live.earning_orders, tally.draft.earning_orders)
    average = tally.spend / earning if earning else _ZERO
    values = [point_value(program, average_order=average) for program in (live, draft)]
    points = [tally.live.points, tally.draft.points]
    owed = [outstanding, max(0, outstanding - tally.posted + tally.draft.points)]
    cost = [(value or _ZERO) * n for value, n in zip(values, points, strict=True)]

    def money(pair: Iterable[Decimal]) -> dict[str, str]:
        was, will = (f"{amount:.{digits}f}" for amount in pair)
        return {"live": was, "draft": will, "currency": currency}

    medians = [median(side.needed) for side in (tally.live, tally.draft)]
    first = {
        "orders": {"live": _text(medians[0]), "draft": _text(medians[1])},
        "reached": {"live": tally.live.reached, "draft": tally.draft.reached},
        "members": tally.members,
        "out_of_reach": bool(tally.members) and (medians[1] is None or medians[1] > REACHABLE_ORDERS),
    }
    percent = [f"{100 * each / tally.spend:.2f}" if tally.spend else None for each in cost]
    return {
        "orders": tally.orders,
        "earning_orders": {"live": tally.live.earning_orders, "draft": tally.draft.earning_orders},
        "members": tally.members,
        "bystanders": tally.bystanders,
        "friends": friends,
        "from_shopify": tally.from_shopify,
        "inexact": {"live": tally.live.inexact, "draft": tally.draft.inexact},
        "spend": f"{tally.spend:.{digits}f}",
        "points": {"live": points[0], "draft": points[1]},
        "referral_points": {"live": tally.live.referral_points, "draft": tally.draft.referral_points},
        "cost": money(cost),
        "liability": money((value or _ZERO) * n for value, n in zip(values, owed, strict=True)),
        "cash_back_percent": {"live": percent[0], "draft": percent[1]},
        "winners": tally.winners,
        "losers": tally.losers,
        "top_winners": [_move(each) for each in sorted(tally.best, reverse=True)],
        "top_losers": [_move(each) for each in sorted(tally.worst)],
        "distribution": _distribution(tally.differences),
        "first_reward": first,
        "tiers": [
            {"live": was, "draft": will, "members": members}
            for (was, will), members in sorted(tiers.items(), key=lambda item: (-item[1], str(item[0])))
        ],
        "warnings": [
            {"code": code, "text": text}
            for code, text in (
                *_warnings(tally, first, values[1], is_live=draft.is_live, is_complete=is_complete),
                *_referral_warnings(live, draft, friends=friends, unchecked=unchecked),
            )
        ],
    }


def median(counted: Counter[int | None]) -> int | None:
    """The middle of what was counted, the lower one of two; None where the middle never comes."""
    half = (sum(counted.values()) + 1) // 2
    seen = 0
    for needed in sorted(each for each in counted if each is not None):
        seen += counted[needed]
        if seen >= half:
            return needed
    return None


def _keep(best: list[tuple[int, int, int, int]], item: tuple[int, int, int, int], *, largest: bool) -> None:
    """The TOP extremes stay; the list is short, so sorting it is cheap."""
    best.append(item)
    if len(best) > TOP:
        best.sort(reverse=largest)
        best.pop()


def _bucket(difference: int) -> int:
    """Index of the stretch of BOUNDS in which a difference lies: 0 is below the first bound."""
    place = 0
    for bound in BOUNDS:
        if difference < bound or (difference == 0 and bound == 1):
            break
        place += 1
    return place


def _distribution(differences: Counter[int]) -> list[dict[str, int | None]]:
    edges = (None, *BOUNDS, None)
    found = []
    for place in range(len(BOUNDS) + 1):
        least, following = edges[place], edges[place + 1]
        most = following - 1 if following is not None else None
        if differences[place]:
            found.append({"least": least, "most": most, "members": differences[place]})
    return found


def _warnings(
    tally: Tally, first: dict[str, Any], value: Decimal | None, *, is_live: bool, is_complete: bool
) -> list[tuple[str, str]]:
    found = []
    if not is_live:
        found.append(("not-live", "The draft is switched off: it gives nothing until it is switched on."))
    if first["out_of_reach"] and is_live:
        needed = first["orders"]["draft"]
        said = f"needs {needed} orders" if needed is not None else "does not get there at all"
        found.append(("first-reward-out-of-reach", f"The first reward is out of reach: the median member {said}."))
    if value is None:
        found.append(("no-valued-reward", "No reward has a value in money, so costs cannot be told."))
    if tally.draft.inexact:
        told = "orders were judged without what the draft's rules ask about products or customers: it was not looked up when they came."
        found.append(("inexact", f"{tally.draft.inexact} {told}"))
    if not is_complete:
        told = (
            "There are more orders of before the installation than could be read now; the newest of them are missing."
        )
        found.append(("reading-stopped", told))
    if not tally.orders:
        found.append(("no-orders", "There were no orders of members in these days."))
    return found


def _referral_warnings(live: Program, draft: Program, *, friends: int, unchecked: int) -> Iterator[tuple[str, str]]:
    """What of referrals could not be counted."""
    if unchecked:
        who = "1 friend who came by a link was" if unchecked == 1 else f"{unchecked} friends who came by a link were"
        yield "referrals-unchecked", f"{who} never checked for fraud, as the draft would do; here they count as honest."
    terms = [each.referral for each in (live, draft) if each.referral.is_on]
    if friends and any(each.advocate_reward or each.friend_reward for each in terms):
        yield "referral-rewards", "Rewards for referrals are not in these figures; points for them are."


def _move(item: tuple[int, int, int, int]) -> dict[str, Any]:
    _, member_id, live, draft = item
    return {"member_id": str(member_id) if member_id > 0 else None, "points": {"live": live, "draft": draft}}


def _text(number: int | None) -> str | None:
    return str(number) if number is not None else None
