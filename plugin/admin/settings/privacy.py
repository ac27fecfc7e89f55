"""Privacy: who asked for their data and by when they need an answer, who was erased, and how long what is kept."""

from __future__ import annotations

from typing import Final

from flask import Blueprint
from werkzeug.wrappers import Response as AnyResponse

from plugin.admin.desk import Desk, go, page, visit
from plugin.admin.settings import deeds
from plugin.services import members, privacy_requests, programs, staff
from plugin.services.deeds import INBOX_KEPT

Answer = AnyResponse | tuple[str, int] | str

LARGEST_ID: Final = 2**63 - 1
ASKED_BY: Final = {
    "customers/redact": "Shopify, after the customer asked the store",
    "customers/delete": "The customer was deleted at Shopify",
}


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """The page and what is sent from it."""

    @blueprint.get("/settings/privacy")
    def privacy_page() -> Answer:
        with desk.transaction() as session:
            asked = privacy_requests.data_requests(session)
            receipts = privacy_requests.receipts(session)
            names = deeds.names_of(staff.everyone(session), visit().staff_id)
            found = {
                one.customer_id: members.by_customer(session, one.customer_id)
                for one in asked
                if one.customer_id is not None
            }
            program = programs.current(session).program
        return page(
            "settings/privacy.html",
            asked=asked,
            askers=found,
            receipts=[(ASKED_BY.get(one.asked_by) or names.of(one.asked_by), one) for one in receipts],
            names=names,
            inbox_days=INBOX_KEPT.days,
            referral_days=program.referral.suspicion.retention_days,
        )

    @blueprint.post(f"/settings/privacy/<int(max={LARGEST_ID}):request_id>/answered")
    def answer_request(request_id: int) -> Answer:
        with desk.transaction() as session:
            privacy_requests.answered(session, request_id, by=visit().author, now=visit().now)
        return go("privacy_page", said="request-answered")
