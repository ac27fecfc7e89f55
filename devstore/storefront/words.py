"""Texts of the pages that are Shopify's own (checkout, accounts) in the languages of the storefront."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "pages" / "locales"


def speaker(locale: str) -> Callable[..., str]:
    """Return a function that says a phrase in `locale`: say("pay", total="$5.00"); English where a phrase is missing."""
    phrases = {**_phrases("en"), **_phrases(locale)}

    def say(key: str, **names: object) -> str:
        return phrases[key].format(**names)

    return say


@cache
def _phrases(locale: str) -> Mapping[str, str]:
    path = _FOLDER / f"{locale}.json"
    found: dict[str, str] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return found
