"""Every address of the shoppers' door. The app proxy and the UI extensions offer the very same ones."""

from __future__ import annotations

from flask import Blueprint

from plugin.storefront import activities, changing, invitations, newsletter, partners, reading, sharing
from plugin.storefront.door import Door, add_refusing
from plugin.storefront.panel import routes as panel


def add_all(blueprint: Blueprint, door: Door) -> None:
    """All of them, and how they say no."""
    for group in (reading, changing, invitations, activities, newsletter, sharing, partners, panel):
        group.add_routes(blueprint, door)
    add_refusing(blueprint, door)
