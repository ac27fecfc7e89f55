"""The mails' words in Spanish."""

from __future__ import annotations

from typing import Final

MAILS: Final[dict[str, tuple[str, str]]] = {
    "welcome": (
        "Te damos la bienvenida a {program}",
        "Ya participas. Sumas puntos con cada pedido y los cambias por recompensas.",
    ),
    "points_earned": ("Has ganado {points}", "Gracias por tu pedido. Te ha dado {points}."),
    "code_issued": ("Tu recompensa: {worth}", "Tu código personal es {code}. Vale para un pedido hasta el {date}."),
    "code_expiring": (
        "Tu código termina el {date}",
        "{worth} te espera: usa {code} antes del {date}, o devuélvelo y conserva tus puntos.",
    ),
    "points_expiring": ("{points} caducan el {date}", "Usa {points} antes del {date} para no perderlos."),
    "tier_up": ("Ahora eres {name}", "Te damos la bienvenida a {name}. Sus ventajas cuentan desde hoy."),
    "referral_claimed": (
        "Tu recomendación tiene su regalo",
        "Alguien ha aceptado el regalo de tu enlace. El tuyo llega con su pedido.",
    ),
    "referral_rewarded": ("Tu recomendación ha comprado: {worth} para ti", "Gracias por contarlo. Tu regalo: {worth}."),
    "referral_blocked": ("Sobre tu recomendación", "No se ha podido premiar esta recomendación. {reason}"),
    "birthday": ("¡Feliz cumpleaños!", "Un pequeño regalo nuestro: {worth}."),
    "milestone": ("Has llegado a {name}", "¡Enhorabuena! Por {name} recibes {worth}."),
    "points_available": (
        "Ya puedes usar: {points}",
        "Ha pasado el plazo de espera de tu pedido. Ya puedes usar: {points}.",
    ),
    "reward_near": ("Casi lo tienes: {worth}", "Solo te faltan {points} para tu recompensa: {worth}."),
    "tier_at_risk": (
        "{name} termina el {date}",
        "Lo que hagas en nuestra tienda hasta el {date} cuenta para conservar {name} y sus ventajas.",
    ),
    "statement": ("{program}: tu mes de {month}", "Ganado: {came}. Usado: {spent}. Tu saldo: {points}."),
    "statement_expiring": ("", "Caducan el {date}: {expiring}."),
    "feedback_reply": ("Nuestra respuesta a tu opinión", "{words}"),
    "digest": ("Novedades de {program}", ""),
    "button": ("Ir a la tienda", ""),
    "unsubscribe": ("Darme de baja", ""),
    "why_you": ("Recibes este correo porque participas en {program}.", ""),
    "unsubscribed": ("Hecho. No recibirás más correos nuestros.", ""),
}
