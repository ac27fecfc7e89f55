"""What surfaces read: the program, the shopper's points, rewards, codes and history as JSON-like documents.

Money travels as text with its currency, points as integers, instants in ISO 8601; the surface makes sentences of them. Only the
merchant's own words and the reasons in the history are text for people. A code is shown once it can be used, not before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, cast

from plugin.db import Session
from plugin.db.tables import RedemptionRow, ReferralRow
from plugin.loyalty import words
from plugin.loyalty.colours import ink_on
from plugin.loyalty.ledger import Move, Reason
from plugin.loyalty.points import points_words
from plugin.loyalty.program import Program, Reward
from plugin.loyalty.program.rewards import MONEY_KINDS
from plugin.loyalty.referral_words import for_friend
from plugin.loyalty.referring import State
from plugin.services import explain, held, members, redeem
from plugin.services.members import EntryView, MemberView

_USABLE: Final = {False: ("issued",), True: ("used",)}
"""In which states a code can be used; a gift card is money in hand once it is given."""
SPOKEN: Final = frozenset({"amount_off", "percent_off", "free_shipping"})
"""Kinds whose worth the surfaces have words for; the others are told by their title."""
FIRST_ENTRIES: Final = 5
PAGE_ENTRIES: Final = 20

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a document is made: in which language, and in which currency the shop's amounts are."""

    language: str
    currency: str


def program(live: Program, reader: Reader) -> Document:
    """The program as everybody may see it."""
    earning, referral = live.earning, live.referral
    names = points_words(live, reader.language)
    return {
        "name": live.name,
        "points_name": {"one": names.one, "other": names.other},
        "earning": {"points": earning.points, "per": _money(earning.per, reader), "pending_days": earning.pending_days},
        "referral": {
            "advocate_points": referral.advocate_points,
            "friend_points": referral.friend_points,
            "advocate_reward": _title(live, referral.advocate_reward),
            "friend_reward": _title(live, referral.friend_reward),
            "hold_days": referral.hold_days,
            "minimum_spend": _money(referral.minimum_spend, reader) if referral.minimum_spend else None,
            "offer": worth(referral.offer.kind, referral.offer.value, reader),
        }
        if referral.is_on
        else None,
        "branding": _branding(live),
    }


def _branding(live: Program) -> Document:
    """Colour and icon; `on_accent` is the ink that can be read on the colour."""
    accent = live.branding.accent
    return {"accent": accent, "on_accent": ink_on(accent) if accent else None, "icon": live.branding.icon}


def _title(live: Program, reward_id: str | None) -> str | None:
    offered = live.reward(reward_id) if reward_id is not None else None
    return offered.title if offered is not None else None


def rewards(live: Program, available: int, reader: Reader) -> list[Document]:
    """Every reward that is on, cheapest first, and whether `available` points reach for it."""
    listed = [reward for reward in live.rewards if reward.is_on and not reward.is_hidden]
    return [reward(each, available, reader) for each in sorted(listed, key=lambda one: one.points_range()[0])]


def member(view: MemberView) -> Document:
    """A member's points, those that lapse next, and the handle of their invitation link."""
    return {
        "available": view.available,
        "pending": view.pending,
        "held": view.held,
        "debt": view.debt,
        "referral_handle": view.referral_code or None,
        "expiring": {"points": view.expiring.points, "at": _instant(view.expiring.at)} if view.expiring else None,
    }


def open_redemptions(session: Session, member_id: int, reader: Reader) -> list[Document]:
    """The member's codes that are being made or can still be used, newest first."""
    return [redemption(row, reader) for row in redeem.open_of_member(session, member_id)]


def redemption(row: RedemptionRow, reader: Reader) -> Document:
    """One reward taken. `state` is held (its code is being made), issued, suspended, used, released or failed."""
    own = Reader(reader.language, row.currency)
    return {
        "id": str(row.id),
        "state": row.state,
        "is_returning": row.cancelled_at is not None and row.state in held.OPEN,
        "title": row.title,
        "points": row.points,
        "worth": worth(row.kind, row.value, own, row.title),
        "minimum_spend": _minimum(row.kind, row.value, row.minimum_spend, own),
        "code": usable_code(row),
        "ends_at": _instant(row.ends_at),
    }


def usable_code(row: RedemptionRow) -> str | None:
    """The code of a reward taken, while it can be used."""
    is_usable = redeem.has_code(row) and row.cancelled_at is None and row.state in _USABLE[row.kind == "gift_card"]
    return row.code if is_usable else None


