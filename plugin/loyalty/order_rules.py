"""Order rules at work: which of them hold for an order, what each gives on which money, and why another gives nothing.

Rules are prepared once per program version: conditions become small predicates, in the order in which they are reported. What an
order gives is the sum of what its rules give, always; each rule is rounded once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from plugin.loyalty.days import zone_of
from plugin.loyalty.facts import Body
from plugin.loyalty.pins import Needs, Pins, ProductPin
from plugin.loyalty.program import BASE, ROUNDING_MODES, Limits, OrderRule, Program
from plugin.loyalty.program.order_rules import Brackets, Budget, Conditions, Effect, Hours
from plugin.loyalty.program.values import Channel

MOST_POINTS: Final = 10**12
"""The most one rule gives for one order: all rules together stay below what one entry can move."""

TIER: Final = "tier:"
"""What a tier's own multiplier is called among the rules of an order, before the tier's id (no rule's id has a colon)."""

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1)


class RuleOutcome(msgspec.Struct, frozen=True, gc=False):
    """What one rule gave: `points`, counted on `money` of the lines `lines`.

    `refused` is the first condition that did not hold (None: all did). `wanted` is what it would have given before `caps` (order,
    member, budget) held it back; `factor` what a running budget left of the rate. `beaten_by` names the rule of the same group that
    gave more, `reward_id` the reward that is given instead of points.
    """

    rule: str
    points: int = 0
    money: Decimal = _ZERO
    lines: tuple[int, ...] = ()
    refused: str | None = None
    wanted: int = 0
    caps: tuple[str, ...] = ()
    factor: Decimal | None = None
    beaten_by: str | None = None
    reward_id: str | None = None


