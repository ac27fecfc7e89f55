"""What a mail looks like: its words in the member's language, as text and, through MJML, as HTML that mail programs show alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from html import escape
from typing import Any, Final
from zoneinfo import ZoneInfo

import mrml
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent

from plugin.loyalty import mails
from plugin.loyalty.colours import ink_on
from plugin.loyalty.mail import Mail, MailPart

ACCENT: Final = "#1f5f54"
"""For programs without a colour of their own."""
COUNTS: Final = ("points", "came", "spent", "expiring")
"""Places that are filled with so many points."""

_FRAME: Final = """<mjml lang="{language}"><mj-head><mj-title>{subject}</mj-title><mj-preview>{preview}</mj-preview>
<mj-attributes><mj-all font-family="Helvetica, Arial, sans-serif" /><mj-text font-size="16px" line-height="24px" color="#202223" />
</mj-attributes></mj-head>
<mj-body background-color="#f4f4f2"><mj-section padding="24px 0 0"><mj-column><mj-text font-size="18px" font-weight="700">{sender}</mj-text>
</mj-column></mj-section>{parts}
<mj-section background-color="#ffffff" padding="0 0 24px"><mj-column>
<mj-button background-color="{accent}" color="{ink}" href="{store}">{button}</mj-button></mj-column></mj-section>
<mj-section><mj-column><mj-text font-size="13px" line-height="20px" color="#6d7175">{why}<br/><a href="{unsubscribe}">{stop}</a></mj-text>
</mj-column></mj-section></mj-body></mjml>"""

_PART: Final = """<mj-section background-color="#ffffff" padding="8px 0"><mj-column>
<mj-text font-size="22px" line-height="30px" font-weight="700">{title}</mj-text><mj-text>{text}</mj-text></mj-column></mj-section>"""

_LABEL: Final = re.compile(r'aria-label="[^"]*"(?= aria-roledescription="email")')
"""What screen readers read out for the mail: mrml writes signs such as the narrow space of "5 $" into it as their numbers."""


@dataclass(frozen=True, slots=True)
class Look:
    """A mail in words."""

    subject: str
    text: str
    html: str


def look(mail: Mail) -> Look:
    """Make words of the mail's parts. Whatever merchants or shoppers typed stays text: it is escaped in the HTML."""
    words = mails.WORDS[mail.language]
    told = [_told(mail, part) for part in mail.parts]
    general = {"program": mail.program.name}
    subject = told[0][0] if len(told) == 1 else _filled(words["digest"][0], general)
    why = _filled(words["why_you"][0], general)
    accent = mail.program.branding.accent or ACCENT
    button, stop = words["button"][0], words["unsubscribe"][0]
    lines = [f"{title}\n\n{text}" for title, text in told]
    text = "\n\n".join([*lines, f"{button}: {mail.store_url}", f"--\n{why}\n{stop}: {mail.unsubscribe_url}\n"])
    html = mrml.to_html(
        _FRAME.format(
            language=mail.language,
            subject=escape(subject),
            preview=escape(told[0][1]),
            sender=escape(mail.sender_name),
            parts="".join(_PART.format(title=escape(title), text=escape(body)) for title, body in told),
            accent=accent,
            ink=ink_on(accent),
            store=escape(mail.store_url),
            button=escape(button),
            why=escape(why),
            unsubscribe=escape(mail.unsubscribe_url),
            stop=escape(stop),
        )
    ).content
    return Look(subject, text, _LABEL.sub(lambda _: f'aria-label="{escape(subject)}"', html, count=1))


def _told(mail: Mail, part: MailPart) -> tuple[str, str]:
    """(title, sentence) of one part."""
    words = mails.WORDS[mail.language]
    title, sentence = words[part.kind]
    if part.kind == "statement" and part.facts.get("expiring"):
        sentence = f"{sentence} {words['statement_expiring'][1]}"
    places = _places(mail, part.facts)
    return _filled(title, places), _filled(sentence, places)


def _places(mail: Mail, facts: Mapping[str, Any]) -> dict[str, str]:
    language = mail.language
    places = {"program": mail.program.name, "name": str(facts.get("name") or ""), "code": str(facts.get("code") or "")}
    level = mail.program.tiers.level(facts.get("tier"))
    if level is not None:
        places["name"] = level.title_in(language)
    places |= {name: str(facts.get(name) or "") for name in ("reason", "words")}
    places |= {name: points_text(mail, int(facts[name])) for name in COUNTS if facts.get(name) is not None}
    if "month" in facts:
        places["month"] = format_date(date.fromisoformat(facts["month"]), "LLLL", locale=language)
    if "date" in facts:
        at = datetime.fromisoformat(facts["date"]).astimezone(ZoneInfo(mail.timezone))
        places["date"] = format_date(at, "long", locale=language)
    places["worth"] = _worth(mail, facts) or places.get("points", "")
    return places


def points_text(mail: Mail, count: int) -> str:
    """So many points in the merchant's words and the member's language."""
    return f"{format_decimal(count, locale=mail.language)} {mail.program.points_word(count, mail.language)}"


def _worth(mail: Mail, facts: Mapping[str, Any]) -> str:
    value, kind, language = facts.get("value"), facts.get("kind"), mail.language
    if kind == "amount_off" and value is not None:
        return str(format_currency(Decimal(value), facts["currency"], locale=language))
    if kind == "percent_off" and value is not None:
        return str(format_percent(Decimal(value) / 100, locale=language))
    reward = mail.program.reward(str(facts.get("reward_id")))
    return reward.title_in(language) if reward is not None else str(facts.get("title") or "")


def _filled(sentence: str, places: Mapping[str, str]) -> str:
    """The sentence with its places filled; what is filled in is never read for places again."""
    return sentence.format_map(_Gaps(places))


class _Gaps(dict[str, str]):
    """A place that nothing is known for stays empty."""

    def __missing__(self, key: str) -> str:
        return ""
