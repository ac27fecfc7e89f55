"""The rules of the program as sentences, made from the document: what stands there is what is done."""

from __future__ import annotations

from typing import Any

from plugin.loyalty.leaflet.voice import Voice
from plugin.loyalty.program.expiry import AfterInactivity, FromEarning, Never, OnDate

Document = dict[str, Any]


def rules(voice: Voice) -> list[Document]:
    """Sections with a title and sentences; a section without sentences is left out."""
    sections = {
        "s_join": _joining(voice),
        "s_earn": _earning(voice),
        "s_spend": _spending(voice),
        "s_tiers": _tiers(voice),
        "s_friends": _friends(voice),
        "s_sharing": _sharing(voice),
        "s_expiry": [_expiry(voice)],
        "s_returns": _returns(voice),
    }
    return [{"title": voice.say(key), "lines": lines} for key, lines in sections.items() if lines]


def _joining(voice: Voice) -> list[str]:
    return [voice.say("join_only" if voice.program.only_joined else "join_all"), voice.say("no_cash")]


def _earning(voice: Voice) -> list[str]:
    earning, lines = voice.program.earning, []
    if earning.points:
        lines.append(
            voice.say("earn_rate", points=voice.points(earning.points), amount=voice.money(earning.per))
            + voice.say("stop")
        )
    lines.append(voice.say("earn_net_gross" if earning.includes_tax else "earn_net"))
    excluded = voice.program.exclusions
    if excluded.product_ids or excluded.collection_ids:
        lines.append(voice.say("earn_excluded"))
    if earning.pending_days:
        lines.append(voice.say("earn_pending", period=voice.period(earning.pending_days, "days")))
    if earning.limits.has_any:
        lines.append(voice.say("earn_limits"))
    return lines


def _spending(voice: Voice) -> list[str]:
    offered = [reward for reward in voice.program.rewards if reward.is_on and not reward.is_hidden]
    if not offered:
        return []
    lines = [voice.say("spend_code")]
    lines.append(voice.say("spend_lapse" if voice.program.points_back.on_lapse else "spend_lost"))
    return lines


def _tiers(voice: Voice) -> list[str]:
    tiers = voice.program.tiers
    if not tiers.levels:
        return []
    lines = [f"{level.title_in(voice.language)}: {voice.reach(level)}{voice.say('stop')}" for level in tiers.levels]
    window = tiers.window
    if window.kind == "rolling":
        lines.append(voice.say("window_rolling", period=voice.period(window.months, "months")))
    else:
        lines.append(voice.say(f"window_{window.kind}"))
    return lines


def _friends(voice: Voice) -> list[str]:
    referral = voice.program.referral
    if not referral.is_on:
        return []
    lines = [voice.say("friends_new")]
    if referral.minimum_spend:
        lines.append(voice.say("friends_minimum", amount=voice.money(referral.minimum_spend)))
    if referral.hold_days:
        lines.append(voice.say("friends_wait", period=voice.period(referral.hold_days, "days")))
    if referral.limit is not None:
        lines.append(voice.say("friends_limit"))
    lines.append(voice.say("friends_self"))
    return lines


def _sharing(voice: Voice) -> list[str]:
    sharing, lines = voice.program.sharing, []
    if sharing.households.is_on:
        lines.append(voice.say("households", count=voice.number(sharing.households.members_max)))
    if sharing.gifts.is_on:
        lines.append(voice.say("gifts", period=voice.period(sharing.gifts.accept_days, "days")))
    causes = [cause.title for cause in sharing.causes.causes if cause.is_on]
    if causes:
        lines.append(voice.say("causes", causes=", ".join(causes)))
    return lines


def _expiry(voice: Voice) -> str:
    match voice.program.lapse:
        case Never():
            return voice.say("never")
        case OnDate() as rule:
            return voice.say("on_date", date=voice.day_of_year(rule.month, rule.day))
        case FromEarning() as rule:
            return voice.say("after_earning", period=_length(voice, rule))
        case AfterInactivity() as rule:
            return voice.say(
                "after_no_purchase" if rule.counts == "purchases" else "after_inactivity", period=_length(voice, rule)
            )


def _length(voice: Voice, rule: FromEarning | AfterInactivity) -> str:
    return voice.period(rule.months, "months") if rule.months is not None else voice.period(rule.days or 0, "days")


def _returns(voice: Voice) -> list[str]:
    lines = [voice.say("refund_taken")]
    if voice.program.returns_points_on_refund:
        lines.append(voice.say("refund_back"))
    return lines
