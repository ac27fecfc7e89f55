"""Privacy: who asked for their data and by when they need an answer, who was erased, and how long what is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from plugin.admin import forms
from plugin.admin.desk import Desk, go, page, visit
from plugin.admin.forms import Field
from plugin.admin.settings import deeds
from plugin.services import members, privacy_requests, programs, retention, staff
from plugin.services.retention import BOUNDS, Retention

Answer = AnyResponse | tuple[str, int] | str

LARGEST_ID: Final = 2**63 - 1
ASKED_BY: Final = {
    "customers/redact": "Shopify, after the customer asked the store",
    "customers/delete": "The customer was deleted at Shopify",
}

KEPT: Final = {
    "news_days": (
        "News from Shopify",
        "The list of what arrived, without what it said: enough to recognise what Shopify repeats.",
    ),
    "bodies_days": (
        "Orders we could not process",
        "As Shopify sent them, with names and addresses, encrypted: time for you to look and try again.",
    ),
    "messages_days": (
        "What messages said",
        "That a message was sent stays until the member is erased, so that nobody is told the same twice.",
    ),
}
"""What the merchant decides: its name, and what it is good for."""


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """The page and what is sent from it."""

    @blueprint.get("/settings/privacy")
    def privacy_page() -> Answer:
        return _page(desk, {}, {})

    @blueprint.post("/settings/privacy/kept")
    def change_retention() -> Answer:
        read = forms.read([Field(name, "whole") for name in KEPT], request.form, digits=0)
        if read.problems:
            return _page(desk, request.form, read.problems)
        wanted = Retention(**read.values)
        if wrong := retention.out_of_bounds(wanted):
            return _page(desk, request.form, {name: "Enter {} to {} days.".format(*BOUNDS[name]) for name in wrong})
        with desk.transaction() as session:
            retention.change(session, wanted, by=visit().author, now=visit().now)
        return go("privacy_page", said="retention-saved")

    @blueprint.post(f"/settings/privacy/<int(max={LARGEST_ID}):request_id>/answered")
    def answer_request(request_id: int) -> Answer:
        with desk.transaction() as session:
            privacy_requests.answered(session, request_id, by=visit().author, now=visit().now)
        return go("privacy_page", said="request-answered")


def _page(desk: Desk, typed: Mapping[str, str], problems: Mapping[str, str]) -> Answer:
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
        kept = asdict(retention.of(session))
    return page(
        "settings/privacy.html",
        422 if problems else 200,
        asked=asked,
        askers=found,
        receipts=[(ASKED_BY.get(one.asked_by) or names.of(one.asked_by), one) for one in receipts],
        names=names,
        kept=[(name, label, *BOUNDS[name], details) for name, (label, details) in KEPT.items()],
        values={**kept, **typed},
        problems=problems,
        referral_days=program.referral.suspicion.retention_days,
    )
