"""Rewards in the panel: the list, and the page where one is taken, with a slider for those of any size."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from plugin.loyalty.errors import InsufficientPoints, RewardUnavailable
from plugin.loyalty.program import Reward
from plugin.loyalty.program.rewards import DISCOUNT_KINDS
from plugin.services.offers import Offer
from plugin.storefront.answers import least_spend
from plugin.storefront.panel import parts
from plugin.storefront.panel.parts import Act, Part
from plugin.storefront.panel.speech import Speech
from plugin.storefront.panel.visit import Visit

REMEMBERED: Final = 256
"""Sliders that are kept as they were told: some 50 KB each at most."""

STOPS_MOST: Final = 100
"""A slider stops at most so often; rewards with more steps are offered in larger ones."""


def listing(visit: Visit) -> Part:
    """Every reward."""
    say = visit.speech.say
    shown = parts.lines("", [line(visit, offer) for offer in visit.offers])
    empty = parts.words(say("rewards_empty", word=visit.speech.names.other))
    return parts.page("rewards", say("rewards_title"), shown or empty)


def line(visit: Visit, offer: Offer) -> Part:
    """One reward in a list: what it gives and costs, and how far away it is."""
    speech, reward = visit.speech, offer.reward
    below, share, pill = _offered(visit, reward), None, None
    if isinstance(offer.refusal, InsufficientPoints):
        low = reward.points_range()[0]
        below = f"{below} · {speech.say('missing', points=speech.number(missing(visit, reward)))}"
        share = parts.share(visit.me.available, low)
    elif offer.refusal is not None:
        below = f"{below} · {visit.why(offer.refusal)}"
    elif visit.member is not None:
        pill = speech.say("redeem")
    title = reward.title_in(speech.language)
    act = parts.go(f"reward/{reward.id}")
    return parts.line(title, icon=reward.kind, text=below, meter=share, pill=pill, act=act)


def missing(visit: Visit, reward: Reward) -> int:
    """Points until a reward is within reach; what is still owed after a refund comes on top."""
    return reward.points_range()[0] - visit.me.available + visit.me.debt


def one(visit: Visit, reward_id: str) -> Part:
    """The page of one reward, paid with one's own points. Raises RewardUnavailable."""
    offer = _find(visit, reward_id)
    speech, reward = visit.speech, offer.reward
    if visit.member is None:
        take: tuple[Part | None, ...] = entrance(visit, f"reward/{reward_id}")
    elif isinstance(offer.refusal, InsufficientPoints):
        low = reward.points_range()[0]
        take = (
            parts.meter(visit.me.available, low),
            parts.off(speech.say("redeem_for", points=speech.points(low))),
            parts.words(speech.say("missing_long", points=speech.points(missing(visit, reward)))),
        )
    elif offer.refusal is not None:
        take = (parts.off(speech.say("redeem")), parts.words(visit.why(offer.refusal)))
    else:
        take = _taking(visit, reward, visit.me.available, from_household=False)
    extra = parts.card(*_other_ways(visit, reward)) if visit.member is not None and _other_ways(visit, reward) else None
    return _page(visit, reward, take, extra, back="rewards" if visit.member is not None else "home")


def from_household(visit: Visit, reward_id: str) -> Part:
    """The page of one reward, paid with the household's points. Raises RewardUnavailable."""
    reward = _find(visit, reward_id).reward
    pool = _pool(visit)
    if pool < reward.points_range()[0]:
        raise InsufficientPoints(asked=reward.points_range()[0], available=pool)
    return _page(
        visit,
        reward,
        _taking(visit, reward, pool, from_household=True),
        None,
        back=f"reward/{reward_id}",
        tail="/household",
    )


def sent(visit: Visit, reward_id: str) -> Part:
    """The page of a gift card for somebody else. Raises RewardUnavailable."""
    reward, say = _find(visit, reward_id).reward, visit.speech.say
    if reward.kind != "gift_card":
        raise RewardUnavailable(reward_id=reward_id)
    fields = [
        parts.field("recipient.email", "email", say("gift_email"), required=True, most=254),
        parts.field("recipient.name", "text", say("gift_name"), most=100),
        parts.field("recipient.message", "long", say("gift_message"), most=200),
    ]
    form = _form(visit, reward, visit.me.available, fields, label="send_gift", from_household=False)
    return _page(visit, reward, (form,), None, back=f"reward/{reward_id}", tail="/send")


def entrance(visit: Visit, then: str) -> tuple[Part, ...]:
    """The way in for whoever is no member yet; `then` is the page they come back to."""
    say = visit.speech.say
    if visit.is_signed_in:
        joined = say("joined")
        return (parts.button(say("join"), parts.post("join", {}, then=then, said=joined)),)
    return (parts.button(say("sign_in"), {"sign_in": then}), parts.words(say("sign_in_hint")))


def _find(visit: Visit, reward_id: str) -> Offer:
    found = next((offer for offer in visit.offers if offer.reward.id == reward_id), None)
    if found is None:
        raise RewardUnavailable(reward_id=reward_id)
    return found


def _page(
    visit: Visit, reward: Reward, take: tuple[Part | None, ...], extra: Part | None, *, back: str, tail: str = ""
) -> Part:
    speech = visit.speech
    title = reward.title_in(speech.language)
    hero = parts.hero(reward.kind, title, _gives(visit, reward))
    return parts.page(
        f"reward/{reward.id}{tail}",
        visit.program.name,
        hero,
        parts.card(*take),
        extra,
        _conditions(visit, reward),
        back=back,
    )


