"""Snippets: lines to copy into a theme, into Shopify's own mails and into other mail tools, so that the program is told there too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Blueprint

from plugin.admin.desk import Desk, page, visit
from plugin.loyalty.errors import OutsideError
from plugin.loyalty.program import Program
from plugin.services import programs

UNKNOWN: Final = "app--YOUR-APP-NUMBER"
"""Stands in a snippet while Shopify cannot be asked for the app's number."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """Something to copy: where it goes, what it does, and the lines."""

    title: str
    about: str
    lines: str


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """The page."""

    @blueprint.get("/settings/snippets")
    def snippets_page() -> tuple[str, int]:
        with desk.transaction() as session:
            program = programs.current(session).program
        try:
            namespace, is_known = desk.shopify().standing_namespace(), True
        except OutsideError:
            namespace, is_known = UNKNOWN, False
        return page(
            "settings/snippets.html",
            snippets=snippets(program, namespace, f"https://{visit().details.primary_host}"),
            is_known=is_known,
            is_written=program.tiers.at_shopify.metafields,
            namespace=namespace,
        )


def snippets(program: Program, namespace: str, store: str) -> list[Snippet]:
    """Every snippet, in the merchant's own words for points."""
    one, many, name = (_text(words) for words in (program.points_word(1), program.points_word(2), program.name))
    balance = f"customer.metafields['{namespace}'].points.value"
    return [
        Snippet(
            "In Shopify's order confirmation",
            "Settings, Notifications, Order confirmation, Edit code. Says what the customer has, once they have some.",
            f"{{% assign balance = {balance} | plus: 0 %}}\n"
            "{% if balance > 0 %}\n"
            f"  <p>You have {{{{ balance }}}} {{% if balance == 1 %}}{one}{{% else %}}{many}{{% endif %}} in {name}.\n"
            f'  <a href="{store}/?loyalty=rewards">See your rewards</a></p>\n'
            "{% endif %}",
        ),
        Snippet(
            "In your theme",
            "In a Custom Liquid block, for example in the header. Nothing shows to customers who are not signed in.",
            f'{{% if customer %}}\n  <a href="#loyalty">{{{{ {balance} | default: 0 }}}} {many}</a>\n{{% endif %}}',
        ),
        Snippet(
            "A button in any mail",
            "A link that opens the rewards in your store; it needs no data, so it works in every mail tool.",
            f"{store}/?loyalty=rewards",
        ),
        Snippet(
            "A link that invites friends",
            "Opens the customer's own invitation with the link they share.",
            f"{store}/?loyalty=invite",
        ),
    ]


def _text(words: str) -> str:
    """Words that a merchant typed, as text inside of Liquid and HTML."""
    for sign, entity in (
        ("&", "&amp;"),
        ("<", "&lt;"),
        (">", "&gt;"),
        ("{", "&#123;"),
        ("}", "&#125;"),
        ("%", "&#37;"),
    ):
        words = words.replace(sign, entity)
    return words
