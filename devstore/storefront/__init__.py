"""The shopper's side of the dev store: shop, cart, checkout, customer accounts, mail sink, start page.

`create_blueprint(world, config)` is all a host application needs; requests are told apart by their host name.
"""

from devstore.storefront.blueprint import create_blueprint

__all__ = ["create_blueprint"]