def _taking(visit: Visit, reward: Reward, available: int, *, from_household: bool) -> tuple[Part | None, ...]:
    speech = visit.speech
    low, high, step = reward.points_range()
    if reward.is_variable:
        reach = max(low, min(high, available // step * step))
        slider = parts.field(
            "points", "range", speech.say("slider_label"), stops=_stops(visit, reward, reach, available)
        )
        return (_form(visit, reward, available, [slider], label="redeem_for", from_household=from_household),)
    button = _button(visit, reward, low, label="redeem_for", from_household=from_household)
    return button, parts.words(speech.say("left_over", points=speech.points(available - low)))


def stops_of(low: int, high: int, step: int) -> list[int]:
    """Where the slider stops: every step, or evenly spaced ones where there are too many; both ends always."""
    every = step * -(-((high - low) // step + 1) // STOPS_MOST)
    found = list(range(low, high + 1, every))
    return found if found[-1] == high else [*found, high]


def _stops(visit: Visit, reward: Reward, reach: int, available: int) -> list[Part]:
    """Every stop of the slider up to `reach` points, and what would be left of those available."""
    speech = visit.speech
    return [
        stop | {"left": speech.say("left_over", points=speech.points(available - stop["value"]))}
        for stop in _stops_told(speech, reward, reach)
    ]


@lru_cache(REMEMBERED)
def _stops_told(speech: Speech, reward: Reward, reach: int) -> list[Part]:
    """What the stops say to everybody: kept, because shoppers who can reach as far are told the same."""
    low, _, step = reward.points_range()
    return [_stop(speech, reward, points) for points in stops_of(low, reach, step)]


def _stop(speech: Speech, reward: Reward, points: int) -> Part:
    worth, told = _worth(speech, reward, points), speech.points(points)
    return {
        "value": points,
        "worth": worth,
        "points": told,
        "said": speech.say("slider_value", points=told, worth=worth),
        "label": speech.say("redeem_for", points=told),
    }


def _form(
    visit: Visit, reward: Reward, available: int, fields: list[Part], *, label: str, from_household: bool
) -> Part:
    low = reward.points_range()[0]
    if reward.is_variable and label == "send_gift":
        _, high, step = reward.points_range()
        stops = _stops(visit, reward, min(high, available // step * step), available)
        fields = [parts.field("points", "range", visit.speech.say("slider_label"), stops=stops), *fields]
    return parts.form(fields, _button(visit, reward, low, label=label, from_household=from_household))


def _button(visit: Visit, reward: Reward, points: int, *, label: str, from_household: bool) -> Part:
    speech = visit.speech
    body: dict[str, Any] = {"reward_id": reward.id}
    if from_household:
        body["from_household"] = True
    act: Act = parts.post("redeem", body, then="code/[id]/new", intent=f"redeem:{reward.id}:{from_household}")
    if reward.maximum is not None:
        act["cart_total"] = True
    return parts.button(speech.say(label, points=speech.points(points)), act, busy=speech.say("creating"))


def _other_ways(visit: Visit, reward: Reward) -> list[Part]:
    """Paying from the household's pool, and sending a gift card to somebody."""
    say, found = visit.speech.say, []
    low = reward.points_range()[0]
    if _pool(visit) >= low:
        told = say("redeem_pool", word=visit.speech.names.other)
        found.append(parts.button(told, parts.go(f"reward/{reward.id}/household"), look="second"))
    if reward.kind == "gift_card" and visit.me.available >= low:
        found.append(parts.button(say("gift_to"), parts.go(f"reward/{reward.id}/send"), look="second"))
    return found


def _pool(visit: Visit) -> int:
    """What the shopper may spend of their household's pool now."""
    household = visit.household
    if household is None:
        return 0
    left = next((part.left for part in household.parts if part.member_id == visit.me.id), 0)
    return household.available if left is None else min(household.available, left)


def _conditions(visit: Visit, reward: Reward) -> Part | None:
    speech = visit.speech
    each = None if reward.is_variable else reward.worth(reward.price_points, speech.currency)
    least = least_spend(reward.kind, each, reward.minimum_spend)
    is_code = reward.kind in DISCOUNT_KINDS
    return parts.facts(
        ("check", speech.say("minimum", amount=speech.money(least))) if least else None,
        ("check", speech.say("worth_most", amount=speech.money(reward.maximum)))
        if reward.maximum is not None
        else None,
        ("check", speech.say("some_products"))
        if reward.eligible_product_ids or reward.eligible_collection_ids
        else None,
        (
            "check",
            speech.say("valid_days", days=speech.number(reward.ends_days)) if is_code else speech.say("given_at_once"),
        ),
    )


def _gives(visit: Visit, reward: Reward) -> str:
    speech = visit.speech
    low, _, step = reward.points_range()
    if reward.is_variable:
        return speech.say("rate", worth=_worth(speech, reward, step), points=speech.points(step))
    told = _worth(speech, reward, low)
    return "" if _plain(told) in _plain(reward.title_in(speech.language)) else told


def _offered(visit: Visit, reward: Reward) -> str:
    """What a reward gives, where its title does not say it already, and what it costs."""
    speech = visit.speech
    low = speech.points(reward.points_range()[0])
    if reward.is_variable:
        return speech.say("price_from", points=low)
    given = _gives(visit, reward)
    return f"{given} · {low}" if given else low


def _worth(speech: Speech, reward: Reward, points: int) -> str:
    value = reward.worth(points, speech.currency)
    if reward.kind in {"store_credit", "gift_card"} and value is not None:
        return speech.money(value)
    return speech.worth(reward.kind, value, title=reward.title_in(speech.language))


def _plain(text: str) -> str:
    return "".join(text.casefold().split())
