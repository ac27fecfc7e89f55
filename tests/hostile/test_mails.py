"""Hostile texts in mails: they stay text, and no header is born of them. Every string, every kind, in name, title and free words."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest

from plugin.loyalty import mails
from plugin.loyalty.mail import Mail, MailPart
from plugin.mail.looks import look
from plugin.mail.smtp import written
from tests.hostile.strings import COMPUTED, STRINGS, labels, saying

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HEADERS = {
    "Subject", "From", "To", "Date", "Message-ID", "Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post",
    "Content-Language", "MIME-Version", "Content-Type",
}  # fmt: skip
NOT_KINDS = {"digest", "button", "unsubscribe", "unsubscribed", "why_you", "statement_expiring"}


class Seen(HTMLParser):
    """The elements of a page and their attributes, as a mail program would read them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links |= {value or "" for name, value in attrs if name in ("href", "src")}


def mail(text: str, language: str) -> Mail:
    """One mail of every kind at once, with the text wherever a merchant, staff or Shopify may have typed it."""
    label = labels((text,))[0]
    facts = {
        "points": 120, "name": label, "reason": text, "words": text, "title": label, "code": "ABCD", "kind": "experience",
        "date": NOW.isoformat(), "reward_id": "w0", "month": NOW.date().isoformat(), "came": 1, "spent": 2, "expiring": 3,
    }  # fmt: skip
    kinds = [kind for kind in mails.WORDS[language] if kind not in NOT_KINDS]
    return Mail(
        id="mail-1",
        to="ann@example.com",
        sender_name=label,
        reply_to=None,
        language=language,
        timezone="UTC",
        currency="USD",
        program=saying((text,) * 3),
        parts=tuple(MailPart(kind, facts) for kind in kinds),
        store_url="https://brew.example/",
        unsubscribe_url="https://loyalty.example/unsubscribe?token=1",
        is_marketing=False,
        at=NOW,
    )


def read(mail_of: Mail) -> EmailMessage:
    """The mail as it arrives."""
    message = message_from_bytes(
        written(mail_of, look(mail_of), sender="rewards@brew.example").as_bytes(), policy=policy.default
    )
    assert isinstance(message, EmailMessage)
    return message


@pytest.mark.parametrize("text", STRINGS, ids=[f"s{number}" for number in range(len(STRINGS))])
def test_a_hostile_text_never_becomes_markup_a_computation_or_a_header(text: str) -> None:
    plain = Seen()
    plain.feed(read(mail("Bean Club", "en")).get_body(("html",)).get_content())  # type: ignore[union-attr]

    seen = Seen()
    message = read(mail(text, "en"))
    html = message.get_body(("html",)).get_content()  # type: ignore[union-attr]
    seen.feed(html)

    assert set(message.keys()) <= HEADERS
    assert (message["To"], message["Bcc"]) == ("ann@example.com", None)
    assert message["From"].addresses[0].addr_spec == "rewards@brew.example"
    assert len(message["From"].addresses) == 1
    assert (seen.tags, seen.attributes, seen.links) == (plain.tags, plain.attributes, plain.links)
    assert COMPUTED not in html
    assert COMPUTED not in message.get_body(("plain",)).get_content()  # type: ignore[union-attr]


@pytest.mark.parametrize("language", sorted(mails.WORDS))
def test_subjects_of_single_mails_are_one_line_in_every_language(language: str) -> None:
    broken = [text for text in STRINGS if "\n" in text or "\r" in text or "\u2028" in text]
    assert len(broken) == 4

    for text in broken:
        whole = mail(text, language)
        for part in whole.parts:
            message = read(Mail(**{**{f: getattr(whole, f) for f in Mail.__dataclass_fields__}, "parts": (part,)}))
            assert set(message.keys()) <= HEADERS
            assert len(str(message["Subject"]).splitlines()) == 1
