"""What every story is made of: orders and their changes, rewards, staff, versions of the program, and questions."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from devstore.model import Cart, Order
from tests.scenarios.stage import Story
from tests.scenarios.verbs import Refused, look, verb

FLAGS = frozenset({"unpaid", "test", "pos", "draft", "company", "subscription", "guest"})
SOURCES = {"pos": "pos", "draft": "shopify_draft_order"}


# --- Orders -------------------------------------------------------------------------------------------------------------


@verb("order")
def order(story: Story, name: str, *words: str) -> None:
    """Buy: a basket (or the checkout that was begun under this name) with options."""
    begun = story.memory.pop(f"begun {name}", None)
    if begun is not None:
        cart, codes, priced = begun
        story.buy(name, cart.lines, codes=codes, earlier=priced)
        return
    basket, *rest = words
    options, flags = _options(rest)
    more: dict[str, Any] = {
        "is_paid": "unpaid" not in flags,
        "is_test": "test" in flags,
        "source_name": next((SOURCES[flag] for flag in sorted(flags & SOURCES.keys())), "web"),
    }
    if "company" in flags:
        more["company_id"] = 1
    if "guest" in flags:
        more |= {"customer_id": None, "email": None}
    if "in" in options:
        more["presentment_currency"] = options["in"]
    lines = story.lines(basket, units=int(options.get("units", "1")))
    if "subscription" in flags:
        plans = {
            product.variants[0].id: product.selling_plans[0].id
            for product in story.goods.values()
            if product.selling_plans
        }
        lines = story.lines(basket, selling_plan_id=plans[lines[0].variant_id])
    attributes = dict([options["attr"].split("=", 1)]) if "attr" in options else {}
    codes = [code_of(story, each) for each in options.get("with", "").split(",") if each]
    story.buy(name, lines, attributes=attributes, codes=codes, **more)


@verb("begin")
def begin(story: Story, name: str, basket: str, *words: str) -> None:
    """A checkout that has seen its prices and is finished later: what was valid then is honoured."""
    options, _ = _options(words)
    cart = Cart(story.lines(basket))
    codes = [code_of(story, each) for each in options.get("with", "").split(",") if each]
    story.memory[f"begun {name}"] = cart, codes, story.shop.price(cart, story.customer(story.who).id, codes)


@verb("pay")
def pay(story: Story, name: str) -> None:
    story.shop.pay(story.order_id(name))


@verb("again")
def again(story: Story, name: str) -> None:
    """Every webhook of the order once more, and a new one that says the same."""
    known = story.orders[name]
    for delivery in list(story.store.deliveries.log):
        subject = delivery.event.subject
        if known.id in (getattr(subject, "id", None), getattr(subject, "order_id", None)):
            story.store.deliveries.send_again(delivery.webhook_id)
    story.dev.announce(story.shop, ("orders/updated", known))


@verb("refund", is_reversal=True)
def refund(story: Story, name: str, *words: str) -> None:
    """Everything; or an amount, units of the first line, or goods by name."""
    known = story.orders[name]
    words_left = list(words)
    amount = Decimal(words_left.pop(0)) if words_left and _is_amount(words_left[0]) else None
    lines: dict[int, int] | None = None
    if words_left[:1] == ["units"]:
        lines = {known.lines[0].id: int(words_left[1])}
    elif words_left:
        lines = _goods_of(story, known, words_left[0])
    story.shop.refund(known.id, lines, amount)


@verb("cancel", is_reversal=True)
def cancel(story: Story, name: str) -> None:
    story.shop.cancel(story.order_id(name))


@verb("delete", is_reversal=True)
def delete(story: Story, name: str) -> None:
    story.shop.delete_order(story.order_id(name))


@verb("edit")
def edit(story: Story, name: str, change: str) -> None:
    """Lines added, or with a minus taken away: `edit #1 -1*mug`."""
    known = story.orders[name]
    if change.startswith("-"):
        story.shop.edit(known.id, remove=_goods_of(story, known, change.removeprefix("-")))
    else:
        story.shop.edit(known.id, add=story.lines(change))
        if known.outstanding:
            story.shop.pay(known.id)


@verb("move", is_reversal=True)
def move(story: Story, name: str, _to: str, whose: str) -> None:
    story.shop.set_customer(story.order_id(name), story.customer(whose).id)


# --- Rewards ------------------------------------------------------------------------------------------------------------


@verb("redeem")
def redeem(story: Story, reward: str, *points: str) -> None:
    """Over REST, for the member who acts."""
    member = story.member_id()
    if member is None:
        raise Refused("member-unknown")
    asked: dict[str, Any] = {"reward_id": reward} | ({"points": int(points[0])} if points else {})
    told = story.api("POST", f"/members/{member}/redemptions", asked)
    story.memory[f"redemption {reward}"] = told["id"]


@verb("return", is_reversal=True)
def give_back(story: Story, reward: str) -> None:
    story.api("DELETE", f"/redemptions/{story.memory[f'redemption {reward}']}")


@look("code")
def code(story: Story, reward: str, *_: str) -> str:
    """ "code amount-off active | over | used | absent": the discount as it stands at the dev store."""
    found = story.shop.discount_by_code(code_of(story, reward))
    if found is None:
        return f"code {reward} absent"
    state = "used" if found.uses else "active" if found.status(story.now) == "ACTIVE" else "over"
    return f"code {reward} {state}"


def code_of(story: Story, reward: str) -> str:
    """The code of the latest redemption of that reward; a word that names none is a code itself."""
    known = story.memory.get(f"redemption {reward}")
    if known is None:
        return reward
    told: str = story.api("GET", f"/redemptions/{known}")["code"]
    return told


# --- People -------------------------------------------------------------------------------------------------------------


@verb("join")
def join(story: Story) -> None:
    story.proxy("POST", "join", {})


@verb("adjust")
def adjust(story: Story, points: str) -> None:
    story.api("POST", f"/members/{story.member()}/adjustments", {"points": int(points), "reason": "story"})


@verb("merge", is_reversal=True)
def merge(story: Story, lost: str, _into: str, kept: str) -> None:
    story.shop.merge_customers(keep_id=story.customer(kept).id, drop_id=story.customer(lost).id)
    story.who = kept


@verb("erase", is_reversal=True)
def erase(story: Story) -> None:
    """Shopify passes on that they ask to be forgotten."""
    story.shop.redact_customer(story.customer(story.who).id)


@verb("tag")
def tag(story: Story, tags: str) -> None:
    """At the dev store: these tags besides those that are there."""
    person = story.customer(story.who)
    story.shop.update_customer(person.id, tags=list(dict.fromkeys([*person.tags, *tags.split(",")])))


@verb("untag")
def untag(story: Story) -> None:
    story.shop.update_customer(story.customer(story.who).id, tags=[])


@verb("customer")
def customer(story: Story, *changes: str) -> None:
    """Attributes of the customer record at the dev store: `customer email=new@example.com accepts_marketing=true`."""
    told = dict(each.split("=", 1) for each in changes)
    values = {name: text == "true" if text in ("true", "false") else text for name, text in told.items()}
    story.shop.update_customer(story.customer(story.who).id, **values)


@look("tags")
def tags(story: Story, *_: str) -> str:
    return f"tags {','.join(sorted(story.customer(story.who).tags)) or 'none'}"


# --- The program, and questions -----------------------------------------------------------------------------------------


@verb("wait")
def wait(story: Story) -> None:
    """Time passes."""


@verb("program")
def program(story: Story, *_: str) -> None:
    """A version of the program with this patch."""
    story.publish(json.loads(story.text))


@verb("explain")
def explain(story: Story, name: str = "", *_: str) -> list[str]:
    """An order: what each rule gave ("base 50, double 50", "stopped unpaid"); without a name: the words of the latest entry."""
    if not name:
        [latest] = story.api("GET", f"/members/{story.member()}/entries?limit=1")
        return [latest["reason"]["text"]]
    told = story.api("GET", f"/orders/{story.order_id(name)}/explanation")
    if not told["adds_up"]:
        return ["does not add up"]
    if told["stopped"]:
        return [f"stopped {told['stopped']}"]
    if told["unexplained"]:
        return ["unexplained"]
    assert sum(rule["points"] for rule in told["rules"]) == told["points"]
    given = [f"{rule['id']} {rule['reward_id'] or rule['points']}" for rule in told["rules"] if _tells(rule)]
    return given or [f"base {told['points']}"]


def _tells(rule: dict[str, Any]) -> bool:
    return bool(rule["points"] or rule["reward_id"])


# --- Reading words ------------------------------------------------------------------------------------------------------


def _options(words: Any) -> tuple[dict[str, str], set[str]]:
    options: dict[str, str] = {}
    flags: set[str] = set()
    left = list(words)
    while left:
        word = left.pop(0)
        if word in FLAGS:
            flags.add(word)
        elif left:
            options[word] = left.pop(0)
        else:
            raise ValueError(f"{word!r} is neither a flag ({', '.join(sorted(FLAGS))}) nor an option with its value")
    return options, flags


def _is_amount(word: str) -> bool:
    return word.replace(".", "", 1).isdigit()


def _goods_of(story: Story, known: Order, basket: str) -> dict[int, int]:
    lines = {}
    for part in basket.split("+"):
        count, _, what = part.rpartition("*")
        line = next(line for line in known.lines if line.product_id == story.goods[what].id)
        lines[line.id] = int(count or 1)
    return lines
