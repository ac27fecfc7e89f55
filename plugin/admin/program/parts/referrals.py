"""Referrals: what the friend is offered, what both sides get, and what makes a referral look like somebody inviting themselves."""

from __future__ import annotations

from typing import Any, Final

from plugin.admin import phrases
from plugin.admin.formats import Formats
from plugin.admin.program.editor import (
    Part,
    Section,
    State,
    flag,
    money,
    percent,
    present,
    rewards,
    select,
    when,
    while_on,
    whole,
)
from plugin.admin.program.parts import says
from plugin.loyalty.program import Program

_ON: Final = while_on("referral.is_on")
_KIND: Final = "referral.offer.kind"
_LIMIT: Final = when("referral.limit", "true")
_JUDGED: Final = while_on("referral.suspicion.is_on")
_WEIGHTS: Final = (
    ("same_mailbox", "Same e-mail address", "Also with “+” or dots in it: the same mailbox."),
    ("similar_mailbox", "Similar e-mail address", "Such as anna1@ and anna2@ at the same provider."),
    ("same_person", "Same name and same address", ""),
    ("same_phone", "Same phone number", ""),
    ("same_name", "Same name", ""),
    ("same_device", "Same device", "Both used the same browser on one device."),
    ("same_address", "Same postal address", "Families and flatmates have this in common: keep it low."),
    ("same_network", "Same internet connection", "So do families, offices and campuses: keep it low."),
    ("ring", "Friends who invite each other in a circle", ""),
    ("velocity", "Many friends of one customer in a day", "How many counts as many is set above."),
    ("friend_twin", "The same friend twice under two names", ""),
    ("friend_crowd", "Many friends at one address or device", "How many counts as many is set above."),
)


def _state(program: Program, formats: Formats) -> State:
    rules = program.referral
    if not rules.is_on:
        return State("Referrals are switched off.", is_on=False)
    offered = phrases.gift(rules.offer.kind, rules.offer.value, formats)
    gets = says.gets(program, formats, count=rules.advocate_points, rewards=(rules.advocate_reward,))
    return State(f"Friends get {_lower(offered)}; who invited them gets {gets or 'nothing'}.", is_on=True)


def _meaning(program: Program, formats: Formats) -> list[str]:
    rules = program.referral
    if not rules.is_on:
        return phrases.referral(program, formats)[:1]
    offered = phrases.gift(rules.offer.kind, rules.offer.value, formats)
    least = f" of {formats.money(rules.offer.minimum_spend)} or more" if rules.offer.minimum_spend else ""
    said = [
        f"A friend who follows a member’s link gets {_lower(offered)} for their first order{least}.",
        f"Their code works for {says.plural(rules.offer.ends_days, 'day')}.",
        _both_sides(program, formats),
    ]
    if rules.limit is not None:
        friends = says.plural(rules.limit.friends, "friend")
        said.append(
            f"A member is rewarded for {friends} {says.PER[rules.limit.per]} at most. The friends always get theirs."
        )
    said.append("If the friend’s order is refunded, what it brought is taken back.")
    if rules.suspicion.is_on:
        said.append(
            f"Referrals that look like one person are kept for you to look at from a score of {rules.suspicion.review_at}, "
            f"and bring nothing from {rules.suspicion.block_at}. You always have the last word."
        )
    else:
        said.append("Nobody checks whether a friend and a member are the same person.")
    return said


def _both_sides(program: Program, formats: Formats) -> str:
    rules = program.referral
    sides = (
        ("the member who invited them", rules.advocate_points, rules.advocate_reward),
        ("the friend", rules.friend_points, rules.friend_reward),
    )
    gains = [
        f"{who} gets {given}"
        for who, count, reward in sides
        if (given := says.gets(program, formats, count=count, rewards=(reward,)))
    ]
    if not gains:
        return "Nobody gets anything for the friend’s first order."
    size = f" of at least {formats.money(rules.minimum_spend)}" if rules.minimum_spend else ""
    when_given = f"{says.plural(rules.hold_days, 'day')} after" if rules.hold_days else "When"
    return f"{when_given} the friend’s first order{size} is paid, {says.listed(gains)}."


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]


