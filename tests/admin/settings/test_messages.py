"""Messages in the settings: every kind is explained, shown in every language as it is really sent, and can be tried out."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field, replace
from typing import get_args

import pytest

from plugin.admin.words import MESSAGES, SPOKEN
from plugin.loyalty import mails
from plugin.loyalty.errors import OutsideError, Refused, Unreachable
from plugin.loyalty.mail import Mail
from plugin.loyalty.outside import Person
from plugin.loyalty.program import default_program
from plugin.loyalty.program.branding import Branding
from plugin.loyalty.program.messages import MessageKind, Messages
from plugin.mail.looks import look
from plugin.services import programs
from plugin.services.messages import Letters
from plugin.services.perform import World
from tests.admin.activity.shop import join
from tests.admin.staff import Staff, error_at
from tests.conftest import NOON, TestShop
from tests.fakes import FakeShopify, StepClock

EVERY_KIND = pytest.mark.parametrize("kind", get_args(MessageKind))


@dataclass
class Carrier:
    """Carries mail, or fails as it is told to."""

    sent: list[Mail] = field(default_factory=list)
    failing: list[OutsideError] = field(default_factory=list)

    def send(self, mail: Mail) -> None:
        if self.failing:
            raise self.failing.pop()
        self.sent.append(mail)


@pytest.fixture
def carrier() -> Carrier:
    return Carrier()


@pytest.fixture
def world(world: World, carrier: Carrier) -> World:
    return replace(world, letters=Letters(carrier, b"m" * 32, "https://app.example"))


def preview(page: str) -> str:
    """The mail in the frame, as the browser gets it."""
    found = re.search(r'<iframe [^>]*sandbox="" srcdoc="([^"]*)"', page)
    assert found is not None
    return html.unescape(found[1])


def publish(world: World, shop: TestShop, **parts: object) -> None:
    with world.database.transaction(shop.id) as session:
        programs.publish(session, default_program("USD", is_live=True).model_copy(update=parts), by="test", now=NOON)


def test_every_kind_and_every_language_has_words_here() -> None:
    assert set(MESSAGES) == set(get_args(MessageKind))
    assert set(SPOKEN) == set(mails.WORDS)


@EVERY_KIND
def test_a_message_looks_right_in_every_language_without_an_empty_place(staff: Staff, kind: str) -> None:
    shown = {code: staff.fetch(f"/settings/messages/{kind}?language={code}").text for code in SPOKEN}

    assert len({preview(page) for page in shown.values()}) == len(SPOKEN)
    for page in shown.values():
        assert "{" not in re.sub(r"<style.*?</style>", "", preview(page), flags=re.DOTALL)
        assert "  " not in re.findall(r'<s-text type="strong" lang="[a-z]+">([^<]*)<', page)[0]


def test_a_name_that_is_markup_stays_text_in_the_preview(staff: Staff, world: World, shop: TestShop) -> None:
    publish(world, shop, name='"><script>alert(1)</script>')

    page = staff.fetch("/settings/messages/welcome").text

    assert "<script>alert" not in page
    assert "<script>" not in preview(page)
    assert "&lt;script&gt;" in preview(page)


def test_the_programs_colour_is_the_buttons_and_its_ink_can_be_read(staff: Staff, world: World, shop: TestShop) -> None:
    publish(world, shop, branding=Branding(accent="#FFE066"))

    shown = preview(staff.fetch("/settings/messages/welcome").text)

    assert "#ffe066" in shown
    assert "color:#000000" in shown


def test_the_list_says_what_is_on_and_what_needs_consent(staff: Staff, world: World, shop: TestShop) -> None:
    publish(world, shop, messages=Messages(on=("birthday",)))

    rows = re.findall(r"<s-table-row.*?</s-table-row>", staff.fetch("/settings/messages").text, re.DOTALL)

    on = [row for row in rows if ">On<" in row]
    assert (len(rows), len(on)) == (len(MESSAGES), 1)
    assert "Birthday" in on[0]
    assert ">Needed<" in on[0]


def test_a_test_goes_to_the_address_in_the_language_that_was_looked_at(staff: Staff, carrier: Carrier) -> None:
    answer = staff.send("/settings/messages/welcome/test", {"to": "me@example.com", "language": "de"})

    assert answer.status_code == 303
    [mail] = carrier.sent
    assert (mail.to, mail.language) == ("me@example.com", "de")
    assert "Willkommen" in look(mail).subject
    assert "The test was sent" in staff.fetch(answer.location).text


def test_two_tests_are_two_mails(staff: Staff, carrier: Carrier, clock: StepClock) -> None:
    for _ in range(2):
        staff.send("/settings/messages/welcome/test", {"to": "me@example.com", "language": "en"})
        clock.forward(seconds=1)

    assert len({mail.id for mail in carrier.sent}) == 2


@pytest.mark.parametrize("typed", ["", "me", "me@example", "a@b.de, c@d.de", "a@b.de\r\nBcc: x@y.de"])
def test_what_is_no_address_is_told_at_the_field(staff: Staff, carrier: Carrier, typed: str) -> None:
    answer = staff.send("/settings/messages/welcome/test", {"to": typed, "language": "en"})

    assert (answer.status_code, carrier.sent) == (422, [])
    assert error_at(answer.text, "to")


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (Refused("the mail server does not take this address (550)"), "does not take this address (550)"),
        (Unreachable("the mail server: ConnectionRefusedError"), "check SMTP_URL"),
    ],
)
def test_a_test_that_fails_says_what_happened(
    staff: Staff, carrier: Carrier, failure: OutsideError, words: str
) -> None:
    carrier.failing.append(failure)

    answer = staff.send("/settings/messages/welcome/test", {"to": "me@example.com", "language": "en"})

    assert answer.status_code == 422
    assert words in answer.text
    assert 'value="me@example.com"' in answer.text


def test_tests_are_ten_an_hour(staff: Staff, carrier: Carrier, clock: StepClock) -> None:
    def sent() -> int:
        return staff.send("/settings/messages/welcome/test", {"to": "me@example.com", "language": "en"}).status_code

    codes = [sent() for _ in range(11)]
    clock.forward(minutes=61)

    assert codes == [303] * 10 + [422]
    assert sent() == 303
    assert len(carrier.sent) == 11


def test_without_a_mail_server_the_merchant_is_told(staff: Staff, world: World, app: object) -> None:
    object.__setattr__(world, "letters", None)

    page = staff.fetch("/settings/messages").text
    answer = staff.send("/settings/messages/welcome/test", {"to": "me@example.com", "language": "en"})

    assert "No mail is sent" in page
    assert "No mail server is set up, so nothing can be sent." in answer.text


def test_addresses_that_are_withheld_are_told(staff: Staff, world: World, shop: TestShop, shopify: FakeShopify) -> None:
    join(world, shop, 7001)
    shopify.persons[7001] = Person(7001, None, None, (), None)

    assert "No mail reaches your customers" in staff.fetch("/settings/messages").text


def test_an_unknown_message_is_not_found(staff: Staff) -> None:
    assert staff.fetch("/settings/messages/spam").status_code == 404
