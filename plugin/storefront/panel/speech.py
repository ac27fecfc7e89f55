"""Sentences of the panel: its texts with the merchant's words, numbers, money and days as the shopper reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from string import ascii_letters
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_symbol

from plugin.loyalty.points import PointsWords, points_words
from plugin.loyalty.program import Program
from plugin.storefront.panel.texts import TEXTS

REMEMBERED: Final = 4096
"""Figures that are kept as they were written: a shop's prices are the same for all its shoppers, and writing one takes a while."""


@dataclass(frozen=True, slots=True)
class Speech:
    """How one shopper of one shop is spoken to."""

    language: str
    currency: str
    zone: ZoneInfo
    names: PointsWords

    def say(self, key: str, **places: str) -> str:
        """A text by its key, its {places} filled in."""
        return TEXTS[self.language][key].format_map(places)

    def number(self, value: Decimal | float) -> str:
        """1234 -> "1,234"."""
        return _number(value, self.language)

    def points(self, count: int) -> str:
        """So many points in the merchant's words: "120 points"."""
        return f"{self.number(count)} {self.word(count)}"

    def word(self, count: int) -> str:
        """What so many points are called."""
        return self.names.for_count(count)

    def money(self, amount: Decimal, currency: str | None = None) -> str:
        """An amount with its short sign ("$", not "US$"), without a fraction where it has none."""
        return _money(amount, currency or self.currency, self.language)

    def percent(self, value: Decimal) -> str:
        """15 -> "15%", as the language writes it."""
        return _percent(value, self.language)

    def day(self, at: datetime) -> str:
        """The day of the shop's calendar."""
        return str(format_date(at.astimezone(self.zone), "medium", locale=self.language))

    def worth(self, kind: str, value: Decimal | None, *, currency: str | None = None, title: str = "") -> str:
        """What a reward or gift is worth: "$5 off", "10% off", "Free shipping", or the merchant's own title for what is no discount."""
        if kind == "amount_off" and value is not None:
            return self.say("worth_amount", amount=self.money(value, currency))
        if kind == "percent_off" and value is not None:
            return self.say("worth_percent", percent=self.percent(value))
        return self.say("worth_shipping") if kind == "free_shipping" else title


def speech_of(program: Program, *, language: str, currency: str, zone: ZoneInfo) -> Speech:
    """How the shoppers of that program are spoken to in one of the languages."""
    return Speech(language, currency, zone, points_words(program, language))


@lru_cache(REMEMBERED)
def _number(value: Decimal | float, language: str) -> str:
    return str(format_decimal(value, locale=language))


@lru_cache(REMEMBERED)
def _percent(value: Decimal, language: str) -> str:
    pattern = Locale.parse(language).percent_formats[None].pattern.replace("#,##0", "#,##0.##")
    return str(format_percent(value / 100, pattern, locale=language))


@lru_cache(REMEMBERED)
def _money(amount: Decimal, code: str, language: str) -> str:
    locale = Locale.parse(language)
    if amount == amount.to_integral_value():
        pattern = locale.currency_formats["standard"].pattern.replace(".00", "")
        text = format_currency(amount, code, pattern, locale, currency_digits=False)
    else:
        text = format_currency(amount, code, locale=locale)
    return str(text).replace(get_currency_symbol(code, locale), _short_sign(code, locale))


def _short_sign(code: str, locale: Locale) -> str:
    """The currency's sign without the country's letters; its code where there is no sign."""
    own = str(get_currency_symbol(code, locale))
    if len(own) == 1:
        return own
    return str(get_currency_symbol(code, "en")).strip(ascii_letters) or own
