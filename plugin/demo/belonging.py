"""What members do besides buying: reviews, answers, donations, a household, a gift; and what staff do for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from plugin.demo.playing import Shopper, Year

PRAISE: Final = (
    "The Sunday roast blend is the best coffee I have had at home.",
    "More decaf, please!",
    "Delivery took a week last time. The coffee was worth it, but still.",
    "I would love a subscription that I can pause.",
    "The bag with the zip is great. Keep it.",
    "Smaller bags to try several roasts.",
    "",
    "",
)
SENT: Final = (
    "Sent, tracking 1Z 44W 0{:04d}",
    "Booked for Saturday the {:d}th, 3 pm",
    "Handed over in the shop, no. {:d}",
)
SHARING_FROM: Final = 120
LISTENING_FROM: Final = 200


def after_an_order(year: Year, shopper: Shopper, day: int) -> None:
    """Some write a review, answer the survey, or give a little away."""
    chance = year.chance
    if day >= LISTENING_FROM and chance.random() < 0.14 and year.member_of(shopper):
        body = {"action_id": "review", "key": f"review-{year.key()[:8]}"}
        if year.send(f"/members/{shopper.member}/activities", body, refusals=True):
            year.count("reviews")
    if day >= LISTENING_FROM and not shopper.has_answered and chance.random() < 0.22 and year.member_of(shopper):
        _answer(year, shopper)
    if day >= SHARING_FROM and chance.random() < 0.05 and year.available(shopper) >= 50:
        gift: dict[str, Any] = {"cause_id": "shade-trees", "points": 50 if chance.random() < 0.7 else 100}
        if year.send(f"/members/{shopper.member}/donations", gift, refusals=True):
            year.count("donations")


def make_a_household(year: Year, shoppers: Sequence[Shopper]) -> None:
    """Two members who share a name share their points; both put something in."""
    for owner, other in _namesakes(shoppers):
        if year.available(owner) < 60 or year.available(other) < 40:
            continue
        household = year.send("/households", {"owner_id": owner.member})
        invitation = year.send(f"/households/{household['id']}/invitations", {"member_id": other.member})
        year.send(f"/households/{household['id']}/members", {"member_id": other.member, "code": invitation["code"]})
        for member, points in ((owner.member, 60), (other.member, 40)):
            year.send(f"/households/{household['id']}/contributions", {"member_id": member, "points": points})
        year.count("households")
        return


def give(year: Year, shoppers: Sequence[Shopper]) -> None:
    """Somebody gives beans away by a code that nobody has entered yet."""
    for giver in shoppers:
        if giver.orders >= 4 and year.available(giver) >= 80:
            year.send(f"/members/{giver.member}/gifts", {"points": 30, "message": "Have a coffee on me!"})
            year.count("gifts")
            return


def put_right(year: Year, shopper: Shopper) -> None:
    """Staff say sorry for what had to come back."""
    if year.chance.random() < 0.3 and year.member_of(shopper):
        body = {"code": "broken", "points": 40, "note": "Bag arrived open, photo in the ticket", "staff": "Mia"}
        if year.send(f"/members/{shopper.member}/goodwill", body, refusals=True):
            year.count("goodwill gifts")


def do_tasks(year: Year, day: int) -> None:
    """Staff do what is due today, and note how."""
    for redemption in year.tasks.pop(day, ()):
        note = year.chance.choice(SENT).format(year.chance.randint(1, 28))
        year.send(f"/tasks/{redemption}/done", {"note": note}, refusals=True)
        year.count("tasks done")


def _answer(year: Year, shopper: Shopper) -> None:
    chance = year.chance
    score = min(10, max(0, round(chance.gauss(8.2, 2.1))))
    answers: dict[str, Any] = {
        "recommend": score,
        "best": chance.choice(["The coffee", "The coffee", "The packaging", "The service", "The club"]),
    }
    words = chance.choice(PRAISE)
    if words:
        answers["better"] = words
    if year.send(f"/members/{shopper.member}/surveys/how-we-do/answers", {"answers": answers}, refusals=True):
        shopper.has_answered = True
        year.count("survey answers")


def _namesakes(shoppers: Sequence[Shopper]) -> list[tuple[Shopper, Shopper]]:
    met = [each for each in shoppers if each.orders >= 2]
    return [
        (one, other)
        for place, one in enumerate(met)
        for other in met[place + 1 :]
        if one.person.last_name == other.person.last_name and one.person.first_name != other.person.first_name
    ]
