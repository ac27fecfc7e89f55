"""`python -m bench.store`: the dev store as a process of its own, its Admin API and carts as slow as Shopify's.

One shop has the app, its twin has not; customers are made beforehand. What a measure needs to know is one line of JSON on stdout.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
from werkzeug.serving import WSGIRequestHandler, make_server

from devstore.app import create_devstore
from devstore.config import Config
from devstore.storefront.stocking import stock_shop
from devstore.world import Shop, World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SLOW = ("/graphql.json", "/cart/update.js")
"""What the shopper who clicks waits for at Shopify."""


@click.command()
@click.option("--secret", required=True)
@click.option("--app-url", required=True)
@click.option("--delay-ms", type=int, default=0)
@click.option("--customers", type=int, default=0)
def main(secret: str, app_url: str, delay_ms: int, customers: int) -> None:
    """Serve until killed."""
    config = Config(client_id="bench", client_secret=secret, app_url=app_url, topics=frozenset(), is_throttling=False)
    world = World(lambda: datetime.now(UTC), seed=1, config=config)
    measured, bare = _shop(world, "measured"), _shop(world, "bare")
    bare.uninstall()
    people = [measured.add_customer(f"shopper{number}@example.com").id for number in range(customers)]
    product = next(each for each in measured.products.values() if each.variants[0].price >= 10)
    server = make_server(
        "127.0.0.1", 0, _slowed(create_devstore(world), delay_ms / 1000), threaded=True, request_handler=_Quiet
    )
    config.port = server.server_port
    told = {
        "port": server.server_port,
        "domain": measured.domain,
        "bare": bare.domain,
        "token": measured.give_token().access,
        "customers": people,
        "variant": product.variants[0].id,
        "product": product.handle,
    }
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
    server.serve_forever()


def _shop(world: World, handle: str) -> Shop:
    shop = world.add_shop(handle, name="Brew & Bloom", theme="actions")
    stock_shop(shop)
    return shop


def _slowed(app: WSGIApplication, seconds: float) -> WSGIApplication:
    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if seconds and str(environ.get("PATH_INFO", "")).endswith(SLOW):
            time.sleep(seconds)
        return app(environ, start_response)

    return answer


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, *_: Any) -> None:
        """Nothing."""


if __name__ == "__main__":
    main()
