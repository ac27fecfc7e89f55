"""Codes in the panel: what was redeemed, how it gets into the cart, why it does not count there, and the way to give it back."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from plugin.db.tables import RedemptionRow
from plugin.services import held, redeem
from plugin.storefront import answers
from plugin.storefront.answers import least_spend
from plugin.storefront.panel import parts
from plugin.storefront.panel.parts import Act, Part
from plugin.storefront.panel.visit import Visit

MOVING: Final = frozenset({"held", "suspended"})


def listing(visit: Visit) -> Part:
    """Every code that can be used or is being made."""
    say = visit.speech.say
    shown = parts.lines("", [line(visit, row) for row in open_ones(visit)])
    return parts.page("codes", say("codes_title"), shown or parts.words(say("codes_empty")))


def open_ones(visit: Visit) -> list[RedemptionRow]:
    """The member's open codes, newest first."""
    return redeem.open_of_member(visit.session, visit.me.id)


def line(visit: Visit, row: RedemptionRow) -> Part:
    """One code in a list."""
    speech = visit.speech
    code = answers.usable_code(row)
    if row.cancelled_at is not None:
        below = speech.say("returning")
    else:
        below = speech.say("valid_until", date=speech.day(row.ends_at)) if code else speech.say("creating")
    return parts.line(worth(visit, row), icon=row.kind, code=code, text=below, act=parts.go(f"code/{row.id}"))


def find(visit: Visit, redemption_id: UUID) -> RedemptionRow:
    """One of the shopper's own. Raises RedemptionUnknown."""
    return redeem.find(visit.session, redemption_id, member_id=visit.me.id)


def one(visit: Visit, row: RedemptionRow, *, is_new: bool = False) -> Part | None:
    """One reward taken: its code, or that it is on its way. None once there is no code to show; `fate` says why."""
    speech, say = visit.speech, visit.speech.say
    is_returning = row.cancelled_at is not None and row.state in held.OPEN
    if is_returning or row.state in MOVING:
        told = "returning" if is_returning else "creating"
        again = {"text": say(told), "late": say(f"{told}_long")}
        name = f"code/{row.id}/new" if is_new else f"code/{row.id}"
        return parts.page(name, visit.program.name, again=again)
    code = answers.usable_code(row)
    if code is None:
        return None
    title = say("code_ready") if is_new else worth(visit, row)
    return parts.page(
        f"code/{row.id}",
        visit.program.name,
        parts.hero(row.kind, title, worth(visit, row) if is_new else ""),
        parts.group(
            parts.ticket(say("code_label"), code),
            parts.button(say("apply"), _applying(visit, row, code), icon="cart") if row.kind != "gift_card" else None,
            parts.copying(code),
        ),
        parts.facts(_least(visit, row), ("clock", say("valid_until", date=speech.day(row.ends_at)))),
        parts.button(say("cancel"), giving_back(visit, row, code), look="plain") if row.kind != "gift_card" else None,
        announce=f"{title} {code}" if is_new else "",
    )


def giving_back(visit: Visit, row: RedemptionRow, code: str) -> Act:
    """Return a reward that was not used; its code leaves the cart, too."""
    say, points = visit.speech.say, visit.speech.points(row.points)
    question = say("cancel_ask", points=points) if row.points else say("cancel_ask_gift")
    return parts.post(
        "cancel",
        {"redemption_id": str(row.id)},
        then=f"code/{row.id}",
        ask=parts.ask(question, say("cancel_yes"), say("cancel_no")),
        out_of_cart=code,
    )


def worth(visit: Visit, row: RedemptionRow) -> str:
    """What the reward that was taken gives."""
    if row.kind in {"store_credit", "gift_card"} and row.value is not None:
        return f"{row.title} · {visit.speech.money(row.value, row.currency)}"
    return visit.speech.worth(row.kind, row.value, currency=row.currency, title=row.title)


def outcomes(visit: Visit, *, minimum: dict[str, Any] | None, is_for_some: bool) -> dict[str, Any]:
    """What the panel says once the code is in the cart: it counts, or why not. The browser knows the cart and chooses."""
    say = visit.speech.say
    return {
        "yes": say("applied"),
        "empty": say("applied_empty"),
        "no": say("not_applicable"),
        "failed": say("apply_failed"),
        "gone": say("product_gone"),
        "minimum": minimum,
        "others": say("why_others"),
        "unknown": say("why_products") if is_for_some else say("why_unknown"),
        "cart": say("view_cart"),
    }


def _applying(visit: Visit, row: RedemptionRow, code: str) -> Act:
    say, terms = visit.speech.say, row.terms or {}
    minimum = _minimum(visit, row)
    keep = parts.button(say("keep_code"), parts.go("codes") | {"said": say("kept")}, look="second")
    label = say("give_back", points=visit.speech.points(row.points)) if row.points else say("cancel")
    back = parts.button(label, giving_back(visit, row, code), look="plain")
    said = outcomes(visit, minimum=minimum, is_for_some=bool(terms.get("products") or terms.get("collections")))
    return {
        "apply": code,
        "page": f"code/{row.id}",
        "said": said,
        "instead": [keep, back],
        "product": terms.get("variant"),
    }


def _minimum(visit: Visit, row: RedemptionRow) -> dict[str, Any] | None:
    least = least_spend(row.kind, row.value, row.minimum_spend)
    if not least:
        return None
    told = visit.speech.say("why_minimum", amount=visit.speech.money(least, row.currency))
    return {"amount": float(least), "currency": row.currency, "text": told}


def _least(visit: Visit, row: RedemptionRow) -> tuple[str, str] | None:
    least = least_spend(row.kind, row.value, row.minimum_spend)
    return ("check", visit.speech.say("minimum", amount=visit.speech.money(least, row.currency))) if least else None


def fate(visit: Visit, row: RedemptionRow) -> Part:
    """What became of a reward that has no code to show."""
    say, points = visit.speech.say, visit.speech.points(row.points)
    if row.state == "failed":
        return parts.note(say("code_failed", points=points), "bad")
    if row.state == "released":
        if row.cancelled_at is None:
            return parts.note(say("code_over"))
        return parts.note(say("returned", points=points) if row.points else say("returned_gift"), "good")
    if row.kind not in answers.SPOKEN:
        return parts.note(say("got", title=row.title), "good")
    return parts.note(say("code_used"))
