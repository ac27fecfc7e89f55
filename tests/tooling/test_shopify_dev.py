"""`shopify app dev`: exactly the commands of shopify.web.toml, started the way Shopify CLI starts them, bring an order's points."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from devstore.client import Client

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = "brew.myshopify.com"
CLIENT_ID = "0123456789abcdef0123456789abcdef"
CLIENT_SECRET = "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"
PATIENCE_SECONDS = 60.0


@pytest.mark.shopify_cli
def test_predev_and_dev_turn_a_webhook_into_points(tmp_path: Path) -> None:
    commands = tomllib.loads((ROOT / "shopify.web.toml").read_text(encoding="utf-8"))["commands"]
    app_port, store_port = free_port(), free_port()
    environment = cli_environment(app_port) | developers_environment(tmp_path, store_port)
    app_url = f"http://127.0.0.1:{app_port}"

    with devstore(store_port, app_url=app_url, log=tmp_path / "devstore.log") as store:
        subprocess.run(words(commands["predev"]), cwd=ROOT, env=environment, check=True)
        with running(words(commands["dev"]), environment, log=tmp_path / "dev.log"):
            until(lambda: httpx.get(f"{app_url}/readyz", trust_env=False).status_code == httpx.codes.OK)
            shop = store.add_shop(DOMAIN, name="Brew", currency="USD")
            regulars(environment, "shops", "add", DOMAIN)
            key = max(regulars(environment, "api-keys", "create", DOMAIN).split(), key=len)
            customer = shop.add_customer("ann@example.com")
            beans = shop.add_product("House espresso", "38.00")

            shop.checkout([{"product": beans["handle"], "quantity": 2}], customer_id=customer["id"])

            until(lambda: points_of(customer["id"], app_url=app_url, key=key) == 76)

    assert [process for process in psutil.process_iter() if belongs_to(process, tmp_path)] == []


def cli_environment(port: int) -> dict[str, str]:
    """What the CLI (4.8.2) gives the web process; HOST and APP_URL are its tunnel."""
    tunnel = "https://brew-beans-tunnel.trycloudflare.com"
    return {
        "SHOPIFY_API_KEY": CLIENT_ID,
        "SHOPIFY_API_SECRET": CLIENT_SECRET,
        "HOST": tunnel,
        "APP_URL": tunnel,
        "REMIX_DEV_ORIGIN": tunnel,
        "SCOPES": "read_orders",
        "NODE_ENV": "development",
        "APP_ENV": "development",
        "BACKEND_PORT": str(port),
        "FRONTEND_PORT": str(free_port()),
        "PORT": str(port),
        "SERVER_PORT": str(port),
    }


def developers_environment(folder: Path, store_port: int) -> dict[str, str]:
    """What the developer's own shell adds here: the dev store in Shopify's place."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "REGULARS_HOME": str(folder / "home"),
        "SHOPIFY_ORIGIN": f"http://127.0.0.1:{store_port}/{{shop}}",
    }


def words(command: str) -> list[str]:
    """The CLI splits at spaces and uses no shell."""
    return command.split(" ")


def regulars(environment: dict[str, str], *arguments: str) -> str:
    command = [str(ROOT / ".venv" / "bin" / "regulars"), *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout


def points_of(customer_id: int, *, app_url: str, key: str) -> int | None:
    answer = httpx.get(
        f"{app_url}/api/v1/members",
        params={"shopify_customer_id": customer_id},
        headers={"Authorization": f"Bearer {key}"},
        trust_env=False,
    )
    members = answer.raise_for_status().json()["data"]
    return sum(members[0]["points"].values()) if members else None


@contextmanager
def devstore(port: int, *, app_url: str, log: Path) -> Iterator[Client]:
    command = [sys.executable, "-m", "devstore", "--port", str(port), "--app-url", app_url]
    command += ["--client-id", CLIENT_ID, "--client-secret", CLIENT_SECRET]
    with running(command, dict(os.environ), log=log), Client(f"http://127.0.0.1:{port}") as client:
        client.wait_until_ready(PATIENCE_SECONDS)
        yield client


@contextmanager
def running(command: list[str], environment: dict[str, str], *, log: Path) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield
        assert process.poll() is None, log.read_text(encoding="utf-8", errors="replace")
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def until(claim: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            if claim():
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline, "it did not become true in time"
        time.sleep(0.1)


def belongs_to(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and process.environ().get("HOME") == str(folder)
    except psutil.Error:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
