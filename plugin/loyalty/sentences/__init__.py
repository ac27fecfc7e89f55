"""Every reason in every language that members are spoken to: one module a language, equal in what they say."""

from __future__ import annotations

from typing import Final

from plugin.loyalty.ledger import Reason
from plugin.loyalty.sentences import de, en, es, fr, ja, tr

REASONS: Final[dict[str, dict[Reason, str]]] = {
    "en": en.REASONS,
    "de": de.REASONS,
    "fr": fr.REASONS,
    "es": es.REASONS,
    "tr": tr.REASONS,
    "ja": ja.REASONS,
}
"""Language -> reason -> sentence; `{order}` is the order's name, `{what}` the merchant's title of what it is about."""
