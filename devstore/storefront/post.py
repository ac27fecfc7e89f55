"""The mail server of the dev store: whatever the app sends by SMTP lands in the mailbox page, and goes nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from flask import Flask

from devstore.storefront.blueprint import StorefrontBlueprint
from devstore.storefront.mail import Mailbox
from devstore.world import World


class _Inbox:
    """Takes every mail for every address."""

    def __init__(self, mailbox: Mailbox, world: World) -> None:
        self._mailbox = mailbox
        self._world = world

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd looks for this name
        message = message_from_bytes(envelope.content, policy=policy.default)
        text = message.get_body(("plain",)) if isinstance(message, EmailMessage) else None
        self._mailbox.deliver(
            sender=str(message["From"]),
            to=envelope.rcpt_tos[0],
            subject=str(message["Subject"]),
            text=str(text.get_content()) if text is not None else "",
            now=self._world.now(),
        )
        return "250 OK"


def mailbox_of(app: Flask) -> Mailbox:
    """Where the mail of this dev store lies."""
    storefront = app.blueprints["storefront"]
    if not isinstance(storefront, StorefrontBlueprint):
        raise TypeError("a dev store without pages has no mailbox")
    return storefront.storefront.mailbox


@contextmanager
def post_office(mailbox: Mailbox, world: World, *, port: int) -> Iterator[None]:
    """Take mail on that port of loopback while the block runs."""
    controller = Controller(_Inbox(mailbox, world), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield
    finally:
        controller.stop()
