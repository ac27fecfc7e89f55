"""Mail by SMTP: one connection a mail, with a deadline; what the server says is classified as Shopify's answers are."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from typing import Final
from urllib.parse import unquote, urlsplit

from plugin.loyalty.errors import Refused, Unreachable
from plugin.loyalty.mail import Mail
from plugin.mail.looks import Look, look

DEADLINE_SECONDS: Final = 15.0
SMTP_PORT: Final = 587
SMTPS_PORT: Final = 465
PERMANENT: Final = 500


class Smtp:
    """A mail server. `url` is smtp://user:password@host:port (STARTTLS where the server offers it) or smtps://."""

    def __init__(self, url: str, sender: str) -> None:
        self._parts = urlsplit(url)
        self._sender = sender

    def send(self, mail: Mail) -> None:
        """Hand the mail to the server. Raises Refused (this address is not taken, ever) and Unreachable (try again)."""
        message = written(mail, look(mail), sender=self._sender)
        try:
            with self._connected() as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()))[0]
            if code >= PERMANENT:
                raise Refused(f"the mail server does not take this address ({code})") from None
            raise Unreachable(f"the mail server puts this address off ({code})") from None
        except (smtplib.SMTPException, OSError) as error:
            raise Unreachable(f"the mail server: {type(error).__name__}") from None

    def _connected(self) -> smtplib.SMTP:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "smtps":
            context = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port or SMTPS_PORT, timeout=DEADLINE_SECONDS, context=context)
        else:
            server = smtplib.SMTP(host, port or SMTP_PORT, timeout=DEADLINE_SECONDS)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
                server.ehlo()
        if self._parts.username:
            server.login(unquote(self._parts.username), unquote(self._parts.password or ""))
        return server


def written(mail: Mail, shown: Look, *, sender: str) -> EmailMessage:
    """The message with a text part and an HTML part. Everything in headers is free of line breaks: EmailMessage refuses them."""
    message = EmailMessage()
    message["Subject"] = _one_line(shown.subject)
    message["From"] = formataddr((_one_line(mail.sender_name), sender))
    message["To"] = mail.to
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = f"<{mail.id}@{sender.rpartition('@')[2]}>"
    if mail.reply_to:
        message["Reply-To"] = mail.reply_to
    message["List-Unsubscribe"] = f"<{mail.unsubscribe_url}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Content-Language"] = mail.language
    message.set_content(shown.text)
    message.add_alternative(shown.html, subtype="html")
    return message


def _one_line(text: str) -> str:
    return " ".join(text.split())
