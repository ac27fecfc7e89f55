"""Data and proof: do the points add up, do they agree with Shopify, is anything waiting, and what may the app read."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata
from typing import Final, Literal

from flask import Blueprint
from werkzeug.wrappers import Response as AnyResponse

from plugin.admin.desk import Desk, go, page, visit
from plugin.services import audit, changelog, effects, health, members, programs
from plugin.services.audit import CHECKS
from plugin.services.effects import Kind
from plugin.services.health import Health

Answer = AnyResponse | tuple[str, int] | str

LATE_SECONDS: Final = 120
PEOPLE_ASKED: Final = 20
"""So many of the newest customers are looked at to learn whether Shopify tells names and addresses."""

SCOPES: Final[dict[str, str]] = {
    "read_orders": "Orders: what was bought and paid, so that points can be given",
    "read_customers": "Customers: whose order it was, and their tags",
    "write_customers": "Customers: to set tags of tiers and of rewards",
    "read_customer_merge": "Merged customers: so that their points become one balance",
    "read_products": "Products: for rules about products and collections",
    "read_discounts": "Discounts: whether a reward's code stands",
    "write_discounts": "Discounts: to make the codes of rewards",
    "read_store_credit_accounts": "Store credit: how much a customer has",
    "read_store_credit_account_transactions": "Store credit: whether a reward was paid out",
    "write_store_credit_account_transactions": "Store credit: to pay rewards out",
    "read_gift_cards": "Gift cards: whether a reward's card stands",
    "write_gift_cards": "Gift cards: to make the cards of rewards",
}
"""What the app asks for, and what for."""

OPTIONAL: Final[dict[str, str]] = {
    "read_all_orders": "Orders older than 60 days: to count and rehearse with your whole history",
    "read_locales": "Languages: those your store is published in",
}

Access = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class Told:
    """Whether Shopify tells the app customers' names and e-mail addresses."""

    names: Access
    emails: Access


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """The page and its button."""

    @blueprint.get("/settings/data")
    def data_page() -> Answer:
        with desk.transaction() as session:
            found = health.of_shop(session, now=visit().now)
            proof = audit.last(session)
            version = programs.current(session).version
        granted = set(visit().details.scopes)
        return page(
            "settings/data.html",
            health=found,
            proof=proof,
            failed=sorted(proof.findings) if proof is not None else [],
            checks=len(CHECKS),
            verdict=verdict(found),
            is_late=found.inbox_age_seconds > LATE_SECONDS,
            told=told(desk),
            scopes=[(name, words, name in granted) for name, words in SCOPES.items()],
            optional=[(name, words, name in granted) for name, words in OPTIONAL.items()],
            versions={"app": metadata.version("regulars"), "program": version},
        )

    @blueprint.post("/settings/data/check")
    def check_data() -> Answer:
        with desk.transaction() as session:
            effects.request(session, Kind.AUDIT, "books", now=visit().now)
            effects.request(session, Kind.RECONCILE, "orders", now=visit().now)
            changelog.note(session, by=visit().author, deed="settings.checked", now=visit().now)
        desk.ring("rest")
        return go("data_page", said="checking")


def told(desk: Desk) -> Told:
    """What Shopify tells of the newest customers; unknown while there are none, or Shopify cannot be asked."""
    with desk.transaction() as session:
        newest = members.page(session, after=None, limit=PEOPLE_ASKED)
    people = desk.people([one.customer_id for one in newest if one.customer_id is not None])
    if not people:
        return Told("unknown", "unknown")
    has_name = any(person.name for person in people.values())
    has_email = any(person.email for person in people.values())
    return Told("yes" if has_name else "no", "yes" if has_email else "no")


def verdict(found: Health) -> tuple[str, str, str]:
    """Tone, heading and words for how the shop stands as a whole."""
    if found.spending_stopped_at is not None or found.audit_ok is False:
        return (
            "critical",
            "The points do not add up",
            "Customers keep earning, but redeeming is paused until this is put right. Ask whoever runs the app to look at the last check.",
        )
    if found.set_aside or found.codes_not_written:
        return (
            "warning",
            "Something needs a look",
            "Everything else keeps running. Under Activity, Trouble you see what it is and what you can do.",
        )
    if found.inbox_age_seconds > LATE_SECONDS:
        return (
            "warning",
            "Orders are waiting longer than usual",
            "They are safe and will be counted. If this lasts, ask whoever runs the app whether its worker is running.",
        )
    proof = (
        "and the points add up" if found.audit_ok else "and the points will be checked for the first time within a day"
    )
    return "success", "Everything is in order", f"Orders are counted as they come in, {proof}."
