"""The dev store as a Flask application: Shopify's addresses, in front of the world.

`create_devstore(world, config)` returns a Flask app whose `extensions["devstore"]` is the Store: world, deliveries, faults.
It starts no thread; `python -m devstore` does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

import msgspec
from flask import Blueprint, Flask, Response, request

from devstore import control, frame, oauth, storefront
from devstore.admin_api import AdminApi
from devstore.config import API_VERSION, Config
from devstore.delivery import Deliveries
from devstore.faults import IS_APPLIED, Fault, Faults
from devstore.store import Store
from devstore.world import Shop, World

NO_TOKEN: Final = {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}


def create_devstore(
    world: World,
    config: Config | None = None,
    *,
    clock: Callable[[], datetime] | None = None,
    has_pages: bool = True,
) -> Flask:
    """Put `world` behind HTTP. `config` replaces the world's; `clock` drives retries and rate limits (default: the world's).

    Without pages only the Admin API and the token address are there: quick to make, for one world per simulated seed.
    """
    if config is not None:
        world.config = config
    faults = Faults(world.seed)
    store = Store(world, Deliveries(world, faults, clock), faults, AdminApi(world, clock))
    app = Flask("devstore", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions["devstore"] = store
    app.register_blueprint(_shopify(store))
    if has_pages:
        app.register_blueprint(control.create_blueprint(store))
        for part in (storefront, frame):
            app.register_blueprint(part.create_blueprint(world, world.config))
    return app


def _shopify(store: Store) -> Blueprint:
    blueprint = Blueprint("shopify", __name__)

    @blueprint.post("/<domain>/admin/api/<version>/graphql.json")
    def graphql(domain: str, version: str) -> Response:
        if version != API_VERSION:
            return _json({"errors": f"The dev store speaks {API_VERSION}, not {version}"}, 404)
        shop = store.world.shops.get(domain)
        if shop is None:
            return _json({"errors": "Not Found"}, 404)
        if not shop.is_token_good(request.headers.get("X-Shopify-Access-Token", "")):
            return _json(NO_TOKEN, 401)
        asked = _body()
        if not isinstance(asked, dict) or not isinstance(asked.get("query"), str):
            return _json({"errors": {"query": "Required parameter missing or invalid"}}, 400)
        query, variables, name = asked["query"], asked.get("variables"), asked.get("operationName")

        def apply() -> Response:
            answer = _json(store.admin_api.answer(shop, query, variables, name), 200)
            answer.headers["X-Shopify-API-Version"] = API_VERSION
            return answer

        return _with_faults(store, shop, store.admin_api.operations(query), apply)

    @blueprint.post("/<domain>/admin/oauth/access_token")
    def access_token(domain: str) -> Response:
        shop = store.world.shops.get(domain)
        if shop is None:
            return _json({"errors": "Not Found"}, 404)
        asked = _body()
        form = asked if isinstance(asked, dict) else request.form.to_dict()

        def apply() -> Response:
            status, body = oauth.answer(shop, form)
            return _json(body, status)

        return _with_faults(store, shop, ("token",), apply)

    return blueprint


def _with_faults(store: Store, shop: Shop, operations: tuple[str, ...], apply: Callable[[], Response]) -> Response:
    fault = store.faults.draw(operations, shop.domain)
    if fault is None:
        return apply()
    if fault.kind in IS_APPLIED:
        return _spoil(fault, apply())
    if fault.kind == "throttled":
        return _json(store.admin_api.throttled(shop), 200)
    if fault.kind == "redirect":
        return Response("", 302, {"Location": fault.target})
    if fault.kind == "html":
        return Response(
            "<!DOCTYPE html><title>Shopify</title><p>Something went wrong.</p>", 200, content_type="text/html"
        )
    if fault.kind == "unauthorized":
        return _json(NO_TOKEN, 401)
    return Response("Service Unavailable", 503, content_type="text/plain")


def _spoil(fault: Fault, answer: Response) -> Response:
    """What becomes of the answer to a request that was applied."""
    if fault.kind == "hang":
        time.sleep(fault.seconds)
        return answer
    if fault.kind == "drip":
        return Response(_drip(answer.get_data(), fault.seconds), answer.status_code, content_type="application/json")
    if fault.kind == "cut":
        data = answer.get_data()
        cut = Response(_cut(data), 200, content_type="application/json", direct_passthrough=True)
        cut.headers["Content-Length"] = str(len(data))
        return cut
    return Response("Internal Server Error", 500, content_type="text/plain")


def _drip(data: bytes, seconds: float) -> Iterator[bytes]:
    for at in range(len(data)):
        time.sleep(seconds / len(data))
        yield data[at : at + 1]


def _cut(data: bytes) -> Iterator[bytes]:
    """Half of what Content-Length promises, then the connection breaks: the server drops it on ConnectionAbortedError."""
    yield data[: len(data) // 2]
    raise ConnectionAbortedError("fault on demand: cut")


def _body() -> Any:
    try:
        return msgspec.json.decode(request.get_data(cache=True))
    except msgspec.DecodeError:
        return None


def _json(body: Any, status: int) -> Response:
    return Response(msgspec.json.encode(body), status, content_type="application/json; charset=utf-8")
