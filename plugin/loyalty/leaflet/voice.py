"""How the leaflet speaks: the merchant's names, money, numbers, dates and periods as readers of one language expect them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent

from plugin.loyalty.leaflet.words import WORDS
from plugin.loyalty.points import PointsWords, points_words
from plugin.loyalty.program import HUNDRED_PER_CENT, Level, Program


@dataclass(frozen=True)
class Voice:
    """One program in one of our languages; `currency` is the shop's, `zone` where its days begin."""

    program: Program
    language: str
    currency: str
    zone: ZoneInfo

    def say(self, key: str, **places: str) -> str:
        """A sentence with its places filled; what is filled in is never read for places again."""
        sentence = WORDS[self.language][key]
        return sentence.format_map(places)

    @cached_property
    def points_words(self) -> PointsWords:
        """What points are called."""
        return points_words(self.program, self.language)

    def points(self, count: int) -> str:
        """So many points in the merchant's words."""
        return f"{self.number(count)} {self.points_words.for_count(count)}"

    def number(self, value: Decimal | int) -> str:
        """A number with the language's separators."""
        return str(format_decimal(value, locale=self.language))

    def money(self, amount: Decimal) -> str:
        """An amount of the shop's currency, without zeros where it is whole."""
        if amount != amount.to_integral_value():
            return str(format_currency(amount, self.currency, locale=self.language))
        pattern = Locale.parse(self.language).currency_formats["standard"].pattern.replace(".00", "")
        return str(format_currency(amount, self.currency, pattern, locale=self.language, currency_digits=False))

    def percent(self, value: Decimal) -> str:
        """Per cent, as the language writes them."""
        return str(
            format_percent(value / HUNDRED_PER_CENT, "#,##0.##%" if self.language in "en ja" else None, self.language)
        )

    def day(self, at: datetime) -> str:
        """The date where the shop is."""
        return str(format_date(at.astimezone(self.zone), "long", locale=self.language))

    def day_of_year(self, month: int, day: int) -> str:
        """A day that comes every year, such as 31 December; the 31st of a short month is its last."""
        return str(format_date(date(2024, month, min(day, _LENGTHS[month - 1])), "d MMMM", locale=self.language))

    def period(self, count: int, unit: Literal["days", "months"]) -> str:
        """So many days or months."""
        return self.say(f"{unit}_one" if count == 1 else unit, count=self.number(count))

    def gift(self, reward_id: str | None) -> str | None:
        """A reward's title, where it is on."""
        reward = self.program.reward(reward_id) if reward_id is not None else None
        return reward.title_in(self.language) if reward is not None else None

    def gifts(self, reward_ids: Iterable[str]) -> list[str]:
        """The titles of those that are on."""
        return [title for each in reward_ids if (title := self.gift(each))]

    def reach(self, level: Level) -> str:
        """What a level asks for."""
        if not level.threshold:
            return self.say("reach_all")
        metric = self.program.tiers.metric
        if metric == "spend":
            return self.say("reach_spend", amount=self.money(level.threshold))
        if metric == "points":
            return self.say("reach_points", points=self.points(int(level.threshold)))
        return self.say(f"reach_{metric}", count=self.number(level.threshold))

    def listed(self, parts: Sequence[str]) -> str:
        """Several things in one line."""
        return " · ".join(part for part in parts if part)


_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
