"""Words for readers: why an entry was made, in the reader's language and with the merchant's name for points.

Made when read, never stored.
"""

from __future__ import annotations

from plugin.loyalty.ledger import Move, Reason
from plugin.loyalty.program import Program

LANGUAGES = ("en", "de", "fr")

_REASONS: dict[str, dict[Reason, str]] = {
    "en": {
        Reason.ORDER: "Earned with order {order}",
        Reason.ORDER_CHANGED: "Order {order} changed",
        Reason.REFUND: "Taken back after a refund of order {order}",
        Reason.CANCELLED: "Taken back: order {order} was cancelled",
        Reason.REFERRAL: "A friend you referred placed an order",
        Reason.REFERRAL_UNDONE: "Taken back: the referred order was refunded",
        Reason.REFERRED: "Welcome bonus from a friend's referral",
        Reason.WAITING_OVER: "Became available",
        Reason.REWARD: "Reserved for a reward",
        Reason.REWARD_USED: "Reward used with order {order}",
        Reason.REWARD_CANCELLED: "Returned: reward cancelled",
        Reason.REWARD_LAPSED: "Returned: reward not used in time",
        Reason.REWARD_FAILED: "Returned: the reward could not be created",
        Reason.REWARD_USED_LATE: "Reward used with order {order} after it was returned",
        Reason.REWARD_REFUNDED: "Returned after a refund of order {order}",
        Reason.EXPIRED: "Expired",
        Reason.STAFF: "Changed by the store",
        Reason.MERGED: "Two accounts became one",
        Reason.ORDER_MOVED: "Order {order} now belongs to another account",
    },
    "de": {
        Reason.ORDER: "Gesammelt mit Bestellung {order}",
        Reason.ORDER_CHANGED: "Bestellung {order} wurde geändert",
        Reason.REFUND: "Zurückgenommen nach Erstattung von Bestellung {order}",
        Reason.CANCELLED: "Zurückgenommen: Bestellung {order} wurde storniert",
        Reason.REFERRAL: "Eine Empfehlung von dir hat bestellt",
        Reason.REFERRAL_UNDONE: "Zurückgenommen: die empfohlene Bestellung wurde erstattet",
        Reason.REFERRED: "Willkommensbonus für eine Empfehlung",
        Reason.WAITING_OVER: "Jetzt verfügbar",
        Reason.REWARD: "Für eine Prämie reserviert",
        Reason.REWARD_USED: "Prämie eingelöst mit Bestellung {order}",
        Reason.REWARD_CANCELLED: "Zurückgebucht: Prämie storniert",
        Reason.REWARD_LAPSED: "Zurückgebucht: Prämie nicht rechtzeitig genutzt",
        Reason.REWARD_FAILED: "Zurückgebucht: Prämie konnte nicht erstellt werden",
        Reason.REWARD_USED_LATE: "Prämie nach Rückbuchung mit Bestellung {order} eingelöst",
        Reason.REWARD_REFUNDED: "Zurückgebucht nach Erstattung von Bestellung {order}",
        Reason.EXPIRED: "Verfallen",
        Reason.STAFF: "Vom Shop geändert",
        Reason.MERGED: "Zwei Konten wurden zusammengeführt",
        Reason.ORDER_MOVED: "Bestellung {order} gehört nun zu einem anderen Konto",
    },
    "fr": {
        Reason.ORDER: "Gagnés avec la commande {order}",
        Reason.ORDER_CHANGED: "La commande {order} a été modifiée",
        Reason.REFUND: "Repris après un remboursement de la commande {order}",
        Reason.CANCELLED: "Repris : la commande {order} a été annulée",
        Reason.REFERRAL: "Une personne que vous avez parrainée a commandé",
        Reason.REFERRAL_UNDONE: "Repris : la commande parrainée a été remboursée",
        Reason.REFERRED: "Bonus de bienvenue grâce à un parrainage",
        Reason.WAITING_OVER: "Devenus disponibles",
        Reason.REWARD: "Réservés pour une récompense",
        Reason.REWARD_USED: "Récompense utilisée avec la commande {order}",
        Reason.REWARD_CANCELLED: "Rendus : récompense annulée",
        Reason.REWARD_LAPSED: "Rendus : récompense non utilisée à temps",
        Reason.REWARD_FAILED: "Rendus : la récompense n'a pas pu être créée",
        Reason.REWARD_USED_LATE: "Récompense utilisée avec la commande {order} après avoir été rendue",
        Reason.REWARD_REFUNDED: "Rendus après un remboursement de la commande {order}",
        Reason.EXPIRED: "Expirés",
        Reason.STAFF: "Modifiés par la boutique",
        Reason.MERGED: "Deux comptes ont été réunis",
        Reason.ORDER_MOVED: "La commande {order} appartient désormais à un autre compte",
    },
}

_FOR_STAFF = {Reason.REFERRAL: "A friend they referred placed an order"}

_LOSSES = frozenset(
    {Move.HOLD, Move.EXPIRE, Move.CLAW_BACK_PENDING, Move.CLAW_BACK, Move.RECAPTURE, Move.ADJUST_DOWN}
    | {Move.TRANSFER_OUT, Move.TRANSFER_PENDING_OUT, Move.TRANSFER_HELD_OUT}
)
_QUIET = frozenset({Move.VEST, Move.CAPTURE, Move.CLAW_BACK_EXPIRED})


def language_of(locale: str | None) -> str:
    """The language we have words in for a locale such as "de-AT"; English for any other."""
    language = (locale or "en")[:2].lower()
    return language if language in LANGUAGES else "en"


def reason_text(reason: Reason, *, order: str | None, language: str = "en", is_for_staff: bool = False) -> str:
    """Why an entry was made, told to the member or (in English) to staff; `order` is the order's name such as "#1001"."""
    sentence = _FOR_STAFF.get(reason) if is_for_staff else None
    return (sentence or _REASONS[language_of(language)][reason]).format(order=order or "").strip()


def signed_points(move: Move, points: int) -> int:
    """What a member sees happen to what they can spend: negative for points that leave, 0 for movements they need not see a sign for."""
    if move in _QUIET:
        return 0
    return -points if move in _LOSSES else points


def points_text(program: Program, count: int, language: str = "en") -> str:
    """So many points in the merchant's words: "1 point", "120 points"."""
    return f"{count:,} {program.points_word(count, language_of(language))}"
