"""The mails' words in French."""

from __future__ import annotations

from typing import Final

MAILS: Final[dict[str, tuple[str, str]]] = {
    "welcome": (
        "Bienvenue dans {program}",
        "C’est fait. Chaque commande vous apporte des points à échanger contre des récompenses.",
    ),
    "points_earned": ("Vous avez gagné {points}", "Merci pour votre commande. Elle vous a apporté {points}."),
    "code_issued": (
        "Votre récompense : {worth}",
        "Votre code personnel est {code}. Il vaut pour une commande jusqu’au {date}.",
    ),
    "code_expiring": (
        "Votre code se termine le {date}",
        "{worth} vous attend : utilisez {code} avant le {date}, ou rendez-le et gardez vos points.",
    ),
    "points_expiring": ("{points} expirent le {date}", "Utilisez {points} avant le {date} pour ne pas les perdre."),
    "tier_up": ("Vous êtes maintenant {name}", "Bienvenue au niveau {name}. Ses avantages comptent dès aujourd’hui."),
    "referral_claimed": (
        "Votre filleul a son cadeau",
        "Quelqu’un a pris le cadeau de votre lien. Vous recevrez le vôtre à sa commande.",
    ),
    "referral_rewarded": (
        "Votre filleul a commandé : {worth} pour vous",
        "Merci d’en avoir parlé. Votre cadeau : {worth}.",
    ),
    "referral_blocked": ("À propos de votre parrainage", "Ce parrainage n’a pas pu être récompensé. {reason}"),
    "birthday": ("Joyeux anniversaire !", "Un petit cadeau de notre part : {worth}."),
    "milestone": ("Vous avez atteint {name}", "Bravo ! Pour {name}, vous recevez {worth}."),
    "points_available": (
        "À utiliser dès maintenant : {points}",
        "Le délai après votre commande est passé. À utiliser dès maintenant : {points}.",
    ),
    "reward_near": ("Vous y êtes presque : {worth}", "Plus que {points} avant votre récompense : {worth}."),
    "tier_at_risk": (
        "{name} prend fin le {date}",
        "Tout ce que vous faites chez nous jusqu’au {date} compte pour garder {name} et ses avantages.",
    ),
    "statement": ("{program} : votre mois de {month}", "Gagné : {came}. Utilisé : {spent}. Votre solde : {points}."),
    "statement_expiring": ("", "Expirent le {date} : {expiring}."),
    "feedback_reply": ("Notre réponse à votre avis", "{words}"),
    "digest": ("Des nouvelles de {program}", ""),
    "button": ("Voir la boutique", ""),
    "unsubscribe": ("Se désabonner", ""),
    "why_you": ("Vous recevez ce message car vous participez à {program}.", ""),
    "unsubscribed": ("C’est fait. Vous ne recevrez plus de messages de notre part.", ""),
}
