"""`python -m devstore --port 9999 --app-url http://127.0.0.1:8000`: the dev store as a server, webhooks under way in threads."""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext
from datetime import UTC, datetime

from werkzeug.serving import WSGIRequestHandler, make_server

from devstore.app import create_devstore
from devstore.config import Config
from devstore.delivery import wall_clock
from devstore.store import Store
from devstore.storefront.post import mailbox_of, post_office
from devstore.world import World


def main(arguments: list[str] | None = None) -> int:
    """Serve until Ctrl-C. Prints one line with the address once it listens (port 0 takes a free one)."""
    told = _parser().parse_args(arguments)
    config = Config(
        client_id=told.client_id,
        client_secret=told.client_secret,
        app_url=told.app_url,
        retry_scale=told.retry_scale,
    )
    world = World(lambda: datetime.now(UTC), seed=told.seed, config=config)
    app = create_devstore(world, clock=wall_clock)
    for domain in told.shop:
        world.add_shop(domain)
    store: Store = app.extensions["devstore"]
    server = make_server(told.host, told.port, app, threaded=True, request_handler=_Handler)
    config.port = server.port
    store.deliveries.start(threads=told.delivery_threads)
    sys.stdout.write(f"dev store at http://{told.host}:{server.port}\n")
    sys.stdout.flush()
    mailbox = mailbox_of(app)
    try:
        with post_office(mailbox, world, port=told.smtp_port) if told.smtp_port else nullcontext():
            server.serve_forever()
    except KeyboardInterrupt:
        return 0
    finally:
        store.deliveries.stop()
        server.server_close()
    return 0


class _Handler(WSGIRequestHandler):
    """Keeps connections open, and says nothing of single requests."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Silence: the log of deliveries tells more."""


def _parser() -> argparse.ArgumentParser:
    default = Config()
    parser = argparse.ArgumentParser(prog="python -m devstore", description="A Shopify you can run on a laptop.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9999, help="0 takes a free port")
    parser.add_argument("--smtp-port", type=int, default=0, help="take mail by SMTP there; 0: take none")
    parser.add_argument("--app-url", default="", help="where the app listens; webhooks go to {app-url}/webhooks")
    parser.add_argument("--client-id", default=default.client_id)
    parser.add_argument("--client-secret", default=default.client_secret)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--shop", action="append", default=[], help="open an empty shop with this domain; may be repeated"
    )
    parser.add_argument(
        "--retry-scale", type=float, default=1.0, help="0.001 makes the four hours of retries 14 seconds"
    )
    parser.add_argument(
        "--delivery-threads", type=int, default=2, help="more than one makes webhooks overtake each other"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
