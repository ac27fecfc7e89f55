"""Words for readers: where a referral stands, told politely to shoppers, and what speaks against one, told plainly to staff.

Shoppers are never told which signal spoke against them: whoever tries would learn what to change.
"""

from __future__ import annotations

from typing import Final

from plugin.loyalty.referring import State
from plugin.loyalty.suspicion import Signal
from plugin.loyalty.words import language_of

_FOR_ADVOCATES: Final[dict[str, dict[State, str]]] = {
    "en": {
        "claimed": "Your friend has your gift and can use it.",
        "ordered": "Your friend has ordered. We are checking the order.",
        "review": "Your friend has ordered. We are checking the order.",
        "holding": "Your friend has ordered. Your reward becomes available once returns are no longer possible.",
        "rewarded": "You were rewarded for this friend.",
        "blocked": "This referral could not be rewarded. Please contact the store if you think that is a mistake.",
        "void": "This referral brought no reward.",
    },
    "de": {
        "claimed": "Dein Geschenk ist bei deiner Freundin oder deinem Freund und kann eingelöst werden.",
        "ordered": "Es wurde bestellt. Wir prüfen die Bestellung.",
        "review": "Es wurde bestellt. Wir prüfen die Bestellung.",
        "holding": "Es wurde bestellt. Deine Belohnung wird verfügbar, sobald keine Rückgabe mehr möglich ist.",
        "rewarded": "Für diese Empfehlung hast du deine Belohnung bekommen.",
        "blocked": "Diese Empfehlung konnte nicht belohnt werden. Melde dich beim Shop, wenn das ein Irrtum ist.",
        "void": "Diese Empfehlung hat keine Belohnung gebracht.",
    },
    "fr": {
        "claimed": "Votre cadeau a été reçu et peut être utilisé.",
        "ordered": "Une commande a été passée. Nous la vérifions.",
        "review": "Une commande a été passée. Nous la vérifions.",
        "holding": "Une commande a été passée. Votre récompense sera disponible à la fin du délai de retour.",
        "rewarded": "Vous avez été récompensé pour ce parrainage.",
        "blocked": "Ce parrainage n’a pas pu être récompensé. Contactez la boutique s’il s’agit d’une erreur.",
        "void": "Ce parrainage n’a pas donné de récompense.",
    },
    "es": {
        "claimed": "Tu regalo ha llegado y ya se puede usar.",
        "ordered": "Se ha hecho un pedido. Lo estamos comprobando.",
        "review": "Se ha hecho un pedido. Lo estamos comprobando.",
        "holding": "Se ha hecho un pedido. Tu recompensa estará disponible cuando termine el plazo de devolución.",
        "rewarded": "Has recibido tu recompensa por esta recomendación.",
        "blocked": "No se ha podido premiar esta recomendación. Contacta con la tienda si crees que es un error.",
        "void": "Esta recomendación no ha dado recompensa.",
    },
    "tr": {
        "claimed": "Arkadaşın hediyeni aldı ve kullanabilir.",
        "ordered": "Arkadaşın sipariş verdi. Siparişi kontrol ediyoruz.",
        "review": "Arkadaşın sipariş verdi. Siparişi kontrol ediyoruz.",
        "holding": "Arkadaşın sipariş verdi. İade süresi dolunca ödülünü kullanabilirsin.",
        "rewarded": "Bu arkadaşın için ödülünü aldın.",
        "blocked": "Bu davet ödüllendirilemedi. Bir yanlışlık olduğunu düşünüyorsan mağazaya yaz.",
        "void": "Bu davet ödül getirmedi.",
    },
    "ja": {
        "claimed": "お友だちがギフトを受け取り、使えるようになりました。",
        "ordered": "お友だちからご注文がありました。内容を確認しています。",
        "review": "お友だちからご注文がありました。内容を確認しています。",
        "holding": "お友だちからご注文がありました。返品期間が終わると特典をご利用いただけます。",
        "rewarded": "このご紹介の特典をお受け取りいただきました。",
        "blocked": "このご紹介は特典の対象になりませんでした。誤りと思われる場合はストアまでご連絡ください。",
        "void": "このご紹介では特典がありませんでした。",
    },
}

