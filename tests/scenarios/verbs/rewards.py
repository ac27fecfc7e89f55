"""Rewards of every kind: taken over REST or in the storefront, given back by shopper and staff, seen at the dev store."""

from __future__ import annotations

import threading
from typing import Any

from devstore.faults import Fault
from devstore.model import Cart
from tests.scenarios.stage import Story
from tests.scenarios.verbs import Refused, look, verb


@verb("take")
def take(story: Story, reward: str, *words: str) -> None:
    """Over REST, with options: take REWARD [points N] [cart TOTAL] [channel pos] [currency EUR] [to EMAIL] [as NAME]."""
    told = _options(words)
    asked: dict[str, Any] = {"reward_id": reward}
    if "points" in told:
        asked["points"] = int(told["points"])
    if "to" in told:
        asked["recipient"] = {"email": told["to"], "message": "For you"}
    asked |= {name: told[option] for option, name in _PLAIN.items() if option in told}
    member = story.member_id()
    if member is None:
        raise Refused("member-unknown")
    made = story.api("POST", f"/members/{member}/redemptions", asked)
    story.memory[f"redemption {told.get('as', reward)}"] = made["id"]


@verb("grab")
def grab(story: Story, reward: str, *words: str) -> None:
    """As a shopper in the storefront: grab REWARD [points N] [cart TOTAL]."""
    told = _options(words)
    asked: dict[str, Any] = {"reward_id": reward, "request_key": story.new_key()}
    if "points" in told:
        asked["points"] = int(told["points"])
    if "cart" in told:
        asked["cart_total"] = told["cart"]
    story.memory[f"redemption {reward}"] = story.proxy("POST", "redeem", asked)["id"]


