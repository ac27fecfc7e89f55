"""Order rules: why a rule gave nothing, and what is left of a campaign."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from devstore.model import Address
from tests.scenarios.stage import Story
from tests.scenarios.verbs import look, verb


@verb("why")
def why(story: Story, name: str, rule_id: str, *_: str) -> list[str]:
    """Why a rule gave an order what it gave: its first failing condition, its caps, the budget's factor, the rule that gave more."""
    told = story.api("GET", f"/orders/{story.order_id(name)}/explanation")
    rule = next(one for one in told["rules"] if one["id"] == rule_id)
    reasons = [f"not {rule['refused']}"] if rule["refused"] else [f"{rule['points']} of {rule['wanted']}"]
    reasons += [f"cap {cap}" for cap in rule["caps"]]
    reasons += [f"factor {rule['factor']}"] if rule["factor"] else []
    return reasons + ([f"beaten by {rule['beaten_by']}"] if rule["beaten_by"] else [])


@verb("sell-in")
def sell_in(story: Story, currency: str, rate: str) -> None:
    """The store takes another currency too."""
    story.shop.presentment_rates[currency] = Decimal(rate)


@look("instant")
def instant(story: Story, *_: str) -> str:
    """The newest code at the store that is bound to the customer, and whether it can be used."""
    bound = [
        one for one in story.shop.discounts.values() if one.customer_ids == frozenset({story.customer(story.who).id})
    ]
    if not bound:
        return "instant none"
    return f"instant {bound[-1].kind.replace('_', '-')} {bound[-1].status(story.clock()).lower()}"


@verb("lives")
def lives(story: Story, _in: str, country: str) -> None:
    """The customer's address is in that country from now on; orders go there."""
    story.customer(story.who).address = Address(country_code=country)


@verb("in-segment")
def in_segment(story: Story, number: str, *names: str) -> None:
    """Exactly these customers are in the segment."""
    story.shop.add_segment(f"Segment {number}", [story.customer(name).id for name in names], id=int(number))


@verb("group")
def group(story: Story, name: str, *lines: str) -> None:
    """Buy lines of which some name, behind a colon, the member they are for by that member's referral handle."""
    bought = []
    for each in lines:
        what, _, friend = each.partition(":")
        [line] = story.lines(what)
        bought.append(replace(line, properties={"regulars_for": _handle(story, friend)}) if friend else line)
    story.buy(name, bought)


def _handle(story: Story, name: str) -> str:
    if name == "nobody":
        return "NOBODY"
    found = story.api("GET", f"/members?shopify_customer_id={story.customer(name).id}")
    return str(found[0]["referral"]["code"])
