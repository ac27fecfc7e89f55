"""The merchant's door: pages inside the Shopify admin, rendered here, with Shopify's own elements.

entrance   who may come in, and installing the app on the first visit
desk       what every page works with
pages      one package a group of pages: home, program, members, activity, settings
forms, phrases, formats   reading what was typed, saying what it means, writing numbers as the shop does
"""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request

from plugin.admin import activity, home, members, program
from plugin.admin import settings as settings_pages
from plugin.admin.desk import Bell, Desk
from plugin.admin.entrance import NOT_REACHED, add_entrance
from plugin.db import DatabaseUnavailable
from plugin.loyalty.errors import (
    BulkOver,
    BulkUnknown,
    FeedbackUnknown,
    MemberBlocked,
    MemberNotBlocked,
    MemberUnknown,
    OutsideError,
    RedemptionOver,
    RedemptionUnknown,
    ReferralOver,
    ReferralUnknown,
    Refusal,
    SegmentUnknown,
    TaskClosed,
    TaskUnknown,
    TierNotPinned,
)
from plugin.services.perform import World
from plugin.services.staff import OwnerNeeded, RoleTooLow
from plugin.settings import Settings

HANDLE_KEY = "handles"

ANSWERS: dict[type[Refusal], tuple[int, str, str]] = {
    MemberUnknown: (
        404,
        "This member does not exist",
        "They may have been erased at their own request, or belong to another store.",
    ),
    RoleTooLow: (403, "Your role cannot do this", ""),
    OwnerNeeded: (409, "There must be an owner", "Make somebody else the owner first."),
    SegmentUnknown: (404, "This segment does not exist", "It was deleted meanwhile. Go back to the segments."),
    BulkUnknown: (404, "This change does not exist", "Go back to the members."),
    BulkOver: (409, "This was started or undone already", "Open the change again to see how it stands."),
    FeedbackUnknown: (404, "These answers do not exist", "They may have been taken back. Go back to the feedback."),
    MemberBlocked: (409, "This member earns nothing already", "Open the member again to see how they stand."),
    MemberNotBlocked: (409, "This member earns as everybody does", "Open the member again to see how they stand."),
    TierNotPinned: (409, "The tier is not set by hand", "Open the member again to see how they stand."),
    RedemptionUnknown: (404, "This reward does not exist", "Go back to the member and look at their rewards."),
    TaskUnknown: (404, "There is nothing to do here", "Go back to the list and look again."),
    TaskClosed: (409, "Somebody closed this already", "Open the list again to see how it stands."),
    ReferralUnknown: (404, "This referral does not exist", "Go back to the list of referrals and look again."),
    ReferralOver: (
        409,
        "This referral can no longer be decided",
        "Nothing was bought with it, or it came to an end by itself. Open it again to see how it stands.",
    ),
    RedemptionOver: (
        409,
        "This reward can no longer be cancelled",
        "It was used or cancelled in the meantime. Open the member again to see how it stands.",
    ),
}
"""How each refusal reaches the merchant: status, heading and words ("" for the refusal's own). Anything else is a plain 400."""


def create_blueprint(world: World, settings: Settings, bell: Bell) -> Blueprint:
    """The admin at `/` and below."""
    blueprint = Blueprint(
        "admin", __name__, template_folder="templates", static_folder="static", static_url_path="/admin-assets"
    )
    desk = Desk(world, settings, bell, settings.derived_key(HANDLE_KEY))
    add_entrance(blueprint, desk)
    home.add_routes(blueprint, desk)
    program.add_routes(blueprint, desk)
    members.add_routes(blueprint, desk)
    activity.add_routes(blueprint, desk)
    settings_pages.add_routes(blueprint, desk)

    @blueprint.errorhandler(Refusal)
    def refused(refusal: Refusal) -> Response:
        status, heading, words = ANSWERS.get(type(refusal), (400, "This cannot be done", str(refusal)))
        return _trouble(status, heading, words or str(refusal))

    @blueprint.errorhandler(OutsideError)
    def not_reached(_error: OutsideError) -> Response:
        return _trouble(503, **NOT_REACHED)

    @blueprint.errorhandler(DatabaseUnavailable)
    def database_down(_error: Exception) -> Response:
        return _trouble(503, "The app is restarting", "Nothing is lost. Try again in a minute.")

    return blueprint


def _trouble(status: int, heading: str, words: str) -> Response:
    if request.method == "POST":
        # The script shows this for a moment and leaves what was typed where it is.
        return Response(f"{heading}. {words}", status, mimetype="text/plain")
    return make_response(render_template("admin/trouble.html", heading=heading, words=words), status)
