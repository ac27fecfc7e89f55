"""The panel's address: a page by its name, in the shopper's language, with the nonce that changing something needs."""

from __future__ import annotations

from flask import Blueprint

from plugin.services.takers import Standing, StandingNeeded
from plugin.storefront import nonce
from plugin.storefront.answers import Document
from plugin.storefront.door import Asked, Door, Reply, reply
from plugin.storefront.panel import pages, visit


def add_routes(blueprint: Blueprint, door: Door) -> None:
    """GET /panel/<page>."""

    @blueprint.get("/panel/<path:name>", provide_automatic_options=False)
    @reply(door)
    def panel(asked: Asked, name: str) -> Reply:
        try:
            return _page(door, asked, name, None), 200
        except StandingNeeded as needed:
            return _page(door, asked, name, visit.look_up(door, asked, needed)), 200


def _page(door: Door, asked: Asked, name: str, standing: Standing | None) -> Document:
    with door.transaction(asked) as session:
        visiting = visit.begin(door, asked, session, standing)
        page = pages.draw(visiting, name)
        return {
            "nonce": nonce.write(door.nonce_key, asked.visitor, visiting.now),
            "page": page,
            "beside": pages.beside(visiting, page),
        }