def claim(row: ReferralRow, reader: Reader) -> Document:
    """A friend's gift. `state` is held (its code is being made), issued, used or failed."""
    if row.order_id is not None:
        state = "used"
    elif row.state == "void":
        state = "failed"
    else:
        state = "issued" if row.discount_gid is not None else "held"
    return {
        "id": str(row.id),
        "state": state,
        "worth": worth(row.kind, row.value, reader),
        "minimum_spend": _minimum(row.kind, row.value, row.minimum_spend, reader),
        "code": row.code if state == "issued" else None,
        "ends_at": _instant(row.ends_at),
        "told": for_friend(cast("State", row.state), language=reader.language),
    }


def offer(live: Program, reader: Reader) -> Document:
    """What a friend is offered on the landing page of an invitation link."""
    terms = live.referral.offer
    return {
        "worth": worth(terms.kind, terms.value, reader),
        "minimum_spend": _minimum(terms.kind, terms.value, terms.minimum_spend, reader),
        "ends_days": terms.ends_days,
        "friend_points": live.referral.friend_points,
    }


def history(session: Session, member_id: int, reader: Reader, *, before: int | None, limit: int) -> Document:
    """A page of what happened to a member's points, newest first; `next` continues below it, None at the end."""
    entries = members.entries(session, member_id, before=before, limit=limit + 1)
    shown = entries[:limit]
    # An order's name is read only where the sentence has a place for it: a friend's order stays the friend's.
    names = explain.order_names(
        session, {entry.order_id for entry in shown if entry.order_id is not None and entry.reason not in _OTHERS}
    )
    return {
        "entries": [_entry(entry, names, reader) for entry in shown],
        "next": shown[-1].seq if len(entries) > limit else None,
    }


_OTHERS: Final = frozenset({Reason.REFERRAL, Reason.REFERRAL_UNDONE})


def _entry(entry: EntryView, names: dict[int, str], reader: Reader) -> Document:
    order = names.get(entry.order_id) if entry.order_id is not None else None
    return {
        "at": _instant(entry.occurred_at),
        "text": words.reason_text(entry.reason, order=order, what=entry.what, language=reader.language),
        "points": entry.points,
        "change": words.signed_points(entry.move, entry.points),
        "is_pending": entry.move is Move.ACCRUE_PENDING,
        "note": entry.shown,
    }


def reward(offered: Reward, available: int, reader: Reader) -> Document:
    """A reward that can be taken. A free product names what has to be in the cart; a percentage with a maximum needs the cart's total."""
    low, high, step = offered.points_range()
    reach = max(low, min(high, available // step * step))
    each = offered.worth(step, reader.currency)
    document: Document = {
        "id": offered.id,
        "kind": offered.kind,
        "title": offered.title_in(reader.language),
        "is_variable": offered.is_variable,
        "points": {"minimum": low, "maximum": high, "step": step, "reach": reach},
        "worth": worth(offered.kind, offered.worth(low, reader.currency), reader, offered.title_in(reader.language)),
        "step_value": format(each, "f") if offered.is_variable and each is not None else None,
        "minimum_spend": _minimum(offered.kind, None if offered.is_variable else each, offered.minimum_spend, reader),
        "ends_days": offered.ends_days,
        "is_affordable": available >= low,
    }
    if offered.maximum is not None:
        document["maximum"] = _money(offered.maximum, reader)
    if offered.product_id is not None:
        document |= {
            "product_id": str(offered.product_id),
            "variant_id": str(offered.variant_id) if offered.variant_id is not None else None,
        }
    return document


def worth(kind: str, value: Decimal | None, reader: Reader, title: str = "") -> Document:
    """What a reward is worth: money, per cent, or neither. What the panel has no words for is told by its title, as `label`."""
    if kind not in SPOKEN:
        return {"kind": kind, "label": title, **(_money(value, reader) if value is not None else {})}
    if kind in MONEY_KINDS and value is not None:
        return {"kind": kind, **_money(value, reader)}
    return {"kind": kind, "percent": format(value.normalize(), "f") if value is not None else None}


def least_spend(kind: str, value: Decimal | None, minimum_spend: Decimal) -> Decimal:
    """The least an order must come to: an amount off is never worth more than the order (as plugin.services.redeem writes it)."""
    return max(minimum_spend, value) if kind == "amount_off" and value is not None else minimum_spend


def _minimum(kind: str, value: Decimal | None, minimum_spend: Decimal, reader: Reader) -> Document | None:
    least = least_spend(kind, value, minimum_spend)
    return _money(least, reader) if least else None


def _money(amount: Decimal, reader: Reader) -> Document:
    return {"amount": format(amount, "f"), "currency": reader.currency}


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
