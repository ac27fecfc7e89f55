"""The mails' words: for each kind and language a subject and a sentence, with places for figures; equal in what they say.

Places: `{points}` a number in the merchant's words, `{worth}` what a reward takes off, `{code}`, `{date}`, `{name}` of a tier,
milestone or action, `{program}` the program's name, `{reason}` a sentence, `{words}` what staff wrote; in a statement `{month}`,
`{came}`, `{spent}` and `{expiring}`. They are filled in by whoever renders, and escaped there.
"""

from __future__ import annotations

from typing import Final

from plugin.loyalty.mails import de, en, es, fr, ja, tr
from plugin.loyalty.program.messages import MessageKind

MARKETING: Final[frozenset[MessageKind]] = frozenset({"welcome", "birthday", "milestone", "reward_near", "statement"})
"""Kinds that nobody waits for: they need consent to marketing. All others tell members what became of their own points."""

WORDS: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "en": en.MAILS,
    "de": de.MAILS,
    "fr": fr.MAILS,
    "es": es.MAILS,
    "tr": tr.MAILS,
    "ja": ja.MAILS,
}
"""Language -> kind -> (subject, text).

Beside the kinds there are `statement_expiring`, a sentence without a subject, and `digest`, `button`, `unsubscribe`, `unsubscribed`
and `why_you`, whose second part is empty.
"""
