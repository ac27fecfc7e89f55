"""Who may come in: every request carries a fresh ID token of the shop's admin, and only the shop named in it is opened.

A document that comes without a good token is sent to the bounce page, which holds nothing but App Bridge; App Bridge fetches a
token and comes back. A fetch is answered 401 and repeated by App Bridge itself. No cookie is read or set.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from plugin.admin import permissions
from plugin.admin.desk import Desk, Visit
from plugin.loyalty.errors import OutsideError, Unauthorized
from plugin.services import opening, staff
from plugin.settings import SHOPIFY_CDN
from plugin.shopify.verify import Claims, NotFromShopify, frame_ancestors, shop_domain, verify_token

RETRY: Final = {"X-Shopify-Retry-Invalid-Session-Request": "1"}
OPEN_ENDPOINTS: Final = frozenset({"admin.static", "admin.bounce"})
BODY_BYTES: Final = 256 * 1024
FROM_SHOPIFY: Final = frozenset({"embedded", "hmac", "host", "id_token", "locale", "session", "shop", "timestamp"})
"""Parameters that Shopify adds to an address; everything else is the page's own."""


def add_entrance(blueprint: Blueprint, desk: Desk) -> None:
    """Stand at the door of every route of this blueprint, and frame and guard every answer."""

    @blueprint.before_request
    def enter() -> AnyResponse | None:
        g.shop_domain = None
        request.max_content_length = BODY_BYTES
        if request.endpoint in OPEN_ENDPOINTS:
            return None
        token, is_fetch = _token()
        try:
            claims = _verified(desk, token)
        except NotFromShopify:
            return _retry() if is_fetch else _to_bounce_page()
        g.shop_domain = claims.shop
        return _open(desk, claims)

    @blueprint.get("/bounce")
    def bounce() -> AnyResponse:
        g.shop_domain = _shop_parameter()
        if g.shop_domain is None or not _is_own_path(request.args.get("shopify-reload", "")):
            return _outside()
        return make_response(render_template("admin/bounce.html"))

    @blueprint.after_request
    def guard(response: Response) -> Response:
        if request.endpoint != "admin.static":
            response.headers["Cache-Control"] = "private, no-store"
            response.headers["Content-Security-Policy"] = (
                f"{_frame_ancestors(desk)}; object-src 'none'; base-uri 'none'"
            )
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    @blueprint.context_processor
    def scripts() -> dict[str, str]:
        app_bridge, polaris = script_urls(desk.settings.shopify_cdn)
        return {"app_bridge_url": app_bridge, "polaris_url": polaris, "api_key": desk.settings.shopify_api_key}


def script_urls(cdn: str) -> tuple[str, str]:
    """Where App Bridge and the Polaris elements are loaded from: Shopify's own addresses, or the dev store's stand-ins."""
    if cdn == SHOPIFY_CDN:
        return f"{cdn}/shopifycloud/app-bridge.js", f"{cdn}/shopifycloud/polaris-1.js"
    return f"{cdn}/app-bridge.js", f"{cdn}/polaris.js"


def _token() -> tuple[str, bool]:
    """The token, and whether the request is a fetch (which App Bridge repeats) rather than a document (which must bounce)."""
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and bearer:
        return bearer.strip(), True
    is_document = request.method == "GET" and request.headers.get("Sec-Fetch-Dest", "document") in {
        "document",
        "iframe",
        "frame",
    }
    return (request.args.get("id_token", "") if is_document else ""), not is_document


def _verified(desk: Desk, token: str) -> Claims:
    settings = desk.settings
    claims = verify_token(
        token,
        "admin",
        client_id=settings.shopify_api_key,
        client_secret=settings.shopify_api_secret,
        old_client_secret=settings.shopify_old_api_secret,
        now=desk.world.clock(),
    )
    if request.args.get("shop", claims.shop) != claims.shop:
        raise NotFromShopify(because="the address names another shop than the token")
    return claims


def _open(desk: Desk, claims: Claims) -> AnyResponse | None:
    now = desk.world.clock()
    try:
        opened = opening.open_shop(desk.world, claims.shop, claims.token, now=now)
    except Unauthorized:
        return make_response(render_template("admin/trouble.html", **NOT_CONNECTED), 403)
    except OutsideError:
        return make_response(render_template("admin/trouble.html", **NOT_REACHED), 503)
    staff_id = claims.staff_id or staff.EVERYBODY_ELSE
    with desk.world.database.transaction(opened.shop_id) as session:
        if request.method not in {"GET", "HEAD"} and request.url_rule is not None:
            staff.require(session, staff_id, permissions.needed_at(request.url_rule.rule))
        role = staff.role_of(session, staff_id)
        owners = staff.owners(session) if role != "owner" else ""
    g.visit = Visit(opened.shop_id, claims.shop, staff_id, now, opened.details, role, owners)
    if opened.is_new:
        desk.ring("codes")
        desk.ring("rest")
    return None


NOT_CONNECTED: Final = {
    "heading": "Shopify did not let the app in",
    "words": "Close the app and open it again from your Shopify admin. If this stays, the app's client secret may have been changed.",
}
NOT_REACHED: Final = {
    "heading": "Shopify cannot be reached right now",
    "words": "Nothing is lost. Try again in a minute.",
}


def _retry() -> AnyResponse:
    return Response("This page was open for too long. Try again.", 401, RETRY, mimetype="text/plain")


def _to_bounce_page() -> AnyResponse:
    shop = g.shop_domain = _shop_parameter()
    if shop is None:
        return _outside()
    own = [
        (name, value)
        for name, value in request.args.items(multi=True)
        if name not in FROM_SHOPIFY and name != "shopify-reload"
    ]
    wanted = f"{request.path}?{urlencode(own)}" if own else request.path
    known = {"shop": shop, "host": request.args.get("host", ""), "embedded": "1", "shopify-reload": wanted}
    return redirect(f"{url_for('admin.bounce')}?{urlencode(known)}")


def _outside() -> AnyResponse:
    return make_response(render_template("admin/outside.html"), 401)


def _shop_parameter() -> str | None:
    try:
        return shop_domain(request.args.get("shop", ""))
    except NotFromShopify:
        return None


def _is_own_path(path: str) -> bool:
    """A path of ours and nothing that a browser would read as another site."""
    return (
        path.startswith("/")
        and not path.startswith("//")
        and "\\" not in path
        and path.isprintable()
        and not urlsplit(path).netloc
    )


def _frame_ancestors(desk: Desk) -> str:
    origin = desk.settings.shopify_origin
    if not desk.settings.is_development or origin is None:
        return frame_ancestors(g.shop_domain)
    port = urlsplit(origin.replace("{shop}", "shop")).port
    return frame_ancestors(g.shop_domain, also=[f"http://admin.localhost:{port}" if port else "http://admin.localhost"])
