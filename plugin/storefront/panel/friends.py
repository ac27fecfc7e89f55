"""Friends in the panel: the advocate's link with ways to pass it on, and the gift that waits behind a link for a friend."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote, urlencode
from uuid import UUID

import segno

from plugin.loyalty import links
from plugin.loyalty.referral_words import for_advocate
from plugin.services import referrals
from plugin.storefront import answers
from plugin.storefront.answers import least_spend
from plugin.storefront.panel import codes, parts
from plugin.storefront.panel.parts import Part
from plugin.storefront.panel.visit import Visit

CHANNELS: Final = (
    ("whatsapp", "WhatsApp", "https://wa.me/?text={both}"),
    ("facebook", "Facebook", "https://www.facebook.com/sharer/sharer.php?u={url}"),
    ("x", "X", "https://x.com/intent/post?text={text}&url={url}"),
)
"""(what `via` says, the name on the button, where it leads)"""


def teaser(visit: Visit) -> Part | None:
    """What inviting is worth, on the first page; None while it is not offered."""
    if not visit.program.referral.is_on:
        return None
    say = visit.speech.say
    act = parts.go("invite") if visit.member is not None else None
    pill = say("invite_open") if visit.member is not None else None
    return parts.lines(
        say("invite_title"), [parts.line(_promise(visit), icon="friends", pill=pill, act=act, is_long=True)]
    )


def invite(visit: Visit) -> Part:
    """The link, ways to pass it on, and how the invitations go. Raises ReferralClosed."""
    say, handle = visit.speech.say, visit.me.referral_code
    referrals.offer(visit.session, handle)
    url = links.referral(visit.shop.host, handle)
    text = say("share_text", gift=_gift(visit), shop=visit.shop.name)
    sent = [
        parts.button(name, parts.visit(_to(address, text, f"{url}&via={via}")) | _noted(via), look="second")
        for via, name, address in CHANNELS
    ]
    mail = "mailto:?" + urlencode({"subject": visit.shop.name, "body": f"{text} {url}&via=mail"}, quote_via=quote)
    sent.append(parts.button(say("share_mail"), parts.visit(mail) | _noted("mail"), look="second"))
    own = {"share": {"title": visit.shop.name, "text": text, "url": url}} | _noted("other")
    return parts.page(
        "invite",
        visit.program.name,
        parts.hero("friends", say("invite_title"), _promise(visit)),
        parts.card(
            parts.link(say("link_label"), url, url.partition("://")[2]),
            parts.shares([*sent, parts.button(say("share"), own, look="second", icon="share")]),
            parts.picture(segno.make(f"{url}&via=qr", error="m").svg_data_uri(border=2, scale=4), say("qr_text")),
        ),
        parts.lines(say("friends_title"), _invitations(visit)),
    )


def gift(visit: Visit, handle: str) -> Part | None:
    """What a friend is offered behind a link; None for the advocate's own link. Raises ReferralUnknown, ReferralClosed."""
    if visit.member is not None and visit.member.referral_code == handle:
        return None
    live = referrals.offer(visit.session, handle)
    speech, say, terms = visit.speech, visit.speech.say, live.referral.offer
    least = least_spend(terms.kind, terms.value, terms.minimum_spend)
    extra = live.reward(live.referral.friend_reward) if live.referral.friend_reward is not None else None
    claim = parts.post("claim", {"ref": handle}, then="claim/[id]", keep=True, device=live.referral.suspicion.is_on)
    points = live.referral.friend_points
    return parts.page(
        f"gift/{handle}",
        visit.program.name,
        parts.hero("gift", say("gift_title", gift=_gift(visit)), say("gift_text")),
        parts.button(say("gift_claim"), claim, busy=say("creating")),
        parts.facts(
            ("check", say("minimum", amount=speech.money(least))) if least else None,
            ("clock", say("gift_days", days=speech.number(terms.ends_days))),
            ("gift", say("gift_points", points=speech.points(points))) if points else None,
            ("gift", say("gift_reward", title=extra.title_in(speech.language))) if extra is not None else None,
        ),
        parts.button(say("gift_more"), parts.go("home"), look="plain"),
        back=None,
        gift=handle,
    )


def claimed(visit: Visit, claim_id: UUID) -> Part:
    """A friend's gift once it is theirs. A claim is known by an id that only whoever made it was told. Raises ReferralUnknown."""
    row = referrals.find(visit.session, claim_id)
    say = visit.speech.say
    told = answers.claim(row, answers.Reader(visit.speech.language, visit.speech.currency))
    if told["state"] == "held":
        return parts.page(
            f"claim/{claim_id}", visit.program.name, again={"text": say("creating"), "late": say("gift_long")}
        )
    more = parts.button(say("gift_more"), parts.go("home"), look="plain")
    if told["state"] != "issued":
        text = told["told"] or say("code_used" if told["state"] == "used" else "gift_failed")
        hero = parts.hero("gift" if told["state"] == "used" else "info", text)
        return parts.page(
            f"claim/{claim_id}", visit.program.name, hero, more, back=None, lost=told["state"] == "failed"
        )
    least = least_spend(row.kind, row.value, row.minimum_spend)
    minimum = None
    if least:
        why = say("why_minimum", amount=visit.speech.money(least))
        minimum = {"amount": float(least), "currency": visit.speech.currency, "text": why}
    said = codes.outcomes(visit, minimum=minimum, is_for_some=False)
    worth = visit.speech.worth(row.kind, row.value)
    apply = {"apply": told["code"], "page": f"claim/{claim_id}", "said": said, "instead": []}
    return parts.page(
        f"claim/{claim_id}",
        visit.program.name,
        parts.hero("gift", say("code_ready"), worth),
        parts.group(
            parts.ticket(say("code_label"), told["code"]),
            parts.button(say("apply"), apply, icon="cart"),
            parts.copying(told["code"]),
        ),
        parts.facts(
            ("check", say("minimum", amount=visit.speech.money(least))) if least else None,
            ("clock", say("valid_until", date=visit.speech.day(row.ends_at))),
        ),
        more,
        back=None,
        announce=f"{say('code_ready')} {told['code']}",
    )


def _promise(visit: Visit) -> str:
    """What both sides get, in a sentence or two."""
    speech, terms = visit.speech, visit.program.referral
    if terms.advocate_points:
        told = speech.say("invite_text", gift=_gift(visit), points=speech.points(terms.advocate_points))
    elif terms.advocate_reward is not None and (reward := visit.program.reward(terms.advocate_reward)) is not None:
        told = speech.say("invite_text", gift=_gift(visit), points=reward.title_in(speech.language))
    else:
        told = speech.say("invite_text_plain", gift=_gift(visit))
    least = terms.minimum_spend
    return f"{told} {speech.say('invite_minimum', amount=speech.money(least))}" if least else told


def _gift(visit: Visit) -> str:
    terms = visit.program.referral.offer
    return visit.speech.worth(terms.kind, terms.value)


def _to(address: str, text: str, url: str) -> str:
    places = {"text": text, "url": url, "both": f"{text} {url}"}
    return address.format_map({name: quote(value, safe="") for name, value in places.items()})


def _noted(via: str) -> Part:
    """Passing the link on is noted beside it."""
    return {"tell": {"post": "share", "body": {"via": via}}}


def _invitations(visit: Visit) -> list[Part | None]:
    language = visit.speech.language
    found = referrals.seen_by_advocate(visit.session, visit.me.id, now=visit.now)
    return [
        parts.line(for_advocate(state, language=language), icon="friends", text=visit.speech.day(at), is_long=True)
        for state, at in found
    ]
