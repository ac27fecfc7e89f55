"""The program in one language: every line a finished text, so that a theme only puts them in their places.

Titles, perks and names are the merchant's own words and may hold anything; whoever shows them escapes them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from plugin.loyalty.leaflet.rules_page import rules
from plugin.loyalty.leaflet.voice import Voice
from plugin.loyalty.program import Action, Level, OrderRule, Program, Reward
from plugin.loyalty.program.rewards import MONEY_KINDS

Document = dict[str, Any]

LARGEST_BYTES: Final = 120_000
"""Shopify takes JSON of 128 KB in a metafield."""
_LISTED: Final = ("earn", "rewards")


def page(program: Program, *, language: str, currency: str, zone: ZoneInfo) -> Document:
    """Everything the blocks say in that language; empty while the program is not live."""
    if not program.is_live:
        return {}
    voice = Voice(program, language, currency, zone)
    document: Document = {
        "words": {"one": voice.points_words.one, "other": voice.points_words.other},
        "rate": rate(voice),
        "earn": [*_orders(voice), *_actions(voice)],
        "rewards": _rewards(voice),
        "levels": _levels(voice),
        "friends": _friends(voice),
        "rules": rules(voice),
    }
    return _fitting(document)


def rate(voice: Voice) -> str | None:
    """What a purchase is worth, in a sentence; None where only rules give points."""
    earning = voice.program.earning
    if not earning.points:
        return None
    return voice.say("earn_rate", points=voice.points(earning.points), amount=voice.money(earning.per))


def _orders(voice: Voice) -> list[Document]:
    said = rate(voice)
    lines = [] if said is None else [{"title": voice.say("earn_orders"), "gain": said, "detail": ""}]
    return lines + [_rule(voice, rule) for rule in voice.program.order_rules if rule.is_on]


def _rule(voice: Voice, rule: OrderRule) -> Document:
    """`ends` is when it is over, in seconds of the epoch, which is how Liquid compares times; None for never."""
    ends_at = rule.conditions.ends_at
    ends = int(ends_at.timestamp()) if ends_at is not None else None
    return {
        "title": rule.title,
        "gain": _effect(voice, rule),
        "detail": voice.listed(_conditions(voice, rule)),
        "ends": ends,
    }


def _effect(voice: Voice, rule: OrderRule) -> str:
    effect = rule.effect
    match effect.kind:
        case "multiplier":
            return voice.say("rule_times", times=voice.number(effect.factor), word=voice.points_words.other)
        case "per_amount":
            return voice.say("rule_rate", points=voice.points(effect.points), amount=voice.money(effect.per))
        case "fixed":
            return voice.say("rule_fixed", points=voice.points(effect.points))
        case "brackets":
            return voice.say("rule_brackets")
        case "reward":
            return voice.gift(effect.reward_id) or voice.say("rule_brackets")


def _conditions(voice: Voice, rule: OrderRule) -> list[str]:
    conditions, told = rule.conditions, []
    if conditions.minimum_spend:
        told.append(voice.say("from_amount", amount=voice.money(conditions.minimum_spend)))
    goods = (conditions.product_ids, conditions.variant_ids, conditions.collection_ids, conditions.product_tags)
    if any((*goods, conditions.vendors, conditions.product_types)):
        told.append(voice.say("some_products"))
    if conditions.line_kind == "subscription":
        told.append(voice.say("subscriptions"))
    if conditions.tiers or conditions.customer_tags or conditions.segment_ids:
        told.append(voice.say("some_customers"))
    if conditions.order_numbers == (1,):
        told.append(voice.say("first_order"))
    numbers = conditions.order_numbers if conditions.order_numbers != (1,) else ()
    others = (numbers, conditions.every_nth_order, conditions.hours, conditions.weekdays)
    if any((*others, conditions.channels, conditions.countries, conditions.currencies)):
        told.append(voice.say("some_orders"))
    if conditions.starts_at is not None:
        told.append(voice.say("since", date=voice.day(conditions.starts_at)))
    if conditions.ends_at is not None:
        told.append(voice.say("until", date=voice.day(conditions.ends_at)))
    return told


def _actions(voice: Voice) -> list[Document]:
    return [
        {"title": action.title, "gain": _gain(voice, action), "detail": ""}
        for action in voice.program.actions
        if action.is_on and (action.points or action.reward_id)
    ]


def _gain(voice: Voice, action: Action) -> str:
    given = [voice.points(action.points)] if action.points else []
    gift = voice.gift(action.reward_id)
    return voice.listed([*given, *([gift] if gift else [])])


def _rewards(voice: Voice) -> list[Document]:
    shown = [reward for reward in voice.program.rewards if reward.is_on and not reward.is_hidden]
    return [_reward(voice, reward) for reward in sorted(shown, key=lambda one: one.points_range()[0])]


def _reward(voice: Voice, reward: Reward) -> Document:
    low, _, step = reward.points_range()
    details = []
    if reward.minimum_spend:
        details.append(voice.say("reward_minimum", amount=voice.money(reward.minimum_spend)))
    if reward.is_variable and reward.value is not None:
        price = voice.say("points_from", points=voice.points(low))
        worth = voice.say("worth_each", amount=voice.money(reward.value), points=voice.points(step))
    else:
        price, worth = voice.points(low), _worth(voice, reward.kind, reward.value)
    return {
        "id": reward.id,
        "kind": reward.kind,
        "title": reward.title_in(voice.language),
        "price": price,
        "points": low,
        "worth": worth,
        "detail": voice.listed(details),
    }


def _worth(voice: Voice, kind: str, value: Decimal | None) -> str:
    if kind in MONEY_KINDS and value is not None:
        return voice.say(f"worth_{kind}", amount=voice.money(value))
    if kind == "percent_off" and value is not None:
        return voice.say("worth_percent_off", percent=voice.percent(value))
    return voice.say("worth_free_shipping") if kind == "free_shipping" else ""


def _levels(voice: Voice) -> list[Document]:
    return [_level(voice, level) for level in voice.program.tiers.levels]


def _level(voice: Voice, level: Level) -> Document:
    perks: list[str] = []
    if level.multiplier != 1:
        perks.append(voice.say("level_times", times=voice.number(level.multiplier), word=voice.points_words.other))
    if level.entry_points:
        perks.append(voice.say("level_welcome", what=voice.points(level.entry_points)))
    perks += [voice.say("level_welcome", what=gift) for gift in voice.gifts(level.entry_rewards)]
    perks += [
        f"{gift} · {voice.say(f'every_{one.every}')}" for one in level.recurring if (gift := voice.gift(one.reward))
    ]
    perks += level.perks
    return {"id": level.id, "title": level.title_in(voice.language), "reach": voice.reach(level), "perks": perks}


def _friends(voice: Voice) -> Document | None:
    referral = voice.program.referral
    if not referral.is_on:
        return None
    offer = referral.offer
    worth = _worth(voice, offer.kind, offer.value)
    more = _both(voice, referral.friend_points, referral.friend_reward)
    details = [voice.say("valid_for", period=voice.period(offer.ends_days, "days"))]
    if offer.minimum_spend:
        details.insert(0, voice.say("reward_minimum", amount=voice.money(offer.minimum_spend)))
    gain = _both(voice, referral.advocate_points, referral.advocate_reward)
    return {
        "worth": worth,
        "friend": voice.say("friend_gets", worth=voice.listed([worth, *more])),
        "you": voice.say("advocate_gets", what=voice.listed(gain)) if gain else "",
        "detail": voice.listed(details),
    }


def _both(voice: Voice, points: int, reward_id: str | None) -> list[str]:
    gift = voice.gift(reward_id)
    return [*([voice.points(points)] if points else []), *([gift] if gift else [])]


def _fitting(document: Document) -> Document:
    """As much of it as fits: a program of a thousand long texts loses the ends of its lists, never its rules."""
    keeping = 64
    while _size(document) > LARGEST_BYTES and keeping:
        for name in _LISTED:
            document[name] = document[name][:keeping]
        document["levels"] = [level | {"perks": _shortened(level["perks"], keeping)} for level in document["levels"]]
        document["rules"] = [part | {"lines": part["lines"][:keeping]} for part in document["rules"]]
        keeping //= 2
    return document


def _shortened(perks: Sequence[str], keeping: int) -> list[str]:
    return list(perks[: max(1, keeping // 4)])


def _size(document: Document) -> int:
    return len(json.dumps(document, ensure_ascii=False).encode())
