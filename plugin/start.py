"""Starting: settings from the environment, embedded servers where no URL is given, and both passed on to child processes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from plugin import embedded
from plugin import settings as environment
from plugin.settings import Settings


@contextmanager
def servers(settings: Settings | None = None) -> Iterator[Settings]:
    """Settings with both URLs filled in; embedded servers run while the block does, where none were given.

    Meanwhile this process's environment names the URLs, so that its children use the same servers without asking again.
    """
    settings = settings or environment.load(os.environ)
    with ExitStack() as stack:
        if settings.database_url is None or settings.redis_url is None:
            running = stack.enter_context(
                embedded.servers(
                    settings.home, want_postgres=settings.database_url is None, want_redis=settings.redis_url is None
                )
            )
            settings = replace(
                settings,
                database_url=settings.database_url or running.database_url,
                redis_url=settings.redis_url or running.redis_url,
            )
        exported = {
            "DATABASE_URL": settings.database_url or "",
            "REDIS_URL": settings.redis_url or "",
            "REGULARS_ENV": settings.environment,
        }
        before = {name: os.environ.get(name) for name in exported}
        os.environ.update(exported)
        try:
            yield settings
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
