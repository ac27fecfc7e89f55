"""Every page of the program is declared, not written: a part says its fields by their paths in the document, and one template draws them.

A `Part` is one page: sections of fields, a list of things (rewards, rules, levels), or both. What a declaration does not mention stays
as it is in the document. Words may contain {points}, {point} and {currency}: the merchant's own words stand there when they are read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from plugin.admin.formats import Formats
from plugin.loyalty.program import Program

Kind = Literal[
    "text",
    "words",
    "whole",
    "decimal",
    "percent",
    "share",
    "money",
    "flag",
    "present",
    "select",
    "many",
    "tags",
    "lines",
    "numbers",
    "products",
    "product",
    "variants",
    "variant",
    "collections",
    "segments",
    "moment",
    "time",
    "colour",
    "languages",
    "rows",
]
"""What is typed into a field, and what the document gets of it; the functions below say it kind by kind."""

Choice = tuple[str, str]
"""(value in the document, what the merchant reads)."""
Choices = Sequence[Choice] | Callable[[Program], Sequence[Choice]]
"""What can be chosen: always the same, or out of the program itself (`rewards`, `levels`, ... below)."""
Sentences = Callable[[Program, Formats], Sequence[str]]

PERIODS: Final[tuple[Choice, ...]] = (
    ("day", "a day"),
    ("week", "a week"),
    ("month", "a month"),
    ("quarter", "a quarter"),
    ("year", "a year"),
    ("ever", "altogether"),
)
WEEKDAYS: Final[tuple[Choice, ...]] = (
    ("monday", "Monday"),
    ("tuesday", "Tuesday"),
    ("wednesday", "Wednesday"),
    ("thursday", "Thursday"),
    ("friday", "Friday"),
    ("saturday", "Saturday"),
    ("sunday", "Sunday"),
)
ROUNDINGS: Final[tuple[Choice, ...]] = (
    ("floor", "Round down"),
    ("nearest", "Round to the nearest"),
    ("ceiling", "Round up"),
)
CHANNELS: Final[tuple[Choice, ...]] = (("online", "Online store"), ("pos", "Point of sale"), ("draft", "Draft orders"))


@dataclass(frozen=True, slots=True)
class Follows:
    """A field is shown, and kept, only while the field at `path` has one of `values` (a flag: "true" or "false").

    `path` may also be a value of the item that no field edits, such as the kind of a reward; with a leading "/" it is a place in the
    whole program ("/tiers.metric"). What is not shown because of another field's value leaves the document. With `keeps` it stays
    as it was: what is switched off for a while loses none of its settings.
    """

    path: str
    values: tuple[str, ...]
    keeps: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `path` is its place in the document of the page: the whole program's, one item's, or one row's."""

    path: str
    label: str
    kind: Kind
    details: str = ""
    suffix: str = ""
    placeholder: str = ""
    is_optional: bool = False
    choices: Choices = ()
    is_number: bool = False
    follows: tuple[Follows, ...] = ()
    columns: tuple[Choice, ...] = ()
    rows: Rows | None = None
    is_wide: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """Short lists inside a page: the steps of a milestone, the questions of a survey.

    `start` is the document of a fresh row. With `named_by` each row has an id, made once from what is typed into that field.
    """

    fields: tuple[Field, ...]
    noun: str
    start: Mapping[str, Any]
    empty: str = ""
    named_by: str | None = None
    is_ordered: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Fields that belong together, two in a row on wide pages. `is_advanced`: folded away until asked for."""

    heading: str
    fields: tuple[Field, ...]
    subheading: str = ""
    is_advanced: bool = False
    follows: tuple[Follows, ...] = ()


@dataclass(frozen=True, slots=True)
class Start:
    """A starting point for a new item: `make` gives its document without an id, scaled to the currency of the formats.

    `is_set`: `make` gives a list of documents, which are added together as they are.
    """

    slug: str
    label: str
    make: Callable[[Program, Formats, datetime], Any]
    about: str = ""
    icon: str = "plus"
    is_set: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of the document whose items have an id and a page each.

    `line` and `meaning` get the program and the item of it as its own type (Reward, OrderRule, Level). `is_ordered`: the place in the
    list means something, so it can be changed; with `sorted_by`, a path, the number there decides the place. `removal` says what
    removing one does to customers.
    """

    path: str
    noun: str
    plural: str
    sections: tuple[Section, ...]
    starts: tuple[Start, ...]
    line: Callable[[Program, Any, Formats], str]
    removal: str
    empty: str
    meaning: Callable[[Program, Any, Formats], Sequence[str]] | None = None
    is_ordered: bool = False
    sorted_by: str | None = None
    has_switch: bool = True
    opened: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    closed: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    runs: Callable[[Any], tuple[datetime | None, datetime | None]] | None = None
    """From when until when an item counts while it is on; None for always."""


