"""Giving back: a share of last year's purchases, points that staff give to put something right, and points from partners."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from plugin.admin import phrases
from plugin.admin.formats import Formats
from plugin.admin.program.editor import (
    Choice,
    Listing,
    Part,
    Section,
    Start,
    State,
    flag,
    money,
    percent,
    select,
    text,
    when,
    while_on,
    whole,
)
from plugin.admin.program.parts import says
from plugin.admin.program.parts.filled import filled
from plugin.admin.program.parts.scale import Scale
from plugin.loyalty.program import GoodwillCode, Partner, Program
from plugin.loyalty.program.rewards import MONEY_KINDS

ORDERS_A_YEAR: Final = 10
_PAYOUT: Final = "dividend.payout.kind"


def _dividend_state(program: Program, formats: Formats) -> State:
    dividend = program.dividend
    if not dividend.is_on:
        return State("No share of last year’s purchases is paid.", is_on=False)
    return State(f"{formats.percent(dividend.percent)} of last year’s purchases, every {_day(program)}.", is_on=True)


def _dividend_meaning(program: Program, formats: Formats) -> list[str]:
    dividend = program.dividend
    if not dividend.is_on:
        return ["No share of last year’s purchases is paid."]
    spent = phrases.typical_order(formats.currency) * ORDERS_A_YEAR
    amount = spent * dividend.percent / 100
    given = f"a reward worth {formats.money(amount)}"
    if dividend.payout.kind == "points":
        given = says.points(program, int(amount / dividend.payout.per * dividend.payout.points), formats)
    said = [f"Every {_day(program)} a customer who spent {formats.money(spent)} in the year before gets {given}."]
    if dividend.least_amount:
        said.append(f"Shares below {formats.money(dividend.least_amount)} are not paid.")
    return [*said, "It is paid by itself on that day. Later refunds take their part back."]


def _day(program: Program) -> str:
    return f"{program.dividend.day} {dict(says.MONTHS)[str(program.dividend.month)]}"


def _money_rewards(program: Program) -> list[Choice]:
    """Rewards that are worth an amount of money: the only ones a share can be paid as."""
    return [(reward.id, reward.title) for reward in program.rewards if reward.kind in MONEY_KINDS]


DIVIDEND: Final = Part(
    slug="dividend",
    title="Share of last year’s purchases",
    group="giving",
    icon="payout",
    about="Once a year, customers get back a part of what they spent the year before.",
    state=_dividend_state,
    meaning=_dividend_meaning,
    sections=(
        Section(
            "Share of last year’s purchases",
            (
                flag("dividend.is_on", "Pay customers a share of what they spent last year"),
                percent("dividend.percent", "Share", follows=while_on("dividend.is_on")),
                money(
                    "dividend.least_amount",
                    "Not below",
                    details="Smaller shares are not paid. 0: all are.",
                    follows=while_on("dividend.is_on"),
                ),
                select("dividend.month", "Month", says.MONTHS, is_number=True, follows=while_on("dividend.is_on")),
                whole("dividend.day", "Day", details="1 to 28.", follows=while_on("dividend.is_on")),
                select(
                    _PAYOUT,
                    "Paid",
                    (("points", "In {points}"), ("reward", "As a reward worth as much")),
                    follows=while_on("dividend.is_on"),
                ),
                whole(
                    "dividend.payout.points",
                    "Exchanged into",
                    suffix="{points}",
                    follows=while_on("dividend.is_on") + when(_PAYOUT, "points"),
                ),
                money(
                    "dividend.payout.per",
                    "for every",
                    details="Of the share.",
                    follows=while_on("dividend.is_on") + when(_PAYOUT, "points"),
                ),
                select(
                    "dividend.payout.reward_id",
                    "Reward",
                    _money_rewards,
                    details="An amount off, store credit or a gift card. Its own price does not matter here.",
                    follows=while_on("dividend.is_on") + when(_PAYOUT, "reward"),
                ),
            ),
        ),
    ),
)


def _goodwill_state(program: Program, formats: Formats) -> State:
    codes = program.goodwill.codes
    if not codes:
        return State("Staff have no reasons to choose from.", is_on=False)
    budget = program.goodwill.monthly_budget
    within = f", {says.points(program, budget, formats)} a month in all" if budget is not None else ""
    return State(
        f"{says.plural(len(codes), 'reason')} for staff to give {says.many_points(program)}{within}.", is_on=True
    )


def _goodwill_meaning(program: Program, formats: Formats) -> list[str]:
    budget = program.goodwill.monthly_budget
    if budget is None:
        return ["Staff may give without a bound in a month; there are only the limits of each reason."]
    worth = says.worth(program, budget, formats)
    return [
        f"All staff together may give {says.points(program, budget, formats)} in a month{worth}. After that they are told so."
    ]


def _code_line(program: Program, code: GoodwillCode, formats: Formats) -> str:
    said = f"Up to {says.points(program, code.maximum_points, formats)} at once"
    if code.per_member is None:
        return said
    return f"{said}, {formats.number(code.per_member)} {says.PER[code.period]} for one customer"


def _code_meaning(program: Program, code: GoodwillCode, formats: Formats) -> list[str]:
    worth = says.worth(program, code.maximum_points, formats)
    said = [
        f"Staff can give up to {says.points(program, code.maximum_points, formats)}{worth} at once for this reason."
    ]
    if code.per_member is not None:
        most = says.points(program, code.per_member, formats)
        said.append(f"One customer gets {most} {says.PER[code.period]} at most for it.")
    return [*said, f"The customer reads: “A thank-you from the store: {code.title}”."]


def _code(slug: str, title: str, most: int, about: str, icon: str) -> Start:
    def make(program: Program, formats: Formats, _now: datetime) -> dict[str, Any]:
        scale = Scale.of(program, formats)
        return {
            "title": title,
            "maximum_points": scale.points(most),
            "per_member": scale.points(most * 2),
            "period": "year",
        }

    return Start(slug, title, make, about, icon)


GOODWILL: Final = Part(
    slug="goodwill",
    title="Goodwill",
    group="giving",
    icon="smiley-happy",
    about="Reasons for which your staff may give {points}, and how many.",
    state=_goodwill_state,
    meaning=_goodwill_meaning,
    sections=(
        Section(
            "Budget",
            (
                whole(
                    "goodwill.monthly_budget",
                    "All staff together, in a month",
                    suffix="{points}",
                    is_optional=True,
                    details="Empty: no bound.",
                ),
            ),
        ),
    ),
    listing=Listing(
        path="goodwill.codes",
        noun="reason",
        plural="reasons",
        has_switch=False,
        is_ordered=True,
        line=_code_line,
        meaning=_code_meaning,
        removal="What was given for it stays. Staff can no longer choose it.",
        empty="Give staff a few reasons to choose from, so that an apology takes ten seconds and stays within bounds.",
        starts=filled(
            GoodwillCode,
            (
                _code("late", "Sorry for the late delivery", 100, "For orders that took too long.", "delivery"),
                _code("broken", "Sorry that it was broken", 200, "For what arrived damaged.", "alert-triangle"),
                _code("wrong", "Sorry for the mix-up", 100, "For a wrong item or address.", "package-returned"),
                _code("kind", "Thank you for your patience", 50, "For everything else.", "heart"),
            ),
        ),
        sections=(
            Section(
                "The reason",
                (
                    text("title", "Reason", details="The customer reads it.", is_wide=True),
                    whole("maximum_points", "At most at once", suffix="{points}"),
                    whole(
                        "per_member",
                        "At most for one customer",
                        suffix="{points}",
                        is_optional=True,
                        details="Empty: no limit.",
                    ),
                    select("period", "The limit for one customer starts afresh", says.AFRESH),
                ),
            ),
        ),
    ),
)


def _partners_state(program: Program, _formats: Formats) -> State:
    running = [partner for partner in program.partners if partner.is_on]
    if not running:
        return State(f"No other business gives your {says.many_points(program)}.", is_on=False)
    named = says.named([partner.title for partner in running])
    return State(f"{says.plural(len(running), 'partner')}: {named}.", is_on=True)


def _partner_line(program: Program, partner: Partner, formats: Formats) -> str:
    return f"{says.points(program, partner.budget, formats)} {says.PER[partner.period]}"


def _partner_meaning(program: Program, partner: Partner, formats: Formats) -> list[str]:
    worth = says.worth(program, partner.budget, formats)
    budget = f"{says.points(program, partner.budget, formats)} {says.PER[partner.period]} in all{worth}"
    said = [f"{partner.title} can give your members {budget}."]
    if partner.per_member is not None:
        most = says.points(program, partner.per_member, formats)
        said.append(f"One member gets {most} {says.PER[partner.member_period]} at most from them.")
    undo = f"for {says.plural(partner.undo_days, 'day')}" if partner.undo_days else "not at all"
    said.append(f"They can take back what they gave {undo}.")
    return [*said, "A member allows it with a code. The partner sees nothing of your customers but that code."]


def _partner(slug: str, title: str, about: str, icon: str) -> Start:
    def make(program: Program, formats: Formats, _now: datetime) -> dict[str, Any]:
        scale = Scale.of(program, formats)
        return {"title": title, "budget": scale.points(5000), "per_member": scale.points(200)}

    return Start(slug, title, make, about, icon)


PARTNERS: Final = Part(
    slug="partners",
    title="Partners",
    group="giving",
    icon="connect",
    about="Other businesses that give your {points}, each within a budget.",
    state=_partners_state,
    listing=Listing(
        path="partners",
        noun="partner",
        plural="partners",
        line=_partner_line,
        meaning=_partner_meaning,
        removal="What members got stays. The partner can give and take back nothing more.",
        empty="A café, a gym, a club: let them give your {points}, within a budget that you set.",
        starts=filled(
            Partner,
            (
                _partner("cafe", "A café next door", "Credits members who drink their coffee there.", "store"),
                _partner("gym", "A gym or club", "Credits its own members with you.", "sports"),
                _partner(
                    "other", "Another business", "Anybody who talks to your API with a key of their own.", "connect"
                ),
            ),
        ),
        sections=(
            Section(
                "The partner",
                (
                    text("title", "Name", details="Members read it: “Earned at …”.", is_wide=True),
                    whole("budget", "It can give", suffix="{points}", details="To all members together."),
                    select("period", "The budget starts afresh", says.AFRESH),
                    whole(
                        "per_member",
                        "At most to one member",
                        suffix="{points}",
                        is_optional=True,
                        details="Empty: no limit.",
                    ),
                    select("member_period", "The limit for one member starts afresh", says.AFRESH),
                    whole(
                        "undo_days",
                        "It can take back what it gave for",
                        suffix="days",
                        details="0: not at all.",
                    ),
                ),
                subheading="After publishing, make an API key for this partner under Settings.",
            ),
        ),
    ),
)
