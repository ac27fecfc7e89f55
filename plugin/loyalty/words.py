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
        Reason.ACTION: "{what}",
        Reason.ACTION_UNDONE: "Taken back: {what}",
        Reason.ACHIEVEMENT: "Reached: {what}",
        Reason.ACHIEVEMENT_UNDONE: "Taken back: {what} is no longer reached",
        Reason.DIVIDEND: "Your share of last year's purchases",
        Reason.DIVIDEND_UNDONE: "Taken back: last year's purchases were refunded",
        Reason.MEMBERSHIP: "Membership: {what}",
        Reason.MEMBERSHIP_UNDONE: "Taken back: the membership was refunded",
        Reason.PARTNER: "Earned at {what}",
        Reason.PARTNER_UNDONE: "Taken back by {what}",
        Reason.GOODWILL: "A thank-you from the store",
        Reason.LAUNCH: "Welcome gift",
        Reason.TIER: "Welcome to {what}",
        Reason.TIER_UNDONE: "Taken back: {what}",
        Reason.REINSTATED: "Given back after they had expired",
        Reason.POOLED: "Shared with your household",
        Reason.POOL_LEFT: "Your share of the household",
        Reason.GIFT_SENT: "Given to another member",
        Reason.GIFT_RECEIVED: "A gift from another member",
        Reason.DONATED: "Donated to {what}",
        Reason.MATCHED: "The store matched a donation",
        Reason.SHARED_ORDER: "Your share of order {order}",
        Reason.IMPORTED: "Brought along from an earlier program",
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
        Reason.ACTION: "{what}",
        Reason.ACTION_UNDONE: "Zurückgenommen: {what}",
        Reason.ACHIEVEMENT: "Erreicht: {what}",
        Reason.ACHIEVEMENT_UNDONE: "Zurückgenommen: {what} ist nicht mehr erreicht",
        Reason.DIVIDEND: "Dein Anteil an den Einkäufen des letzten Jahres",
        Reason.DIVIDEND_UNDONE: "Zurückgenommen: Einkäufe des letzten Jahres wurden erstattet",
        Reason.MEMBERSHIP: "Mitgliedschaft: {what}",
        Reason.MEMBERSHIP_UNDONE: "Zurückgenommen: die Mitgliedschaft wurde erstattet",
        Reason.PARTNER: "Gesammelt bei {what}",
        Reason.PARTNER_UNDONE: "Zurückgenommen von {what}",
        Reason.GOODWILL: "Ein Dankeschön vom Shop",
        Reason.LAUNCH: "Willkommensgeschenk",
        Reason.TIER: "Willkommen bei {what}",
        Reason.TIER_UNDONE: "Zurückgenommen: {what}",
        Reason.REINSTATED: "Nach dem Verfall zurückgegeben",
        Reason.POOLED: "Mit deinem Haushalt geteilt",
        Reason.POOL_LEFT: "Dein Anteil am Haushalt",
        Reason.GIFT_SENT: "Einem anderen Mitglied geschenkt",
        Reason.GIFT_RECEIVED: "Geschenk eines anderen Mitglieds",
        Reason.DONATED: "Gespendet an {what}",
        Reason.MATCHED: "Der Shop hat eine Spende verdoppelt",
        Reason.SHARED_ORDER: "Dein Anteil an Bestellung {order}",
        Reason.IMPORTED: "Aus einem früheren Programm mitgebracht",
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
        Reason.ACTION: "{what}",
        Reason.ACTION_UNDONE: "Repris : {what}",
        Reason.ACHIEVEMENT: "Atteint : {what}",
        Reason.ACHIEVEMENT_UNDONE: "Repris : {what} n’est plus atteint",
        Reason.DIVIDEND: "Votre part des achats de l’an dernier",
        Reason.DIVIDEND_UNDONE: "Repris : des achats de l’an dernier ont été remboursés",
        Reason.MEMBERSHIP: "Adhésion : {what}",
        Reason.MEMBERSHIP_UNDONE: "Repris : l’adhésion a été remboursée",
        Reason.PARTNER: "Gagnés chez {what}",
        Reason.PARTNER_UNDONE: "Repris par {what}",
        Reason.GOODWILL: "Un geste de la boutique",
        Reason.LAUNCH: "Cadeau de bienvenue",
        Reason.TIER: "Bienvenue au niveau {what}",
        Reason.TIER_UNDONE: "Repris : {what}",
        Reason.REINSTATED: "Rendus après expiration",
        Reason.POOLED: "Partagés avec votre foyer",
        Reason.POOL_LEFT: "Votre part du foyer",
        Reason.GIFT_SENT: "Offerts à un autre membre",
        Reason.GIFT_RECEIVED: "Cadeau d’un autre membre",
        Reason.DONATED: "Donnés à {what}",
        Reason.MATCHED: "La boutique a doublé un don",
        Reason.SHARED_ORDER: "Votre part de la commande {order}",
        Reason.IMPORTED: "Repris d’un programme précédent",
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


def reason_text(
    reason: Reason, *, order: str | None, what: str | None = None, language: str = "en", is_for_staff: bool = False
) -> str:
    """Why an entry was made, told to the member or (in English) to staff.

    `order` is the order's name such as "#1001", `what` the merchant's title of the action, tier, milestone, partner or cause.
    """
    sentence = _FOR_STAFF.get(reason) if is_for_staff else None
    return (sentence or _REASONS[language_of(language)][reason]).format(order=order or "", what=what or "").strip()


def signed_points(move: Move, points: int) -> int:
    """What a member sees happen to what they can spend: negative for points that leave, 0 for movements they need not see a sign for."""
    if move in _QUIET:
        return 0
    return -points if move in _LOSSES else points


def points_text(program: Program, count: int, language: str = "en") -> str:
    """So many points in the merchant's words: "1 point", "120 points"."""
    return f"{count:,} {program.points_word(count, language_of(language))}"
