"""Words are made when they are read: every reason in every language, with the order's name and the merchant's word for points."""

from __future__ import annotations

import pytest

from plugin.loyalty import words
from plugin.loyalty.ledger import Move, Place, Reason
from plugin.loyalty.program import PointsName, Program

INTERNAL = ("vest", "ledger", "claw", "lot", "entry", "accru", "settle", "capture")


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_words_in_every_language(reason: Reason, language: str) -> None:
    text = words.reason_text(reason, order="#1001", what="Spring fair", language=language)

    assert text
    assert text[0] == text[0].upper()
    assert "{" not in text
    assert not [word for word in INTERNAL if word in text.casefold().split()]


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_an_order_is_named_where_there_is_one(language: str) -> None:
    assert "#1001" in words.reason_text(Reason.ORDER, order="#1001", language=language)
    assert (
        words.reason_text(Reason.ORDER, order=None, language=language)
        == words.reason_text(Reason.ORDER, order=None, language=language).strip()
    )


@pytest.mark.parametrize(
    ("locale", "language"),
    [("de-AT", "de"), ("FR", "fr"), ("en-CA", "en"), ("ja-JP", "ja"), ("ko", "en"), (None, "en"), ("", "en")],
)
def test_a_locale_without_words_of_its_own_reads_english(locale: str | None, language: str) -> None:
    assert words.language_of(locale) == language


@pytest.mark.parametrize("move", Move)
def test_the_sign_of_a_movement_is_what_happens_to_what_can_be_spent(move: Move) -> None:
    seen = words.signed_points(move, 5)

    if move.source is Place.AVAILABLE:
        assert seen == -5
    elif move.target is Place.AVAILABLE and move is not Move.VEST:
        assert seen == 5


def test_points_are_called_what_the_merchant_calls_them() -> None:
    program = Program(
        points_name={"en": PointsName(one="bean", other="beans"), "de": PointsName(one="Bohne", other="Bohnen")}
    )

    texts = [
        words.points_text(program, count, language)
        for count, language in ((1, "en"), (1200, "en"), (2, "de-AT"), (2, "fr"))
    ]

    assert texts == ["1 bean", "1,200 beans", "2 Bohnen", "2 beans"]
