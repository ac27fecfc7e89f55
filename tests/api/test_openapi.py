"""The OpenAPI document: valid, complete, and what the API really answers."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from plugin.api.routes import ROUTES
from plugin.services.perform import World
from tests.api.machine import Machine
from tests.conftest import TestShop
from tests.services.stories import order
from tests.services.test_settle import settled


@pytest.fixture
def document(app: Flask) -> dict[str, Any]:
    response = app.test_client().get("/api/v1/openapi.json")
    assert response.status_code == 200
    document: dict[str, Any] = response.get_json()
    return document


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    problems = list(OpenAPIV31SpecValidator(document).iter_errors())

    assert problems == []


def test_every_address_is_described_and_nothing_else(app: Flask, document: dict[str, Any]) -> None:
    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint.startswith("api.") and not rule.endpoint.endswith("nothing_here")
    }

    described = {(path, method) for path, operations in document["paths"].items() for method in operations}

    assert described == served
    assert len(described) == len(ROUTES) + 1


def test_every_operation_has_a_sentence(document: dict[str, Any]) -> None:
    summaries = [operation["summary"] for operations in document["paths"].values() for operation in operations.values()]

    assert all(summary.strip().endswith(".") for summary in summaries), summaries


def test_answers_are_what_the_document_says(
    document: dict[str, Any], machine: Machine, ann: str, world: World, shop: TestShop
) -> None:
    settled(world, shop, order(1001, "49.99"))
    redemption = machine.redeem(ann).get_json()["data"]["id"]
    program = machine.get("/program").get_json()["data"]
    calls: list[tuple[str, str, Any]] = [
        ("GET", "/members", None),
        ("GET", "/members/{member_id}", None),
        ("GET", "/members/{member_id}/entries", None),
        ("POST", "/members/{member_id}/adjustments", {"points": 5, "reason": "x"}),
        ("GET", "/rewards", None),
        ("POST", "/members/{member_id}/redemptions", {"reward_id": "amount-off"}),
        ("GET", "/redemptions/{redemption_id}", None),
        ("DELETE", "/redemptions/{redemption_id}", None),
        ("GET", "/program", None),
        ("PUT", "/program", program),
        ("POST", "/program/preview", {"program": program, "amounts": ["10"]}),
        ("GET", "/orders/{shopify_order_id}/explanation", None),
        ("GET", "/health", None),
        ("GET", "/members/{member_id}", {"member_id": "0"}),
    ]

    for method, path, body in calls:
        ids = {"member_id": ann, "redemption_id": redemption, "shopify_order_id": "1001"}
        is_refusal = isinstance(body, dict) and "member_id" in body
        url = path.format(**(ids | body if is_refusal else ids))
        answered = machine.call(method, url, json=body, headers={"Idempotency-Key": "k-2"})

        assert (answered.status_code >= 400) is is_refusal, (method, url)
        media = document["paths"][f"/api/v1{path}"][method.lower()]["responses"][str(answered.status_code)]["content"]
        schema = media[answered.content_type]["schema"] | {"components": document["components"]}
        assert list(Draft202012Validator(schema).iter_errors(answered.get_json(force=True))) == [], (method, url)
