"""How this door says no: one table from a refusal's code to a status and a sentence in the shopper's language.

Sentences carry the refusal's figures, in the merchant's words for points, and never an id, an address or anything that was sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from babel.numbers import format_decimal

from plugin.loyalty.errors import Refusal
from plugin.loyalty.program import Program
from plugin.storefront.points import PointsWords, points_words


class NonceMissing(Refusal):
    """The nonce is absent, another visitor's, or has run out: the page reads the state again and repeats the request."""

    code: ClassVar[str] = "session-expired"
    sentence: ClassVar[str] = "This page was open for a while. Please try again."


class RequestUnreadable(Refusal):
    """The body is not the JSON that this route takes, or a parameter is malformed."""

    code: ClassVar[str] = "invalid-request"
    sentence: ClassVar[str] = "This request could not be understood."


class PageUnknown(Refusal):
    """There is nothing at this address for this method."""

    code: ClassVar[str] = "not-found"
    sentence: ClassVar[str] = "There is nothing here."


class Unavailable(Refusal):
    """The database or Shopify cannot be asked just now."""

    code: ClassVar[str] = "try-again"
    sentence: ClassVar[str] = "This did not work just now. Please try again in a moment."


@dataclass(frozen=True, slots=True)
class Answer:
    """How one kind of refusal is answered: the HTTP status and the sentence by language."""

    status: int
    en: str
    de: str
    fr: str


_NO_SHOP: Final = Answer(404, "There is nothing here.", "Hier gibt es nichts.", "Il n'y a rien ici.")
_RETRY: Final = Answer(
    503,
    "This did not work just now. Please try again in a moment.",
    "Das hat gerade nicht geklappt. Bitte versuche es gleich noch einmal.",
    "Cela n'a pas fonctionné. Veuillez réessayer dans un instant.",
)
_UNREADABLE: Final = Answer(
    422,
    "This request could not be understood.",
    "Diese Anfrage war nicht verständlich.",
    "Cette demande n'a pas été comprise.",
)

ANSWERS: Final[Mapping[str, Answer]] = {
    "not_from_shopify": Answer(
        401,
        "This request could not be verified.",
        "Diese Anfrage konnte nicht überprüft werden.",
        "Cette demande n'a pas pu être vérifiée.",
    ),
    "session-expired": Answer(
        403,
        "This page was open for a while. Please try again.",
        "Diese Seite war länger offen. Bitte versuche es noch einmal.",
        "Cette page est restée ouverte un moment. Veuillez réessayer.",
    ),
    "invalid-request": _UNREADABLE,
    "idempotency-key-reused": _UNREADABLE,
    "not-found": _NO_SHOP,
    "shop-unknown": _NO_SHOP,
    "try-again": _RETRY,
    "sign-in-required": Answer(
        401,
        "Sign in to your account to do this.",
        "Melde dich dafür bitte in deinem Kundenkonto an.",
        "Connectez-vous à votre compte pour continuer.",
    ),
    "insufficient-points": Answer(
        422,
        "This needs {asked} {asked_word}, and you have {available}.",
        "Dafür brauchst du {asked} {asked_word}, du hast {available}.",
        "Il faut {asked} {asked_word}, et vous en avez {available}.",
    ),
    "points-out-of-range": Answer(
        422,
        "Choose {minimum} to {maximum} {maximum_word}, in steps of {step}.",
        "Wähle {minimum} bis {maximum} {maximum_word}, in Schritten von {step}.",
        "Choisissez de {minimum} à {maximum} {maximum_word}, par pas de {step}.",
    ),
    "reward-unavailable": Answer(
        404,
        "This reward is not offered any more.",
        "Diese Prämie gibt es nicht mehr.",
        "Cette récompense n'est plus proposée.",
    ),
    "program-not-live": Answer(
        404,
        "The program is paused at the moment.",
        "Das Programm macht gerade Pause.",
        "Le programme est en pause pour le moment.",
    ),
    "spending-stopped": Answer(
        503,
        "Redeeming is paused for a moment. Nothing is lost; please come back later.",
        "Einlösen ist gerade nicht möglich. Nichts geht verloren, bitte komm später wieder.",
        "L'utilisation est suspendue un moment. Rien n'est perdu, revenez plus tard.",
    ),
    "member-unknown": Answer(
        404,
        "Join the program first.",
        "Melde dich zuerst für das Programm an.",
        "Rejoignez d'abord le programme.",
    ),
    "member-excluded": Answer(
        403,
        "This account does not take part in the program.",
        "Dieses Konto nimmt nicht am Programm teil.",
        "Ce compte ne participe pas au programme.",
    ),
    "redemption-unknown": Answer(
        404,
        "We could not find this reward.",
        "Diese Prämie wurde nicht gefunden.",
        "Cette récompense est introuvable.",
    ),
    "redemption-over": Answer(
        409,
        "This reward was used or has ended, so it cannot be returned.",
        "Diese Prämie wurde benutzt oder ist beendet und kann nicht zurückgegeben werden.",
        "Cette récompense a été utilisée ou est terminée ; elle ne peut plus être rendue.",
    ),
    "referral-unknown": Answer(
        404,
        "This invitation link is not known.",
        "Dieser Einladungslink ist nicht bekannt.",
        "Ce lien d'invitation est inconnu.",
    ),
    "referral-closed": Answer(
        410,
        "This invitation is not open at the moment.",
        "Diese Einladung ist gerade nicht offen.",
        "Cette invitation n'est pas ouverte pour le moment.",
    ),
    "referral-for-new-customers": Answer(
        403,
        "This gift is for new customers.",
        "Dieses Geschenk ist für neue Kundinnen und Kunden.",
        "Ce cadeau est réservé aux nouveaux clients.",
    ),
}


def answer(refusal: Refusal, *, program: Program | None, language: str) -> tuple[dict[str, Any], int]:
    """The body and status for a refusal, in one of `LANGUAGES`. `program` lends its words for points; None before the shop is known."""
    found = ANSWERS[refusal.code]
    sentences = {"en": found.en, "de": found.de, "fr": found.fr}
    message = sentences[language].format_map(_figures(refusal, points_words(program or Program(), language)))
    return {"error": {"code": refusal.code, "message": message}}, found.status


def _figures(refusal: Refusal, names: PointsWords) -> dict[str, str]:
    figures: dict[str, str] = {}
    for name, value in refusal.facts.items():
        if isinstance(value, int):
            figures[name] = format_decimal(value, locale=names.language)
            figures[f"{name}_word"] = names.for_count(value)
    return figures
