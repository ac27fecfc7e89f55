"""Three questions, the program they propose, and what it would have cost on the shop's own orders. Nothing is live until the launch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid4

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from plugin.admin import phrases
from plugin.admin.desk import Desk, go, page, visit
from plugin.admin.formats import Formats
from plugin.loyalty import proposal
from plugin.loyalty.errors import OutsideError
from plugin.loyalty.program import Program, parse
from plugin.services import changelog, drafts, proposals, rehearse, shops
from plugin.services.proposals import ALL_ORDERS, DAYS_SEEN, Answers
from plugin.services.rehearse import Rehearsal

Answer = AnyResponse | tuple[str, int] | str

MARGIN_MAX: Final = 95
LEVELS: Final[Mapping[str, tuple[str, str]]] = {
    "careful": ("Careful", "A thank-you that hardly costs anything."),
    "balanced": ("Balanced", "What most stores give."),
    "generous": ("Generous", "A reason to come back that customers talk about."),
}
_WHOLE = re.compile(r"[0-9]{1,3}")
_AMOUNT = re.compile(r"[1-9][0-9]{0,11}")


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """`/start` and the proposal it leads to."""

    @blueprint.get("/start")
    def start() -> Answer:
        return _questions({"trade": "", "margin": "", "level": "balanced"}, {})

    @blueprint.post("/start")
    def answer() -> Answer:
        answers, problems = _read()
        if answers is None:
            return _questions(request.form, problems)
        typical = _typical_order(desk)
        rehearsal_id = uuid4()
        with desk.transaction() as session:
            proposals.propose(
                session, answers, typical=typical, rehearsal_id=rehearsal_id, by=visit().author, now=visit().now
            )
            facts = {"trade": answers.trade, "margin": answers.margin, "level": answers.level}
            changelog.note(
                session, by=visit().author, deed="program.proposed", subject="draft", facts=facts, now=visit().now
            )
        desk.ring("rest")
        return go("proposal", rehearsal_id=rehearsal_id, order=_whole(typical))

    @blueprint.post("/start/preview")
    def preview_answers() -> Answer:
        answers, _ = _read()
        said = what_levels_cost(answers.margin if answers else _margin(request.form) or 0, visit().formats)
        return render_template("admin/meaning.html", meaning=said)

    @blueprint.get("/start/<uuid:rehearsal_id>", endpoint="proposal")
    def show_proposal(rehearsal_id: UUID) -> Answer:
        with desk.transaction() as session:
            rehearsal = rehearse.find(session, rehearsal_id)
            program = parse(drafts.read(session).document)
        formats = visit().formats
        return page(
            "home/proposal.html",
            program=program,
            rehearsal=rehearsal,
            meaning=phrases.meaning(program, formats, order=_order_asked()),
            order=_order_asked(),
            referral=phrases.referral(program, formats) if program.referral.is_on else [],
            cost=what_it_cost(rehearsal, program, formats),
            sees_all=ALL_ORDERS in visit().details.scopes,
            days_seen=DAYS_SEEN,
        )

    @blueprint.post("/start/orders")
    def look_further() -> Answer:
        """The merchant has let the app see older orders: ask Shopify whether it is so, and rehearse again."""
        info = desk.shopify().shop_info()
        rehearsal_id = uuid4()
        with desk.transaction() as session:
            shops.scopes_changed(session, info.scopes)
            proposals.rehearse_draft(session, rehearsal_id=rehearsal_id, by=visit().author, now=visit().now)
        desk.ring("rest")
        return go("proposal", rehearsal_id=rehearsal_id, order=request.form.get("order") or None)


def what_levels_cost(margin: int, formats: Formats) -> list[str]:
    """The three levels in money, for an everyday order and this margin."""
    if not 0 < margin <= MARGIN_MAX:
        return ["Choose what you sell to see what each level gives back."]
    order = phrases.typical_order(formats.currency)
    left = order * margin / 100
    said = [
        f"Of an order of {formats.money(order)}, about {formats.money(left)} are left after the goods are paid for."
    ]
    for level, (name, _) in LEVELS.items():
        rate = proposal.return_rate(margin, level)
        said.append(
            f"{name}: {formats.money(order * rate / 100)} of it go back to the customer, {formats.percent(rate)}."
        )
    return said


def what_it_cost(rehearsal: Rehearsal, program: Program, formats: Formats) -> dict[str, Any] | None:
    """What the proposal would have given on past orders, in sentences; None until it is known."""
    found = rehearsal.outcome
    if found is None:
        return None
    if not found["members"]:
        return {"sentences": [], "days": (rehearsal.until - rehearsal.since).days}
    points, cost = int(found["points"]["draft"]), Decimal(found["cost"]["draft"])
    customers = _counted(int(found["members"]), "customer", formats)
    orders = _counted(int(found["orders"]), "order", formats)
    earned = phrases.points(program, points, formats)
    sentences = [
        f"{customers} placed {orders} for {formats.money(round(Decimal(found['spend'])))} in goods.",
        f"They would have earned {earned}, worth {formats.money(round(cost))} once all of it is redeemed.",
    ]
    if found["cash_back_percent"]["draft"] is not None:
        rate = round(Decimal(found["cash_back_percent"]["draft"]), 1)
        sentences.append(f"That is {formats.percent(rate)} of what they spent.")
    needed = found["first_reward"]["orders"]["draft"]
    reached = formats.number(int(found["first_reward"]["reached"]["draft"]))
    if needed is None:
        sentences.append("Half of them would not reach a first reward at this pace.")
    else:
        orders = "order" if needed == "1" else "orders"
        sentences.append(
            f"Half of them reach the first reward with {needed} {orders}; {reached} would have reached it already."
        )
    return {"sentences": sentences, "days": (rehearsal.until - rehearsal.since).days}


def _counted(count: int, noun: str, formats: Formats) -> str:
    return f"{formats.number(count)} {noun if count == 1 else noun + 's'}"


def _typical_order(desk: Desk) -> Decimal | None:
    try:
        return proposals.typical_order(desk.shopify(), now=visit().now)
    except OutsideError:
        return None  # the proposal then speaks of an everyday order, and the rehearsal says what it means for real ones


def _whole(amount: Decimal | None) -> str | None:
    """An amount as it stands in an address: whole units, at least one."""
    return str(max(1, round(amount))) if amount is not None else None


def _order_asked() -> Decimal | None:
    """The shop's typical order, as the address says it; None where it has none."""
    asked = request.args.get("order", "")
    return Decimal(asked) if _AMOUNT.fullmatch(asked) else None


