"""The API described by itself: an OpenAPI 3.1 document made from the route table, the answers' structs and the bodies' models."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec
from pydantic.json_schema import models_json_schema

from plugin.api.problems import CONTENT_TYPE, REFUSALS, ProblemDocument
from plugin.api.query import KEY_HEADER, LIMIT_DEFAULT, LIMIT_MAX
from plugin.api.routes import Route

REF: Final = "#/components/schemas/{name}"
ALWAYS_POSSIBLE: Final = (400, 401, 403, 503)

_PARAMETERS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "shopify_customer_id": (
        "Only the member who is this Shopify customer.",
        {"type": "string", "pattern": "^[0-9]{1,19}$"},
    ),
    "limit": (
        "How many items a page has.",
        {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT_DEFAULT},
    ),
    "next": ("What the previous page's `next` said.", {"type": "string"}),
    "cart_total": ("What the member's cart comes to, in the shop's currency.", {"type": "string"}),
    "channel": ("Where the member is.", {"type": "string", "enum": ["online", "pos", "draft"]}),
    "state": ("Only those in this state.", {"type": "string", "maxLength": 20}),
    "member_id": ("Only what is this member's.", {"type": "string", "pattern": "^[0-9]{1,19}$"}),
    "since": ("From this day of the shop on.", {"type": "string", "format": "date"}),
    "until": ("Up to this day of the shop.", {"type": "string", "format": "date"}),
    "from": ('The number of a version, or "draft".', {"type": "string", "pattern": "^([0-9]{1,10}|draft)$"}),
    "to": ('The number of a version, or "draft".', {"type": "string", "pattern": "^([0-9]{1,10}|draft)$"}),
}
_HEADERS: Final[dict[str, str]] = {
    KEY_HEADER: "A value of your choice, fresh for each deed and the same when you repeat it: the deed is then done once.",
    "If-Match": "The ETag of the version you edited; the change is refused when another one is live.",
}


def document(routes: Sequence[Route], *, base: str) -> dict[str, Any]:
    """The document for the API mounted at `base`."""
    paths: dict[str, dict[str, Any]] = {}
    answers, schemas = msgspec.json.schema_components(
        [ProblemDocument, *(route.gives for route in routes)], ref_template=REF
    )
    schemas = dict(schemas)
    problem, *given = answers
    models = [route.takes for route in routes if route.takes is not None]
    taken, definitions = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/in.{model}"
    )
    schemas |= {f"in.{name}": schema for name, schema in definitions["$defs"].items()}
    for route, answer in zip(routes, given, strict=True):
        body = taken[route.takes, "validation"] if route.takes is not None else None
        paths.setdefault(base + route.path, {})[route.method.lower()] = _operation(route, answer, body, problem)
    paths[f"{base}/openapi.json"] = {"get": _own_operation()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Regulars",
            "version": "1",
            "description": (
                "Points, rewards and the program of one shop; the API key decides which. Ids and amounts are strings, points are"
                " integers, instants are UTC. Problems are RFC 9457 documents with these types: "
                + ", ".join(f"/problems/{refusal.code}" for refusal in REFUSALS)
                + "."
            ),
        },
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "`regulars api-keys create DOMAIN`"}
            },
        },
    }


def _operation(route: Route, answer: Any, body: Any, problem: Any) -> dict[str, Any]:
    summary, _, rest = (route.view.__doc__ or "").partition("\n")
    responses = {
        str(status): {"description": HTTPStatus(status).phrase, "content": {"application/json": {"schema": answer}}}
        for status in route.statuses
    }
    responses |= {
        str(status): {"description": HTTPStatus(status).phrase, "content": {CONTENT_TYPE: {"schema": problem}}}
        for status in sorted({*ALWAYS_POSSIBLE, *route.refusals})
    }
    operation: dict[str, Any] = {"operationId": route.name, "summary": summary, "responses": responses}
    if rest.strip():
        operation["description"] = " ".join(rest.split())
    if parameters := list(_parameters(route)):
        operation["parameters"] = parameters
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    in_path = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
    return [
        *({"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in in_path),
        *(
            {"name": name, "in": "query", "description": _PARAMETERS[name][0], "schema": _PARAMETERS[name][1]}
            for name in route.parameters
        ),
        *(
            {
                "name": name,
                "in": "header",
                "required": is_required,
                "description": _HEADERS[name],
                "schema": {"type": "string"},
            }
            for name, is_required in route.headers
        ),
    ]


def _own_operation() -> dict[str, Any]:
    return {
        "operationId": "show_openapi",
        "summary": "This document; it needs no key.",
        "security": [],
        "responses": {"200": {"description": "OK", "content": {"application/json": {"schema": {"type": "object"}}}}},
    }
