"""Expiry: what is about to lapse, who was warned, and staff who give back."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tests.scenarios.stage import Story
from tests.scenarios.verbs import look, verb


@verb("reinstate", is_reversal=True)
def reinstate(story: Story, *points: str) -> None:
    """Staff give so many lapsed points back; all of them without a number."""
    body = {"points": int(points[0])} if points else {}
    story.api("POST", f"/members/{story.member()}/reinstatements", body | {"reason": "was in hospital"})


@look("expiring")
def expiring(story: Story, *_: str) -> str:
    """What lapses next: "expiring 50 after 2026-04-02", the last day on which it can be spent where the shop is."""
    soon = story.api("GET", f"/members/{story.member()}")["expiring_soon"]
    if soon is None:
        return "expiring nothing"
    zone = ZoneInfo(story.table.settings.get("timezone", "America/New_York"))
    last = datetime.fromisoformat(soon["at"]) - timedelta(seconds=1)
    return f"expiring {soon['points']} after {last.astimezone(zone).date()}"


@look("warned")
def warned(story: Story, *_: str) -> str:
    """The warnings so far, oldest first: "warned 50 14-days 50 3-days"."""
    found = story.api("GET", f"/members/{story.member()}/warnings")
    told = sorted(found, key=lambda one: (one["made_at"], -one["days"]))
    return " ".join(["warned", *(f"{one['points']} {one['days']}-days" for one in told)]) if told else "warned never"
