"""Made-up people for the demo: names as they are in three languages, and e-mail addresses that lead nowhere."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

NAMES = {
    "en": (
        "Amelia Grace Owen Naomi Theo Isla Marcus Ruby Caleb Priya Jonah Harriet Desmond Lucy Malik Edith Felix Rosa Winston Tessa".split(),
        "Hartley Brooks Okafor Sinclair Whitfield Patel Morrison Delgado Fairbanks Nguyen Ashworth Bennett Carver Dunning Ellery".split(),
    ),
    "de": (
        "Jürgen Anneliese Lukas Käthe Björn Mareike Sören Friederike Emil Liesel Günther Ronja Matthias Wiebke Jasper Ayşe".split(),
        "Müller Schröder Großmann Weiß Köhler Lindner Böttcher Yılmaz Hoffmann Vogelsang Krüger Jäger Petersen Stöcker".split(),
    ),
    "fr": (
        "Chloé Étienne Margaux François Zoé Aurélie Théo Inès Benoît Maëlle Gaël Noémie Rémi Hélène Yacine Solène".split(),
        "Lefèvre Moreau Garnier Dupré Béranger Lacroix Fontaine Chevallier Haddad Perrin Rousseau Guérin Marchand Olivier".split(),
    ),
}
SHARES = {"en": 0.7, "de": 0.18, "fr": 0.12}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who does not exist."""

    first_name: str
    last_name: str
    email: str
    language: str


def everyone(chance: random.Random, count: int) -> Iterator[Person]:
    """So many different people, in the languages' shares."""
    seen: set[str] = set()
    while len(seen) < count:
        language = chance.choices(list(SHARES), weights=list(SHARES.values()))[0]
        first, last = (chance.choice(names) for names in NAMES[language])
        email = f"{_plain(first)}.{_plain(last)}{chance.randint(1, 99)}@example.com"
        if email not in seen:
            seen.add(email)
            yield Person(first, last, email, language)


def _plain(name: str) -> str:
    spelled = name.lower()
    for letter, plain in (("ß", "ss"), ("ı", "i"), ("ö", "oe"), ("ü", "ue"), ("ä", "ae")):
        spelled = spelled.replace(letter, plain)
    return unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
