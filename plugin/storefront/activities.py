"""What shoppers do besides buying: follow and share, check in with a code, tell a birthday, answer a survey, see what they reached."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, ClassVar

import msgspec
from flask import Blueprint

from plugin.db import Session
from plugin.db.tables import ActivityRow
from plugin.loyalty.errors import ActionUnknown
from plugin.loyalty.program import Action, Program
from plugin.loyalty.program.actions import DONE_BY_CLICK
from plugin.services import achievements, activities, birthdays, events, members, programs, surveys
from plugin.services.activities import Doing, Offer
from plugin.storefront.answers import Document
from plugin.storefront.door import Asked, Door, Reply, live_program, member_of, reply
from plugin.storefront.requests import Body, RequestKey

ActionId = Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9][a-z0-9-]{0,39}\Z")]


class Follow(Body, frozen=True):
    """Follow or share the page of an action."""

    action_id: ActionId


class CheckIn(Body, frozen=True):
    """Enter the code of an event."""

    is_guess: ClassVar[bool] = True

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class Birthday(Body, frozen=True):
    """Tell the day and month of a birthday."""

    month: Annotated[int, msgspec.Meta(ge=1, le=12)]
    day: Annotated[int, msgspec.Meta(ge=1, le=31)]


class Answers(Body, frozen=True):
    """Answer a survey. `request_key` names this intent."""

    survey_id: ActionId
    answers: Annotated[dict[str, int | str], msgspec.Meta(max_length=20)]
    request_key: RequestKey


def add_routes(blueprint: Blueprint, door: Door) -> None:
    """The addresses about activities."""

    @blueprint.get("/activities", provide_automatic_options=False)
    @reply(door)
    def what_counts(asked: Asked) -> Reply:
        """Everything that counts besides buying, and how it stands for whoever asks; guests see what there is."""
        with door.transaction(asked) as session:
            return _everything(door, session, asked), 200

    @blueprint.post("/activities", provide_automatic_options=False)
    @reply(door)
    def follow_link(asked: Asked) -> Reply:
        """The shopper goes to the page that an action names; `url` is where."""
        body = door.body(asked, Follow)
        tags = _tags(door, asked, body.action_id)
        with door.transaction(asked) as session:
            action = live_program(session).action(body.action_id)
            if action is None or action.kind not in DONE_BY_CLICK:
                raise ActionUnknown(action_id=body.action_id)
            member_id, now = member_of(session, asked), door.world.clock()
            doing = Doing(member_id, action.id, f"click:{now:%Y-%m-%dT%H:%M}", now, tags=tags)  # a double click is one
            row = activities.record(session, doing, keys=door.world.keys, now=now)
        return _given(door, asked, row) | {"url": action.url}, 200

    @blueprint.post("/check-in", provide_automatic_options=False)
    @reply(door)
    def check_in(asked: Asked) -> Reply:
        """The shopper is at an event and enters its code."""
        body = door.body(asked, CheckIn)
        with door.transaction(asked) as session:
            live_program(session)
            action_id = events.action_of(session, body.code)
        tags = _tags(door, asked, action_id)
        with door.transaction(asked) as session:
            member_id, now = member_of(session, asked), door.world.clock()
            row = events.check_in(session, member_id, body.code, tags=tags, keys=door.world.keys, now=now)
        return _given(door, asked, row), 200

    @blueprint.post("/birthday", provide_automatic_options=False)
    @reply(door)
    def tell_birthday(asked: Asked) -> Reply:
        """The shopper says when their birthday is."""
        body = door.body(asked, Birthday)
        with door.transaction(asked) as session:
            live_program(session)
            member_id = member_of(session, asked)
            birthdays.tell(session, member_id, month=body.month, day=body.day, now=door.world.clock())
        return {"month": body.month, "day": body.day}, 200

    @blueprint.post("/survey", provide_automatic_options=False)
    @reply(door)
    def answer_survey(asked: Asked) -> Reply:
        """The shopper answers a survey."""
        body = door.body(asked, Answers)
        with door.transaction(asked) as session:
            _, action = surveys.asked_by(session, body.survey_id)
        tags = _tags(door, asked, action.id)
        with door.transaction(asked) as session:
            member_id, keys, now = member_of(session, asked), door.world.keys, door.world.clock()
            row = surveys.answer(
                session,
                member_id,
                body.survey_id,
                body.answers,
                key=body.request_key,
                tags=tags,
                keys=keys,
                now=now,
            )
        return _given(door, asked, row), 200


def _everything(door: Door, session: Session, asked: Asked) -> Document:
    program, now = live_program(session), door.world.clock()
    customer_id = asked.visitor.customer_id
    member_id = members.by_customer(session, customer_id) if customer_id is not None else None
    birthday = birthdays.told(session, member_id) if member_id is not None else None
    standings = achievements.of_member(session, member_id, now=now) if member_id is not None else []
    return {
        "actions": [_offer(one) for one in activities.offers(session, member_id, now=now)],
        "surveys": [
            {
                "id": survey.id,
                "title": survey.title,
                "questions": [
                    {
                        "id": question.id,
                        "kind": question.kind,
                        "words": question.words,
                        "choices": list(question.choices),
                        "is_required": question.is_required,
                    }
                    for question in survey.questions
                ],
            }
            for survey, _ in surveys.open_ones(program)
        ],
        "birthday": {"month": birthday[0], "day": birthday[1]} if birthday is not None else None,
        "achievements": [
            {
                "id": one.line.id,
                "title": one.line.title,
                "progress": one.progress,
                "next_step": one.following,
                "reached": [row.step for row in one.reached],
            }
            for one in standings
        ],
        "badges": achievements.badges(session, member_id) if member_id is not None else [],
    }


def _offer(one: Offer) -> Document:
    opens_at = one.refusal.facts.get("opens_at") if one.refusal is not None else None
    return {
        "id": one.action.id,
        "kind": one.action.kind,
        "title": one.action.title,
        "points": one.action.points,
        "has_reward": one.action.reward_id is not None,
        "survey_id": one.action.survey_id,
        "times": one.times,
        "is_open": one.refusal is None,
        "opens_at": opens_at.isoformat(timespec="seconds") if opens_at is not None else None,
    }


def _given(door: Door, asked: Asked, row: ActivityRow) -> Document:
    if row.redemption_id is not None:
        door.bell.ring("codes", asked.shop.id, asked.shop.domain)
    return {"points": row.points, "redemption_id": str(row.redemption_id) if row.redemption_id is not None else None}


def _tags(door: Door, asked: Asked, action_id: str | None) -> tuple[str, ...]:
    return tags_of(door, asked, lambda program: program.action(action_id or ""))


def tags_of(door: Door, asked: Asked, find: Callable[[Program], Action | None]) -> tuple[str, ...]:
    """The shopper's tags at Shopify, where the action or the program minds them. Raises NotSignedIn, OutsideError."""
    with door.transaction(asked) as session:
        program = programs.current(session).program
    return activities.look_up_tags(
        program, find(program), asked.customer_id, lambda: door.world.shopify(asked.shop.id, asked.shop.domain)
    )
