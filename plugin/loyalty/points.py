"""What points are called: the merchant's words in the shopper's language, else in English, else the language's own plain word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from plugin.loyalty.program import PointsName, Program

_PLAIN: Final = {
    "de": PointsName(one="Punkt", other="Punkte"),
    "fr": PointsName(one="point", other="points"),
    "es": PointsName(one="punto", other="puntos"),
    "tr": PointsName(one="puan", other="puan"),
    "ja": PointsName(one="ポイント", other="ポイント"),
}
_ZERO_IS_ONE: Final = frozenset({"fr"})


@dataclass(frozen=True, slots=True)
class PointsWords:
    """The word for one point and for several, in `language`."""

    one: str
    other: str
    language: str

    def for_count(self, count: int) -> str:
        """The word that goes with this number."""
        is_one = abs(count) == 1 or (count == 0 and self.language in _ZERO_IS_ONE)
        return self.one if is_one else self.other


def points_words(program: Program, language: str) -> PointsWords:
    """The program's words for points. A merchant who never named points gets the plain word, not an English one."""
    names = program.points_name.get(language)
    if names is None:
        default = PointsName()
        english = program.points_name.get("en", default)
        names = _PLAIN.get(language, english) if english == default else english
    return PointsWords(names.one, names.other, language)
