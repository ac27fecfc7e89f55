"""The app proxy: /apps/loyalty/... on the shop's host is forwarded to the app, signed as Shopify signs it.

Shopify adds shop, path_prefix, timestamp, logged_in_customer_id ('' for a guest) and the signature over all parameters,
drops cookies both ways, and passes status and body through. Method and body are not signed.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote, urlencode

import httpx
from flask import Flask, Response, abort, request

from devstore.storefront.shoppers import signed_in
from devstore.storefront.state import Storefront

TIMEOUT_S: Final = 10.0
METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE"]
SIGNED_BY_SHOPIFY: Final = frozenset({"shop", "path_prefix", "timestamp", "logged_in_customer_id", "signature", "hmac"})
NOT_FORWARDED: Final = frozenset(
    {"host", "cookie", "authorization", "connection", "content-length", "transfer-encoding", "accept-encoding",
     "keep-alive", "upgrade", "te", "trailer", "proxy-authorization"}
)  # fmt: skip
NOT_RETURNED: Final = frozenset(
    {
        "set-cookie",
        "connection",
        "content-length",
        "transfer-encoding",
        "content-encoding",
        "keep-alive",
        "server",
        "date",
    }
)


def signature(parameters: Iterable[tuple[str, str]], secret: str) -> str:
    """Return the app-proxy signature: HMAC-SHA256 in hex over sorted name=value, unescaped, without separators.

    Values of a repeated name are joined by a comma, in the order given.
    """
    values: dict[str, list[str]] = {}
    for name, value in parameters:
        values.setdefault(name, []).append(value)
    message = "".join(f"{name}={','.join(values[name])}" for name in sorted(values))
    return hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()


def add_routes(site: Flask, store: Storefront) -> None:
    """Add the proxy under the app's subpath to a shop site."""
    client = httpx.Client(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False)

    @site.route("/apps/<subpath>", methods=METHODS)
    @site.route("/apps/<subpath>/<path:rest>", methods=METHODS)
    def forward(subpath: str, rest: str = "") -> Response:
        shop = store.shop_of(request.host)
        config = store.config
        if shop is None or subpath != config.proxy_subpath or not shop.is_installed or not config.app_url:
            abort(404)
        customer = signed_in(shop, request)
        sent = [pair for pair in request.args.items(multi=True) if pair[0] not in SIGNED_BY_SHOPIFY]
        sent += [
            ("shop", shop.domain),
            ("logged_in_customer_id", "" if customer is None else str(customer.id)),
            ("path_prefix", f"/apps/{subpath}"),
            ("timestamp", str(int(store.world.now().timestamp()))),
        ]
        query = urlencode([*sent, ("signature", signature(sent, config.client_secret))])
        tail = f"/{quote(rest)}" if rest else ""
        url = f"{config.app_url.rstrip('/')}/proxy{tail}?{query}"
        headers = [pair for pair in request.headers if pair[0].lower() not in NOT_FORWARDED]
        headers += [("X-Forwarded-Host", request.host), ("X-Forwarded-For", request.remote_addr or "")]
        return _ask(client, request.method, url, headers, request.get_data())


def _ask(client: httpx.Client, method: str, url: str, headers: list[tuple[str, str]], body: bytes) -> Response:
    try:
        answer = client.request(method, url, headers=headers, content=body)
    except httpx.TimeoutException:
        return Response("The app took too long to answer.", 504, mimetype="text/plain")
    except httpx.TransportError:
        return Response("The app could not be reached.", 502, mimetype="text/plain")
    kept = [pair for pair in answer.headers.multi_items() if pair[0].lower() not in NOT_RETURNED]
    return Response(answer.content, answer.status_code, kept)
