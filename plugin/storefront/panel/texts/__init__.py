"""What the panel says, in every language that shoppers are spoken to: one module a language, with the same keys and places."""

from __future__ import annotations

from typing import Final

from plugin.storefront.panel.texts import de, en, es, fr, ja, tr

TEXTS: Final[dict[str, dict[str, str]]] = {
    "en": en.TEXTS,
    "de": de.TEXTS,
    "fr": fr.TEXTS,
    "es": es.TEXTS,
    "tr": tr.TEXTS,
    "ja": ja.TEXTS,
}
"""Language -> a text's key -> the text, with `{places}`."""