@dataclass(frozen=True, slots=True)
class State:
    """How a part stands, on its card: one sentence, and whether it is on (None: it always is)."""

    words: str
    is_on: bool | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One page of the program at /program/<slug>, and its card under /program.

    `opened` turns a copy of the document into what the fields speak of, `closed` turns it back; most parts need neither.
    `meaning` are the sentences beside the form, which follow what is typed.
    """

    slug: str
    title: str
    group: str
    icon: str
    about: str
    state: Callable[[Program, Formats], State]
    sections: tuple[Section, ...] = ()
    listing: Listing | None = None
    meaning: Sentences | None = None
    opened: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    closed: Callable[[dict[str, Any]], dict[str, Any]] | None = None


GROUPS: Final[tuple[Choice, ...]] = (
    ("earning", "Earning"),
    ("rewards", "Rewards"),
    ("referrals", "Referrals"),
    ("tiers", "Tiers and membership"),
    ("giving", "Giving and community"),
    ("program", "The program itself"),
)
"""Where cards stand on /program, in this order."""


# ---- what can be typed ----------------------------------------------------------------------------------------------------


def text(path: str, label: str, **more: Any) -> Field:
    """One line of text."""
    return Field(path, label, "text", **more)


def words(path: str, label: str, **more: Any) -> Field:
    """Text of several lines."""
    return Field(path, label, "words", is_wide=True, **more)


def whole(path: str, label: str, **more: Any) -> Field:
    """A whole number."""
    return Field(path, label, "whole", **more)


def decimal(path: str, label: str, **more: Any) -> Field:
    """A number with up to three decimals: a factor, points per unit. In the document a decimal text."""
    return Field(path, label, "decimal", **more)


def percent(path: str, label: str, **more: Any) -> Field:
    """Per cent, kept as per cent (10 is 10%)."""
    return Field(path, label, "percent", suffix="%", **more)


def share(path: str, label: str, **more: Any) -> Field:
    """Per cent, kept as a part of one (50 typed is 0.5 in the document)."""
    return Field(path, label, "share", suffix="%", **more)


def money(path: str, label: str, **more: Any) -> Field:
    """An amount in the shop's currency."""
    return Field(path, label, "money", **more)


def flag(path: str, label: str, **more: Any) -> Field:
    """On or off."""
    return Field(path, label, "flag", is_wide=True, **more)


def present(path: str, label: str, **more: Any) -> Field:
    """Whether an optional part of the document is there at all; fields inside of it follow this one with ("true",)."""
    return Field(path, label, "present", is_wide=True, **more)


def select(path: str, label: str, choices: Choices, **more: Any) -> Field:
    """One of several. Optional: the empty choice is null and its label is `placeholder`. `is_number`: the values are numbers."""
    return Field(path, label, "select", choices=choices, **more)


def many(path: str, label: str, choices: Choices, **more: Any) -> Field:
    """Any number of several, as a list of their values."""
    return Field(path, label, "many", choices=choices, is_wide=True, **more)


