"""The demo's dev store: served from a thread of the demo itself, and remembered on disk between two starts."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from werkzeug.serving import make_server

from devstore.app import create_devstore
from devstore.config import Config
from devstore.delivery import wall_clock
from devstore.store import Store
from devstore.storefront.post import mailbox_of, post_office
from devstore.world import World
from plugin.demo.stage import free_port

REMEMBERED = ("shops", "rng", "seed", "_last_ids")
"""What of the world outlives the process; its lock, clock and listeners are made anew."""


@dataclass(frozen=True, slots=True)
class RunningStore:
    """The world, its deliveries, and where browsers find it."""

    world: World
    store: Store
    url: str
    smtp_port: int


@contextmanager
def running(config: Config, *, port: int, memory: Path, seed: int) -> Iterator[RunningStore]:
    """Serve the remembered world (or a new one) on loopback while the block runs."""
    world = World(_wall, seed=seed, config=config)
    if memory.exists():
        recall(world, memory)
    app = create_devstore(world, clock=wall_clock)
    store: Store = app.extensions["devstore"]
    server = make_server("127.0.0.1", port, app, threaded=True)
    config.port = server.port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    store.deliveries.start(threads=2)
    smtp_port = free_port()
    try:
        with post_office(mailbox_of(app), world, port=smtp_port):
            yield RunningStore(world, store, f"http://127.0.0.1:{server.port}", smtp_port)
    finally:
        store.deliveries.stop()
        server.shutdown()
        thread.join(5)
        server.server_close()


def remember(world: World, memory: Path) -> None:
    """Write the world down, whole or not at all."""
    fresh = memory.with_suffix(".fresh")
    with world.lock, fresh.open("wb") as file:
        _Pickler(file, world).dump({name: getattr(world, name) for name in REMEMBERED})
    fresh.replace(memory)


def recall(world: World, memory: Path) -> None:
    """Put the remembered world in place of the empty one."""
    with memory.open("rb") as file:
        known = _Unpickler(file, world).load()
    for name in REMEMBERED:
        setattr(world, name, known[name])


class _Pickler(pickle.Pickler):
    def __init__(self, file: Any, world: World) -> None:
        super().__init__(file, protocol=5)
        self._world = world

    def persistent_id(self, obj: object) -> str | None:
        """Shops point back at their world, which is not written but found again."""
        return "world" if obj is self._world else None


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: Any, world: World) -> None:
        super().__init__(file)
        self._world = world

    def persistent_load(self, pid: Any) -> World:
        """The world that recalls."""
        if pid != "world":
            raise pickle.UnpicklingError(f"the dev store's memory names {pid!r}")
        return self._world


def _wall() -> datetime:
    return wall_clock()
