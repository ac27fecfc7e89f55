"""`python -m devstore` serves a store that another process can use."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from devstore.app import create_devstore
from devstore.client import Client
from tests.devstore.conftest import Brew

ROOT = Path(__file__).parents[2]


@pytest.fixture
def server() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "devstore", "--port", "0", "--shop", "brew", "--seed", "3"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ.copy()) as process:
        yield process
        process.kill()


def test_it_prints_its_address_answers_and_stops_on_ctrl_c(server: subprocess.Popen[str]) -> None:
    assert server.stdout is not None
    origin = server.stdout.readline().split()[-1]

    with Client(origin) as client:
        client.wait_until_ready()
        shop = client.shop("brew")
        shop.add_product("Mug", "20.00")
        order = shop.checkout([{"product": "mug"}], email="ann@example.com")
        client.add_fault("cut", "shop")
        with pytest.raises(httpx.RemoteProtocolError), httpx.Client(trust_env=False) as http:
            http.post(
                f"{origin}/brew.myshopify.com/admin/api/2026-10/graphql.json",
                json={"query": "{ shop { name } }"},
                headers={"X-Shopify-Access-Token": shop.give_token()},
            )
    server.send_signal(signal.SIGINT)

    assert order["total_price"] == "24.90"
    assert server.wait(timeout=60) == 0


def test_without_pages_only_shopifys_addresses_are_there(brew: Brew) -> None:
    app = create_devstore(brew.world, has_pages=False)

    rules = {str(rule) for rule in app.url_map.iter_rules()}

    assert rules == {"/<domain>/admin/api/<version>/graphql.json", "/<domain>/admin/oauth/access_token"}