_FOR_FRIENDS: Final[dict[str, dict[State, str]]] = {
    "en": {
        "blocked": "This order did not bring the extra for new customers. Contact the store if you think that is a mistake.",
        "review": "We are checking your order before we add the extra for new customers.",
        "ordered": "We are checking your order before we add the extra for new customers.",
    },
    "de": {
        "blocked": "Für diese Bestellung gab es kein Extra für Neue. Melde dich beim Shop, wenn das ein Irrtum ist.",
        "review": "Wir prüfen deine Bestellung, bevor das Extra für neue Kundinnen und Kunden dazukommt.",
        "ordered": "Wir prüfen deine Bestellung, bevor das Extra für neue Kundinnen und Kunden dazukommt.",
    },
    "fr": {
        "blocked": "L’avantage nouveau client n’a pas pu être accordé pour cette commande. Contactez la boutique s’il s’agit d’une erreur.",
        "review": "Nous vérifions votre commande avant d’ajouter l’avantage nouveau client.",
        "ordered": "Nous vérifions votre commande avant d’ajouter l’avantage nouveau client.",
    },
    "es": {
        "blocked": "Este pedido no ha dado el extra de bienvenida. Contacta con la tienda si crees que es un error.",
        "review": "Estamos comprobando tu pedido antes de añadir el extra de bienvenida.",
        "ordered": "Estamos comprobando tu pedido antes de añadir el extra de bienvenida.",
    },
    "tr": {
        "blocked": "Bu siparişte yeni müşteri avantajı verilemedi. Bir yanlışlık olduğunu düşünüyorsan mağazaya yaz.",
        "review": "Yeni müşteri avantajını eklemeden önce siparişini kontrol ediyoruz.",
        "ordered": "Yeni müşteri avantajını eklemeden önce siparişini kontrol ediyoruz.",
    },
    "ja": {
        "blocked": "このご注文は初回特典の対象になりませんでした。誤りと思われる場合はストアまでご連絡ください。",
        "review": "初回特典をお付けする前に、ご注文の内容を確認しています。",
        "ordered": "初回特典をお付けする前に、ご注文の内容を確認しています。",
    },
}

_SIGNALS: Final[dict[Signal, str]] = {
    Signal.SAME_MAILBOX: "Both use the same mailbox, perhaps by an alias",
    Signal.SIMILAR_MAILBOX: "Their e-mail addresses differ by a number only",
    Signal.SAME_PERSON: "Both have the same name and the same address",
    Signal.SAME_PHONE: "Both have the same phone number",
    Signal.SAME_NAME: "Both have the same name",
    Signal.SAME_DEVICE: "Both used the same device",
    Signal.SAME_ADDRESS: "Both have the same address",
    Signal.SAME_NETWORK: "Both came from the same network",
    Signal.RING: "The referrals go round in a circle",
    Signal.VELOCITY: "Many friends ordered within a day",
    Signal.FRIEND_TWIN: "Another friend of the same member is the same person",
    Signal.FRIEND_CROWD: "Several friends of the same member share a place, a phone or a device",
}

_REASONS: Final = {
    "unpaid": "The order is not paid yet",
    "checking": "Both people are being looked at",
    "suspicion": "Too much speaks against it",
    "staff": "Blocked by staff",
    "limit": "The member who invited them had reached the limit of rewarded friends for the period",
    "closed": "Referrals were switched off",
    "own_account": "Both are one account",
    "refunded": "The order was refunded",
    "nothing_bought": "The order holds nothing that counts",
    "below_minimum": "The order is below the minimum",
    "not_new": "The friend had bought before",
    "referred_before": "The same person was referred before",
    "not_used_in_time": "The gift was not used in time",
    "code_refused": "The code could not be created",
    "no_customer": "The order belongs to no customer",
    "test": "It is a test order",
    "deleted": "The order was deleted",
    "cancelled": "The order was cancelled",
    "not_live": "The program was switched off",
    "company": "It is a company's order",
    "customer_tag": "The friend does not take part",
    "not_joined": "The friend had not joined",
    "blocked": "Your team has set that the friend earns nothing",
    "advocate_blocked": "Your team has set that the advocate earns nothing",
}


def for_advocate(state: State, *, language: str = "en") -> str:
    """Where a referral stands, told to whoever referred."""
    return _FOR_ADVOCATES[language_of(language)][state]


def for_friend(state: State, *, language: str = "en") -> str | None:
    """What a friend is told of the extra that their order was to bring; None when there is nothing to tell."""
    return _FOR_FRIENDS[language_of(language)].get(state)


def signal_text(signal: str) -> str:
    """What speaks against a referral, in a sentence for staff."""
    return _SIGNALS[Signal(signal)]


def reason_text(reason: str) -> str:
    """Why a referral stands where it does, in a sentence for staff; reasons of orders that we have no words for are told as they are."""
    return _REASONS.get(reason, reason.replace("_", " ").capitalize())
