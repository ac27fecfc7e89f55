"""How the engine room stands, in a merchant's words: is anything waiting, was anything left out, do the points add up."""

from __future__ import annotations

from typing import Final

from flask import Blueprint
from werkzeug.wrappers import Response as AnyResponse

from plugin.admin.desk import Desk, go, page, visit
from plugin.services import effects, health, members, programs
from plugin.services.effects import Kind
from plugin.services.health import Health, StuckEffect

Answer = AnyResponse | tuple[str, int] | str

LATE_SECONDS: Final = 120
LARGEST_ID: Final = 2**63 - 1

TOPICS: Final = {
    "orders/create": "New order",
    "orders/paid": "Payment of an order",
    "orders/updated": "Change of an order",
    "orders/edited": "Edit of an order",
    "orders/cancelled": "Cancellation of an order",
    "orders/delete": "Deletion of an order",
    "refunds/create": "Refund of an order",
    "customers/create": "New customer",
    "customers/update": "Change of a customer",
    "customers/delete": "Deletion of a customer",
    "customers/merge": "Merge of two customers",
    "customers/data_request": "A customer's request for their data",
    "customers/redact": "A customer's request to be forgotten",
    "shop/update": "Change of the store's settings",
    "shop/redact": "Erasure of the store's data",
    "app/uninstalled": "Removal of the app",
    "app/scopes_update": "Change of the app's permissions",
}
TASKS: Final = {
    Kind.ISSUE_CODE: "A customer's discount code could not be created",
    Kind.VOID_CODE: "A cancelled discount code could not be switched off",
    Kind.REFERRAL_CODE: "A friend's welcome code could not be created",
    Kind.REBIND_CODE: "A discount code could not be moved to a merged customer",
    Kind.END_ACCESS: "A customer's tag could not be taken away",
    Kind.TAKE_BACK: "Store credit or a gift card could not be taken back",
    Kind.FETCH_ORDER: "An order could not be read from Shopify",
    Kind.REFRESH_TOKEN: "The connection to Shopify could not be renewed",
    Kind.RECONCILE: "Orders could not be compared with Shopify",
    Kind.AUDIT: "The points could not be checked",
    Kind.TIDY: "Old records could not be cleared away",
    Kind.WEIGH_REFERRAL: "A referral could not be checked at Shopify",
    Kind.REFERRAL_REWARD: "A referral's reward could not be given",
    Kind.REHEARSE: "A rehearsal could not be finished",
    Kind.CALENDAR: "The day's birthdays, warnings and perks could not be done",
    Kind.TIERS: "Tiers could not be counted anew",
    Kind.SETTLE_AGAIN: "An order could not be counted anew after a tier changed",
    Kind.MEMBER_STATE: "Tiers and balances could not be shown at Shopify",
    Kind.RETURN_GIFT: "A gift that nobody accepted could not be returned",
    Kind.REDATE: "Expiry dates could not be moved",
    Kind.DIVIDEND: "The dividend could not be paid",
    Kind.LAUNCH: "Earlier orders could not be credited",
    Kind.LAUNCH_TRIAL: "The trial of crediting earlier orders could not be finished",
    Kind.MAIL: "A mail could not be sent",
}


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """The health page and its buttons."""

    @blueprint.get("/health")
    def health_page() -> Answer:
        with desk.transaction() as session:
            found = health.of_shop(session, now=visit().now)
            askers = {customer_id: members.by_customer(session, customer_id) for customer_id, _ in found.data_requests}
            program = programs.current(session).program
        return page(
            "health.html",
            health=found,
            verdict=_verdict(found),
            is_late=found.inbox_age_seconds > LATE_SECONDS,
            topics=TOPICS,
            tasks=[(_task(effect), effect) for effect in found.codes_not_written],
            askers=askers,
            program=program,
        )

    @blueprint.post(f"/health/orders/<int(max={LARGEST_ID}):row_id>/retry")
    def retry(row_id: int) -> Answer:
        with desk.transaction() as session:
            is_back = health.retry_set_aside(session, row_id, read_again=desk.read_again, now=visit().now)
        if not is_back:
            return AnyResponse(
                "This still cannot be read. Shopify's own record is compared every 15 minutes and will put it right.",
                409,
                mimetype="text/plain",
            )
        desk.ring("inbox")
        return go("health_page", said="retried")

    @blueprint.post("/health/check")
    def check() -> Answer:
        with desk.transaction() as session:
            effects.request(session, Kind.AUDIT, "books", now=visit().now)
            effects.request(session, Kind.RECONCILE, "orders", now=visit().now)
        desk.ring("rest")
        return go("health_page", said="checking")


def _verdict(found: Health) -> tuple[str, str, str]:
    """Tone, heading and words for the whole page."""
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
            "Everything else keeps running. The list below says what, and what you can do.",
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


def _task(effect: StuckEffect) -> str:
    return next((words for kind, words in TASKS.items() if kind.value == effect.kind), "A task could not be finished")
