"""The door for machines: a REST API under /api/v1. A bearer key says which shop; every refusal is a problem document."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final

import msgspec
from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import PathConverter

from plugin.api import openapi, problems
from plugin.api.door import WAIT_SECONDS, Bell, Door
from plugin.api.problems import Problem
from plugin.api.routes import ROUTES, Route
from plugin.db import DatabaseUnavailable
from plugin.loyalty.errors import Refusal
from plugin.services.api_keys import KeyHolder
from plugin.services.perform import World
from plugin.settings import Settings

BASE: Final = "/api/v1"
BODY_MAX_BYTES: Final = 256 * 1024
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")

log = logging.getLogger("regulars.api")


def create_blueprint(world: World, settings: Settings, bell: Bell, *, wait_seconds: float = WAIT_SECONDS) -> Blueprint:
    """The API, to be registered without a prefix. A redemption waits up to `wait_seconds` for its code."""
    api = Blueprint("api", __name__, url_prefix=BASE)
    door = Door(world, bell, settings.derived_key("handles"), wait_seconds)
    for route in ROUTES:
        api.add_url_rule(route.rule, route.name, _guarded(door, route), methods=[route.method])
    described = msgspec.json.encode(openapi.document(ROUTES, base=BASE))
    api.add_url_rule("/openapi.json", "show_openapi", lambda: Response(described, content_type="application/json"))
    nothing_here = _nothing_here(door)
    api.record_once(lambda state: state.app.url_map.converters.update(whatever=_Whatever))
    for rest in ("/", "/<whatever:rest>"):
        api.add_url_rule(rest, "nothing_here", nothing_here, methods=METHODS)
    api.before_request(_bound_body)
    api.after_request(_never_cached)
    api.register_error_handler(Problem, problems.respond)
    api.register_error_handler(Refusal, lambda refusal: problems.respond(problems.of_refusal(refusal)))
    api.register_error_handler(HTTPException, lambda error: problems.respond(problems.of_http(error)))
    api.register_error_handler(DatabaseUnavailable, _unavailable)
    return api


class _Whatever(PathConverter):
    """The rest of a path, whatever stands in it; Werkzeug's own converter stops at a line break."""

    regex = r"[\s\S]+?"
    part_isolating = False


def _guarded(door: Door, route: Route) -> Callable[..., Response]:
    def view(**path: str) -> Response:
        return route.view(door, _allowed(door.caller(), route), **path)

    return view


def _allowed(caller: KeyHolder, route: Route) -> KeyHolder:
    """The caller, where their kind of key opens this address. Raises Problem."""
    if caller.access == "reading" and route.method != "GET":
        raise Problem(403, "key-only-reads", "Another key needed", "This key may read, and change nothing.")
    if route.is_for_partners == (caller.partner is not None):
        return caller
    mine, other = ("partner's", "shop's") if caller.partner is not None else ("shop's", "partner's")
    raise Problem(403, "wrong-key", "Another key needed", f"This is a {mine} key; the address is for a {other}.")


def _nothing_here(door: Door) -> Callable[..., Response]:
    """Unknown paths and wrong methods: they get a problem document too, and only holders of a key learn what there is."""

    def view(rest: str = "") -> Response:
        door.caller()
        allowed = _methods_at(request.path)
        if allowed:
            raise MethodNotAllowed(allowed, f"{request.method} is not possible here; possible: {', '.join(allowed)}.")
        raise NotFound(f"There is nothing at {BASE}/{rest[:100]}; {BASE}/openapi.json lists what there is.")

    return view


def _methods_at(path: str) -> list[str]:
    adapter = current_app.url_map.bind("")
    allowed = []
    for method in METHODS:
        try:
            endpoint, _ = adapter.match(path, method=method)
        except HTTPException:
            continue
        if not str(endpoint).endswith(".nothing_here"):
            allowed.append(method)
    return allowed


def _bound_body() -> None:
    request.max_content_length = BODY_MAX_BYTES


def _never_cached(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Authorization, Accept-Language"
    return response


def _unavailable(_error: Any) -> Response:
    log.warning("database unavailable path=%s", request.path)
    return problems.respond(
        Problem(
            503,
            "try-again",
            "Try again",
            "The database cannot be reached; nothing was done.",
            headers={"Retry-After": "1"},
        )
    )