@verb("race")
def race(story: Story, count: str, reward: str) -> list[str]:
    """So many requests for the reward at the same moment, each from a client of its own: "1 taken, 19 insufficient-points"."""
    path, barrier = f"/api/v1/members/{story.member()}/redemptions", threading.Barrier(int(count))
    outcomes: list[str] = []

    def take_one(key: str) -> None:
        client = story.theatre.app.test_client()
        barrier.wait()
        sent = {"Authorization": f"Bearer {story.key}", "Idempotency-Key": key}
        answer = client.post(path, headers=sent, json={"reward_id": reward})
        kind = answer.get_json(force=True).get("type", "/problems/taken")
        outcomes.append(kind.removeprefix("/problems/"))

    threads = [threading.Thread(target=take_one, args=(story.new_key(),)) for _ in range(int(count))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [f"{outcomes.count(kind)} {kind}" for kind in sorted(set(outcomes), reverse=True)]


@verb("give-up", is_reversal=True)
def give_up(story: Story, reward: str) -> None:
    """The shopper returns it in the storefront."""
    story.proxy("POST", "cancel", {"redemption_id": _id(story, reward)})


@verb("staff-return", is_reversal=True)
def staff_return(story: Story, reward: str, *points: str) -> None:
    """Staff give points of it back (all that are left without a number), with a reason."""
    asked: dict[str, Any] = {"reason": "the customer was not happy"} | ({"points": int(points[0])} if points else {})
    story.api("POST", f"/redemptions/{_id(story, reward)}/return", asked)


@verb("finish")
def finish(story: Story, reward: str) -> None:
    """Staff did what the reward promises."""
    story.api("POST", f"/tasks/{_id(story, reward)}/done", {"note": "done with joy"})


@verb("drop", is_reversal=True)
def drop(story: Story, reward: str) -> None:
    """Staff will not do it."""
    story.api("POST", f"/tasks/{_id(story, reward)}/cancel", {"note": "closed that day"})


@verb("pay-order")
def pay_order(story: Story, name: str, basket: str, *how: str) -> None:
    """An order paid with store credit ("credit") or with the gift card of a reward ("card REWARD"), a card covering the rest."""
    told = _options(how) if len(how) > 1 else {}
    cards = [_code(story, told["card"])] if "card" in told else []
    story.buy(name, story.lines(basket), gift_cards=cards, uses_credit="credit" in how)


@verb("price")
def price(story: Story, basket: str, _with: str, rewards: str) -> list[str]:
    """What a cart costs with the codes of those rewards: "off 12.50", or why a code does not apply."""
    codes = [_code(story, each) for each in rewards.split(",")]
    priced = story.shop.price(Cart(story.lines(basket)), story.customer(story.who).id, codes)
    refused = [each.reason for each in priced.refused]
    return [f"off {priced.saved:.2f}", *(f"refused by the store {reason}" for reason in refused)]


@verb("offers")
def offers(story: Story, *words: str) -> list[str]:
    """Each listed reward for the member, in the storefront: the points their cart makes the most of, or why not."""
    told = (story.proxy("GET", "offers", cart_total=words[0]) if words else story.proxy("GET", "offers"))["offers"]
    return [f"{each['reward']['id']} {each['points'] or each['refusal']['code']}" for each in told]


@verb("fault")
def fault(story: Story, operation: str, kind: str, times: str = "1") -> list[str]:
    """The next answers of that operation of the Admin API go wrong: "before" it is applied, "after" it, … (devstore/faults.py)."""
    story.store.faults.add(Fault(kind=kind, operation=operation, times=int(times)))  # type: ignore[arg-type]
    return []


@look("reward")
def reward(story: Story, name: str, *_: str) -> str:
    """ "reward spa issued": the redemption's state."""
    told = story.api("GET", f"/redemptions/{_id(story, name)}")
    return f"reward {name} {told['state']}"


@look("credit")
def credit(story: Story, *_: str) -> str:
    """ "credit 10.00": the store credit that the customer can spend."""
    left = story.shop.wallets.balance(story.customer(story.who).id, story.shop.currency, story.now)
    return f"credit {left:.2f}"


@look("card")
def card(story: Story, name: str, *_: str) -> str:
    """ "card gift 10.00 | off | absent": the gift card of a reward, as it stands at the dev store."""
    found = [each for each in story.shop.wallets.cards.values() if (each.note or "").endswith(_id(story, name))]
    if not found:
        return f"card {name} absent"
    [one] = found
    return f"card {name} {f'{one.balance:.2f}' if one.is_enabled else 'off'}"


@look("sent-to")
def sent_to(story: Story, name: str, *_: str) -> str:
    """ "sent-to gift bob@example.com": to whom the dev store sends the card."""
    [one] = [each for each in story.shop.wallets.cards.values() if (each.note or "").endswith(_id(story, name))]
    return f"sent-to {name} {story.shop.customer(one.recipient_id or 0).email}"


@look("task")
def task(story: Story, name: str, *_: str) -> str:
    """ "task spa open | done | cancelled | none": what staff see in their queue."""
    told = {each["id"]: each["state"] for each in story.api("GET", "/tasks")}
    return f"task {name} {told.get(_id(story, name), 'none')}"


@look("paid")
def paid(story: Story, name: str, *_: str) -> str:
    """ "paid #2 gift_card 10.00, shopify_payments 5.00"."""
    moved = [f"{each.gateway} {each.amount:.2f}" for each in story.orders[name].transactions if each.kind == "sale"]
    return f"paid {name} {', '.join(moved)}"


def _id(story: Story, name: str) -> str:
    known: str = story.memory[f"redemption {name}"]
    return known


def _code(story: Story, name: str) -> str:
    told: str | None = story.api("GET", f"/redemptions/{_id(story, name)}")["code"]
    if told is None:
        raise Refused("no-code")
    return told


def _options(words: tuple[str, ...]) -> dict[str, str]:
    return dict(zip(words[::2], words[1::2], strict=True))


_PLAIN = {"cart": "cart_total", "channel": "channel", "currency": "currency"}
