"""The first page: how the program does, what waits for somebody, and what still stands between a fresh install and a live program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from flask import Blueprint

from plugin.admin import phrases
from plugin.admin.desk import Desk, page, visit
from plugin.admin.formats import Formats
from plugin.admin.home import chart, guide
from plugin.db import Session
from plugin.loyalty.program import Program
from plugin.services import drafts, figures, programs
from plugin.services.figures import Attention, Month, Pair


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """`/`."""

    @blueprint.get("/")
    def overview() -> tuple[str, int]:
        with desk.transaction() as session:
            current = programs.current(session)
            month = figures.month(session, now=visit().now)
            attention = figures.attention(session)
            steps = _steps(session, current.program)
            is_begun = drafts.read(session).is_begun
        program, formats = current.program, visit().formats
        return page(
            "home/overview.html",
            program=program,
            is_begun=is_begun and program.is_live,
            has_members=bool(month.members.now),
            cards=cards(month, program, formats),
            drawing=drawing(month, program, formats),
            legend=zip(chart.COLORS, _series(program), strict=True),
            days=[day for day in reversed(month.days) if day.given or day.redeemed],
            short_day=chart.short_day,
            notices=notices(attention, formats),
            is_spending_stopped=attention.is_spending_stopped,
            steps=steps,
            definitions=DEFINITIONS,
            meaning=phrases.meaning(program, formats),
        )


def _steps(session: Session, program: Program) -> list[guide.Step]:
    draft = drafts.read(session)
    return guide.steps(
        program,
        is_designed=program.is_live or draft.is_begun or draft.based_on > 1,
        has_orders=figures.last_order_at(session) is not None,
    )


# --- Figures -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Card:
    """One figure: what it is called, what it is, and a line under it."""

    label: str
    value: str
    hint: str


DEFINITIONS: Final = (
    ("Members", "Customers with an account in the program, without those who were erased or merged into another."),
    ("Given and redeemed", "What was given in these days, and what was used for rewards less what came back from refunds."),
    ("In customers’ hands", "Everything that customers could still spend, and what it buys through the best reward."),
    ("Share redeemed", "Redeemed as a share of given, in the same days."),
    ("Orders with a reward", "Orders on which a reward was used in these days, and what they came to."),
    ("Friends’ first orders", "First orders of customers who came through a member’s link, and what they came to."),
    (
        "Bought again",
        "Of the customers who ordered in these days, the share who had ordered before, as far as orders are known here.",
    ),
)  # fmt: skip


def cards(month: Month, program: Program, formats: Formats) -> list[Card]:
    """The figures of the last 30 days, each beside the 30 days before."""
    word = program.points_word(2)
    return [
        Card("Members", _number(month.members, formats), _grown(month.members, formats)),
        Card(f"{word.capitalize()} given", _number(month.given, formats), _grown(month.given, formats)),
        Card(f"{word.capitalize()} redeemed", _number(month.redeemed, formats), _grown(month.redeemed, formats)),
        Card("Share redeemed", _rate(month.redemption_rate, formats), _rate_before(month.redemption_rate, formats)),
        Card(
            f"{word.capitalize()} in customers’ hands",
            _number(month.outstanding, formats),
            _worth(program, month.outstanding, formats) or _grown(month.outstanding, formats),
        ),
        Card(
            "Orders with a reward",
            _number(month.influenced_orders, formats),
            _sales(month.influenced_sales, formats),
        ),
        Card(
            "Friends’ first orders",
            _number(month.referred_orders, formats),
            _sales(month.referred_sales, formats),
        ),
        Card(
            "Members who bought again",
            _rate(month.members_again, formats),
            f"others: {_rate(month.others_again, formats)}",
        ),
    ]


def drawing(month: Month, program: Program, formats: Formats) -> str:
    """The chart, with its words."""
    word = program.points_word(2)
    given, redeemed = _number(month.given, formats), _number(month.redeemed, formats)
    return chart.draw(
        month.days,
        _series(program),
        formats,
        title=f"{word.capitalize()} given and redeemed in the last {figures.DAYS} days",
        description=f"{given} {word} were given and {redeemed} were redeemed. The table below has every day.",
    )


def _series(program: Program) -> tuple[str, str]:
    word = program.points_word(2).capitalize()
    return f"{word} given", f"{word} redeemed"


def _number(pair: Pair, formats: Formats) -> str:
    return formats.number(pair.now) if pair.now is not None else "–"


def _sales(pair: Pair, formats: Formats) -> str:
    sales = f"{formats.money(round(pair.now or Decimal(0)))} in sales"
    return f"{sales}, {formats.signed_percent(round(pair.change))}" if pair.change is not None else sales


def _rate(pair: Pair, formats: Formats) -> str:
    return formats.percent(round(pair.now)) if pair.now is not None else "–"


def _rate_before(pair: Pair, formats: Formats) -> str:
    return f"{formats.percent(round(pair.before))} before" if pair.before is not None else ""


def _grown(pair: Pair, formats: Formats) -> str:
    if pair.change is None:
        return "nothing before" if pair.now else ""
    change = round(pair.change)
    return f"{formats.signed_percent(change)} on the 30 days before" if change else "as before"


def _worth(program: Program, pair: Pair, formats: Formats) -> str:
    worth = phrases.worth(program, int(pair.now or 0))
    return f"worth about {formats.money(worth)}" if worth is not None else ""


# --- What waits for somebody -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that waits, and the page where it is done."""

    words: str
    href: str
    tone: str


def notices(attention: Attention, formats: Formats) -> Sequence[Notice]:
    """What needs attention, the gravest first; empty when nothing does."""
    found: list[tuple[int, str, str, str, str]] = [
        (
            attention.drift,
            "order’s points differ from Shopify",
            "orders’ points differ from Shopify",
            "/settings/data",
            "critical",
        ),
        (
            attention.orders,
            "order could not be processed",
            "orders could not be processed",
            "/activity/trouble",
            "critical",
        ),
        (
            attention.codes,
            "reward is not written to Shopify yet",
            "rewards are not written to Shopify yet",
            "/activity/trouble",
            "warning",
        ),
        (attention.reviews, "referral waits for your review", "referrals wait for your review", "/activity/referrals", "warning"),
        (attention.tasks, "reward is to be handed over", "rewards are to be handed over", "/activity/fulfilment", "info"),
        (attention.requests, "privacy request is open", "privacy requests are open", "/settings/privacy", "warning"),
    ]  # fmt: skip
    said = [
        Notice(f"{formats.number(count)} {one if count == 1 else many}", href, tone)
        for count, one, many, href, tone in found
        if count
    ]
    if attention.is_currency_changed:
        said.insert(
            0, Notice("Your store’s currency changed: look over the amounts of your program", "/program", "critical")
        )
    return said
