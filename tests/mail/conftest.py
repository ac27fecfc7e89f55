"""A mail server on loopback that keeps what it gets, and refuses or puts off when it is told to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from plugin.demo.stage import free_port
from plugin.mail.smtp import Smtp
from plugin.services.messages import Letters
from plugin.services.perform import World
from tests.fakes import FakeShopify

SENDER = "rewards@brew.example"
APP_URL = "https://loyalty.brew.example"


@dataclass
class Sink:
    """What arrived. `answers` are given instead of taking a mail, one after another."""

    mails: list[EmailMessage] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    url: str = ""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.answers:
            return self.answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.mails.append(message)
        return "250 OK"


@pytest.fixture
def sink() -> Iterator[Sink]:
    sink = Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=free_port())
    controller.start()
    sink.url = f"smtp://127.0.0.1:{controller.port}"
    yield sink
    controller.stop()


@pytest.fixture
def world(world: World, sink: Sink, shopify: FakeShopify) -> World:
    letters = Letters(Smtp(sink.url, SENDER), b"m" * 32, APP_URL)
    return replace(world, letters=letters)
