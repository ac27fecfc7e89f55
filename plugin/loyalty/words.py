"""Words for readers: why an entry was made, in the reader's language and with the merchant's name for points.

Made when read, never stored.
"""

from __future__ import annotations

from plugin.loyalty.ledger import Move, Reason
from plugin.loyalty.program import Program
from plugin.loyalty.sentences import REASONS

LANGUAGES = tuple(REASONS)

_FOR_STAFF = {Reason.REFERRAL: "A friend they referred placed an order"}

_LOSSES = frozenset(
    {Move.HOLD, Move.EXPIRE, Move.CLAW_BACK_PENDING, Move.CLAW_BACK, Move.RECAPTURE, Move.ADJUST_DOWN}
    | {Move.TRANSFER_OUT, Move.TRANSFER_PENDING_OUT}
)
_QUIET = frozenset(
    {
        Move.VEST,
        Move.CAPTURE,
        Move.CLAW_BACK_EXPIRED,
        Move.TRANSFER_HELD_OUT,
        Move.TRANSFER_HELD_IN,
    }  # counted when held
)


def language_of(locale: str | None) -> str:
    """The language we have words in for a locale such as "de-AT"; English for any other."""
    language = (locale or "en")[:2].lower()
    return language if language in LANGUAGES else "en"


def reason_text(
    reason: Reason, *, order: str | None, what: str | None = None, language: str = "en", is_for_staff: bool = False
) -> str:
    """Why an entry was made, told to the member or (in English) to staff.

    `order` is the order's name such as "#1001", `what` the merchant's title of the action, tier, milestone, partner or cause.
    """
    sentence = _FOR_STAFF.get(reason) if is_for_staff else None
    return (sentence or REASONS[language_of(language)][reason]).format(order=order or "", what=what or "").strip()


def signed_points(move: Move, points: int) -> int:
    """What a member sees happen to what they can spend: negative for points that leave, 0 for movements they need not see a sign for."""
    if move in _QUIET:
        return 0
    return -points if move in _LOSSES else points


def points_text(program: Program, count: int, language: str = "en") -> str:
    """So many points in the merchant's words: "1 point", "120 points"."""
    return f"{count:,} {program.points_word(count, language_of(language))}"
