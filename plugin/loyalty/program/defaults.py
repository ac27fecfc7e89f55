"""The program a shop begins with."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from plugin.loyalty.program.document import Program
from plugin.loyalty.program.earning import Earning
from plugin.loyalty.program.referral import FriendOffer, Referral
from plugin.loyalty.program.rewards import Reward

_UNIT: Final = {
    "JPY": 100,
    "KRW": 1000,
    "VND": 25000,
    "IDR": 10000,
    "CLP": 1000,
    "COP": 1000,
    "HUF": 100,
    "INR": 10,
    "TWD": 10,
    "THB": 10,
}
_UNIT_TENS: Final = {
    "SEK": 10,
    "NOK": 10,
    "DKK": 10,
    "CZK": 10,
    "MXN": 10,
    "ZAR": 10,
    "PHP": 10,
    "TRY": 10,
    "HKD": 10,
    "UAH": 10,
}


def default_program(currency: str, *, is_live: bool) -> Program:
    """One point per unit of currency (scaled: 1 per 100 JPY), about 3.3 % back, the first reward within about three average orders."""
    unit = Decimal(_UNIT.get(currency) or _UNIT_TENS.get(currency) or 1)
    return Program(
        is_live=is_live,
        earning=Earning(points=1, per=unit),
        rewards=(
            Reward(
                id="amount-off",
                kind="amount_off",
                title="Money off",
                titles={"de": "Rabatt", "fr": "Remise", "es": "Descuento", "tr": "İndirim", "ja": "割引"},
                price_points=150,
                value=5 * unit,
            ),
            Reward(
                id="money-slider",
                kind="amount_off",
                title="As much off as you like",
                titles={
                    "de": "So viel Rabatt, wie du magst",
                    "fr": "La remise de votre choix",
                    "es": "Tanto descuento como quieras",
                    "tr": "Dilediğin kadar indirim",
                    "ja": "お好きなだけ割引",
                },
                price_points=30,
                value=unit,
                is_variable=True,
                minimum_points=60,
                maximum_points=3000,
            ),
            Reward(
                id="ten-percent",
                kind="percent_off",
                title="10% off an order",
                titles={
                    "de": "10 % auf eine Bestellung",
                    "fr": "10 % sur une commande",
                    "es": "10 % en un pedido",
                    "tr": "Bir siparişte %10 indirim",
                    "ja": "ご注文1回が10%オフ",
                },
                price_points=200,
                value=Decimal(10),
            ),
            Reward(
                id="free-shipping",
                kind="free_shipping",
                title="Free shipping",
                titles={
                    "de": "Kostenloser Versand",
                    "fr": "Livraison offerte",
                    "es": "Envío gratis",
                    "tr": "Ücretsiz kargo",
                    "ja": "送料無料",
                },
                price_points=120,
            ),
        ),
        referral=Referral(offer=FriendOffer(value=5 * unit), advocate_points=150),
    )
