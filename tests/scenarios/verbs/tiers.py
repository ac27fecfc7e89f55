"""Verbs of tiers and memberships: staff pin, a draft is previewed, and what a member, the storefront and Shopify show."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from tests.scenarios.stage import Story, merged
from tests.scenarios.verbs import look, verb


@verb("pin")
def pin(story: Story, tier: str, *until: str) -> None:
    """`pin gold`, `pin none`, `pin gold until 2026-05-01` (at midnight UTC as that day begins)."""
    body = {"tier": None if tier == "none" else tier, "reason": "story"}
    if until:
        body["until"] = f"{until[1]}T00:00:00Z"
    story.api("POST", f"/members/{story.member()}/tier-pin", body)


@verb("unpin", is_reversal=True)
def unpin(story: Story) -> None:
    story.api("DELETE", f"/members/{story.member()}/tier-pin")


@verb("preview-tiers")
def preview(story: Story, *_: str) -> list[str]:
    """The program with this patch as a draft: who would move, and what greeting them would cost."""
    draft = merged(story.api("GET", "/program"), json.loads(story.text))
    told = story.api("POST", "/program/preview", {"program": draft, "last_orders": 0})["tiers"]
    moves = [f"{move['live'] or 'none'} to {move['draft'] or 'none'} {move['members']}" for move in told["moves"]]
    gifts = told["entry_gifts"]
    return [*moves, *([f"gifts {gifts['points']}"] if gifts["points"] else [])]


@look("tier")
def tier(story: Story, _expected: str = "", *asked: str) -> str:
    """ "tier gold", "tier gold until 2027-03-03" (the last day, the shop's), "tier none missing 50.00"."""
    told = story.api("GET", f"/members/{story.member()}")["tier"]
    words = [f"tier {told['id'] if told else 'none'}"]
    if "until" in asked:
        words.append(f"until {_last_day(story, told['until'])}")
    if "because" in asked:
        words.append(f"because {told['reason']}")
    if "missing" in asked:
        words.append(f"missing {story.api('GET', f'/members/{story.member()}/tier')['next']['missing']}")
    return " ".join(words)


@look("membership")
def membership(story: Story, _expected: str = "", *asked: str) -> str:
    """ "membership plus", "membership plus until 2027-03-02" (the last day, the shop's), "membership none"."""
    told = story.api("GET", f"/members/{story.member()}")["membership"]
    words = [f"membership {told['id'] if told else 'none'}"]
    if "until" in asked:
        words.append(f"until {_last_day(story, told['until'])}")
    return " ".join(words)


@look("metafields")
def metafields(story: Story, *_: str) -> str:
    """ "metafields gold 350": what the dev store's customer carries of the app's tier and points."""
    carried = {key: field.value for (_, key), field in story.customer(story.who).metafields.items()}
    return f"metafields {carried.get('tier', '-')} {carried.get('points', '-')}"


@look("panel")
def panel(story: Story, *_: str) -> str:
    """ "panel gold next platinum missing 50.00": what the shopper's panel says of the tier."""
    told = story.proxy("GET", "state")["tier"]
    words = [f"panel {told['id'] or 'none'}"]
    if told["next"]:
        missing = told["next"]["missing"]
        words.append(f"next {told['next']['id']} missing {missing['amount'] if isinstance(missing, dict) else missing}")
    return " ".join(words)


@look("codes")
def codes(story: Story, *_: str) -> str:
    """ "codes 2": how many codes of the member can be used at the dev store."""
    gid = story.customer(story.who).id
    usable = [
        found
        for found in story.shop.discounts.values()
        if gid in (found.customer_ids or ()) and found.status(story.now) == "ACTIVE" and not found.uses
    ]
    return f"codes {len(usable)}"


def _last_day(story: Story, until: str | None) -> str:
    if until is None:
        return "ever"
    ends = datetime.fromisoformat(until) - timedelta(microseconds=1)
    return ends.astimezone(story.shop.timezone).date().isoformat()
