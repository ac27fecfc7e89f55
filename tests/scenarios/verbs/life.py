"""A shop's and a customer's life: settings that change, an app that goes and comes back, customers who are deleted."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from plugin.loyalty.outside import Token
from plugin.services import effects, shops, tokens
from tests.scenarios.stage import STANDING, Story
from tests.scenarios.verbs import look, verb


@verb("shop")
def shop(story: Story, *changes: str) -> None:
    """Settings of the dev store's shop: `shop currency=EUR timezone=Europe/Berlin`."""
    told: dict[str, Any] = dict(each.split("=", 1) for each in changes)
    if "timezone" in told:
        told["timezone"] = ZoneInfo(told["timezone"])
    story.shop.update(**told)


@verb("uninstall", is_reversal=True)
def uninstall(story: Story) -> None:
    """The merchant removes the app."""
    story.shop.uninstall()


@verb("reinstall")
def reinstall(story: Story) -> None:
    """The merchant installs it again: a new token, the shop's details, and a first look at what was missed."""
    story.shop.install()
    token = Token(story.shop.give_token().access, None, None, None, frozenset(story.dev.config.scopes))
    info = story.world.connect(story.domain, token.access).shop_info()
    with story.world.database.transaction() as session:
        shops.enrol(session, story.domain, now=story.now)
    with story.world.database.transaction(story.shop_id) as session:
        shops.install(session, info, is_own_app=True, now=story.now)
        tokens.store(session, token, cipher=story.world.cipher, now=story.now)
        for kind, subject in STANDING.items():
            effects.drop(session, kind, subject)


@verb("delete-customer", is_reversal=True)
def delete_customer(story: Story) -> None:
    """The merchant deletes a customer without orders."""
    story.shop.delete_customer(story.customer(story.who).id)


@look("currency")
def currency(story: Story, *_: str) -> str:
    """Whether the program's amounts wait for a look: "currency USD now EUR", "currency settled"."""
    change = story.api("GET", "/health")["currency_change"]
    return "currency settled" if change is None else f"currency {change['before']} now {change['now']}"


@look("bound")
def bound(story: Story, *_: str) -> str:
    """To whom the newest code at the dev store is bound, by name; records that were merged away are nobody's."""
    newest = max(story.shop.discounts.values(), key=lambda one: one.id)
    names = {customer_id: name for name, customer_id in story.people.items()}
    return " ".join(["bound", *sorted(names[one] for one in newest.customer_ids or () if one in story.shop.customers)])
