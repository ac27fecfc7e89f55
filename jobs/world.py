"""From settings to a World: the one place where the verbs' outside is Shopify's adapter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plugin import clock
from plugin.db import Database
from plugin.mail.smtp import Smtp
from plugin.services.keys import Keys
from plugin.services.messages import Letters
from plugin.services.perform import World
from plugin.services.tokens import Cipher
from plugin.settings import Settings
from plugin.shopify.connect import connect, token_source

if TYPE_CHECKING:
    import httpx


def build(
    settings: Settings, *, database: Database | None = None, transport: httpx.BaseTransport | None = None
) -> World:
    """The World of these settings (URLs filled in). `transport` replaces the network in tests."""
    if database is None:
        if settings.database_url is None:
            raise ValueError("settings without a database URL: enter plugin.start.servers first")
        database = Database(settings.database_url)
    return World(
        database=database,
        connect=lambda domain, token: connect(settings, domain, token, transport=transport),
        token_source=token_source(settings, transport=transport),
        cipher=Cipher(settings.encryption_keys),
        keys=Keys(codes=settings.derived_key("codes"), tombstones=settings.derived_key("tombstones")),
        clock=clock.now,
        letters=_letters(settings),
    )


def _letters(settings: Settings) -> Letters | None:
    """Who carries mail, when the settings name a mail server."""
    if settings.smtp_url is None or settings.mail_from is None:
        return None
    return Letters(Smtp(settings.smtp_url, settings.mail_from), settings.derived_key("mail"), settings.app_url)
