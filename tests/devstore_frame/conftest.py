"""The dev store, an app for its admin to frame, and a page of the browser."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser
from werkzeug.serving import BaseWSGIServer, make_server

from devstore.app import create_devstore
from devstore.config import Config
from devstore.world import World
from tests.devstore_frame.stage import Site, Stage, make_app


@pytest.fixture(scope="session")
def servers() -> Iterator[tuple[World, Site, int]]:
    config = Config(client_secret="shpss_0123456789abcdef0123456789abcdef")
    world = World(lambda: datetime.now(UTC), seed=1, config=config)
    shop = world.add_shop("brew", name="Brew & Bloom", currency="EUR")
    shop.add_product("House blend", "14.00")
    shop.add_product("Filter papers", "6.50", variants=[("Small", "5.50"), ("Large", "7.50")])
    site = Site()
    store = make_server("127.0.0.1", 0, create_devstore(world), threaded=True)
    app = make_server(
        "127.0.0.1", 0, make_app(site, config, f"http://127.0.0.1:{store.server_port}/cdn"), threaded=True
    )
    config.app_url = site.origin = f"http://127.0.0.1:{app.server_port}"
    threads = [threading.Thread(target=server.serve_forever) for server in (store, app)]
    for thread in threads:
        thread.start()
    yield world, site, store.server_port
    for server, thread in zip((store, app), threads, strict=True):
        _stop(server, thread)


@pytest.fixture
def stage(chromium: Browser, servers: tuple[World, Site, int]) -> Iterator[Stage]:
    world, site, port = servers
    site.clear()
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(8000)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield Stage(page, site, world, port)
    context.close()
    assert errors == []


def _stop(server: BaseWSGIServer, thread: threading.Thread) -> None:
    server.shutdown()
    thread.join()
    server.server_close()
