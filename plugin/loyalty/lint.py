"""What a merchant should know before publishing: rules that overlap, that can never apply, that leak value, and names of what is gone.

Findings never stop anybody: a draft with findings can be saved and published. What could do harm is refused by the document itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from typing import Any, Final

from plugin.loyalty.program import OrderRule, Program
from plugin.loyalty.program.order_rules import Brackets, Conditions, Effect, Hours

GENEROUS_PER_CENT: Final = 25
"""Who gives back more than this share of what customers spend is asked whether that is meant."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at: its kind (overlap, unreachable, leak, dangling), where in the document, and a sentence."""

    kind: str
    where: str
    text: str


def lint(program: Program, *, gone: Collection[str] = ()) -> list[Finding]:
    """Everything worth a look, in the order of the document.

    `gone` are what a caller who asked the shop did not find there: "product:1", "collection:2", "segment:3".
    """
    rules = [(number, rule) for number, rule in enumerate(program.order_rules) if rule.is_on]
    found = [*_base(program), *_generosity(program)]
    for number, rule in rules:
        place = f"order_rules.{number}"
        found += [
            *_dangling(program, rule, place),
            *_lost(rule, place, gone),
            *_unreachable(program, rule, place),
            *_leaks(rule, place),
        ]
    for (first, one), (second, other) in combinations(rules, 2):
        found += _pair(first, one, second, other)
    return [*found, *_dangling_elsewhere(program), *_dangling_deeds(program)]


def are_apart(one: Conditions, other: Conditions) -> bool:
    """True when no line of any order can meet both: some condition leaves them nothing in common."""
    return (
        any(_is_disjoint(getattr(one, name), getattr(other, name)) for name in _SINGLE_VALUED)
        or (None not in (one.line_kind, other.line_kind) and one.line_kind != other.line_kind)
        or _ends_before(one, other)
        or _ends_before(other, one)
        or (
            (not one.every_nth_order and not other.every_nth_order)
            and _is_disjoint(one.order_numbers, other.order_numbers)
        )
        or (one.hours is not None and other.hours is not None and not _minutes(one.hours) & _minutes(other.hours))
    )


def implies(narrow: Conditions, wide: Conditions) -> bool:
    """True when every line that meets `narrow` meets `wide` too, as far as can be told without looking at orders."""
    plain = all(
        not getattr(wide, name)
        or (getattr(narrow, name) and _folded(getattr(narrow, name)) <= _folded(getattr(wide, name)))
        for name in (*_SINGLE_VALUED, *_MANY_VALUED, "order_numbers")
    )
    return (
        plain
        and wide.line_kind in (None, narrow.line_kind)
        and wide.every_nth_order in (None, narrow.every_nth_order)
        and wide.minimum_spend <= narrow.minimum_spend
        and (wide.starts_at is None or (narrow.starts_at is not None and narrow.starts_at >= wide.starts_at))
        and (wide.ends_at is None or (narrow.ends_at is not None and narrow.ends_at <= wide.ends_at))
        and (wide.hours is None or (narrow.hours is not None and _minutes(narrow.hours) <= _minutes(wide.hours)))
    )


def _pair(first: int, one: OrderRule, second: int, other: OrderRule) -> Iterator[Finding]:
    """Two rules beside each other: they may add without saying so, or one of a group may never win."""
    is_together = one.group is not None and one.group == other.group
    if (
        one.combines == other.combines == "add"
        and not is_together
        and "reward" not in (one.effect.kind, other.effect.kind)
        and not are_apart(one.conditions, other.conditions)
    ):
        text = f"{other.title!r} adds to {one.title!r} on the same lines. If that is meant, give both the same group."
        yield Finding("overlap", f"order_rules.{second}", text)
    if one.combines == other.combines == "best" and is_together:
        for place, loser, winner in ((second, other, one), (first, one, other)):
            if _never_wins(loser, winner, wins_ties=place == second):
                yield Finding(
                    "unreachable",
                    f"order_rules.{place}",
                    f"{loser.title!r} never counts: wherever it applies, {winner.title!r} of the same group gives at least as much.",
                )


def _never_wins(loser: OrderRule, winner: OrderRule, *, wins_ties: bool) -> bool:
    if winner.limits.has_any or not implies(loser.conditions, winner.conditions):
        return False
    less, more = _strength(loser.effect), _strength(winner.effect)
    return less[0] == more[0] and (less[1] <= more[1] if wins_ties else less[1] < more[1])


def _strength(effect: Effect) -> tuple[str, Decimal]:
    """Effects of one kind can be told apart by one number; others cannot be compared."""
    match effect.kind:
        case "per_amount":
            return "per_amount", effect.points / effect.per
        case "multiplier":
            return "multiplier", effect.factor
        case "fixed":
            return "fixed", Decimal(effect.points)
        case "brackets" | "reward":
            return f"{effect.kind} {id(effect)}", Decimal(0)


