"""Levels and memberships in the panel: where the member stands, what is next, and what each level brings."""

from __future__ import annotations

from decimal import Decimal

from plugin.loyalty.program import Level
from plugin.services.tiers import Standing
from plugin.storefront.panel import parts
from plugin.storefront.panel.parts import Part
from plugin.storefront.panel.visit import Visit


def summary(visit: Visit) -> Part | None:
    """One line for the first page; None for a program without levels."""
    if not visit.program.tiers.levels:
        return None
    say = visit.speech.say
    standing = visit.member.standing if visit.member is not None else None
    if standing is None:
        titles = " · ".join(level.title_in(visit.speech.language) for level in visit.program.tiers.levels)
        return parts.lines(say("tiers_title"), [parts.line(titles, icon="star", act=parts.go("tiers"))])
    return parts.lines(say("tiers_title"), [_own(visit, standing) | parts.go("tiers")])


def listing(visit: Visit) -> Part:
    """Every level with what it brings, and the membership that runs."""
    say = visit.speech.say
    standing = visit.member.standing if visit.member is not None else None
    own = [_own(visit, standing)] if standing is not None and visit.program.tiers.levels else []
    return parts.page(
        "tiers",
        say("tiers_title"),
        parts.lines(say("tier_yours"), [*own]),
        parts.lines(say("tiers_title"), [_level(visit, level, standing) for level in visit.program.tiers.levels]),
        parts.lines(say("membership_title"), _memberships(visit, standing)),
    )


def _own(visit: Visit, standing: Standing) -> Part:
    """The level a member has, and the way to the next."""
    speech, progress = visit.speech, standing.progress
    title = standing.level.title_in(speech.language) if standing.level is not None else speech.say("tier_none")
    until = speech.say("tier_until", date=speech.day(standing.until)) if standing.until is not None else ""
    if progress.next is None:
        way, share = speech.say("tier_top"), 1.0
    else:
        places = {"missing": _amount(visit, progress.missing), "title": progress.next.title_in(speech.language)}
        by = progress.by
        way = (
            speech.say("tier_next", **places)
            if by is None
            else speech.say("tier_next_by", **places, date=speech.day(by))
        )
        share = parts.share(float(progress.amount), float(progress.amount + progress.missing))
    below = f"{way} · {until}" if until else way
    return parts.line(title, icon="star", text=below, meter=share)


def _level(visit: Visit, level: Level, standing: Standing | None) -> Part:
    speech = visit.speech
    is_own = standing is not None and standing.level is not None and standing.level.id == level.id
    need = (
        speech.say("tier_from", amount=_amount(visit, level.threshold))
        if level.threshold
        else speech.say("tier_everybody")
    )
    factor = (
        [speech.say("tier_multiplier", factor=speech.number(level.multiplier), word=speech.names.other)]
        if level.multiplier != 1
        else []
    )
    return parts.line(
        level.title_in(speech.language),
        icon="check" if is_own else "star",
        text=need,
        items=[*factor, *level.perks],
        tone="plus" if is_own else "",
        current=is_own,
    )


def _memberships(visit: Visit, standing: Standing | None) -> list[Part | None]:
    speech, language = visit.speech, visit.speech.language
    run = standing.run if standing is not None else None
    found: list[Part | None] = []
    for plan in visit.program.membership.plans:
        is_own = run is not None and run.plan == plan.id
        below = ""
        if is_own and run is not None:
            ends = run.until
            below = speech.say("membership_until", date=speech.day(ends)) if ends else speech.say("membership_life")
        icon = "check" if is_own else "star"
        found.append(parts.line(plan.title_in(language), icon=icon, text=below, items=list(plan.perks), current=is_own))
    return found


def _amount(visit: Visit, amount: Decimal) -> str:
    """So much of what counts: money, points, orders or friends."""
    speech = visit.speech
    match visit.program.tiers.metric:
        case "spend":
            return speech.money(amount)
        case "points":
            return speech.points(int(amount))
        case "orders":
            return speech.say("tier_orders", count=speech.number(int(amount)))
        case _:
            return speech.say("tier_friends", count=speech.number(int(amount)))
