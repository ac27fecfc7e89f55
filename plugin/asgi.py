"""What uvicorn serves: webhooks on their own fast way, everything else through Flask in the same process."""

from __future__ import annotations

import gc
import logging
import os
import sys
from typing import Any, cast

from jobs import Bell
from jobs.world import build
from plugin import settings as environment
from plugin.app import create_app
from plugin.db.inbox import Intake
from plugin.db.migrate import self_check
from plugin.wsgi_threads import WsgiThreads
from webhooks.door import Door
from webhooks.mount_asgi import App, Receive, Scope, Send, WebhookMount

THREADS = 12


def create() -> App:
    """The application of this process's environment; refuses to start on a database that does not keep shops apart."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s", stream=sys.stderr)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    settings = environment.load(os.environ)
    world = build(settings)
    self_check(world.database)
    bell = Bell(settings.redis_url)
    door = Door(settings, world.database, world.cipher, world.clock)
    flask: Any = create_app(world, settings, bell, door)
    intake = Intake(settings.database_url or "")
    gc.collect()
    gc.freeze()  # what stands now stays: the collector need not walk through it again and again
    mount = WebhookMount(door, intake, bell, cast(App, WsgiThreads(flask, workers=THREADS)))

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await mount(scope, receive, send)
            return
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            else:
                await intake.close()
                world.database.dispose()
                await send({"type": "lifespan.shutdown.complete"})
                return

    return application
