"""The picture on the home page, drawn once."""

from __future__ import annotations

from functools import cache

from devstore.storefront.art import draw_scene


@cache
def home_scene() -> str:
    """Return the home page's wide SVG."""
    return draw_scene(ground="#efe4d6", dark="#33463f", warm="#e9b44c")
