"""What members share: households by name, gifts, and causes, as shoppers behind the app proxy; what staff do, over REST."""

from __future__ import annotations

from tests.scenarios.stage import Story
from tests.scenarios.verbs import look, verb


@verb("found")
def found(story: Story, name: str) -> None:
    """A household that the table calls `name` from here on; its pool's entries are told like a person's."""
    member = story.member()
    story.proxy("POST", "household/found", {})
    story.accounts[name] = int(story.api("GET", f"/members/{member}/household")["id"])


@verb("invite")
def invite(story: Story) -> list[str]:
    story.memory["invitation"] = story.proxy("POST", "household/invite", {})["code"]
    return ["a code"]


@verb("enter")
def enter(story: Story, code: str = "") -> list[str]:
    """By the latest code, or by one that is written out."""
    story.member()
    story.proxy("POST", "household/join", {"code": code or story.memory["invitation"]})
    return ["in"]


@verb("put-in")
def put_in(story: Story, points: str) -> None:
    story.proxy("POST", "household/put-in", {"points": int(points), "request_key": story.new_key()})


@verb("leave", is_reversal=True)
def leave(story: Story) -> None:
    story.proxy("POST", "household/leave", {})


@verb("send-away", is_reversal=True)
def send_away(story: Story, name: str) -> None:
    story.proxy("POST", "household/send-away", {"member": str(story.member(name))})


@verb("spend")
def spend(story: Story, reward: str) -> None:
    """A reward with the household's points."""
    asked = {"reward_id": reward, "request_key": story.new_key(), "from_household": True}
    story.memory[f"redemption {reward}"] = story.proxy("POST", "redeem", asked)["id"]


@verb("give")
def give(story: Story, points: str, *words: str) -> None:
    """A gift; the words go with it."""
    asked = {"points": int(points), "request_key": story.new_key()} | ({"message": " ".join(words)} if words else {})
    made = story.proxy("POST", "gift/give", asked)
    story.memory["gift"], story.memory["gift code"] = made["id"], made["code"]


@verb("accept")
def accept(story: Story, code: str = "") -> None:
    """The latest gift, by its code."""
    story.member()
    story.proxy("POST", "gift/accept", {"code": code or story.memory["gift code"]})


@verb("take-gift-back", is_reversal=True)
def take_gift_back(story: Story) -> None:
    story.proxy("POST", "gift/take-back", {"gift_id": story.memory["gift"]})


@verb("donate")
def donate(story: Story, cause: str, points: str) -> None:
    story.proxy("POST", "cause/donate", {"cause_id": cause, "points": int(points), "request_key": story.new_key()})
    _meet(story, cause)


@verb("choose")
def choose(story: Story, cause: str) -> list[str]:
    """Have one's orders matched for a cause; "nothing" for none."""
    story.member()
    told = story.proxy("POST", "cause/choose", {"cause_id": None if cause == "none" else cause})
    if cause != "none":
        _meet(story, cause)
    return [f"chosen {told['chosen_cause'] or 'none'}"]


@verb("return-donation", is_reversal=True)
def return_donation(story: Story, points: str) -> None:
    """Staff give back the member's donation of so many points."""
    member = story.member()
    with story.world.database.transaction(story.shop_id) as session:
        [(donation_id,)] = session.sql(
            "SELECT id FROM donations WHERE shop_id = %s AND member_id = %s AND points = %s",
            story.shop_id,
            member,
            int(points),
        )
    story.api("DELETE", f"/donations/{donation_id}")


@verb("pay-out")
def pay_out(story: Story, cause: str, points: str) -> None:
    story.api("POST", f"/causes/{cause}/payouts", {"points": int(points), "note": "receipt 7"})


@look("cause")
def cause(story: Story, name: str, *_: str) -> str:
    """ "cause trees donated 40 donors 1 matched 0 money 0": what everybody can see at the storefront."""
    [found] = [each for each in story.proxy("GET", "causes", by="")["causes"] if each["id"] == name]
    total = found["total"]
    return (
        f"cause {name} donated {total['donated']} donors {total['donors']} matched {total['matched']} "
        f"money {total['matched_amount']}"
    )


@look("household")
def household(story: Story, *_: str) -> str:
    """ "household ann 100 bob 0 left 80": who is in with what they put in, and what who asks may still take."""
    told = story.proxy("GET", "sharing")["household"]
    if told is None:
        return "household none"
    names = {str(story.member(name)): name for name in story.people if story.member_id(name) is not None}
    parts = " ".join(f"{names[part['member']]} {part['put_in']}" for part in told["members"])
    [left] = [part["left"] for part in told["members"] if part["is_you"]]
    return f"household {parts}" + (f" left {left}" if left is not None else "")


@look("words")
def words(story: Story, *_: str) -> str:
    """ "words Happy birthday | none": what came with the latest gift, as who asks sees it."""
    for gift in story.proxy("GET", "sharing")["gifts"]:
        if gift["id"] == story.memory["gift"]:
            return f"words {gift['message'] or 'none'}"
    return "words none"


def _meet(story: Story, cause: str) -> None:
    """Tell the cause's entries from now on."""
    entries = story.api("GET", f"/causes/{cause}/entries?limit=1")
    if entries:
        story.accounts[cause] = int(entries[0]["id"].partition("-")[0])
