"""Giving: goodwill from staff, dividends, and the launch that credits past orders."""

from __future__ import annotations

import json

from tests.scenarios.stage import Story, merged
from tests.scenarios.verbs import look, verb


@verb("goodwill")
def goodwill(story: Story, code: str, points: str) -> None:
    """Staff give points for a reason."""
    body = {"code": code, "points": int(points), "note": "the parcel got wet", "staff": "Eva"}
    story.api("POST", f"/members/{story.member()}/goodwill", body)


@verb("take-back", is_reversal=True)
def take_back(story: Story) -> None:
    """Staff take the latest goodwill back."""
    [latest] = story.api("GET", "/goodwill/grants?limit=1")
    story.api("DELETE", f"/goodwill/grants/{latest['id']}")


@look("left")
def left(story: Story, *_: str) -> str:
    """What is left of this month's budget for goodwill."""
    return f"left {story.api('GET', '/goodwill')['left']}"


@look("note")
def note(story: Story, *_: str) -> str:
    """What staff typed beside the latest entry."""
    [latest] = story.api("GET", f"/members/{story.member()}/entries?limit=1")
    return f"note {latest['note']}"


@verb("preview-dividend")
def preview_dividend(story: Story, year: str) -> list[str]:
    """What a year would cost."""
    told = story.api("GET", f"/dividends/{year}")
    return [f"{told['members']} members {told['amount']['amount']} on {told['spend']['amount']}"]


@verb("pay-dividend")
def pay_dividend(story: Story, year: str) -> None:
    """Staff have a year paid now."""
    story.api("POST", "/dividends", {"year": int(year)})


@verb("try-launch")
def try_launch(story: Story, *_: str) -> list[str]:
    """A dry run of a launch with this patch onto the live program."""
    draft = merged(story.api("GET", "/program"), json.loads(story.text))
    asked = story.api("POST", "/launch/trials", {"program": draft})
    story.settle_down()
    told = story.api("GET", f"/launch/trials/{asked['id']}")["outcome"]
    return [
        f"{told['points']} points for {told['credited_orders']} of {told['orders']} orders of {told['members']} members"
    ]


@look("newest-code")
def newest_code(story: Story, *_: str) -> str:
    """The newest discount at the dev store: "newest-code 20.00 active"."""
    if not story.shop.discounts:
        return "newest-code none"
    newest = max(story.shop.discounts.values(), key=lambda one: one.id)
    state = "used" if newest.uses else "active" if newest.status(story.now) == "ACTIVE" else "over"
    return f"newest-code {newest.value} {state}"
