"""Every address of the admin, read from the application itself: whoever adds a page need not remember to name it in a test."""

from __future__ import annotations

import re

from flask import Flask

from plugin.admin.permissions import needed_at
from plugin.services.staff import Role

OPEN_TO_ALL = frozenset({"admin.static", "admin.bounce"})


def addresses(app: Flask, method: str) -> list[str]:
    """The addresses that take this method, with something in their places."""
    return sorted(_filled(route) for route in routes(app, method))


def deeds(app: Flask, *roles: Role) -> list[str]:
    """The addresses that change something and take one of these roles."""
    return sorted(_filled(route) for route in routes(app, "POST") if needed_at(route) in roles)


def routes(app: Flask, method: str) -> set[str]:
    """The routes that take this method, as they are written down."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("admin.")]
    return {rule.rule for rule in rules if method in (rule.methods or ()) and rule.endpoint not in OPEN_TO_ALL}


def _filled(rule: str) -> str:
    filled = re.sub(r"<uuid:\w+>", "7d0c1a52-0001-4000-8000-000000000001", rule)
    filled = re.sub(r"<int(\([^)]*\))?:\w+>", "1", filled)
    return re.sub(r"<[^>]+>", "x", filled)
