"""The mails' words in German."""

from __future__ import annotations

from typing import Final

MAILS: Final[dict[str, tuple[str, str]]] = {
    "welcome": (
        "Willkommen bei {program}",
        "Du bist dabei. Mit jeder Bestellung sammelst du Punkte und löst sie für Prämien ein.",
    ),
    "points_earned": ("Du hast {points} gesammelt", "Danke für deine Bestellung. Sie hat dir {points} gebracht."),
    "code_issued": (
        "Deine Prämie: {worth}",
        "Dein persönlicher Code ist {code}. Er gilt für eine Bestellung bis {date}.",
    ),
    "code_expiring": (
        "Dein Code endet am {date}",
        "{worth} wartet auf dich: nutze {code} bis {date} oder gib ihn zurück und behalte deine Punkte.",
    ),
    "points_expiring": ("{points} verfallen am {date}", "Nutze {points} bis {date}, damit sie nicht verloren gehen."),
    "tier_up": ("Du bist jetzt {name}", "Willkommen bei {name}. Die Vorteile gelten ab heute."),
    "referral_claimed": (
        "Deine Empfehlung hat ein Geschenk",
        "Jemand hat das Geschenk hinter deinem Link genommen. Deins bekommst du mit der Bestellung.",
    ),
    "referral_rewarded": (
        "Deine Empfehlung hat bestellt: {worth} für dich",
        "Danke fürs Weitersagen. Dein Dankeschön: {worth}.",
    ),
    "referral_blocked": ("Zu deiner Empfehlung", "Diese Empfehlung konnte nicht belohnt werden. {reason}"),
    "birthday": ("Alles Gute zum Geburtstag!", "Ein kleines Geschenk von uns: {worth}."),
    "milestone": ("Du hast {name} erreicht", "Gut gemacht! Für {name} bekommst du {worth}."),
    "points_available": (
        "Jetzt einlösbar: {points}",
        "Die Wartezeit nach deiner Bestellung ist vorbei. Jetzt einlösbar: {points}.",
    ),
    "reward_near": ("Fast geschafft: {worth}", "Nur noch {points} bis zu deiner Prämie: {worth}."),
    "tier_at_risk": (
        "{name} endet am {date}",
        "Was du bis {date} bei uns tust, zählt dafür, {name} mit allen Vorteilen zu behalten.",
    ),
    "statement": ("{program}: dein {month}", "Gesammelt: {came}. Eingelöst: {spent}. Dein Stand: {points}."),
    "statement_expiring": ("", "Am {date} verfallen: {expiring}."),
    "feedback_reply": ("Unsere Antwort auf dein Feedback", "{words}"),
    "digest": ("Neues von {program}", ""),
    "button": ("Zum Shop", ""),
    "unsubscribe": ("Abbestellen", ""),
    "why_you": ("Du bekommst diese Mail, weil du bei {program} mitmachst.", ""),
    "unsubscribed": ("Erledigt. Du bekommst keine Mails mehr von uns.", ""),
}
