"""Actions and achievements: what people do besides buying, reported over REST or done on the storefront."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.scenarios.stage import Story
from tests.scenarios.verbs import look, verb

# --- Doing --------------------------------------------------------------------------------------------------------------


@verb("report")
def report(story: Story, action: str, *key: str) -> None:
    """A review app, a forum or the merchant's own program tells what somebody did; the key names it there."""
    body = {"action_id": action} | ({"key": key[0]} if key else {})
    _remember(story, action, story.api("POST", f"/members/{story.member()}/activities", body))


@verb("undo", is_reversal=True)
def undo(story: Story, action: str) -> None:
    """The latest activity of that action did not happen after all."""
    story.api("DELETE", f"/activities/{_latest(story, action)['id']}")


@verb("follow")
def follow(story: Story, action: str) -> None:
    """A link on the storefront."""
    told = story.proxy("POST", "activities", {"action_id": action})
    assert told["url"].startswith("https://")


@verb("birthday")
def birthday(story: Story, day: str) -> None:
    """Told on the storefront: month-day."""
    month, number = day.split("-")
    story.proxy("POST", "birthday", {"month": int(month), "day": int(number)})


@verb("subscribe")
def subscribe(story: Story) -> None:
    """To the shop's newsletter, at the dev store."""
    story.shop.update_customer(story.customer(story.who).id, accepts_marketing=True)


@verb("unsubscribe")
def unsubscribe(story: Story) -> None:
    story.shop.update_customer(story.customer(story.who).id, accepts_marketing=False)


@verb("return-as")
def return_as(story: Story, name: str) -> None:
    """Who was forgotten registers again: a new customer record with the address they had."""
    old = story.shop.customer(story.people[name.removesuffix("2")])
    address = old.email or f"{name.removesuffix('2')}@example.com"
    old.email = None
    story.people[name] = story.shop.add_customer(address, first_name="Back").id
    story.who = name
    story.proxy("POST", "join", {})


# --- Events -------------------------------------------------------------------------------------------------------------


@verb("event")
def event(story: Story, code: str, action: str, title: str, *words: str) -> list[str]:
    """Staff open an event with that code for some hours: `event TASTING visit Tasting hours 3 places 2`."""
    options = dict(zip(words[::2], words[1::2], strict=True))
    starts_at = story.now + timedelta(hours=int(options.get("in", "0")))
    body: dict[str, Any] = {
        "action_id": action,
        "title": title,
        "code": code,
        "starts_at": starts_at.isoformat(),
        "ends_at": (starts_at + timedelta(hours=int(options.get("hours", "2")))).isoformat(),
    }
    if "places" in options:
        body["capacity"] = int(options["places"])
    told = story.api("POST", "/events", body)
    story.memory[f"event {code}"] = told["id"]
    return ["open"]


@verb("close-event")
def close_event(story: Story, code: str) -> list[str]:
    story.api("DELETE", f"/events/{story.memory[f'event {code}']}")
    return ["closed"]


@verb("check-in")
def check_in(story: Story, code: str) -> None:
    """On the storefront, by the code that is read out there."""
    story.proxy("POST", "check-in", {"code": code})


@look("attended")
def attended(story: Story, code: str, *_: str) -> str:
    """How many checked in."""
    told = story.api("GET", f"/events/{story.memory[f'event {code}']}")
    return f"attended {code} {told['attended']}"


# --- Surveys ------------------------------------------------------------------------------------------------------------


@verb("answer")
def answer(story: Story, survey: str, *given: str) -> None:
    """On the storefront: `answer taste nps=9 why=Lovely`."""
    pairs = (each.partition("=") for each in given)
    answers = {name: int(value) if value.lstrip("-").isdigit() else value for name, _, value in pairs}
    story.proxy("POST", "survey", {"survey_id": survey, "answers": answers, "request_key": story.new_key()})


@look("results")
def results(story: Story, survey: str, *_: str) -> str:
    """ "results taste 3 index 80.0 nps 33.3 votes free-shipping:2": what it came to."""
    told = story.api("GET", f"/surveys/{survey}/results")
    parts = [f"results {survey} {told['answered']}"]
    if told["loyalty_index"] is not None:
        parts.append(f"index {told['loyalty_index']}")
    for question in told["questions"]:
        if question["nps"] is not None:
            parts.append(f"nps {question['nps']}")
        if question["kind"] in ("reward", "choice") and question["counts"]:
            parts.append("votes " + ",".join(f"{name}:{n}" for name, n in sorted(question["counts"].items())))
        if question["words"]:
            parts.append("words " + ",".join(question["words"]))
    return " ".join(parts)


# --- Looking ------------------------------------------------------------------------------------------------------------


@look("opens")
def opens(story: Story, action: str, *_: str) -> str:
    """When an action counts again, as the storefront says it: "opens post 2026-03-03T05:00:00+00:00", or "now", or "never"."""
    told = next(one for one in story.proxy("GET", "activities")["actions"] if one["id"] == action)
    return f"opens {action} {'now' if told['is_open'] else told['opens_at'] or 'never'}"


@look("reached")
def reached(story: Story, line: str, *_: str) -> str:
    """The steps of a milestone that stand, those that are announced with a !: "reached meals 20 40! of 52"."""
    found = story.api("GET", f"/members/{story.member()}/achievements")
    told = next((one for one in found if one["id"] == line), None)
    if told is None:
        return f"reached {line} gone"
    steps = [f"{one['step']}{'!' if one['announced'] else ''}" for one in told["reached"]]
    return " ".join([f"reached {line}", *(steps or ["nothing"]), "of", str(told["progress"])])


@look("badges")
def badges(story: Story, *_: str) -> str:
    """As the storefront shows them."""
    return f"badges {','.join(story.proxy('GET', 'activities')['badges']) or 'none'}"


def _latest(story: Story, action: str) -> Any:
    found = story.api("GET", f"/members/{story.member()}/activities?limit=100")
    return next(one for one in found if one["action_id"] == action and one["undone_at"] is None)


def _remember(story: Story, action: str, told: Any) -> None:
    story.memory[f"activity {action}"] = told["id"]
