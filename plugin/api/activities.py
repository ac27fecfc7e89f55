"""Activities over the API: what review apps, forums and tills report, events with their codes, surveys, birthdays and achievements."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

from flask import Response

from plugin.api import activity_shapes, query, shapes
from plugin.api.bodies import NewActivity, NewAnswers, NewBirthday, NewCheckIn, NewEvent
from plugin.api.door import Door, answer, once_more
from plugin.api.once import once
from plugin.api.problems import Problem, invalid
from plugin.db import Session
from plugin.db.tables import ActivityRow
from plugin.loyalty.codes import check_in_code
from plugin.loyalty.errors import ActionNotReported, ActivityUnknown, EventUnknown, MemberUnknown, OutsideError
from plugin.loyalty.program.actions import DONE_BY_CLICK, TOLD_BY_OTHERS
from plugin.services import achievements, activities, birthdays, events, lookup, members, programs, surveys
from plugin.services.activities import Doing
from plugin.services.api_keys import KeyHolder

REPORTED_LATE_MAX = timedelta(days=366)

# --- What members do --------------------------------------------------------------------------------------------------


def list_actions(door: Door, caller: KeyHolder) -> Response:
    """The actions of the program that is live; none while it is switched off."""
    query.parameters()
    with door.world.database.transaction(caller.shop_id) as session:
        program = programs.current(session).program
    offered = [action for action in program.actions if action.is_on] if program.is_live else []
    return answer(shapes.Page([activity_shapes.action(one) for one in offered], None))


def list_member_actions(door: Door, caller: KeyHolder, member_id: str) -> Response:
    """The live program's actions as they stand for a member. Whom an action is for by tag is only known when it is done."""
    query.parameters()
    with door.world.database.transaction(caller.shop_id) as session:
        living = lookup.living(session, query.member_id(member_id))
        found = activities.offers(session, living, now=door.world.clock())
    return answer(shapes.Page([activity_shapes.offer(one) for one in found], None))


def list_activities(door: Door, caller: KeyHolder, member_id: str) -> Response:
    """A page of what a member did, newest first."""
    given = query.parameters("limit", "next")
    number = query.member_id(member_id)
    listing = f"activities:{number}"
    limit, below = query.limit_of(given), query.cursor_of(given, listing)
    with door.world.database.transaction(caller.shop_id) as session:
        living = lookup.living(session, number)
        rows = activities.of_member(session, living, below=below, limit=limit + 1)
    following = query.cursor(listing, rows[limit - 1].id) if len(rows) > limit else None
    return answer(shapes.Page([activity_shapes.activity(row) for row in rows[:limit]], following))


def add_activity(door: Door, caller: KeyHolder, member_id: str) -> Response:
    """Report that a member did something. Under the same `key` it counts once, whoever reports it."""
    query.parameters()
    number, key, body = query.member_id(member_id), query.idempotency_key(is_required=True), query.body(NewActivity)
    now = door.world.clock()
    occurred_at = body.occurred_at or now
    if not now - REPORTED_LATE_MAX <= occurred_at <= now:
        raise invalid([("occurred_at", "Give an instant within the last 366 days, and not in the future.")])
    tags = _tags(door, caller, number, body.action_id)

    def deed(session: Session) -> ActivityRow:
        action = programs.current(session).program.action(body.action_id)
        if action is not None and action.kind not in TOLD_BY_OTHERS | DONE_BY_CLICK:
            raise ActionNotReported(action_id=body.action_id)
        member = lookup.reachable(session, number)
        doing = Doing(member, body.action_id, body.key or str(key), occurred_at, tags=tags)
        return activities.record(session, doing, keys=door.world.keys, now=now)

    row = _once(door, caller, "activities", f"{number} {body.model_dump_json()}", deed)
    return _made(door, caller, row)


