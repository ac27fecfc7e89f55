"""The storefront as one Flask blueprint that looks at the host of every request.

{handle}.localhost is a shop, accounts.localhost the customer accounts; both are applications of their own, so their paths
("/", "/cart", ...) never meet the host application's. Everything else, and /_devstore on every host, stays with the host
application.
"""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response

from devstore.config import Config
from devstore.storefront import own_site
from devstore.storefront.account_site import create_account_site
from devstore.storefront.shop_site import create_shop_site
from devstore.storefront.state import Storefront
from devstore.world import World

ELSEWHERE = ("/_devstore", "/admin/")
ACT_AS = "/_devstore/act-as"


def create_blueprint(world: World, config: Config) -> StorefrontBlueprint:
    """Return the blueprint of all shopper pages of `world`; its state is `blueprint.storefront`."""
    store = Storefront(world, config)
    blueprint = StorefrontBlueprint(store)
    shop_site, account_site = create_shop_site(store), create_account_site(store)

    @blueprint.before_app_request
    def by_host() -> Response | None:
        path = request.path
        if path.startswith(ELSEWHERE) and path != ACT_AS:
            return None
        if request.host.partition(":")[0].lower() == "accounts.localhost":
            return Response.from_app(account_site, request.environ)
        if store.shop_of(request.host) is not None:
            return Response.from_app(shop_site, request.environ)
        return None

    own_site.add_routes(blueprint, store)
    return blueprint


class StorefrontBlueprint(Blueprint):
    """The blueprint with its state at hand, for the demo and for tests."""

    def __init__(self, storefront: Storefront) -> None:
        super().__init__("storefront", __name__, template_folder="pages")
        self.storefront = storefront
