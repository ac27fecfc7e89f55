"""Feedback: what members answered, found by score and by where it stands, answered, and forgotten with them."""

from __future__ import annotations

from typing import Any

import pytest

from plugin import embedded
from plugin.loyalty.errors import FeedbackUnknown
from plugin.services import activities, feedback, forget, privacy, programs, surveys
from plugin.services.feedback import Letter, Score, State
from plugin.services.perform import World
from tests.conftest import NOON, TestShop, make_shop
from tests.services.test_activities import program_with, shop_with
from tests.services.test_blocks import member
from tests.services.test_forget import CANARY, dump, lines_with

SURVEY: dict[str, Any] = {
    "surveys": [
        {
            "id": "nps",
            "title": "How are we doing?",
            "questions": [
                {"id": "rec", "kind": "nps", "words": "Would you recommend us?"},
                {"id": "again", "kind": "index", "words": "Will you buy again?"},
                {"id": "why", "kind": "text", "words": "Why?", "is_required": False},
            ],
        }
    ],
    "actions": [{"kind": "survey", "id": "ask", "title": "Survey", "points": 10, "survey_id": "nps"}],
}


@pytest.fixture
def asked(world: World) -> TestShop:
    """A shop that asks a survey, answered with 10, 7 and 2."""
    shop = shop_with(world, **SURVEY)
    for customer, (score, why) in enumerate([(10, "Lovely"), (7, ""), (2, "Late")], start=7):
        answer(world, shop, customer, score, why)
    return shop


def answer(world: World, shop: TestShop, customer: int, score: int, why: str) -> None:
    who = member(world, shop, customer)
    with world.database.transaction(shop.id) as session:
        given = {"rec": score, "again": 2, "why": why}
        surveys.answer(session, who, "nps", given, key="once", keys=world.keys, now=world.clock())


def read(world: World, shop: TestShop, **wanted: Any) -> list[Letter]:
    with world.database.transaction(shop.id) as session:
        return feedback.page(session, limit=10, **wanted)


def scores(letters: list[Letter]) -> list[int | None]:
    return [letter.score for letter in letters]


def note(world: World, shop: TestShop, letter: Letter, state: State, words: str = "") -> None:
    with world.database.transaction(shop.id) as session:
        feedback.note(session, letter.id, state, words=words, author="staff:1", now=world.clock())


def test_answers_are_read_newest_first_with_their_questions(world: World, asked: TestShop) -> None:
    letters = read(world, asked)

    assert scores(letters) == [2, 7, 10]
    assert [(one.question, one.said) for one in letters[0].answers] == [
        ("Would you recommend us?", "2"),
        ("Will you buy again?", "2"),
        ("Why?", "Late"),
    ]
    assert (letters[0].survey, letters[0].state, letters[0].customer_id) == ("How are we doing?", "open", 9)


@pytest.mark.parametrize(("score", "found"), [("promoters", [10]), ("passives", [7]), ("detractors", [2])])
def test_answers_are_found_by_score(world: World, asked: TestShop, score: Score, found: list[int]) -> None:
    assert scores(read(world, asked, score=score)) == found


def test_answers_with_a_comment_are_found(world: World, asked: TestShop) -> None:
    assert scores(read(world, asked, has_words=True)) == [2, 10]


def test_answers_are_found_by_where_they_stand(world: World, asked: TestShop) -> None:
    worst, middle, _ = read(world, asked)

    note(world, asked, worst, "answered", "Called them")
    note(world, asked, middle, "closed")

    assert [scores(read(world, asked, state=state)) for state in feedback.STATES] == [[10], [2], [7]]
    assert read(world, asked, state="answered")[0].note == "Called them"
    note(world, asked, worst, "open")
    with world.database.transaction(asked.id) as session:
        assert feedback.count_open(session) == 2


def test_pages_join_without_a_gap(world: World, asked: TestShop) -> None:
    with world.database.transaction(asked.id) as session:
        first = feedback.page(session, limit=2)
        second = feedback.page(session, below=first[-1].id, limit=2)

    assert scores(first + second) == [2, 7, 10]


def test_a_question_that_was_reworded_reads_as_it_was_asked(world: World, asked: TestShop) -> None:
    reworded = program_with(**SURVEY).model_dump(mode="json")
    reworded["surveys"][0]["questions"][0]["words"] = "Anything else?"
    with world.database.transaction(asked.id) as session:
        programs.publish(session, program_with(**{k: reworded[k] for k in SURVEY}), by="test", now=NOON)

    assert read(world, asked)[0].answers[0].question == "Would you recommend us?"


def test_an_answer_that_was_taken_back_is_no_feedback(world: World, asked: TestShop) -> None:
    letter = read(world, asked)[0]
    with world.database.transaction(asked.id) as session:
        activities.undo(session, letter.id, keys=world.keys, now=world.clock())

    assert scores(read(world, asked)) == [7, 10]
    with pytest.raises(FeedbackUnknown):
        note(world, asked, letter, "closed")


def test_a_reply_is_queued_once_and_marks_it_answered(world: World, asked: TestShop) -> None:
    letter = read(world, asked)[0]

    for _ in range(2):
        with world.database.transaction(asked.id) as session:
            feedback.reply(session, letter.id, "We are sorry.", key="k", author="staff:1", now=world.clock())

    assert read(world, asked)[0].state == "answered"
    with world.database.transaction(asked.id) as session:
        queued = session.sql("SELECT kind, facts->>'words' FROM messages WHERE shop_id = %s", asked.id)
    assert queued == [("feedback_reply", "We are sorry.")]


def test_what_was_said_and_noted_is_forgotten_with_the_member(
    world: World, asked: TestShop, servers: embedded.Running
) -> None:
    answer(world, asked, 30, 5, f"I am {CANARY}")
    letter = read(world, asked)[0]
    note(world, asked, letter, "closed", f"They are {CANARY}")
    with world.database.transaction(asked.id) as session:
        feedback.reply(session, letter.id, f"Dear {CANARY}", key="k", author="staff:1", now=world.clock())
        document = privacy.export(session, letter.member_id, handle_key=b"h" * 32, now=world.clock())
        forget.erase(session, 30, keys=world.keys, now=world.clock())

    assert document["feedback_notes"] == [f"They are {CANARY}"]
    assert lines_with(dump(servers, asked), CANARY) == []
    assert scores(read(world, asked))[0] == 5


def test_shops_read_their_own_feedback_only(world: World, asked: TestShop) -> None:
    other = make_shop(world)
    letter = read(world, asked)[0]

    assert read(world, other) == []
    with pytest.raises(FeedbackUnknown), world.database.transaction(other.id) as session:
        feedback.find(session, letter.id)