def _unreachable(program: Program, rule: OrderRule, place: str) -> Iterator[Finding]:
    """A rule that the rest of the program leaves nothing to do."""
    conditions, exclusions = rule.conditions, program.exclusions
    for name, excluded in (
        ("product_ids", exclusions.product_ids),
        ("collection_ids", exclusions.collection_ids),
        ("customer_tags", exclusions.customer_tags),
    ):
        asked = getattr(conditions, name)
        if asked and _folded(asked) <= _folded(excluded):
            text = f"{rule.title!r} never applies: everything it asks for earns nothing in this program."
            yield Finding("unreachable", f"{place}.conditions.{name}", text)
    if rule.effect.kind == "multiplier" and (rule.effect.factor == 1 or not program.earning.points):
        text = (
            f"{rule.title!r} gives nothing: one times the base rate is the base rate."
            if program.earning.points
            else f"{rule.title!r} gives nothing: there is no base rate to multiply."
        )
        yield Finding("unreachable", f"{place}.effect", text)
    budget = rule.limits.budget
    if budget is not None and budget.steps and budget.steps[0].used == 0 and budget.steps[0].factor == 0:
        yield Finding(
            "unreachable", f"{place}.limits.budget", f"{rule.title!r} gives nothing: its rate begins at zero."
        )


def _leaks(rule: OrderRule, place: str) -> Iterator[Finding]:
    """What a customer gains by splitting one order into several."""
    if rule.effect.kind == "reward" or rule.limits.points_per_member is not None or rule.conditions.order_numbers:
        return
    if rule.rounding != "floor" and rule.effect.kind != "fixed":
        text = f"{rule.title!r} rounds up: one order split into small ones earns more. Round down, or limit points per member."
        yield Finding("leak", f"{place}.rounding", text)
    if rule.effect.kind == "fixed" and not rule.conditions.minimum_spend:
        text = f"{rule.title!r} gives {rule.effect.points} points for an order of any size. Ask for a minimum spend."
        yield Finding("leak", f"{place}.conditions.minimum_spend", text)
    if rule.effect.kind == "brackets" and not _is_rising(rule.effect):
        text = f"{rule.title!r} gives less for larger amounts: one order split in two earns more."
        yield Finding("leak", f"{place}.effect.brackets", text)
    if rule.limits.points_per_order is not None and rule.effect.kind != "fixed":
        text = f"The limit per order of {rule.title!r} can be passed by splitting an order. Limit points per member."
        yield Finding("leak", f"{place}.limits.points_per_order", text)


def _is_rising(effect: Brackets) -> bool:
    points = [bracket.points for bracket in effect.brackets]
    return points == sorted(points)


def _base(program: Program) -> Iterator[Finding]:
    if program.earning.rounding != "floor" and program.earning.points:
        text = "The base rate rounds up: one order split into small ones earns more. Round down."
        yield Finding("leak", "earning.rounding", text)


def _generosity(program: Program) -> Iterator[Finding]:
    """The largest share of spending that can come back, when everything that can hold at once does."""
    share = highest_return(program)
    if share is not None and share > GENEROUS_PER_CENT:
        where = "order_rules" if program.order_rules else "earning"
        text = f"Customers can get up to {share.quantize(Decimal('0.1'))}% of what they spend back."
        yield Finding("leak", where, text)


def highest_return(program: Program) -> Decimal | None:
    """Per cent of spending that can come back at most, by rates that hold for every amount; None without a reward worth money."""
    worth = [
        reward.value / reward.price_points
        for reward in program.rewards
        if reward.is_on and reward.kind in _WORTH_MONEY and reward.value is not None
    ]
    if not worth:
        return None
    base = program.earning.points / program.earning.per
    multiplied = max((level.multiplier for level in program.tiers.levels), default=Decimal(1))
    added = Decimal(0)
    best: dict[str | None, Decimal] = {}
    for rule in program.order_rules:
        if not rule.is_on:
            continue
        if rule.effect.kind == "multiplier" and rule.combines == "multiply":
            multiplied *= rule.effect.factor
            continue
        rate = _rate(rule.effect, base)
        if rule.combines == "best":
            best[rule.group] = max(best.get(rule.group, Decimal(0)), rate)
        else:
            added += rate
    return (base * multiplied + added + sum(best.values())) * max(worth) * 100


def _rate(effect: Effect, base: Decimal) -> Decimal:
    """Points for one more unit of currency, at most."""
    match effect.kind:
        case "per_amount":
            return effect.points / effect.per
        case "multiplier":
            return base * (effect.factor - 1)
        case "brackets":
            return max(bracket.points for bracket in effect.brackets)
        case "fixed" | "reward":
            return Decimal(0)


