"""Where unsubscribe links lead: mail programs post to them by themselves (RFC 8058), people see a page with one button.

The link carries a token for one address in one shop; the address itself is not in it. Looking at the page changes nothing, because
mail scanners open every link.
"""

from __future__ import annotations

from html import escape
from typing import Final

from flask import Blueprint, Response, request

from plugin.loyalty.mails import WORDS
from plugin.loyalty.words import LANGUAGES
from plugin.services import messages
from plugin.services.perform import World

UNKNOWN: Final = {
    "en": "This link is not one of ours, or it is incomplete. Please use the link in a mail you got from us.",
    "de": "Dieser Link ist nicht von uns oder unvollständig. Bitte nimm den Link aus einer Mail von uns.",
    "fr": "Ce lien n’est pas le nôtre ou il est incomplet. Utilisez le lien d’un e-mail que nous vous avons envoyé.",
    "es": "Este enlace no es nuestro o está incompleto. Usa el enlace de un correo nuestro.",
    "tr": "Bu bağlantı bize ait değil ya da eksik. Lütfen gönderdiğimiz bir e-postadaki bağlantıyı kullan.",
    "ja": "このリンクは当店のものではないか、途中で切れています。お送りしたメールのリンクをご利用ください。",
}
"""Language -> what is said of a link that leads nowhere."""

PAGE: Final = """<!doctype html><html lang="{language}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>{title}</title>
<style>body {{ font: 17px/1.5 system-ui, sans-serif; margin: 15vh auto; max-width: 26rem; padding: 0 1.25rem; color: #202223 }}
button {{ font: inherit; padding: .6rem 1.2rem; border: 0; border-radius: .5rem; background: #1f5f54; color: #fff }}</style>
<main>{body}</main></html>"""


def create_blueprint(world: World) -> Blueprint:
    """The page, to be registered without a prefix."""
    blueprint = Blueprint("unsubscribe", __name__)

    @blueprint.get(messages.UNSUBSCRIBE_PATH)
    def ask() -> Response:
        language = _language()
        stop = escape(WORDS[language]["unsubscribe"][0])
        action = escape(f"{messages.UNSUBSCRIBE_PATH}?t={request.args.get('t', '')}")
        return _page(language, stop, f'<form method="post" action="{action}"><button>{stop}</button></form>')

    @blueprint.post(messages.UNSUBSCRIBE_PATH)
    def stop() -> Response:
        language = _language()
        key = world.letters.key if world.letters is not None else b""
        token = request.args.get("t", "")
        is_done = bool(key) and messages.unsubscribe(world.database, token, key=key, now=world.clock())
        said = WORDS[language]["unsubscribed"][0] if is_done else UNKNOWN[language]
        return _page(language, said, f"<p>{escape(said)}</p>", status=200 if is_done else 404)

    return blueprint


def _language() -> str:
    return request.accept_languages.best_match(LANGUAGES, "en") or "en"


def _page(language: str, title: str, body: str, *, status: int = 200) -> Response:
    html = PAGE.format(language=language, title=escape(title), body=body)
    response = Response(html, status=status, mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"
    return response
