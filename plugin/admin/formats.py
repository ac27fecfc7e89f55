"""Numbers, money and times as the shop writes them: its currency, its locale, its time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_precision

JUST_NOW = timedelta(seconds=45)


@dataclass(frozen=True, slots=True)
class Formats:
    """How one shop writes things down."""

    locale: Locale
    zone: tzinfo
    currency: str

    def money(self, amount: Decimal | int) -> str:
        """An amount in the shop's currency: "$5" when it is whole, else "$4.50"."""
        value = Decimal(amount)
        if value != value.to_integral_value():
            return format_currency(value, self.currency, locale=self.locale)
        pattern = self.locale.currency_formats["standard"].pattern.replace(".00", "")
        return format_currency(value, self.currency, pattern, locale=self.locale, currency_digits=False)

    def number(self, value: Decimal | int) -> str:
        """A number with the locale's separators."""
        return format_decimal(value, locale=self.locale)

    def percent(self, value: Decimal | int) -> str:
        """A share in per cent, as the locale writes it: 12.5 -> "12.5%"."""
        pattern = self.locale.percent_formats[None].pattern.replace("#,##0", "#,##0.###")
        return format_percent(Decimal(value) / 100, pattern, locale=self.locale)

    def signed(self, value: int) -> str:
        """A change with its sign: plus, a real minus, or none for zero."""
        return _sign(value) + self.number(abs(value))

    def signed_percent(self, value: int) -> str:
        """A change in per cent with its sign."""
        return _sign(value) + self.percent(abs(value))

    def moment(self, instant: datetime | None) -> str:
        """Date and time of day (to the minute) where the shop is."""
        if instant is None:
            return "–"
        return f"{self.day(instant)}, {format_time(instant, 'short', tzinfo=self.zone, locale=self.locale)}"

    def day(self, instant: datetime | None) -> str:
        """The date where the shop is."""
        return format_date(instant.astimezone(self.zone), "medium", locale=self.locale) if instant is not None else "–"

    def calendar_day(self, day: date) -> str:
        """A day of the shop's calendar."""
        return format_date(day, "medium", locale=self.locale)

    def month(self, first_day: date) -> str:
        """A month of the shop's calendar: "Mar 2026"."""
        return format_skeleton("yMMM", first_day, locale=self.locale)

    def stamp(self, instant: datetime) -> str:
        """Date and time where the shop is, as spreadsheets sort them: "2026-03-02 07:00:00"."""
        return f"{instant.astimezone(self.zone):%Y-%m-%d %H:%M:%S}"

    def age(self, instant: datetime | None, now: datetime) -> str:
        """How long ago, in words; "never" for None."""
        if instant is None:
            return "never"
        passed = now - instant
        return "just now" if passed < JUST_NOW else f"{format_timedelta(passed, locale='en')} ago"

    @property
    def digits(self) -> int:
        """Decimal places of the currency: 2 for USD, 0 for JPY."""
        return get_currency_precision(self.currency)


def _sign(value: int) -> str:
    return {True: "+", False: "−"}[value > 0] if value else ""  # noqa: RUF001 - a real minus sign


@lru_cache(maxsize=1024)
def formats_of(locale: str, timezone: str, currency: str) -> Formats:
    """The formats of a shop; an unknown locale or time zone falls back to English and UTC."""
    return Formats(_locale(locale), _zone(timezone), currency)


def _locale(name: str) -> Locale:
    try:
        return Locale.parse(name.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
