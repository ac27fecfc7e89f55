"""Drafting, trying out, publishing and going back."""

from __future__ import annotations

import json

from tests.scenarios.stage import Story, merged
from tests.scenarios.verbs import verb


@verb("draft")
def draft(story: Story, *_: str) -> None:
    """The draft with this patch."""
    known = story.api("GET", "/program/draft")
    story.api("PUT", "/program/draft", merged(known, json.loads(story.text)))


@verb("publish")
def publish(story: Story) -> None:
    """Make the draft the live program."""
    story.api("POST", "/program/draft/publish")


@verb("restore", is_reversal=True)
def restore(story: Story, version: str) -> None:
    """Publish an earlier version again."""
    story.api("POST", f"/program/versions/{version}/restore")


@verb("rehearse")
def rehearse(story: Story, days: str) -> list[str]:
    """Try the draft on the orders of the last days; tells the points, and the codes of warnings."""
    asked = story.api("POST", "/program/rehearsals", {"days": int(days)})
    story.settle_down()
    outcome = story.api("GET", f"/program/rehearsals/{asked['id']}")["outcome"]
    points = outcome["points"]
    return [f"{points['live']} live", f"{points['draft']} draft", *(each["code"] for each in outcome["warnings"])]
