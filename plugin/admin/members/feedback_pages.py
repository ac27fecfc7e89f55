"""Feedback: what members answered to surveys, as an inbox that staff work off, with the figures it comes to."""

from __future__ import annotations

from typing import Any, Final, cast
from uuid import uuid4

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from plugin.admin import forms
from plugin.admin.desk import Desk, go, page, visit
from plugin.admin.forms import Field
from plugin.admin.members import words
from plugin.admin.members.deeds import GOODWILL, MOST_POINTS, give_goodwill, once
from plugin.admin.members.names import names
from plugin.admin.words import author
from plugin.db import Session
from plugin.loyalty.errors import Refusal
from plugin.services import changelog, feedback, goodwill, programs
from plugin.services.feedback import Letter, Score, State
from plugin.services.roster import LARGEST_ID

Answer = AnyResponse | tuple[str, int] | str

A_PAGE: Final = 25
ONE: Final = f"/members/feedback/<int(max={LARGEST_ID}):letter_id>"
LONGEST_REPLY: Final = 2000
NOTE: Final = (Field("state", "text"), Field("note", "text", is_optional=True))


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """`/members/feedback` and below."""

    @blueprint.get("/members/feedback")
    def feedback_list() -> Answer:
        state, score = request.args.get("state", ""), request.args.get("score", "")
        has_words = request.args.get("words") == "true"
        with desk.transaction() as session:
            found = feedback.page(
                session,
                state=cast("State", state) if state in words.FEEDBACK_STATES else None,
                score=cast("Score", score) if score in words.SCORES else None,
                has_words=has_words,
                below=_below(),
                limit=A_PAGE + 1,
            )
            figures = feedback.figures(session)
            open_count = feedback.count_open(session)
        shown = found[:A_PAGE]
        called = names(desk, [letter.customer_id for letter in shown])
        asked = {"state": state, "score": score, "words": "true" if has_words else ""}
        return page(
            "members/feedback.html",
            letters=[_line(letter, called.of(letter.member_id, letter.customer_id)) for letter in shown],
            following=shown[-1].id if len(found) > A_PAGE else None,
            is_first_page=_below() is None,
            figures=figures,
            open_count=open_count,
            asked={name: value for name, value in asked.items() if value},
            values=asked,
            states=words.FEEDBACK_STATES,
            scores=words.SCORES,
            access=called.access,
            adds=words.ACCESS_ADDS,
        )

    _add_letter(blueprint, desk)


def _add_letter(blueprint: Blueprint, desk: Desk) -> None:
    @blueprint.get(ONE)
    def feedback_one(letter_id: int) -> Answer:
        return _one(desk, letter_id, {})

    @blueprint.post(f"{ONE}/note")
    def feedback_note(letter_id: int) -> Answer:
        reading = forms.read(NOTE, request.form, digits=0)
        state, note = reading.values.get("state"), reading.values.get("note") or ""
        problems = dict(reading.problems)
        if state not in words.FEEDBACK_STATES:
            problems["state"] = "Choose where it stands."
        if len(note) > forms.LONGEST_TEXT:
            problems["note"] = f"Use at most {forms.LONGEST_TEXT} characters."
        if problems:
            return _one(desk, letter_id, problems)
        with desk.transaction() as session:
            feedback.note(session, letter_id, cast("State", state), words=note, author=visit().author, now=visit().now)
            _note(session, "feedback.noted", letter_id, {"state": state})
        return go("feedback_one", letter_id=letter_id, said="saved")

    _add_answers(blueprint, desk)


def _add_answers(blueprint: Blueprint, desk: Desk) -> None:
    @blueprint.post(f"{ONE}/reply")
    def feedback_reply(letter_id: int) -> Answer:
        text = request.form.get("reply", "").strip()
        text = "".join(sign for sign in text if sign.isprintable() or sign == "\n")
        if not text or len(text) > LONGEST_REPLY:
            said = f"Use at most {LONGEST_REPLY:,} characters." if text else "Write an answer."
            return _one(desk, letter_id, {"reply": said})
        key = forms.clean(request.form.get("key", ""))[:64] or str(uuid4())
        with desk.transaction() as session:
            feedback.reply(session, letter_id, text, key=key, author=visit().author, now=visit().now)
            _note(session, "feedback.answered", letter_id, {})
        desk.ring("rest")
        return go("feedback_one", letter_id=letter_id, said="replied")

    @blueprint.post(f"{ONE}/goodwill")
    def feedback_goodwill(letter_id: int) -> Answer:
        reading = forms.read(GOODWILL, request.form, digits=0)
        problems = dict(reading.problems)
        if "goodwill_points" in reading.values and not 0 < reading.values["goodwill_points"] <= MOST_POINTS:
            problems["goodwill_points"] = "Enter 1 or more."
        if problems:
            return _one(desk, letter_id, problems)

        def deed(session: Session, key: str) -> None:
            give_goodwill(desk, session, feedback.find(session, letter_id).member_id, reading.values, key)

        try:
            once(desk, f"feedback-goodwill:{letter_id}", reading.values, deed)
        except Refusal as refusal:
            return _one(desk, letter_id, {"goodwill_points": str(refusal)})
        return go("feedback_one", letter_id=letter_id, said="goodwill-given")


def _one(desk: Desk, letter_id: int, problems: dict[str, str]) -> Answer:
    with desk.transaction() as session:
        letter = feedback.find(session, letter_id)
        program = programs.current(session).program
        budget = goodwill.budget(session, now=visit().now)
    called = names(desk, [letter.customer_id])
    line = _line(letter, called.of(letter.member_id, letter.customer_id))
    return page(
        "members/letter.html",
        422 if problems else 200,
        program=program,
        letter=line,
        answers=letter.answers,
        note_by=author(letter.author),
        worked_at=letter.worked_at,
        has_address=bool(called.email(letter.customer_id)),
        access=called.access,
        adds=words.ACCESS_ADDS,
        states=words.FEEDBACK_STATES,
        can_reply=program.is_live and program.messages.is_on,
        has_mail=desk.world.letters is not None,
        budget=budget,
        goodwill_key=str(uuid4()),
        reply_key=str(uuid4()),
        values={"state": letter.state if letter.state != "open" else "answered", "note": letter.note}
        | dict(request.form),
        problems=problems,
    )


def _line(letter: Letter, name: str) -> dict[str, Any]:
    """A survey answered, in words."""
    label, tone = words.FEEDBACK_STATES[letter.state]
    said = next((answer.said for answer in letter.answers if answer.kind == "text" and answer.said), "")
    return {
        "id": letter.id,
        "member_id": letter.member_id,
        "name": name,
        "survey": letter.survey,
        "at": letter.answered_at,
        "score": letter.score,
        "score_tone": "" if letter.score is None else _tone(letter.score),
        "said": said,
        "label": label,
        "tone": tone,
        "state": letter.state,
        "note": letter.note,
    }


def _tone(score: int) -> str:
    for name, tone in (("promoters", "success"), ("passives", "neutral")):
        least, _ = feedback.SCORES[cast("Score", name)]
        if score >= least:
            return tone
    return "critical"


def _below() -> int | None:
    text = request.args.get("below", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < len(str(LARGEST_ID)) else None


def _note(session: Session, deed: str, letter_id: int, facts: dict[str, Any]) -> None:
    changelog.note(session, by=visit().author, deed=deed, subject=str(letter_id), facts=facts, now=visit().now)