class Offer(msgspec.Struct, frozen=True):
    """What an order may take of a budget: at this factor, at most so many points."""

    factor: Decimal
    points: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What an order's surroundings say.

    `number` is its place among the paid orders of its member (1 is the first), `tier` the member's tier when it was placed. `used` has
    the points that earlier orders of the member's period had from each limited rule, `offers` what budgets have left.
    """

    number: int | None = None
    tier: str | None = None
    used: Mapping[str, int] = field(default_factory=dict)
    offers: Mapping[str, Offer] = field(default_factory=dict)


NOWHERE: Final = Standing()
"""An order by itself: no member, no tier, untouched budgets."""


class LineSeen:
    """A line that earns, with everything that conditions look at."""

    __slots__ = ("collections", "id", "is_subscription", "kind", "net", "product_id", "tags", "variant_id", "vendor")

    def __init__(
        self, line_id: int, net: Decimal, product_id: int | None, variant_id: int | None, vendor: str | None
    ) -> None:
        self.id = line_id
        self.net = net
        self.product_id = product_id
        self.variant_id = variant_id
        self.vendor = vendor
        self.kind = ""
        self.tags: frozenset[str] = _NO_TAGS
        self.collections: tuple[int, ...] = ()
        self.is_subscription = False


class Seen:
    """An order that earns, as its rules see it. `kept` is the sum of its lines, `net` that less money given back for no line."""

    __slots__ = (
        "at",
        "channel",
        "country",
        "currency",
        "ids",
        "kept",
        "lines",
        "minute",
        "net",
        "number",
        "segments",
        "tags",
        "tier",
        "weekday",
    )

    def __init__(
        self,
        program: CompiledRules,
        body: Body,
        lines: list[LineSeen],
        kept: Decimal,
        net: Decimal,
        pins: Pins | None,
        standing: Standing,
    ) -> None:
        self.lines = lines
        self.ids = tuple([line.id for line in lines])
        self.kept = kept
        self.net = net
        self.at: datetime = body.processed_at
        self.channel = channel_of(body.source)
        self.currency = body.presentment or body.currency
        self.number = standing.number
        self.tier = standing.tier
        self.tags = _NO_TAGS
        self.segments: tuple[int, ...] = ()
        self.country: str | None = None
        self.minute = self.weekday = 0
        if pins is not None:
            self.segments, self.country = pins.segments, pins.country
            if pins.tags:
                self.tags = folded(pins.tags)
            program.pin_lines(lines, pins)
        if program.needs_zone:
            local = self.at.astimezone(zone_of(pins.zone if pins is not None and pins.zone else "UTC"))
            self.minute, self.weekday = local.hour * 60 + local.minute, local.weekday()

    def money(self, lines: Sequence[LineSeen]) -> Decimal:
        """What these lines are worth, with their share of what was given back for no line."""
        if len(lines) == len(self.lines):
            return self.net
        total = _ZERO
        for line in lines:
            total += line.net
        return total if self.net == self.kept else total * self.net / self.kept


Check = Callable[[Seen], bool]
Narrowing = Callable[[list[LineSeen]], list[LineSeen]]
Value = Callable[[Decimal], Decimal]


class CompiledRule:
    """One rule made ready: what is checked, in order, with the answer for each check that fails."""

    __slots__ = (
        "checks",
        "combines",
        "excess",
        "group",
        "id",
        "limits",
        "minimum",
        "narrowings",
        "rate",
        "refusal",
        "reward_id",
        "rounding",
        "too_little",
        "value",
    )

    def __init__(self, rule: OrderRule, program: Program) -> None:
        effect = rule.effect
        self.id = rule.id
        self.refusal = _never(rule, program)
        self.checks = [(check, RuleOutcome(rule.id, refused=why)) for why, check in _checks(rule.conditions)]
        self.narrowings = [(narrow, RuleOutcome(rule.id, refused=why)) for why, narrow in _narrowings(rule.conditions)]
        self.minimum = rule.conditions.minimum_spend
        self.too_little = RuleOutcome(rule.id, refused="minimum_spend")
        self.reward_id = effect.reward_id if effect.kind == "reward" else None
        self.value, self.rate = _value(effect, program)
        self.excess = effect.factor - 1 if effect.kind == "multiplier" else _ZERO
        self.combines = rule.combines
        self.group = rule.group
        self.rounding = ROUNDING_MODES[rule.rounding] if rule.rounding != "floor" else None
        self.limits = rule.limits if rule.limits.has_any else None


class CompiledRules:
    """All rules of one program version, and what they have to know of an order and its surroundings."""

    __slots__ = (
        "base",
        "base_rounding",
        "budgets",
        "has_line_pins",
        "has_rewards",
        "has_tiers",
        "member_limits",
        "needs",
        "needs_zone",
        "order_reach",
        "per",
        "points",
        "rules",
        "tier_factors",
    )

    def __init__(self, program: Program) -> None:
        on = [rule for rule in program.order_rules if rule.is_on]
        earning = program.earning
        self.rules = [CompiledRule(rule, program) for rule in program.order_rules]
        self.points, self.per = Decimal(earning.points), earning.per
        self.base = earning.limits if earning.limits.has_any else None
        self.base_rounding = ROUNDING_MODES[earning.rounding] if earning.rounding != "floor" else None
        limited = {BASE: earning.limits} | {rule.id: rule.limits for rule in on}
        self.member_limits = {name: limits.period for name, limits in limited.items() if limits.points_per_member}
        self.budgets = {name: limits.budget for name, limits in limited.items() if limits.budget is not None}
        self.needs = needs_of(program)
        self.has_line_pins = bool(self.needs.collections or self.needs.products or self.needs.subscriptions)
        self.needs_zone = any(rule.conditions.hours or rule.conditions.weekdays for rule in on)
        self.order_reach = _order_reach(on)
        self.has_rewards = any(rule.effect.kind == "reward" for rule in on)
        self.tier_factors = {level.id: level.multiplier for level in program.tiers.levels if level.multiplier != _ONE}
        self.has_tiers = bool(self.tier_factors) or any(rule.conditions.tiers for rule in on)

    def pin_lines(self, lines: Iterable[LineSeen], pins: Pins) -> None:
        """Put what is pinned of products beside the lines, where rules ask for it."""
        if not self.has_line_pins:
            return
        for line in lines:
            line.is_subscription = line.id in pins.subscriptions
            if line.product_id is not None:
                line.collections = pins.collections.get(line.product_id, ())
                if self.needs.products:
                    product = pins.products.get(line.product_id, _UNKNOWN)
                    line.tags, line.kind = folded(product.tags), product.kind.casefold()

    def judge(self, seen: Seen, standing: Standing) -> tuple[RuleOutcome, ...]:
        """What the base rate and every rule give, in the order of the document."""
        tier_factor = self.tier_factors.get(standing.tier or "", _ONE)
        outcomes = self._base(seen, standing, tier_factor)
        grouped: dict[str, list[tuple[int, CompiledRule, list[LineSeen], Decimal]]] = {}
        factors: dict[int, Decimal] = {}
        for rule in self.rules:
            refusal = rule.refusal or _refused(rule, seen)
            if refusal is not None:
                outcomes.append(refusal)
                continue
            lines = seen.lines
            for narrow, found_none in rule.narrowings:
                lines = narrow(lines)
                if not lines:
                    refusal = found_none
                    break
            money = seen.net if lines is seen.lines else seen.money(lines)
            if refusal is None and (money < rule.minimum or money <= 0):
                refusal = rule.too_little
            if refusal is not None:
                outcomes.append(refusal)
            elif rule.reward_id is not None:
                outcomes.append(RuleOutcome(rule.id, 0, money, _ids(seen, lines), reward_id=rule.reward_id))
            elif rule.combines == "add":
                outcomes.append(_given(rule, seen, lines, money, rule.value(money), standing))
            elif rule.combines == "multiply":
                value = self._multiplied(rule, seen, lines, factors, tier_factor)
                outcomes.append(_given(rule, seen, lines, money, value, standing))
            else:
                grouped.setdefault(rule.group or "", []).append((len(outcomes), rule, lines, money))
                outcomes.append(rule.too_little)
        for group in grouped.values():
            _best(group, seen, standing, outcomes)
        return tuple(outcomes)

    def _base(self, seen: Seen, standing: Standing, tier_factor: Decimal) -> list[RuleOutcome]:
        """The base rate, and beside it what the member's tier makes more (or less) of it."""
        value = seen.net * self.points / self.per
        if self.base is None:
            points = _rounded(value, self.base_rounding)
            base = RuleOutcome(BASE, points, seen.net, seen.ids, None, points)
        else:
            base = limited(BASE, self.base, self.base_rounding, value, seen.net, seen.ids, standing)
        if tier_factor == _ONE:
            return [base]
        value *= tier_factor
        whole = (
            _rounded(value, self.base_rounding)
            if self.base is None
            else limited(BASE, self.base, self.base_rounding, value, seen.net, seen.ids, standing).points
        )
        more = whole - base.points
        return [base, RuleOutcome(f"{TIER}{standing.tier}", more, seen.net, seen.ids, None, more, (), tier_factor)]

    def _multiplied(
        self,
        rule: CompiledRule,
        seen: Seen,
        lines: Sequence[LineSeen],
        factors: dict[int, Decimal],
        tier_factor: Decimal,
    ) -> Decimal:
        """What this multiplier adds to what the tier and the multipliers before it made of each line's base points."""
        total = _ZERO
        for line in lines:
            before = factors.get(line.id, tier_factor)
            total += line.net * before * rule.excess
            factors[line.id] = before * (rule.excess + 1)
        if seen.net != seen.kept:
            total = total * seen.net / seen.kept
        return total * self.points / self.per


