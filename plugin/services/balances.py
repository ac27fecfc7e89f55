"""Asking that Shopify be told of balances that changed: soon, and once for all who changed meanwhile.

What is told, and to whom, is plugin.services.standing's: it compares what is with what was last told.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from plugin.db import Session
from plugin.services import effects, programs
from plugin.services.aftermath import Happened
from plugin.services.effects import Kind
from plugin.services.keys import Keys

SOON: Final = timedelta(seconds=5)
"""How long changes are gathered: a thousand orders in a minute are a dozen looks at the members, not a thousand."""


def follow(session: Session, happened: Happened, keys: Keys, now: datetime) -> None:  # noqa: ARG001 - a follower's shape
    """After points or orders changed."""
    if happened.concerned():
        ask(session, now=now)


def ask(session: Session, *, now: datetime) -> None:
    """Have whoever differs told of, where the live program tells at all."""
    known = programs.known(session)
    if not known.numbers:
        return
    live = programs.compiled(session, known, known.numbers[-1]).program
    if live.is_live and (live.tiers.at_shopify.metafields or live.tiers.at_shopify.tags):
        effects.request_soon(session, Kind.MEMBER_STATE, programs.MEMBERS, now=now, within=SOON)