def show_activity(door: Door, caller: KeyHolder, activity_id: str) -> Response:
    """One activity."""
    query.parameters()
    with door.world.database.transaction(caller.shop_id) as session:
        row = activities.find(session, _activity_id(activity_id))
    return answer(shapes.One(activity_shapes.activity(row)))


def undo_activity(door: Door, caller: KeyHolder, activity_id: str) -> Response:
    """It did not happen after all: its points are taken back, and its reward if it was not used.

    What an order brought along stands and falls with the order.
    """
    query.parameters()
    number = _activity_id(activity_id)
    with door.world.database.transaction(caller.shop_id) as session:
        found = activities.find(session, number)
        if found.kind == "welcome_back":
            raise ActionNotReported(action_id=found.action_id)
        row = activities.undo(session, number, keys=door.world.keys, now=door.world.clock())
    door.bell.ring("codes", caller.shop_id, caller.domain)
    return answer(shapes.One(activity_shapes.activity(row)))


def put_birthday(door: Door, caller: KeyHolder, member_id: str) -> Response:
    """When a member's birthday is. No year is asked for."""
    query.parameters()
    number, body = query.member_id(member_id), query.body(NewBirthday)
    with door.world.database.transaction(caller.shop_id) as session:
        member = lookup.reachable(session, number)
        birthdays.tell(session, member, month=body.month, day=body.day, now=door.world.clock())
    return answer(shapes.One(activity_shapes.Birthday(body.month, body.day)))


def list_achievements(door: Door, caller: KeyHolder, member_id: str) -> Response:
    """The milestones of the live program as they stand for a member."""
    query.parameters()
    with door.world.database.transaction(caller.shop_id) as session:
        living = lookup.living(session, query.member_id(member_id))
        found = achievements.of_member(session, living, now=door.world.clock())
    return answer(shapes.Page([activity_shapes.achievement(one) for one in found], None))


# --- Events -----------------------------------------------------------------------------------------------------------


def list_events(door: Door, caller: KeyHolder) -> Response:
    """A page of events, newest first."""
    given = query.parameters("limit", "next")
    limit, below = query.limit_of(given), query.cursor_of(given, "events")
    with door.world.database.transaction(caller.shop_id) as session:
        rows = events.every(session, below=below, limit=limit + 1)
    following = query.cursor("events", rows[limit - 1].id) if len(rows) > limit else None
    return answer(shapes.Page([activity_shapes.event(row) for row in rows[:limit]], following))


def add_event(door: Door, caller: KeyHolder) -> Response:
    """Open an event. Without a code of your own, one is made that nobody guesses."""
    query.parameters()
    body = query.body(NewEvent)
    plan = events.Plan(
        body.action_id, body.title, body.code or check_in_code(uuid4()), body.starts_at, body.ends_at, body.capacity
    )
    with door.world.database.transaction(caller.shop_id) as session:
        row = events.open_event(session, plan, now=door.world.clock())
    return answer(shapes.One(activity_shapes.event(row)), 201, Location=f"/api/v1/events/{row.id}")


def show_event(door: Door, caller: KeyHolder, event_id: str) -> Response:
    """One event."""
    query.parameters()
    with door.world.database.transaction(caller.shop_id) as session:
        row = events.find(session, _event_id(event_id))
    return answer(shapes.One(activity_shapes.event(row)))


def close_event(door: Door, caller: KeyHolder, event_id: str) -> Response:
    """Nobody can check in from now on; whoever did keeps what it gave."""
    query.parameters()
    with door.world.database.transaction(caller.shop_id) as session:
        row = events.close(session, _event_id(event_id), now=door.world.clock())
    return answer(shapes.One(activity_shapes.event(row)))


