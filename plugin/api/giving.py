"""Giving over the API: lapsed points back, goodwill, dividends, and what a launch would credit."""

from __future__ import annotations

from uuid import UUID, uuid4

from flask import Response

from plugin.api import giving_shapes, query, shapes
from plugin.api.bodies import NewDividend, NewGoodwill, NewLaunchTrial, NewReinstatement
from plugin.api.door import Door, answer, by, language
from plugin.api.once import once
from plugin.api.problems import invalid
from plugin.db import Session
from plugin.loyalty.errors import GrantUnknown, InvalidProgram, LaunchTrialUnknown
from plugin.loyalty.program import parse
from plugin.services import dividend, expiry, explain, goodwill, launch, lookup, members, programs, shops
from plugin.services.api_keys import KeyHolder

YEAR_MIN, YEAR_MAX = 2000, 9998


def add_reinstatement(door: Door, caller: KeyHolder, member_id: str) -> Response:
    """Give lapsed points back, saying why; all that still can be when no number is given."""
    query.parameters()
    number, body = query.member_id(member_id), query.body(NewReinstatement)

    def deed(session: Session) -> str:
        living = lookup.reachable(session, number)
        now = door.world.clock()
        seq = expiry.reinstate(
            session, living, body.points, words=body.reason, author=by(caller), key=uuid4().hex, now=now
        )
        door.note(session, caller, "member.reinstated", living, points=body.points)
        return f"{living}-{seq}"

    return answer(
        shapes.One(once(door, caller, "reinstatements", f"{number} {body.model_dump_json()}", deed, entry)), 201
    )


def list_warnings(door: Door, caller: KeyHolder, member_id: str) -> Response:
    """The latest warnings about points of a member that lapse."""
    query.parameters()
    with door.world.database.transaction(caller.shop_id) as session:
        found = expiry.warnings(session, lookup.living(session, query.member_id(member_id)))
    return answer(shapes.Page([giving_shapes.warning(row) for row in found], None))


def show_goodwill(door: Door, caller: KeyHolder) -> Response:
    """The reasons for which points may be given, and what is left of this month's budget."""
    query.parameters()
    with door.world.database.transaction(caller.shop_id) as session:
        program = programs.current(session).program
        budget = goodwill.budget(session, now=door.world.clock())
    return answer(shapes.One(giving_shapes.goodwill(program, budget)))


def add_goodwill(door: Door, caller: KeyHolder, member_id: str) -> Response:
    """Give a member points for one of the program's reasons. The member reads the reason; the note stays with staff."""
    query.parameters()
    number, body = query.member_id(member_id), query.body(NewGoodwill)

    def deed(session: Session) -> str:
        given = goodwill.give(
            session,
            lookup.reachable(session, number),
            body.code,
            body.points,
            words=body.note,
            author=body.staff or by(caller),
            key=uuid4().hex,
            keys=door.world.keys,
            now=door.world.clock(),
        )
        door.note(session, caller, "member.goodwill_given", given.member_id, points=body.points, code=body.code)
        return f"{given.member_id}-{given.seq}"

    return answer(shapes.One(once(door, caller, "goodwill", f"{number} {body.model_dump_json()}", deed, entry)), 201)


def list_goodwill_grants(door: Door, caller: KeyHolder) -> Response:
    """A page of what staff gave, newest first."""
    given = query.parameters("limit", "next")
    limit, below = query.limit_of(given), query.cursor_of(given, "goodwill")
    with door.world.database.transaction(caller.shop_id) as session:
        found = goodwill.page(session, below=below, limit=limit + 1)
    following = query.cursor("goodwill", found[limit - 1].id) if len(found) > limit else None
    return answer(shapes.Page([giving_shapes.grant(row) for row in found[:limit]], following))


def take_back_goodwill(door: Door, caller: KeyHolder, grant_id: str) -> Response:
    """It was given by mistake: take all of it back."""
    query.parameters()
    number = query.whole_number(grant_id)
    if number is None:
        raise GrantUnknown
    with door.world.database.transaction(caller.shop_id) as session:
        given = goodwill.take_back(session, number, keys=door.world.keys, now=door.world.clock())
        door.note(session, caller, "member.goodwill_taken_back", given.member_id, grant=number)
        shown = entry(session, f"{given.member_id}-{given.seq}")
    return answer(shapes.One(shown))


def preview_dividend(door: Door, caller: KeyHolder, year: str) -> Response:
    """What a year's dividend comes to, as orders stand now. Nothing is paid."""
    query.parameters()
    number = query.whole_number(year) or 0
    if not YEAR_MIN <= number <= YEAR_MAX:
        raise invalid([("year", f"Give a year from {YEAR_MIN} to {YEAR_MAX}.")], status=400)
    with door.world.database.transaction(caller.shop_id) as session:
        found = dividend.preview(session, number, now=door.world.clock())
        currency = shops.details(session).currency
    return answer(shapes.One(giving_shapes.dividend(found, currency=currency)))


def pay_dividend(door: Door, caller: KeyHolder) -> Response:
    """Have a year's dividend paid to everybody who was not paid yet: once a member and year, however often it is asked for."""
    query.parameters()
    body, now = query.body(NewDividend), door.world.clock()
    with door.world.database.transaction(caller.shop_id) as session:
        found = dividend.ask(session, body.year, now=now)
        door.note(session, caller, "program.dividend_asked", body.year)
        currency = shops.details(session).currency
    door.bell.ring("rest", caller.shop_id, caller.domain)
    return answer(shapes.One(giving_shapes.dividend(found, currency=currency)), 202)


def add_launch_trial(door: Door, caller: KeyHolder) -> Response:
    """Try out what orders of the past would give by a draft that says since when they count. Nothing stays of it."""
    query.parameters()
    body = query.body(NewLaunchTrial)
    try:
        draft = parse(body.program)
    except InvalidProgram as refusal:
        problems = [(f"program.{name}".rstrip("."), message) for name, message in refusal.facts["problems"]]
        raise InvalidProgram(count=len(problems), problems=problems) from None
    with door.world.database.transaction(caller.shop_id) as session:
        row = launch.ask_trial(session, draft, trial_id=uuid4(), now=door.world.clock())
    door.bell.ring("rest", caller.shop_id, caller.domain)
    return answer(shapes.One(giving_shapes.trial(row)), 202, Location=f"/api/v1/launch/trials/{row.id}")


def show_launch_trial(door: Door, caller: KeyHolder, trial_id: str) -> Response:
    """A dry run as it stands now."""
    query.parameters()
    try:
        number = UUID(trial_id)
    except ValueError:
        raise LaunchTrialUnknown from None
    with door.world.database.transaction(caller.shop_id) as session:
        row = launch.find_trial(session, number)
    return answer(shapes.One(giving_shapes.trial(row)))


def entry(session: Session, subject: str) -> shapes.Entry:
    """The entry that "member-number" names, as it is shown."""
    member_id, _, seq = subject.partition("-")
    views = members.entries(session, int(member_id), before=int(seq) + 1, limit=1)
    names = explain.order_names(session, shapes.order_ids(views))
    return shapes.entry(views[0], order_names=names, language=language())
