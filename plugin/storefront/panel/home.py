"""Where the panel opens: a member's points and what to do with them, or what the program offers whoever is no member yet."""

from __future__ import annotations

from datetime import timedelta

from plugin.loyalty.errors import InsufficientPoints
from plugin.storefront.panel import codes, earning, friends, history, levels, parts, rewards, sharing
from plugin.storefront.panel.parts import Part
from plugin.storefront.panel.visit import Visit

CODES_SHOWN = 3
REWARDS_SHOWN = 4
WAYS_SHOWN = 3
SOON = timedelta(days=60)
"""How long before points lapse the first page says so; the page of all activity always does."""


def one(visit: Visit) -> Part:
    """The first page."""
    return members(visit) if visit.member is not None else welcome(visit)


def welcome(visit: Visit, *, then: str = "home") -> Part:
    """For whoever is no member yet; signing in leads back to the page `then`."""
    speech, say = visit.speech, visit.speech.say
    rate = visit.program.earning
    under = say("earn_line", points=speech.points(rate.points), amount=speech.money(rate.per)) if rate.points else ""
    return parts.page(
        "home",
        visit.program.name,
        *rewards.entrance(visit, then),
        parts.lines(say("rewards_title"), [rewards.line(visit, offer) for offer in visit.offers]),
        parts.lines(say("earn_title"), earning.offered(visit)[:WAYS_SHOWN], more=(say("earn_all"), "earn")),
        levels.summary(visit),
        friends.teaser(visit),
        head=parts.lead(say("welcome_title"), under),
        back=None,
    )


def members(visit: Visit, *, message: Part | None = None) -> Part:
    """For a member. `message` says what came of what they did before."""
    speech, say, me = visit.speech, visit.speech.say, visit.me
    own = codes.open_ones(visit)
    more_codes = (say("codes_title"), "codes") if len(own) > CODES_SHOWN else None
    more_rewards = (say("rewards_all"), "rewards") if len(visit.offers) > REWARDS_SHOWN else None
    ways = earning.offered(visit)
    chips = [
        say("pending", points=speech.points(me.pending)) if me.pending else None,
        say("held", points=speech.points(me.held)) if me.held else None,
        say("debt", points=speech.points(me.debt)) if me.debt else None,
    ]
    return parts.page(
        "home",
        visit.program.name,
        message,
        _expiring(visit),
        parts.lines(say("codes_title"), [codes.line(visit, row) for row in own[:CODES_SHOWN]], more=more_codes),
        levels.summary(visit),
        _next_reward(visit),
        parts.lines(
            say("rewards_title"),
            [rewards.line(visit, offer) for offer in visit.offers[:REWARDS_SHOWN]],
            more=more_rewards,
        ),
        parts.lines(say("earn_title"), ways[:WAYS_SHOWN], more=(say("earn_all"), "earn")),
        friends.teaser(visit),
        parts.lines(say("more_title"), sharing.doors(visit)),
        *history.latest(visit),
        head=parts.balance(speech.number(me.available), speech.word(me.available), label=say("balance"), chips=chips),
        back=None,
    )


def _expiring(visit: Visit) -> Part | None:
    soon = visit.me.expiring
    return history.expiring(visit) if soon is not None and soon.at <= visit.now + SOON else None


def _next_reward(visit: Visit) -> Part | None:
    """The cheapest reward that is out of reach for want of points alone."""
    offer = next((one for one in visit.offers if isinstance(one.refusal, InsufficientPoints)), None)
    if offer is None:
        return None
    speech, reward = visit.speech, offer.reward
    left = speech.say("next_left", points=speech.points(rewards.missing(visit, reward)))
    title = reward.title_in(speech.language)
    act = parts.go(f"reward/{reward.id}")
    share = parts.share(visit.me.available, reward.points_range()[0])
    return parts.lines("", [parts.line(title, over=speech.say("next_title"), figure=left, meter=share, act=act)])