def has_rules(program: Program) -> bool:
    """False for a program whose orders earn the base rate and nothing else."""
    return bool(
        program.order_rules
        or program.earning.limits.has_any
        or any(level.multiplier != _ONE for level in program.tiers.levels)
    )


def needs_of(program: Program) -> Needs:
    """What has to be asked about an order before this program can judge it."""
    asked = [rule.conditions for rule in program.order_rules if rule.is_on]
    testers = [program.launch.test_tag] if program.launch.test_tag is not None and not program.is_live else []
    collections = {*program.exclusions.collection_ids, *(number for one in asked for number in one.collection_ids)}
    return Needs(
        tags=folded(
            [*testers, *program.exclusions.customer_tags, *(tag for one in asked for tag in one.customer_tags)]
        ),
        collections=frozenset(collections),
        products=any(one.product_tags or one.product_types for one in asked),
        subscriptions=any(one.line_kind is not None for one in asked),
        segments=frozenset(number for one in asked for number in one.segment_ids),
        country=any(one.countries for one in asked),
    )


def channel_of(source: str) -> Channel:
    """Where an order was placed: at a till, by staff as a draft, or online (every other source)."""
    return _CHANNELS.get(source, "online")


def offer_of(budget: Budget, spent: int) -> Offer:
    """What a budget of which `spent` points are given away has for the next order."""
    factor = _ONE
    for step in budget.steps:
        if spent >= budget.points * step.used:
            factor = step.factor
    return Offer(factor, max(0, budget.points - spent))


