"""The mails' words in Turkish."""

from __future__ import annotations

from typing import Final

MAILS: Final[dict[str, tuple[str, str]]] = {
    "welcome": ("{program} programına hoş geldin", "Artık aramızdasın. Her siparişte puan toplar, ödüllere harcarsın."),
    "points_earned": ("Kazandığın: {points}", "Siparişin için teşekkürler. Sana {points} kazandırdı."),
    "code_issued": ("Ödülün: {worth}", "Kişisel kodun {code}. {date} tarihine kadar tek sipariş için geçerli."),
    "code_expiring": (
        "Kodun {date} tarihinde bitiyor",
        "{worth} seni bekliyor: {code} kodunu {date} tarihine kadar kullan ya da geri verip puanlarını koru.",
    ),
    "points_expiring": (
        "{points} için son gün {date}",
        "Kaybolmaması için {points} bakiyeni {date} tarihine kadar kullan.",
    ),
    "tier_up": ("Artık {name} seviyesindesin", "{name} seviyesine hoş geldin. Avantajları bugünden geçerli."),
    "referral_claimed": (
        "Arkadaşın hediyesini aldı",
        "Biri bağlantındaki hediyeyi aldı. Sipariş verdiğinde seninki de gelir.",
    ),
    "referral_rewarded": (
        "Arkadaşın sipariş verdi: sana {worth}",
        "Bizi anlattığın için teşekkürler. Hediyen: {worth}.",
    ),
    "referral_blocked": ("Davetin hakkında", "Bu davet ödüllendirilemedi. {reason}"),
    "birthday": ("Doğum günün kutlu olsun!", "Bizden küçük bir hediye: {worth}."),
    "milestone": ("{name} hedefine ulaştın", "Tebrikler! {name} için {worth} kazandın."),
    "points_available": (
        "Artık kullanabilirsin: {points}",
        "Siparişinden sonraki bekleme süresi doldu. Artık kullanabilirsin: {points}.",
    ),
    "reward_near": ("Az kaldı: {worth}", "Ödülüne yalnızca {points} kaldı: {worth}."),
    "tier_at_risk": (
        "{name} {date} tarihinde bitiyor",
        "{date} tarihine kadar mağazamızda yaptıkların {name} seviyesini ve avantajlarını korumana yardım eder.",
    ),
    "statement": ("{program}: {month} ayın", "Kazanılan: {came}. Kullanılan: {spent}. Bakiyen: {points}."),
    "statement_expiring": ("", "{date} tarihinde süresi dolacak: {expiring}."),
    "feedback_reply": ("Geri bildirimine yanıtımız", "{words}"),
    "digest": ("{program} haberleri", ""),
    "button": ("Mağazaya git", ""),
    "unsubscribe": ("Abonelikten çık", ""),
    "why_you": ("Bu e-postayı {program} programına katıldığın için alıyorsun.", ""),
    "unsubscribed": ("Tamam. Artık bizden e-posta almayacaksın.", ""),
}
