"""Partners: a shopper's code behind the app proxy, and a partner that calls the API with its own key."""

from __future__ import annotations

from typing import Any

from plugin.services import api_keys
from tests.scenarios.stage import Story
from tests.scenarios.verbs import look, verb


@verb("link")
def link(story: Story, partner: str, *words: str) -> list[str]:
    """The shopper makes a code and hands it to the partner, who redeems it: "link cafe", "link cafe without consent"."""
    made = story.proxy("POST", "partners/code", {"partner": partner, "consent": "without" not in words})
    story.memory["link code"] = made["code"]
    return _redeem(story, partner)


@verb("link-again")
def link_again(story: Story, partner: str) -> list[str]:
    """The partner tries the code that it had once more."""
    return _redeem(story, partner)


@verb("credit")
def credit(story: Story, partner: str, points: str) -> None:
    """The partner gives the linked member points."""
    link_id = story.memory[f"link {partner} {story.who}"]
    made = _as(story, partner, "POST", f"/partner/links/{link_id}/credits", {"points": int(points)})
    story.memory["credit"] = made["id"]
    assert made.keys() == {"id", "link_id", "points", "taken_back", "credited_at"}, "a partner is told nothing else"


@verb("uncredit", is_reversal=True)
def uncredit(story: Story, partner: str) -> None:
    """The partner takes its latest credit back."""
    _as(story, partner, "DELETE", f"/partner/credits/{story.memory['credit']}")


@verb("unlink")
def unlink(story: Story, partner: str) -> list[str]:
    """The shopper ends the link."""
    shown = story.proxy("POST", "partners/unlink", {"partner": partner})["partners"]
    assert next(one for one in shown if one["id"] == partner)["linked_at"] is None
    return ["unlinked"]


@verb("peek")
def peek(story: Story, partner: str, what: str) -> None:
    """The partner tries an address that is not for partners."""
    _as(story, partner, "GET", what.replace("MEMBER", str(story.member())))


@look("partner-budget")
def budget(story: Story, partner: str, *_: str) -> str:
    """What a partner may still give: "partner-budget cafe 40"."""
    found = {one["id"]: one["left"] for one in story.api("GET", "/partners")}
    return f"partner-budget {partner} {found[partner]}"


def _redeem(story: Story, partner: str) -> list[str]:
    made = _as(story, partner, "POST", "/partner/links", {"code": story.memory["link code"]})
    story.memory[f"link {partner} {story.who}"] = made["id"]
    return ["linked"]


def _as(story: Story, partner: str, method: str, path: str, body: Any = None) -> Any:
    """Call the API with the partner's key."""
    name = f"key of {partner}"
    if name not in story.memory:
        with story.world.database.transaction() as session:
            story.memory[name] = api_keys.create(session, story.shop_id, partner, story.clock(), partner=partner)
    return story.api(method, path, body, Authorization=f"Bearer {story.memory[name]}")
