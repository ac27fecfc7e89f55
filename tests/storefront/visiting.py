"""Shoppers with a browser: each comes to the stage's shop as somebody, and a script that fails on them fails the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from devstore.model import Customer
from tests.storefront.stage import Stage

PHONE, DESKTOP = (390, 844), (1280, 900)

Visitor = Callable[..., Page]


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[Visitor]:
    """Opens a page as somebody (None: a guest); frames count as their page."""
    contexts, problems = [], []

    def come(
        stage: Stage, customer: Customer | None, *, size: tuple[int, int] = DESKTOP, locale: str = "en-US"
    ) -> Page:
        context = chromium.new_context(viewport={"width": size[0], "height": size[1]}, locale=locale)
        contexts.append(context)
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(stage.act_as(customer))
        return page

    yield come
    for context in contexts:
        context.close()
    assert problems == []