def _questions(values: Mapping[str, str], problems: Mapping[str, str]) -> Answer:
    trade = proposal.TRADES.get(values.get("trade", ""))
    margin = _margin(values) or (trade.margin if trade else 0)
    return page(
        "home/start.html",
        422 if problems else 200,
        values=values,
        problems=problems,
        trades=proposal.TRADES,
        levels=LEVELS,
        meaning=what_levels_cost(margin, visit().formats),
    )


def _read() -> tuple[Answers | None, dict[str, str]]:
    form = request.form
    problems = {}
    trade = form.get("trade", "")
    if trade not in proposal.TRADES:
        problems["trade"] = "Choose what comes closest."
    margin = _margin(form)
    if (margin is None and form.get("margin", "").strip()) or (margin is not None and not 1 <= margin <= MARGIN_MAX):
        problems["margin"] = f"Enter a whole number from 1 to {MARGIN_MAX}."
    level = form.get("level", "")
    if level not in LEVELS:
        problems["level"] = "Choose one of the three."
    if problems or margin is None:
        return None, problems
    return Answers(trade, margin, level), {}


def _margin(form: Mapping[str, str]) -> int | None:
    """What was typed, else what this trade typically leaves; None for what is no number, and where neither is said."""
    typed = form.get("margin", "").strip()
    if typed:
        return int(typed) if _WHOLE.fullmatch(typed) else None
    trade = proposal.TRADES.get(form.get("trade", ""))
    return trade.margin if trade else None
