"""The stage: dev store, web and worker as processes on loopback, ended by pid by whoever started them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from devstore.client import Client
from plugin.db.migrate import migrate
from plugin.settings import Settings
from plugin.start import servers

CLIENT_ID = "regulars-demo"
CLIENT_SECRET = "the-dev-store-and-the-app-both-know-this-one"  # noqa: S105 - a made-up secret of a made-up Shopify
MAIL_FROM = "rewards@demo.example"
READY_SECONDS = 60.0


class StageError(Exception):
    """A part of the demo did not start; the message says which and where its output is."""


@dataclass
class Stage:
    """What is running. `settings` is how the app's own verbs see it; `clock_file` steps the app's clock when the demo asks for it."""

    settings: Settings
    home: Path
    app_url: str
    store_url: str
    store: Client
    environ: dict[str, str]
    clock_file: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start `python -m arguments` with the stage's environment, its output in the home's log folder."""
        logs = self.home / "log"
        logs.mkdir(parents=True, exist_ok=True)
        with (logs / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", *arguments], env=self.environ, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        return self.processes[name]

    def stop(self, name: str) -> None:
        """End one process and wait for it."""
        process = self.processes.pop(name, None)
        if process is None:
            return
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def wait_until_ready(self) -> None:
        """Return once web, database and Redis answer. Raises StageError."""
        self._wait(
            "web", lambda: httpx.get(f"{self.app_url}/readyz", timeout=5, trust_env=False).status_code == httpx.codes.OK
        )

    def _wait(self, name: str, is_ready: object) -> None:
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            process = self.processes.get(name)
            if process is not None and process.poll() is not None:
                break
            try:
                if callable(is_ready) and is_ready():
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        log = (self.home / "log" / f"{name}.log").read_text(encoding="utf-8", errors="replace")
        raise StageError(f"{name} did not start:\n{log[-2000:]}")


@contextmanager
def staged(
    home: Path,
    *,
    port: int = 0,
    store_url: str | None = None,
    environ: Mapping[str, str] | None = None,
    with_worker: bool = True,
) -> Iterator[Stage]:
    """Have everything running while the block does.

    Port 0 takes a free one. `store_url` names a dev store that runs already; else one is started. `environ` adds to the
    processes' environment.
    """
    port = port or free_port()
    is_own_store = store_url is None
    store_url = store_url or f"http://127.0.0.1:{free_port()}"
    app_url = f"http://127.0.0.1:{port}"
    smtp_port = free_port()
    own = {
        "REGULARS_HOME": str(home),
        "REGULARS_ENV": "development",
        "PORT": str(port),
        "APP_URL": app_url,
        "SHOPIFY_API_KEY": CLIENT_ID,
        "SHOPIFY_API_SECRET": CLIENT_SECRET,
        "SHOPIFY_ORIGIN": f"{store_url}/{{shop}}",
        "SHOPIFY_CDN": f"{store_url}/cdn",
        **(mail_environ(smtp_port) if is_own_store else {}),
        **(environ or {}),
    }
    before = {name: os.environ.get(name) for name in own}
    os.environ.update(own)
    try:
        with servers() as settings:
            migrate(settings.database_admin_url or settings.database_url or "")
            stage = Stage(settings, home, app_url, store_url, Client(store_url), dict(os.environ), home / "clock")
            try:
                if is_own_store:
                    stage.start(
                        "devstore",
                        "devstore",
                        *("--port", store_url.rpartition(":")[2], "--app-url", app_url),
                        *("--client-id", CLIENT_ID, "--client-secret", CLIENT_SECRET, "--retry-scale", "0.005"),
                        *("--smtp-port", str(smtp_port)),
                    )
                stage.start("web", "plugin.cli", "web")
                if with_worker:
                    stage.start("worker", "plugin.cli", "worker")
                stage.store.wait_until_ready(READY_SECONDS)
                stage.wait_until_ready()
                yield stage
            finally:
                for name in ("worker", "web", "devstore"):
                    stage.stop(name)
                stage.store.close()
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def mail_environ(smtp_port: int) -> dict[str, str]:
    """The settings by which the app gives its mail to the dev store."""
    return {"SMTP_URL": f"smtp://127.0.0.1:{smtp_port}", "MAIL_FROM": MAIL_FROM}


def free_port() -> int:
    """A TCP port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
