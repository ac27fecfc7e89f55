"""Messages: what members are told and when, what each looks like in every language, a test of it, and whether mail goes out at all.

Previews and tests are made by what makes the real mails. What is sent is a part of the program (its draft, then published).
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from flask import Blueprint, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from plugin.admin.desk import Desk, go, page, visit
from plugin.admin.forms import clean
from plugin.admin.settings.data import told
from plugin.admin.words import MESSAGES, SPOKEN, language_name
from plugin.loyalty.errors import Refused, Unreachable
from plugin.loyalty.mails import MARKETING
from plugin.loyalty.program import Program
from plugin.loyalty.program.messages import MessageKind
from plugin.loyalty.words import language_of
from plugin.mail.looks import look
from plugin.services import changelog, drafts, programs, samples
from plugin.services.changelog import Wanted
from plugin.services.samples import Setting

Answer = AnyResponse | tuple[str, int] | str

TESTS_AN_HOUR: Final = 10
"""A test goes to any address that is typed in: enough to look at every message, too few to bother anybody with."""

_ADDRESS = re.compile(r"[^@\s<>,;:\"]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,24}")


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """The list of messages, each message's page, and the test."""

    @blueprint.get("/settings/messages")
    def messages_page() -> Answer:
        with desk.transaction() as session:
            program = programs.current(session).program
            is_drafted = drafts.read(session).is_begun
        terms = program.messages
        return page(
            "settings/messages.html",
            kinds=[
                (kind, title, when, kind in MARKETING, kind in terms.on) for kind, (title, when) in MESSAGES.items()
            ],
            terms=terms,
            program=program,
            is_drafted=is_drafted,
            can_send=desk.world.letters is not None,
            told=told(desk),
        )

    @blueprint.get("/settings/messages/<kind>")
    def message_page(kind: str) -> Answer:
        return _message(desk, _kind(kind), {"to": "", "language": request.args.get("language", "")})

    @blueprint.post("/settings/messages/<kind>/test")
    def test_message(kind: str) -> Answer:
        return _test(desk, _kind(kind))


def _kind(text: str) -> MessageKind:
    if text not in MESSAGES:
        raise NotFound
    return text


def _message(desk: Desk, kind: MessageKind, typed: dict[str, str], problems: dict[str, str] | None = None) -> Answer:
    with desk.transaction() as session:
        program = programs.current(session).program
    language = typed["language"] if typed["language"] in SPOKEN else language_of(visit().details.locale)
    mail = samples.sample(kind, language, _setting(desk, program), to="customer@example.com")
    title, when = MESSAGES[kind]
    kinds = list(MESSAGES)
    place = kinds.index(kind)
    return page(
        "settings/message.html",
        422 if problems else 200,
        kind=kind,
        title=title,
        when=when,
        is_marketing=kind in MARKETING,
        is_on=program.messages.is_on and kind in program.messages.on,
        language=language,
        languages={code: language_name(code) for code in SPOKEN},
        mail=mail,
        look=look(mail),
        before=kinds[place - 1] if place else None,
        after=kinds[place + 1] if place + 1 < len(kinds) else None,
        can_send=desk.world.letters is not None,
        mail_from=desk.settings.mail_from,
        values=typed | {"language": language},
        problems={"": "", **(problems or {})},
    )


def _test(desk: Desk, kind: MessageKind) -> Answer:
    typed = {name: clean(request.form.get(name, "")) for name in ("to", "language")}
    letters = desk.world.letters
    if not _ADDRESS.fullmatch(typed["to"]):
        return _message(desk, kind, typed, {"to": "Enter an e-mail address, such as you@example.com."})
    if letters is None:
        return _message(desk, kind, typed, {"": "No mail server is set up, so nothing can be sent."})
    with desk.transaction() as session:
        sent = changelog.page(session, Wanted("message", since=visit().now - timedelta(hours=1)), limit=TESTS_AN_HOUR)
        program = programs.current(session).program
        is_enough = len(sent.notes) >= TESTS_AN_HOUR
        if not is_enough:
            changelog.note(session, by=visit().author, deed="message.tested", facts={"kind": kind}, now=visit().now)
    if is_enough:
        words = f"{TESTS_AN_HOUR} tests were sent within the last hour. Wait a little before the next."
        return _message(desk, kind, typed, {"to": words})
    number = int(visit().now.timestamp() * 1000)
    mail = samples.sample(kind, typed["language"], _setting(desk, program), to=typed["to"], number=number)
    try:
        letters.mailer.send(mail)
    except Refused as refusal:
        return _message(desk, kind, typed, {"to": f"Not sent: {refusal}."})
    except Unreachable as trouble:
        return _message(desk, kind, typed, {"": f"Not sent: {trouble}. Ask whoever runs the app to check SMTP_URL."})
    return go("message_page", kind=kind, language=typed["language"], said="test-sent")


def _setting(desk: Desk, program: Program) -> Setting:
    return Setting(program, visit().details, desk.settings.app_url, visit().now)
