"""Where UI extensions live: each target in a frame of its own, with a `shopify` object that does what the real one does.

At checkout a code that the extension adds is priced and refused exactly as one that the shopper types. Tokens are signed for
whoever is signed in, and last five minutes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, abort, jsonify, render_template, request

from devstore import oauth
from devstore.model import Order
from devstore.storefront.account_views import orders_of
from devstore.storefront.bundles import BundleError, UiExtension, bundle, ui_extensions
from devstore.storefront.checkout_pages import Checkout, enter_code, remove_code
from devstore.storefront.shoppers import Visit
from devstore.storefront.state import Storefront

CHECKOUT_TARGETS = frozenset({"purchase.checkout.block.render", "purchase.thank-you.block.render"})


def add_checkout_routes(site: Flask, store: Storefront, find: Callable[[str, Visit], Checkout]) -> None:
    """Add the frames of checkout and thank-you page to a shop site; `find` looks a running checkout up."""

    @site.get("/checkouts/cn/<token>/extensions/<target>")
    def checkout_frame(token: str, target: str) -> Response:
        visit = store.current_visit()
        checkout = find(token, visit)
        if target not in CHECKOUT_TARGETS or not visit.shop.has_checkout_extensions:
            abort(404)
        facts = _cart_facts(checkout) if checkout.order_id is None else {"order": _order_gid(checkout.order_id)}
        return _frame(store, visit, target, at=f"/checkouts/cn/{token}/extensions", facts=facts)

    @site.get("/checkouts/cn/<token>/extensions/token")
    def checkout_token(token: str) -> Response:
        visit = store.current_visit()
        find(token, visit)
        return _token(store, visit, "checkout")

    @site.post("/checkouts/cn/<token>/extensions/codes")
    def change_codes(token: str) -> Response:
        visit = store.current_visit()
        checkout = find(token, visit)
        asked = request.get_json()
        if checkout.is_express or checkout.order_id is not None:
            return jsonify(type="error", message="Discount codes cannot be changed here.", **_cart_facts(checkout))
        if asked["type"] == "removeDiscountCode":
            remove_code(checkout, asked["code"])
            return jsonify(type="success", **_cart_facts(checkout))
        refused = [each for each in enter_code(checkout, asked["code"]) if each.code.upper() == asked["code"].upper()]
        if refused:
            return jsonify(type="error", message=refused[0].message, **_cart_facts(checkout))
        return jsonify(type="success", **_cart_facts(checkout))


def add_account_routes(site: Flask, store: Storefront, visit_of: Callable[[str], Visit]) -> None:
    """Add the frames of customer accounts; `visit_of` tells who looks at a shop's accounts."""

    @site.get("/<handle>/extensions/<target>")
    def account_frame(handle: str, target: str) -> Response:
        visit = visit_of(handle)
        if not target.startswith("customer-account."):
            abort(404)
        order = request.args.get("order", type=int)
        if order is not None and (visit.customer is None or not _owns(visit, order)):
            abort(404)
        facts = {} if order is None else {"order": _order_gid(order)}
        return _frame(store, visit, target, at=f"/{handle}/extensions", facts=facts)

    @site.get("/<handle>/extensions/token")
    def account_token(handle: str) -> Response:
        return _token(store, visit_of(handle), "customer_account")


def _frame(store: Storefront, visit: Visit, target: str, *, at: str, facts: dict[str, Any]) -> Response:
    extension = _of_target(store, visit, target)
    language = visit.speech.locale[:2]
    told = {
        "target": target,
        "at": at,
        "language": visit.speech.locale,
        "currency": visit.shop.currency,
        "words": extension.words(language),
        "customer": None if visit.customer_id is None else f"gid://shopify/Customer/{visit.customer_id}",
        **facts,
    }
    try:
        script = bundle(extension, store.config.app_url)
    except BundleError as error:
        return Response(str(error), status=500, mimetype="text/plain")
    port = request.host.partition(":")[2]
    html = render_template(
        "extension.html",
        language=language,
        facts=_script_safe(json.dumps(told)),
        script=_script_safe(script),
        polaris=f"http://127.0.0.1:{port}/cdn/polaris.js",
    )
    return Response(html, mimetype="text/html", headers={"Cache-Control": "no-store"})


def _of_target(store: Storefront, visit: Visit, target: str) -> UiExtension:
    """The extension that shows this target; 404 when the app is not installed or has none."""
    shown = ui_extensions(store.extensions) if visit.shop.is_installed else []
    found = next((each for each in shown if any(target == name for name, _ in each.modules)), None)
    return abort(404) if found is None else found


def _token(store: Storefront, visit: Visit, surface: oauth.Surface) -> Response:
    now = store.world.now()
    token = oauth.buyer_token(store.world, visit.shop, surface=surface, customer_id=visit.customer_id, now=now)
    return jsonify(token=token)


def _cart_facts(checkout: Checkout) -> dict[str, Any]:
    subtotal = checkout.shown.subtotal if checkout.shown is not None else 0
    return {"codes": list(checkout.codes), "subtotal": str(subtotal), "can_discount": not checkout.is_express}


def _owns(visit: Visit, order_id: int) -> bool:
    found: list[Order] = orders_of(visit, visit.customer) if visit.customer is not None else []
    return any(order.id == order_id for order in found)


def _order_gid(order_id: int) -> str:
    return f"gid://shopify/Order/{order_id}"


def _script_safe(text: str) -> str:
    """Text for a script element: nothing in it ends the element."""
    return text.replace("</", "<\\/")
