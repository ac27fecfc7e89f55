"""Problems: what could not be processed, written at Shopify, or sent, with its reason and a way to try again."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from flask import Blueprint, url_for
from werkzeug.wrappers import Response as AnyResponse

from plugin.admin.activity import naming, reading
from plugin.admin.desk import Desk, go, page, visit
from plugin.admin.words import left_out, message_title
from plugin.db import Session
from plugin.services import activity_stream, changelog, effects, health, unsent_messages
from plugin.services.effects import Kind
from plugin.services.health import StuckEffect

Answer = AnyResponse | tuple[str, int] | str

MESSAGES_SHOWN: Final = 50
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
    Kind.BULK: "A change for many members could not be finished",
    Kind.SHOW_PROGRAM: "What the program gives could not be shown in your store",
}
REWARDS: Final = frozenset({Kind.ISSUE_CODE, Kind.VOID_CODE, Kind.REBIND_CODE, Kind.END_ACCESS, Kind.TAKE_BACK})
FRIENDS: Final = frozenset({Kind.REFERRAL_CODE, Kind.WEIGH_REFERRAL, Kind.REFERRAL_REWARD})
STILL_UNREADABLE: Final = (
    "This still cannot be read. Shopify's own record is compared every 15 minutes and will put it right."
)


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """The page and its buttons."""

    @blueprint.get("/activity/trouble")
    def trouble() -> Answer:
        with desk.transaction() as session:
            found = health.of_shop(session, now=visit().now)
            unsent = unsent_messages.latest(session, limit=MESSAGES_SHOWN)
            owners = activity_stream.owners(session, [one.member_id for one in unsent])
        return page(
            "activity/trouble.html",
            health=found,
            topics=TOPICS,
            tasks=[_task(one) for one in found.codes_not_written],
            unsent=[(one, message_title(one.kind), left_out(one.why)) for one in unsent],
            names=naming.names(desk, owners.values()),
        )

    @blueprint.post(f"/activity/trouble/orders/<int(max={reading.LARGEST_ID}):row_id>/retry")
    def retry_delivery(row_id: int) -> Answer:
        with desk.transaction() as session:
            is_back = health.retry_set_aside(session, row_id, read_again=desk.read_again, now=visit().now)
            if is_back:
                _note(session, "order.retried", str(row_id))
        if not is_back:
            return AnyResponse(STILL_UNREADABLE, 409, mimetype="text/plain")
        desk.ring("inbox")
        return go("trouble", said="retried")

    @blueprint.post("/activity/trouble/<kind>/<subject>/retry")
    def retry_effect(kind: str, subject: str) -> Answer:
        wanted = next((one for one in TASKS if one.value == kind), None)
        with desk.transaction() as session:
            stuck = {(one.kind, one.subject) for one in health.of_shop(session, now=visit().now).codes_not_written}
            if wanted is not None and (kind, subject) in stuck:
                effects.request(session, wanted, subject, now=visit().now)
                _note(session, "order.effect_retried", f"{kind}:{subject}")
        desk.ring("codes")
        desk.ring("rest")
        return go("trouble", said="trying-again")


def _note(session: Session, deed: str, subject: str) -> None:
    changelog.note(session, by=visit().author, deed=deed, subject=subject, now=visit().now)


def _task(effect: StuckEffect) -> dict[str, object]:
    kind = next((one for one in TASKS if one.value == effect.kind), None)
    return {
        "words": TASKS[kind] if kind is not None else "A task could not be finished",
        "kind": effect.kind,
        "subject": effect.subject,
        "since": effect.since,
        "attempts": effect.attempts,
        "reason": effect.reason,
        "address": _address(kind, effect.subject),
    }


def _address(kind: Kind | None, subject: str) -> str | None:
    """Where what it is about can be looked at."""
    try:
        if kind in REWARDS:
            return url_for("admin.redemption", redemption_id=UUID(subject))
        if kind in FRIENDS:
            return url_for("admin.referral", referral_id=UUID(subject))
    except ValueError:
        return None
    return f"/members/{subject}" if kind is Kind.MAIL and subject.isdigit() else None