def folded(words: Iterable[str]) -> frozenset[str]:
    """Words as they are compared: capitals do not matter."""
    return frozenset([word.casefold() for word in words])


def limited(
    name: str,
    limits: Limits,
    rounding: str | None,
    value: Decimal,
    money: Decimal,
    ids: tuple[int, ...],
    standing: Standing,
) -> RuleOutcome:
    """What is left of `value` points under a rule's limits: the budget's factor first, then one cap after the other."""
    factor = offer = None
    if limits.budget is not None:
        offer = standing.offers.get(name) or offer_of(limits.budget, 0)
        if offer.factor != _ONE:
            factor = offer.factor
            value *= factor
    points = wanted = _rounded(value, rounding)
    caps = []
    if limits.points_per_order is not None and points > limits.points_per_order:
        points = limits.points_per_order
        caps.append("order")
    if limits.points_per_member is not None:
        left = max(0, limits.points_per_member - standing.used.get(name, 0))
        if points > left:
            points = left
            caps.append("member")
    if offer is not None and points > offer.points:
        points = offer.points
        caps.append("budget")
    return RuleOutcome(name, points, money, ids, None, wanted, tuple(caps), factor)


# --- Whether a rule holds -----------------------------------------------------------------------------------------------


def _refused(rule: CompiledRule, seen: Seen) -> RuleOutcome | None:
    """The first condition on the order itself that does not hold."""
    for check, refusal in rule.checks:
        if not check(seen):
            return refusal
    return None


def _never(rule: OrderRule, program: Program) -> RuleOutcome | None:
    """Why a rule of this document can hold for no order at all: it is off, or refers to what is not there any more."""
    if not rule.is_on:
        return RuleOutcome(rule.id, refused="off")
    if rule.effect.kind == "reward" and program.reward(rule.effect.reward_id) is None:
        return RuleOutcome(rule.id, refused="reward_missing")
    if rule.conditions.tiers and not any(program.tiers.level(tier) for tier in rule.conditions.tiers):
        return RuleOutcome(rule.id, refused="tier_missing")
    return None


def _checks(conditions: Conditions) -> list[tuple[str, Check]]:
    """The conditions on the order itself, cheapest and most telling first."""
    checks: list[tuple[str, Check]] = []
    if (starts_at := conditions.starts_at) is not None:
        checks.append(("starts_at", lambda seen: seen.at >= starts_at))
    if (ends_at := conditions.ends_at) is not None:
        checks.append(("ends_at", lambda seen: seen.at < ends_at))
    if conditions.channels:
        channels = frozenset(conditions.channels)
        checks.append(("channels", lambda seen: seen.channel in channels))
    if conditions.currencies:
        currencies = frozenset(conditions.currencies)
        checks.append(("currencies", lambda seen: seen.currency in currencies))
    if conditions.order_numbers or conditions.every_nth_order:
        checks.append(("order_numbers", _is_numbered(conditions)))
    if conditions.tiers:
        tiers = frozenset(conditions.tiers)
        checks.append(("tiers", lambda seen: seen.tier in tiers))
    if conditions.weekdays:
        days = frozenset(WEEKDAYS.index(day) for day in conditions.weekdays)
        checks.append(("weekdays", lambda seen: seen.weekday in days))
    if conditions.hours is not None:
        checks.append(("hours", _is_within(conditions.hours)))
    if conditions.customer_tags:
        tags = folded(conditions.customer_tags)
        checks.append(("customer_tags", lambda seen: not tags.isdisjoint(seen.tags)))
    if conditions.segment_ids:
        segments = frozenset(conditions.segment_ids)
        checks.append(("segment_ids", lambda seen: not segments.isdisjoint(seen.segments)))
    if conditions.countries:
        countries = frozenset(conditions.countries)
        checks.append(("countries", lambda seen: seen.country in countries))
    return checks


