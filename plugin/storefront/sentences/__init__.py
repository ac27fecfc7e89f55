"""Every refusal's sentence in every language that shoppers are spoken to: one module a language, equal in what they say."""

from __future__ import annotations

from typing import Final

from plugin.storefront.sentences import de, en, es, fr, ja, tr

SENTENCES: Final[dict[str, dict[str, str]]] = {
    "en": en.SENTENCES,
    "de": de.SENTENCES,
    "fr": fr.SENTENCES,
    "es": es.SENTENCES,
    "tr": tr.SENTENCES,
    "ja": ja.SENTENCES,
}
"""Language -> a refusal's code -> the sentence, with the refusal's figures as `{places}`."""
