"""Ways to earn in the panel: orders, actions with one click, milestones, a birthday, checking in, surveys."""

from __future__ import annotations

from typing import Any, Final

from babel.dates import get_month_names

from plugin.loyalty.asking import INDEX_BEST, INDEX_WORST, NPS_MAX, WORDS_MAX
from plugin.loyalty.errors import SurveyUnknown
from plugin.loyalty.program import Question
from plugin.loyalty.program.actions import DONE_BY_CLICK, TOLD_BY_OTHERS
from plugin.services import achievements, activities, birthdays, surveys
from plugin.services.activities import Offer
from plugin.storefront.panel import parts
from plugin.storefront.panel.parts import Act, Part
from plugin.storefront.panel.visit import Visit

QUIET: Final = frozenset({"sign_up", "welcome_back", "anniversary"})
"""Kinds that happen by themselves and are not offered to whoever is in already."""
PAGES: Final = {"birthday": "birthday", "event": "check-in"}
"""Kinds that have a page of their own."""


def listing(visit: Visit) -> Part:
    """Everything that counts."""
    speech, say, rate = visit.speech, visit.speech.say, visit.program.earning
    order = None
    if rate.points:
        told = say("earn_rate", points=speech.points(rate.points), amount=speech.money(rate.per))
        later = say("earn_pending", days=speech.number(rate.pending_days)) if rate.pending_days else ""
        order = parts.line(say("earn_order"), icon="cart", text=f"{told}. {later}" if later else told)
    milestones, badges = _milestones(visit)
    return parts.page(
        "earn",
        say("earn_title"),
        parts.lines("", [order, *offered(visit)]),
        parts.lines(say("milestones_title"), milestones),
        parts.lines(say("badges_title"), [parts.line(badge, icon="star") for badge in badges]),
    )


def offered(visit: Visit) -> list[Part]:
    """The actions that are open to this shopper, first those that wait for a click."""
    member_id = visit.member.id if visit.member is not None else None
    found = activities.offers(visit.session, member_id, now=visit.now)
    kinds = QUIET if visit.member is not None else QUIET - {"sign_up"}
    shown = [_line(visit, one) for one in found if one.action.kind not in kinds]
    return sorted(shown, key=lambda line: not line.get("pill"))


def birthday(visit: Visit) -> Part:
    """Where a member says when their birthday is."""
    say, language = visit.speech.say, visit.speech.language
    told = birthdays.told(visit.session, visit.me.id)
    action = visit.program.action_of("birthday")
    months = [(str(number), name) for number, name in get_month_names("wide", "stand-alone", locale=language).items()]
    days = [(str(number), visit.speech.number(number)) for number in range(1, 32)]
    month, day = told or ("", "")
    fields = [
        parts.field("day", "select", say("day"), options=days, value=str(day), required=True, whole=True),
        parts.field("month", "select", say("month"), options=months, value=str(month), required=True, whole=True),
    ]
    send = parts.button(say("save"), parts.post("birthday", {}, then="home", said=say("saved")))
    notice = parts.words(say("birthday_notice", days=visit.speech.number(action.notice_days))) if action else None
    hero = parts.hero("gift", say("birthday_title"), say("birthday_text"))
    return parts.page("birthday", visit.program.name, hero, parts.card(parts.form(fields, send), notice), back="earn")


def check_in(visit: Visit) -> Part:
    """Where a member enters the code of an event."""
    say = visit.speech.say
    code = parts.field("code", "text", say("check_in_code"), required=True, most=40)
    send = parts.button(say("enter"), parts.post("check-in", {}, then="home", said=say("noted")))
    hero = parts.hero("check", say("check_in_title"), say("check_in_text"))
    return parts.page("check-in", visit.program.name, hero, parts.card(parts.form([code], send)), back="earn")


def survey(visit: Visit, survey_id: str) -> Part:
    """One survey. Raises SurveyUnknown."""
    found = next((one for one, _ in surveys.open_ones(visit.program) if one.id == survey_id), None)
    if found is None:
        raise SurveyUnknown(survey_id=survey_id)
    say = visit.speech.say
    fields = [_question(visit, question) for question in found.questions]
    act = parts.post("survey", {"survey_id": survey_id}, then="home", said=say("noted"), intent=f"survey:{survey_id}")
    form = parts.form(fields, parts.button(say("survey_send"), act))
    hero = parts.hero("check", found.title)
    return parts.page(f"survey/{survey_id}", visit.program.name, hero, parts.card(form), back="earn")