def tags(path: str, label: str, **more: Any) -> Field:
    """A list of short texts, separated by commas."""
    return Field(path, label, "tags", **more)


def lines(path: str, label: str, **more: Any) -> Field:
    """A list of texts, one a line."""
    return Field(path, label, "lines", is_wide=True, **more)


def numbers(path: str, label: str, **more: Any) -> Field:
    """A list of whole numbers, separated by commas."""
    return Field(path, label, "numbers", **more)


def products(path: str, label: str, **more: Any) -> Field:
    """Products of the shop, as a list of their numbers, chosen in Shopify's picker."""
    return Field(path, label, "products", is_wide=True, **more)


def product(path: str, label: str, **more: Any) -> Field:
    """One product of the shop, as its number, chosen in Shopify's picker."""
    return Field(path, label, "product", is_wide=True, **more)


def variants(path: str, label: str, **more: Any) -> Field:
    """Variants of the shop's products, as a list of their numbers, chosen in Shopify's picker."""
    return Field(path, label, "variants", is_wide=True, **more)


def variant(path: str, label: str, **more: Any) -> Field:
    """One variant of a product, as its number, chosen in Shopify's picker."""
    return Field(path, label, "variant", is_wide=True, **more)


def collections(path: str, label: str, **more: Any) -> Field:
    """Collections of the shop, as a list of their numbers, chosen in Shopify's picker."""
    return Field(path, label, "collections", is_wide=True, **more)


def segments(path: str, label: str, **more: Any) -> Field:
    """Customer segments of the shop, as a list of their numbers, chosen in a picker that we fill."""
    return Field(path, label, "segments", is_wide=True, **more)


def moment(path: str, label: str, **more: Any) -> Field:
    """A date and a time of day in the shop's time zone; an instant in the document. Optional unless said otherwise."""
    return Field(path, label, "moment", **({"is_optional": True} | more))


def time_of_day(path: str, label: str, **more: Any) -> Field:
    """Hours and minutes, as 18:30."""
    return Field(path, label, "time", **more)


def colour(path: str, label: str, **more: Any) -> Field:
    """A colour, as #1f5f54."""
    return Field(path, label, "colour", **more)


def languages(path: str, label: str, *, columns: tuple[Choice, ...] = (), **more: Any) -> Field:
    """A text for each language (a table from language to text); with `columns` several, which go together (singular and plural)."""
    return Field(path, label, "languages", columns=columns, is_wide=True, **more)


def rows(path: str, label: str, fields: Sequence[Field], *, noun: str, start: Mapping[str, Any], **more: Any) -> Field:
    """A short list inside the page. Keywords of Rows (`empty`, `named_by`, `is_ordered`) and of Field."""
    mine = {name: more.pop(name) for name in ("empty", "named_by", "is_ordered") if name in more}
    return Field(path, label, "rows", is_wide=True, rows=Rows(tuple(fields), noun, start, **mine), **more)


# ---- what can be chosen out of the program ----------------------------------------------------------------------------------


def rewards(program: Program) -> list[Choice]:
    """The program's rewards by id."""
    return [(reward.id, reward.title) for reward in program.rewards]


def levels(program: Program) -> list[Choice]:
    """The program's tiers by id."""
    return [(level.id, level.title) for level in program.tiers.levels]


def surveys(program: Program) -> list[Choice]:
    """The program's surveys by id."""
    return [(survey.id, survey.title) for survey in program.surveys]


def actions(program: Program) -> list[Choice]:
    """The program's actions by id."""
    return [(action.id, action.title) for action in program.actions]


def when(path: str, *values: str) -> tuple[Follows, ...]:
    """`follows=when("effect.kind", "fixed")`: shown for those values only. Add two to ask for both."""
    return (Follows(path, values),)


def while_on(path: str, *values: str) -> tuple[Follows, ...]:
    """`follows=while_on("referral.is_on")`: hidden while the flag is off (or has none of `values`), and kept until it is on again."""
    return (Follows(path, values or ("true",), keeps=True),)
