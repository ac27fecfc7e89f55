"""Referrals: friends who come by an advocate's link, what is seen of both, and staff's decisions.

  is mail=.. name=Ann_Smith phone=.. street=12_Alder_Street zip=.. country=.. ip=..   (at the dev store; _ is a space)
  share [via CHANNEL] [device D]              an advocate passes their link on
  click NAME [via CHANNEL]                    somebody opens NAME's link
  claim NAME [signed] [via CHANNEL] [device D]    who acts takes the gift of NAME's link (as a guest, or signed in)
  refer #N BASKET from NAME [link] [signed] [unpaid] [test] [via CHANNEL] [device D]
                                              the same, and buys with the code (with `link`: by the link alone, without a code)
  long-ago #N BASKET                          an order from before the program that the app never sees
  withhold                                    protected customer data is no longer readable
  approve #N · block #N                       staff's word about the referral of an order
  use-thanks #N SIDE #M BASKET                 an order with the code of the reward that side was given for #N
  mine                                        what an advocate is told of their referrals
Looks: "referral #N STATE [REASON]", "signals #N a,b" (or "none"), "thanks #N SIDE STATE", "channel NAME CLICKS/CLAIMS/ORDERED/REWARDED".
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from devstore.model import Address
from tests.scenarios.verbs import look, verb

if TYPE_CHECKING:
    from tests.scenarios.stage import Story

FLAGS = frozenset({"link", "signed", "unpaid", "test"})


@verb("is")
def describe(story: Story, *words: str) -> None:
    told = {name: text.replace("_", " ") for name, text in (word.split("=", 1) for word in words)}
    known = story.customer(story.who)
    first, _, last = told.get("name", f"{known.first_name} {known.last_name}").strip().rpartition(" ")
    changes: dict[str, Any] = {"first_name": first or last, "last_name": last if first else ""}
    if "mail" in told:
        changes["email"] = told["mail"]
    if "phone" in told:
        changes["phone"] = told["phone"]
    if "ip" in told:
        changes["client_ip"] = told["ip"]
    if "street" in told:
        changes["address"] = Address(
            told["street"],
            zip=told.get("zip", "97205"),
            country=told.get("country", "United States"),
            first_name=changes["first_name"],
            last_name=changes["last_name"],
        )
    story.shop.update_customer(known.id, **changes)


@verb("share")
def share(story: Story, *words: str) -> list[str]:
    options, _ = _options(words)
    story.member()
    told = story.proxy("POST", "share", {"via": options.get("via", ""), "device": _device(options)})
    return [f"link via {told['via']}"]


@verb("click")
def click(story: Story, whose: str, *words: str) -> list[str]:
    options, _ = _options(words)
    story.proxy("POST", "click", {"ref": _handle(story, whose), "via": options.get("via", "")}, by="")
    return ["counted"]


@verb("claim")
def claim(story: Story, whose: str, *words: str) -> list[str]:
    options, flags = _options(words)
    return [f"gift {_claim(story, whose, options, flags)['state']}"]


@verb("refer")
def refer(story: Story, name: str, basket: str, _from: str, whose: str, *words: str) -> None:
    options, flags = _options(words)
    paid: dict[str, Any] = {"is_paid": "unpaid" not in flags, "is_test": "test" in flags}
    if "link" in flags:
        story.buy(name, story.lines(basket), attributes={"regulars_ref": _handle(story, whose)}, **paid)
        return
    code = _claim(story, whose, options, flags)["code"]
    story.buy(name, story.lines(basket), codes=[code], **paid)


@verb("long-ago")
def long_ago(story: Story, name: str, basket: str) -> None:
    """An order from before the program, too old for the app to be shown; Shopify still counts it for its customer."""
    story.customer(story.who)
    story.settle_down()
    now = story.clock.now
    story.clock.now = now - timedelta(days=500)
    story.buy(name, story.lines(basket))
    story.store.deliveries.deliver_due(now, lambda _: 200)  # to whoever ran the shop's loyalty program then
    story.clock.now = now


@verb("withhold")
def withhold(story: Story) -> None:
    """Shopify no longer lets the app read names, addresses and e-mail."""
    story.dev.config.withholds_protected_data = True


@verb("approve")
def approve(story: Story, name: str) -> None:
    story.api("POST", f"/referrals/{_referral(story, name)['id']}/approve", {"reason": "we know them"})


@verb("block", is_reversal=True)
def block(story: Story, name: str) -> None:
    story.api("POST", f"/referrals/{_referral(story, name)['id']}/block", {"reason": "a friend of the owner"})


@verb("use-thanks")
def use_reward(story: Story, name: str, side: str, new: str, basket: str) -> None:
    """An order with the code of the reward that one side was given."""
    given = next(each for each in _referral(story, name)["rewards"] if each["side"] == side)
    code = story.api("GET", f"/redemptions/{given['redemption_id']}")["code"]
    story.buy(new, story.lines(basket), codes=[code])


@verb("mine")
def mine(story: Story) -> list[str]:
    return [one["text"] for one in story.proxy("GET", "referrals")["referrals"]]


@look("referral")
def referral(story: Story, name: str, _state: str, reason: str = "") -> str:
    told = _referral(story, name)
    why = told["reason"]["code"] if told["reason"] else "none"
    return f"referral {name} {told['state']}" + (f" {why}" if reason else "")


@look("signals")
def signals(story: Story, name: str, *_: str) -> str:
    found = ",".join(signal["code"] for signal in _referral(story, name)["signals"])
    return f"signals {name} {found or 'none'}"


@look("thanks")
def thanks(story: Story, name: str, side: str, *_: str) -> str:
    found = {given["side"]: given["state"] for given in _referral(story, name)["rewards"]}
    return f"thanks {name} {side} {found.get(side, 'none')}"


@look("channel")
def channel(story: Story, name: str, *_: str) -> str:
    counted = {each["channel"]: each for each in story.api("GET", "/referrals/channels")}
    one = counted.get(name, {})
    return f"channel {name} " + "/".join(str(one.get(key, 0)) for key in ("clicks", "claims", "ordered", "rewarded"))


def _claim(story: Story, whose: str, options: dict[str, str], flags: set[str]) -> dict[str, Any]:
    story.customer(story.who)
    body = {
        "ref": _handle(story, whose),
        "request_key": story.new_key(),
        "via": options.get("via", ""),
        "device": _device(options),
    }
    told: dict[str, Any] = story.proxy("POST", "claim", body, by=None if "signed" in flags else "")
    return told


def _referral(story: Story, name: str) -> dict[str, Any]:
    number = str(story.order_id(name))
    return next(each for each in story.api("GET", "/referrals?limit=100") if each["order_id"] == number)


def _handle(story: Story, whose: str) -> str:
    key = f"handle {whose}"
    if key not in story.memory:
        who, story.who = story.who, whose
        story.memory[key] = story.api("GET", f"/members/{story.member(whose)}")["referral"]["code"]
        story.who = who
    handle: str = story.memory[key]
    return handle


def _device(options: dict[str, str]) -> str:
    return options.get("device", "").ljust(16, "0") if "device" in options else ""


def _options(words: tuple[str, ...]) -> tuple[dict[str, str], set[str]]:
    options: dict[str, str] = {}
    flags: set[str] = set()
    left = list(words)
    while left:
        word = left.pop(0)
        if word in FLAGS:
            flags.add(word)
        else:
            options[word] = left.pop(0)
    return options, flags