def _line(visit: Visit, offer: Offer) -> Part:
    say, action = visit.speech.say, offer.action
    below, act, pill = _worth(visit, offer), None, None
    if visit.member is None:
        act = parts.go("earn") if action.kind in DONE_BY_CLICK else None
    elif offer.refusal is not None:
        below = f"{below} · {_when(visit, offer)}"
    else:
        act = _act(offer, visit)
        pill = say("earn_subscribe" if action.kind == "newsletter" else "earn_go") if act else None
        if action.kind == "newsletter":
            below = f"{below} · {say('earn_newsletter')}"
        elif act is None:
            below = f"{below} · {_how(visit, action.kind)}"
    return parts.line(action.title, icon=_ICONS.get(action.kind, "star"), text=below, pill=pill, act=act)


_ICONS: Final = {
    "birthday": "gift",
    "social_share": "share",
    "social_follow": "heart",
    "survey": "check",
    "event": "check",
}


def _worth(visit: Visit, offer: Offer) -> str:
    action, speech = offer.action, visit.speech
    reward = visit.program.reward(action.reward_id) if action.reward_id is not None else None
    told = [
        speech.points(action.points) if action.points else "",
        speech.say("earn_reward", title=reward.title_in(speech.language)) if reward is not None else "",
    ]
    return " · ".join(filter(None, told))


def _when(visit: Visit, offer: Offer) -> str:
    say = visit.speech.say
    opens_at = offer.refusal.facts.get("opens_at") if offer.refusal is not None else None
    if opens_at is not None:
        return say("earn_opens", date=visit.speech.day(opens_at))
    return say("earn_done") if offer.times else say("earn_over")


def _act(offer: Offer, visit: Visit) -> Act | None:
    """What pressing the line does; None for what happens by itself or is told by others."""
    action, speech = offer.action, visit.speech
    if action.kind in DONE_BY_CLICK:
        said = speech.say("earned", points=speech.points(action.points)) if action.points else speech.say("noted")
        return parts.post("activities", {"action_id": action.id}, then="earn", said=said, href=action.url)
    if action.kind == "newsletter":
        return parts.post("newsletter", {}, then="earn", said=speech.say("subscribed"))
    if action.kind == "survey":
        return parts.go(f"survey/{action.survey_id}")
    return parts.go(PAGES[action.kind]) if action.kind in PAGES else None


def _how(visit: Visit, kind: str) -> str:
    return visit.speech.say("earn_elsewhere" if kind in TOLD_BY_OTHERS else "earn_itself")


def _milestones(visit: Visit) -> tuple[list[Part | None], list[str]]:
    if visit.member is None:
        return [], []
    speech = visit.speech
    found: list[Part | None] = []
    for one in achievements.of_member(visit.session, visit.member.id, now=visit.now):
        if one.following is None:
            found.append(parts.line(one.line.title, icon="star", figure=speech.say("milestone_done"), tone="plus"))
            continue
        step = achievements.step_of(one.line, one.following) or one.line.steps[0]
        told = speech.say("milestone_left", done=speech.number(one.progress), whole=speech.number(one.following))
        gives = [speech.points(step.points) if step.points else "", step.badge or ""]
        below = " · ".join(filter(None, gives))
        share = parts.share(one.progress, one.following)
        found.append(parts.line(one.line.title, icon="star", text=below, figure=told, meter=share))
    return found, achievements.badges(visit.session, visit.member.id)


def _question(visit: Visit, question: Question) -> Part:
    say = visit.speech.say
    told: dict[str, Any] = {"required": question.is_required}
    label = question.words if question.is_required else f"{question.words} ({say('survey_optional')})"
    name = f"answers.{question.id}"
    match question.kind:
        case "nps":
            options = [(str(number), visit.speech.number(number)) for number in range(NPS_MAX + 1)]
            return parts.field(name, "scale", label, options=options, whole=True, ends=_ends(visit, "nps"), **told)
        case "index":
            options = [(str(number), visit.speech.number(number)) for number in range(INDEX_BEST, INDEX_WORST + 1)]
            return parts.field(name, "scale", label, options=options, whole=True, ends=_ends(visit, "index"), **told)
        case "choice":
            return parts.field(name, "choice", label, options=[(one, one) for one in question.choices], **told)
        case "reward":
            listed = [reward for reward in visit.program.rewards if reward.is_on and not reward.is_hidden]
            options = [(reward.id, reward.title_in(visit.speech.language)) for reward in listed]
            return parts.field(name, "choice", label, options=options, **told)
        case _:
            return parts.field(name, "long", label, most=WORDS_MAX, **told)


def _ends(visit: Visit, kind: str) -> list[str]:
    return [visit.speech.say(f"scale_{kind}_low"), visit.speech.say(f"scale_{kind}_high")]
