"""The shoppers' door: JSON behind Shopify's app proxy, under /proxy, and for UI extensions (plugin.storefront.extensions).

Reading is GET; whatever changes something is POST with a JSON body and a nonce (see plugin.storefront.nonce). A shop whose program
is not live shows nothing.

door       who asks, how it answers and says no
routes     every address, the same for the app proxy and for UI extensions; one module a group of them
answers, standings, offering, points, sentences   what is said
"""

from __future__ import annotations

from flask import Blueprint

from plugin.services.perform import World
from plugin.settings import Settings
from plugin.storefront import routes
from plugin.storefront.door import Bell, Door
from plugin.storefront.pace import Pace
from plugin.storefront.waiting import WaitingRoom


def create_blueprint(
    world: World, settings: Settings, bell: Bell, *, room: WaitingRoom | None = None, pace: Pace | None = None
) -> Blueprint:
    """The door, to be registered under /proxy. `room` replaces the places for waiting requests in tests; doors may share a `pace`."""
    blueprint = Blueprint("storefront", __name__)
    routes.add_all(blueprint, Door(world, settings, bell, room or WaitingRoom(), pace))
    return blueprint