def _narrowings(conditions: Conditions) -> list[tuple[str, Narrowing]]:
    """The conditions on lines: each leaves those that match."""
    found: list[tuple[str, Narrowing]] = []
    if conditions.product_ids:
        products = frozenset(conditions.product_ids)
        found.append(("product_ids", lambda lines: [line for line in lines if line.product_id in products]))
    if conditions.variant_ids:
        variants = frozenset(conditions.variant_ids)
        found.append(("variant_ids", lambda lines: [line for line in lines if line.variant_id in variants]))
    if conditions.vendors:
        vendors = folded(conditions.vendors)
        found.append(
            ("vendors", lambda lines: [line for line in lines if line.vendor and line.vendor.casefold() in vendors])
        )
    if conditions.collection_ids:
        collections = frozenset(conditions.collection_ids)
        found.append(
            (
                "collection_ids",
                lambda lines: [line for line in lines if not collections.isdisjoint(line.collections)],
            )
        )
    if conditions.product_tags:
        tags = folded(conditions.product_tags)
        found.append(("product_tags", lambda lines: [line for line in lines if not tags.isdisjoint(line.tags)]))
    if conditions.product_types:
        kinds = folded(conditions.product_types)
        found.append(("product_types", lambda lines: [line for line in lines if line.kind in kinds]))
    if conditions.line_kind is not None:
        wanted = conditions.line_kind == "subscription"
        found.append(("line_kind", lambda lines: [line for line in lines if line.is_subscription is wanted]))
    return found


def _is_numbered(conditions: Conditions) -> Check:
    numbers, every = frozenset(conditions.order_numbers), conditions.every_nth_order

    def check(seen: Seen) -> bool:
        number = seen.number
        return number is not None and (number in numbers or (every is not None and number % every == 0))

    return check


def _is_within(hours: Hours) -> Check:
    start, end = _minutes(hours.start), _minutes(hours.end)
    if start < end:
        return lambda seen: start <= seen.minute < end
    return lambda seen: seen.minute >= start or seen.minute < end


def _minutes(time_of_day: str) -> int:
    return int(time_of_day[:2]) * 60 + int(time_of_day[3:])


def _order_reach(rules: Iterable[OrderRule]) -> int | None:
    """Up to which of a member's orders its number matters: 0 for none, None for all of them."""
    reach = 0
    for rule in rules:
        if rule.conditions.every_nth_order:
            return None
        reach = max(reach, *rule.conditions.order_numbers, 0)
    return reach


# --- What a rule gives --------------------------------------------------------------------------------------------------


def _value(effect: Effect, program: Program) -> tuple[Value, Decimal | None]:
    """(points for so much money, unrounded; the rate for one unit where there is only one)."""
    match effect.kind:
        case "per_amount":
            return _proportional(Decimal(effect.points), effect.per)
        case "multiplier":
            return _proportional((effect.factor - 1) * program.earning.points, program.earning.per)
        case "brackets":
            return _marginal(effect), None
        case "fixed":
            points = Decimal(effect.points)
            return (lambda _money: points), None
        case "reward":
            return (lambda _money: _ZERO), None