def add_check_in(door: Door, caller: KeyHolder, member_id: str) -> Response:
    """A member is at the event with this code. Twice is once."""
    query.parameters()
    number, body = query.member_id(member_id), query.body(NewCheckIn)
    now = door.world.clock()
    with door.world.database.transaction(caller.shop_id) as session:
        action_id = events.action_of(session, body.code)
    tags = _tags(door, caller, number, action_id)

    def enter() -> ActivityRow:
        with door.world.database.transaction(caller.shop_id) as session:
            member = lookup.reachable(session, number)
            return events.check_in(session, member, body.code, tags=tags, keys=door.world.keys, now=now)

    return _made(door, caller, once_more(enter))


# --- Surveys ----------------------------------------------------------------------------------------------------------


def list_surveys(door: Door, caller: KeyHolder) -> Response:
    """The surveys that members can answer now."""
    query.parameters()
    with door.world.database.transaction(caller.shop_id) as session:
        program = programs.current(session).program
    found = surveys.open_ones(program) if program.is_live else []
    return answer(shapes.Page([activity_shapes.survey(survey) for survey, _ in found], None))


def show_survey_results(door: Door, caller: KeyHolder, survey_id: str) -> Response:
    """What a survey came to: scores, counts and the newest words; nothing says whose they are."""
    query.parameters()
    with door.world.database.transaction(caller.shop_id) as session:
        found = surveys.results(session, survey_id)
    return answer(shapes.One(activity_shapes.results(found)))


def add_answers(door: Door, caller: KeyHolder, member_id: str, survey_id: str) -> Response:
    """A member's answers to a survey, by question."""
    query.parameters()
    number, key, body = query.member_id(member_id), query.idempotency_key(is_required=True), query.body(NewAnswers)
    now = door.world.clock()
    with door.world.database.transaction(caller.shop_id) as session:
        _, action = surveys.asked_by(session, survey_id)
    tags = _tags(door, caller, number, action.id)

    def deed(session: Session) -> ActivityRow:
        member = lookup.reachable(session, number)
        return surveys.answer(
            session, member, survey_id, body.answers, key=str(key), tags=tags, keys=door.world.keys, now=now
        )

    row = _once(door, caller, "answers", f"{number} {survey_id} {body.model_dump_json()}", deed)
    return _made(door, caller, row)


# --- What they share --------------------------------------------------------------------------------------------------


def _once(
    door: Door, caller: KeyHolder, route: str, fingerprint: str, deed: Callable[[Session], ActivityRow]
) -> ActivityRow:
    """Do the deed unless this Idempotency-Key did it before; the activity as it stands now."""
    return once(
        door,
        caller,
        route,
        fingerprint,
        lambda session: str(deed(session).id),
        lambda session, subject: activities.find(session, int(subject)),
    )


def _made(door: Door, caller: KeyHolder, row: ActivityRow) -> Response:
    if row.redemption_id is not None:
        door.bell.ring("codes", caller.shop_id, caller.domain)
    return answer(shapes.One(activity_shapes.activity(row)), 201, Location=f"/api/v1/activities/{row.id}")


def _tags(door: Door, caller: KeyHolder, number: int, action_id: str | None) -> tuple[str, ...]:
    """The customer's tags, where they matter; a problem that says so when Shopify cannot be asked."""
    with door.world.database.transaction(caller.shop_id) as session:
        customer_id = members.customer_of(session, lookup.reachable(session, number))
        program = programs.current(session).program
    try:
        return activities.look_up_tags(
            program,
            program.action(action_id or ""),
            customer_id,
            lambda: door.world.shopify(caller.shop_id, caller.domain),
        )
    except OutsideError:
        raise Problem(
            503,
            "try-again",
            "Try again",
            "This depends on the customer's tags, and Shopify cannot be asked just now; nothing was done.",
            headers={"Retry-After": "5"},
        ) from None


def _activity_id(text: str) -> int:
    try:
        return query.member_id(text)
    except MemberUnknown:
        raise ActivityUnknown from None


def _event_id(text: str) -> int:
    try:
        return query.member_id(text)
    except MemberUnknown:
        raise EventUnknown from None