def _closed(document: dict[str, Any]) -> dict[str, Any]:
    """Free shipping has no amount; every other offer needs one."""
    offer = document["referral"]["offer"]
    if offer.get("kind") == "free_shipping":
        offer["value"] = None
    return document


PART: Final = Part(
    slug="referrals",
    title="Referrals",
    group="referrals",
    icon="chat-referral",
    about="Members invite friends; both sides get something for the friend’s first order.",
    state=_state,
    meaning=_meaning,
    closed=_closed,
    sections=(
        Section(
            "Referrals",
            (
                flag(
                    "referral.is_on",
                    "Members can invite friends",
                    details="Every member has a link of their own. Switched off, links lead to your store without an offer.",
                ),
            ),
        ),
        Section(
            "What the friend is offered",
            (
                select(_KIND, "Offer", tuple(phrases.CODE_NAMES.items())),
                money("referral.offer.value", "Amount off", follows=when(_KIND, "amount_off")),
                percent("referral.offer.value", "Percentage off", follows=when(_KIND, "percent_off")),
                money("referral.offer.minimum_spend", "For orders of at least", details="0: any order."),
                whole("referral.offer.ends_days", "Their code works for", suffix="days"),
            ),
            subheading="A code for new customers only. It works once.",
            follows=_ON,
        ),
        Section(
            "What both get for the friend’s first order",
            (
                whole("referral.advocate_points", "The member who invited them gets", suffix="{points}"),
                select(
                    "referral.advocate_reward",
                    "And this reward for them",
                    rewards,
                    is_optional=True,
                    placeholder="No reward",
                ),
                whole("referral.friend_points", "The friend gets", suffix="{points}"),
                select(
                    "referral.friend_reward",
                    "And this reward for the friend",
                    rewards,
                    is_optional=True,
                    placeholder="No reward",
                ),
                money(
                    "referral.minimum_spend",
                    "If that order is at least",
                    details="What is left after discounts. 0: any order.",
                ),
                whole(
                    "referral.hold_days",
                    "Given after",
                    suffix="days",
                    details="After payment. Cover your return period, so that nobody is rewarded for returned orders.",
                ),
            ),
            follows=_ON,
        ),
        Section(
            "Limits",
            (
                present(
                    "referral.limit",
                    "Limit how many friends one member is rewarded for",
                    details="Friends above the limit still get what they were offered.",
                ),
                whole("referral.limit.friends", "At most", suffix="friends", follows=_LIMIT),
                select("referral.limit.per", "The count starts afresh", says.AFRESH, follows=_LIMIT),
            ),
            follows=_ON,
        ),
        Section(
            "Protection against self-referral",
            (
                flag(
                    "referral.suspicion.is_on",
                    "Check whether friend and member are the same person",
                    details="What both have in common is added up to a score. No single thing that families share is enough.",
                ),
                whole(
                    "referral.suspicion.review_at",
                    "Show me referrals from a score of",
                    details="They wait until you decide.",
                    follows=_JUDGED,
                ),
                whole(
                    "referral.suspicion.block_at",
                    "Refuse referrals from a score of",
                    details="They bring nothing unless you say otherwise.",
                    follows=_JUDGED,
                ),
            ),
            follows=_ON,
        ),
        Section(
            "How much each sign weighs",
            (
                whole(
                    "referral.suspicion.velocity_friends",
                    "Many friends in a day are",
                    suffix="friends",
                ),
                whole(
                    "referral.suspicion.crowd_friends",
                    "Many friends at one place are",
                    suffix="friends",
                ),
                whole(
                    "referral.suspicion.retention_days",
                    "Forget what was compared after",
                    suffix="days",
                    details="Only scrambled forms are kept, never names or addresses. Your decisions stay.",
                ),
                *(
                    whole(f"referral.suspicion.weights.{name}", label, details=details)
                    for name, label, details in _WEIGHTS
                ),
            ),
            subheading="0 leaves a sign out. A shared address and a shared connection together must stay below refusal.",
            is_advanced=True,
            follows=(*_ON, *_JUDGED),
        ),
    ),
)
