"""The leaflet's sentences in every language: one module each, equal in what they say."""

from __future__ import annotations

from typing import Final

from plugin.loyalty.leaflet.words import de, en, es, fr, ja, tr

WORDS: Final[dict[str, dict[str, str]]] = {
    "en": en.WORDS,
    "de": de.WORDS,
    "fr": fr.WORDS,
    "es": es.WORDS,
    "tr": tr.WORDS,
    "ja": ja.WORDS,
}
"""Language -> key -> sentence; places are filled in by plugin.loyalty.leaflet.voice."""