def _dangling(program: Program, rule: OrderRule, place: str) -> Iterator[Finding]:
    """Names in a rule that mean nothing in this document; such a rule is skipped, with its reason on the order."""
    effect = rule.effect
    if effect.kind == "reward" and program.reward(effect.reward_id) is None:
        text = (
            f"{rule.title!r} gives the reward {effect.reward_id!r}, and there is none of that id that is switched on."
        )
        yield Finding("dangling", f"{place}.effect.reward_id", text)
    for tier in rule.conditions.tiers:
        if program.tiers.level(tier) is None:
            text = f"{rule.title!r} asks for the tier {tier!r}, and there is none of that id."
            yield Finding("dangling", f"{place}.conditions.tiers", text)


def _lost(rule: OrderRule, place: str, gone: Collection[str]) -> Iterator[Finding]:
    """Products, collections and segments that the shop no longer has; such a rule applies to what is left of its list."""
    for kind, name in (("product", "product_ids"), ("collection", "collection_ids"), ("segment", "segment_ids")):
        lost = [number for number in getattr(rule.conditions, name) if f"{kind}:{number}" in gone]
        if lost:
            text = f"{rule.title!r} names {kind}s that the store no longer has: {', '.join(map(str, lost))}."
            yield Finding("dangling", f"{place}.conditions.{name}", text)


def _dangling_elsewhere(program: Program) -> Iterator[Finding]:
    """The same in other parts of the document: rewards for tiers, and tiers that give rewards."""
    for number, reward in enumerate(program.rewards):
        for tier in reward.tiers:
            if program.tiers.level(tier) is None:
                text = f"{reward.title!r} is for the tier {tier!r}, and there is none of that id."
                yield Finding("dangling", f"rewards.{number}.tiers", text)
    for number, level in enumerate(program.tiers.levels):
        names = [*level.entry_rewards, *(perk.reward for perk in level.recurring)]
        for name in names:
            if program.reward(name) is None:
                text = f"{level.title!r} gives the reward {name!r}, and there is none of that id that is switched on."
                yield Finding("dangling", f"tiers.levels.{number}", text)


def _dangling_deeds(program: Program) -> Iterator[Finding]:
    """Actions and achievements that name a reward, a tier or an action that is not there, and surveys that nothing asks."""
    actions = {action.id for action in program.actions if action.is_on}
    for number, action in enumerate(program.actions):
        if action.reward_id is not None and program.reward(action.reward_id) is None:
            yield _gone(f"actions.{number}.reward_id", action.title, "gives the reward", action.reward_id)
        for tier in action.tiers:
            if program.tiers.level(tier) is None:
                yield _gone(f"actions.{number}.tiers", action.title, "is for the tier", tier)
    for number, line in enumerate(program.achievements):
        for step in line.steps:
            if step.reward_id is not None and program.reward(step.reward_id) is None:
                yield _gone(f"achievements.{number}.steps", line.title, "gives the reward", step.reward_id)
        for name in (*line.action_ids, *(task.action_id for task in line.tasks if task.action_id is not None)):
            if name not in actions:
                yield _gone(f"achievements.{number}", line.title, "counts the action", name)
    asked = {action.survey_id for action in program.actions if action.is_on}
    for number, survey in enumerate(program.surveys):
        if survey.id not in asked:
            text = f"{survey.title!r} is asked by no action, so nobody can answer it."
            yield Finding("unreachable", f"surveys.{number}", text)


def _gone(where: str, title: str, does: str, name: str) -> Finding:
    return Finding("dangling", where, f"{title!r} {does} {name!r}, and there is none of that id that is switched on.")


def _is_disjoint(one: Iterable[Any], other: Iterable[Any]) -> bool:
    left, right = _folded(one), _folded(other)
    return bool(left) and bool(right) and left.isdisjoint(right)


def _folded(values: Iterable[Any]) -> frozenset[Any]:
    return frozenset(value.casefold() if isinstance(value, str) else value for value in values)


def _ends_before(one: Conditions, other: Conditions) -> bool:
    return one.ends_at is not None and other.starts_at is not None and one.ends_at <= other.starts_at


def _minutes(hours: Hours) -> set[int]:
    start, end = (int(text[:2]) * 60 + int(text[3:]) for text in (hours.start, hours.end))
    return set(range(start, end)) if start < end else {*range(start, _DAY), *range(end)}


_DAY: Final = 24 * 60
_SINGLE_VALUED: Final = (
    "product_ids",
    "variant_ids",
    "vendors",
    "product_types",
    "channels",
    "tiers",
    "countries",
    "currencies",
    "weekdays",
)
_MANY_VALUED: Final = ("collection_ids", "product_tags", "customer_tags", "segment_ids")
_WORTH_MONEY: Final = frozenset({"amount_off", "store_credit", "gift_card"})
