"""The set-up guide: what stands between a fresh install and a live program, found out when the page is shown, never ticked off."""

from __future__ import annotations

from dataclasses import dataclass

from plugin.loyalty.program import Program


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `is_done` None: only the merchant's browser can find out, by asking the admin around the page.

    `sends_to` is where its page sends something, when there is nothing else to do on it.
    """

    title: str
    words: str
    href: str
    button: str
    is_done: bool | None
    sends_to: str | None = None


def steps(program: Program, *, is_designed: bool, has_orders: bool) -> list[Step]:
    """In the order in which they are best done."""
    return [
        Step(
            "Find your program",
            "Three questions propose one, and show what it would have cost on your own orders.",
            "/start",
            "Start" if not is_designed else "Answer again",
            is_designed,
            sends_to="answer",
        ),
        Step(
            "Look over the rewards",
            "What points are good for, and what it costs you.",
            "/program/rewards",
            "Open",
            any(reward.is_on for reward in program.rewards),
        ),
        Step(
            "Show the program in your store",
            "Switch on the Regulars app embed in your theme. Customers see it only after the launch.",
            "shopify://admin/themes/current/editor?context=apps",
            "Open theme",
            None,
        ),
        Step(
            "See an order arrive",
            "The next paid order shows that your store and the app are connected.",
            "/activity",
            "Open activity",
            has_orders,
        ),
        Step(
            "Launch",
            "Until then nothing is promised and nothing is shown to customers.",
            "/launch",
            "Launch",
            program.is_live,
            sends_to="choose_launch",
        ),
    ]
