"""One order explained: what counted, which rule gave what and why another gave nothing, what refunds took back, and to whom it went."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from flask import Blueprint, url_for
from werkzeug.wrappers import Response as AnyResponse

from plugin.admin.activity import naming, reading
from plugin.admin.activity.words import CAPS, EXCLUDED, PARTS, REFUSED, STOPPED, WAITS, rule_name
from plugin.admin.desk import Desk, go, page
from plugin.loyalty import words
from plugin.loyalty.errors import OrderUnknown, OutsideError
from plugin.loyalty.facts import Line, OrderFacts
from plugin.loyalty.ledger import Move, Reason
from plugin.loyalty.order_rules import RuleOutcome
from plugin.loyalty.rules import LineOutcome
from plugin.services import activity_stream, explain, order_search, programs
from plugin.services.explain import Explanation

Answer = AnyResponse | tuple[str, int] | str

LATEST: Final = 20


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """The search for an order, and one order."""

    @blueprint.get("/activity/orders")
    def explain_search() -> Answer:
        sought = reading.text("q")
        with desk.transaction() as session:
            found = order_search.find(session, sought) if sought else None
            latest = order_search.latest(session, limit=LATEST) if found is None else []
            owners = activity_stream.owners(session, [one.member_id for one in latest if one.member_id is not None])
            program = programs.current(session).program
        if found is not None:
            return go("explain_order", order_id=found)
        return page(
            "activity/orders.html",
            404 if sought else 200,
            sought=sought,
            latest=latest,
            names=naming.names(desk, owners.values()),
            program=program,
        )

    @blueprint.get(f"/activity/orders/<int(max={reading.LARGEST_ID}):order_id>")
    def explain_order(order_id: int) -> Answer:
        try:
            with desk.transaction() as session:
                found = explain.order(session, order_id)
                concerned = {member_id for member_id, *_ in found.entries} | {_member(key) for key in found.posted}
                if found.member_id is not None:
                    concerned.add(found.member_id)
                owners = activity_stream.owners(session, concerned)
                rewards = order_search.rewards_of(session, order_id, _codes(found.facts))
                program = programs.current(session).program
        except OrderUnknown:
            return page("trouble.html", 404, heading="This order is not known", words=UNKNOWN)
        return page(
            "activity/order.html",
            order=found,
            program=program,
            names=naming.names(desk, owners.values()),
            lines=_lines(desk, found),
            rules=[_rule(one, found) for one in found.rules],
            stopped=STOPPED.get(found.stopped or "", found.stopped),
            waits=WAITS.get(found.waits_for or "") if found.waits_for else None,
            given=[
                (_member(key), PARTS.get(key.partition(":")[2], ""), points) for key, points in found.posted.items()
            ],
            entries=[_entry(found, *one) for one in found.entries],
            rewards=rewards,
            codes=_codes(found.facts),
            refunds=found.facts.refunds,
            back=url_for("admin.explain_search"),
        )


UNKNOWN: Final = (
    "No order of this number has reached the program. It may be older than the app, or belong to another store."
)


def _member(key: str) -> int:
    return int(key.partition(":")[0])


def _codes(facts: OrderFacts) -> tuple[str, ...]:
    return facts.body.codes if facts.body is not None else ()


def _lines(desk: Desk, found: Explanation) -> list[dict[str, object]]:
    """Each line of the order: what it is, what was paid, what counts of it or why nothing does."""
    body = found.facts.body
    if body is None:
        return []
    counted = {line.line_id: line for line in found.lines}
    titles = _titles(desk, {line.product_id for line in body.lines if line.product_id is not None})
    return [_bought(line, counted.get(line.id), titles) for line in body.lines]


def _titles(desk: Desk, product_ids: set[int]) -> dict[int, str]:
    """What the products are called; nothing while Shopify cannot be asked."""
    if not product_ids:
        return {}
    try:
        known = desk.shopify().titles({"product": product_ids})
    except OutsideError:
        return {}
    return {one.id: one.title for one in known.values()}


def _bought(line: Line, counted: LineOutcome | None, titles: dict[int, str]) -> dict[str, object]:
    off = sum(discount.amount for discount in line.discounts)
    return {
        "title": titles.get(line.product_id or 0) or _untitled(line),
        "quantity": line.quantity,
        "gross": line.gross,
        "off": off,
        "net": counted.net if counted is not None else None,
        "excluded": EXCLUDED.get(counted.excluded or "", counted.excluded) if counted is not None else None,
    }


def _untitled(line: Line) -> str:
    if line.is_gift_card:
        return "Gift card"
    return f"Product {line.product_id}" if line.product_id is not None else "Something without a product"


def _rule(one: RuleOutcome, found: Explanation) -> dict[str, object]:
    """A rule with its numbers, and in words why it gave nothing or less."""
    notes = []
    if one.refused is not None:
        notes.append(REFUSED.get(one.refused, one.refused))
    if one.beaten_by is not None:
        notes.append(f"“{rule_name(one.beaten_by, found.titles)}” gave more, and only one of the two counts")
    if one.factor is not None and one.factor != 1:
        notes.append(f"Its budget was nearly used up, so it gave {one.factor:%} of its rate")
    if one.caps:
        notes.append(
            f"It would have given {one.wanted}; held back by {' and '.join(CAPS.get(cap, cap) for cap in one.caps)}"
        )
    if one.reward_id is not None:
        notes.append("It gives a reward instead")
    return {
        "name": rule_name(one.rule, found.titles),
        "points": one.points,
        "money": one.money,
        "lines": len(one.lines),
        "notes": notes,
        "is_in": one.refused is None and one.beaten_by is None,
    }


def _entry(
    found: Explanation, member_id: int, _seq: int, move: Move, points: int, reason: Reason, at: datetime
) -> dict[str, object]:
    return {
        "member_id": member_id,
        "text": words.reason_text(reason, order=found.name, is_for_staff=True),
        "change": words.signed_points(move, points),
        "at": at,
    }