def _proportional(points: Decimal, per: Decimal) -> tuple[Value, Decimal]:
    if per == _ONE:
        return (lambda money: money * points), points
    return (lambda money: money * points / per), points / per


def _marginal(effect: Brackets) -> Value:
    starts = [bracket.start for bracket in effect.brackets]
    stretches = list(zip(starts, [*starts[1:], None], [bracket.points for bracket in effect.brackets], strict=True))

    def value(money: Decimal) -> Decimal:
        total = _ZERO
        for start, end, points in stretches:
            if money <= start:
                break
            total += ((money if end is None or money < end else end) - start) * points
        return total

    return value


def _given(
    rule: CompiledRule, seen: Seen, lines: list[LineSeen], money: Decimal, value: Decimal, standing: Standing
) -> RuleOutcome:
    ids = _ids(seen, lines)
    if rule.limits is None:
        points = _rounded(value, rule.rounding)
        return RuleOutcome(rule.id, points, money, ids, None, points)
    return limited(rule.id, rule.limits, rule.rounding, value, money, ids, standing)


def _best(
    group: Sequence[tuple[int, CompiledRule, list[LineSeen], Decimal]],
    seen: Seen,
    standing: Standing,
    outcomes: list[RuleOutcome],
) -> None:
    """Of a group only the best counts: line by line among rates, and then their sum against each rule for whole orders."""
    open_ones = []
    for index, rule, lines, money in group:
        if rule.limits is not None and not limited(rule.id, rule.limits, None, _MUCH, money, (), standing).points:
            outcomes[index] = _given(rule, seen, lines, money, rule.value(money), standing)  # used up: others may win
        else:
            open_ones.append((index, rule, lines, money))
    won = _won_lines(open_ones)
    rates = [(index, rule, won[index]) for index, rule, _, _ in open_ones if won.get(index)]
    best_value = sum((rule.value(seen.money(lines)) for _, rule, lines in rates), _ZERO)
    best = None
    for index, rule, _, money in open_ones:
        if rule.rate is None and rule.value(money) > best_value:
            best, best_value = index, rule.value(money)
    winner = next((rule.id for index, rule, _, _ in open_ones if index == best), None)
    for index, rule, lines, money in open_ones:
        counted = lines if rule.rate is None else won.get(index, [])
        has_won = index == best if best is not None else rule.rate is not None and bool(counted)
        if has_won:
            counted_money = seen.money(counted)
            outcomes[index] = _given(rule, seen, counted, counted_money, rule.value(counted_money), standing)
        else:
            better = winner or next((other.id for other_index, other, _ in rates if other_index != index), None)
            outcomes[index] = RuleOutcome(rule.id, 0, money, _ids(seen, lines), beaten_by=better)


def _won_lines(
    group: Sequence[tuple[int, CompiledRule, list[LineSeen], Decimal]],
) -> dict[int, list[LineSeen]]:
    """For each rule with a rate (by its place): the lines for which no other of the group gives more; the first wins a tie."""
    owner: dict[int, tuple[Decimal, int, LineSeen]] = {}
    for index, rule, lines, _ in group:
        if rule.rate is None:
            continue
        for line in lines:
            known = owner.get(line.id)
            if known is None or rule.rate > known[0]:
                owner[line.id] = (rule.rate, index, line)
    won: dict[int, list[LineSeen]] = {}
    for _, index, line in owner.values():
        won.setdefault(index, []).append(line)
    return won


def _ids(seen: Seen, lines: list[LineSeen]) -> tuple[int, ...]:
    return seen.ids if lines is seen.lines else tuple([line.id for line in lines])


def _rounded(value: Decimal, rounding: str | None) -> int:
    if value >= MOST_POINTS:
        return MOST_POINTS
    return int(value) if rounding is None else int(value.to_integral_value(rounding))


_CHANNELS: Final[Mapping[str, Channel]] = {"pos": "pos", "shopify_draft_order": "draft"}
_MUCH: Final = Decimal(MOST_POINTS)
_NO_TAGS: Final[frozenset[str]] = frozenset()
_UNKNOWN: Final = ProductPin()
