"""The list of members: found by what staff type or by a filter, in an order, a page at a time, and as a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, cast

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from plugin.admin import forms
from plugin.admin.desk import Desk, page, visit
from plugin.admin.formats import Formats
from plugin.admin.members import words
from plugin.admin.members.names import names
from plugin.admin.sheets import sheet
from plugin.db.roster import Edge, Sort
from plugin.loyalty import people
from plugin.loyalty.errors import OutsideError
from plugin.loyalty.people import Wanted
from plugin.loyalty.program import Program
from plugin.services import programs, roster, segments
from plugin.services.roster import Listed, Page

Answer = AnyResponse | tuple[str, int] | str

A_PAGE: Final = 25
LONGEST_SEARCH: Final = 100
FILTER_FIELDS: Final = (
    "tier", "least", "most", "expiring_days", "active_days", "quiet_days", "ordered_after", "ordered_before",
    "joined_days", "joined_after", "joined_before", "states",
)  # fmt: skip
HEADER: Final = (
    "Member", "Shopify customer", "Tier", "Available", "Pending", "Reserved", "Owes", "Member since", "Last order",
    "Expires next", "Expires on", "Blocked",
)  # fmt: skip


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """`/members` and its file."""

    @blueprint.get("/members")
    def members_list() -> Answer:
        sought = forms.clean(request.args.get("q", ""))[:LONGEST_SEARCH]
        return _found(desk, sought) if sought else _listed(desk)

    @blueprint.get("/members/export.csv")
    def members_file() -> AnyResponse:
        with desk.transaction() as session:
            program = programs.current(session).program
        wanted, _ = asked_for(program)
        every = roster.every(desk.world.database, visit().shop_id, wanted, now=visit().now)
        return sheet("members.csv", HEADER, _rows(every, program, visit().formats))


def asked_for(program: Program) -> tuple[Wanted, dict[str, str]]:
    """The filter in the address, and what is wrong with it by field."""
    typed = {name: forms.clean(request.args.get(name, ""))[:LONGEST_SEARCH] for name in FILTER_FIELDS}
    typed["states"] = ",".join(request.args.getlist("states"))[:LONGEST_SEARCH]
    return people.read(typed, tiers=tuple(level.id for level in program.tiers.levels))


def query_of(wanted: Wanted) -> dict[str, str]:
    """A filter as it stands in an address."""
    return people.as_fields(people.dump(wanted))


def _listed(desk: Desk) -> Answer:
    sort = cast("Sort", _one_of("sort", words.SORTS, "newest"))
    with desk.transaction() as session:
        program = programs.current(session).program
        wanted, problems = asked_for(program)
        found = roster.page(
            session, wanted, sort=sort, after=_edge("after"), before=_edge("before"), limit=A_PAGE, now=visit().now
        )
    query = query_of(wanted) | ({"sort": sort} if sort != "newest" else {})
    return _page(desk, program, found, sort=sort, wanted=wanted, query=query, problems=problems)


def _found(desk: Desk, sought: str) -> Answer:
    """Whoever a search finds: numbers and codes are ours to find, names and addresses are Shopify's."""
    customer_ids: Sequence[int] = ()
    is_cut_off = False
    if not sought.removeprefix("#").isdigit():
        try:
            customer_ids = [person.customer_id for person in desk.shopify().find_customers(sought)]
        except OutsideError:
            is_cut_off = True
    with desk.transaction() as session:
        program = programs.current(session).program
        found = roster.find(session, sought, customer_ids=customer_ids, now=visit().now)
    result = Page(found, has_earlier=False, has_later=False)
    return _page(
        desk, program, result, sort="newest", wanted=people.EVERYBODY, query={}, sought=sought, is_cut_off=is_cut_off
    )


def _page(
    desk: Desk,
    program: Program,
    found: Page,
    *,
    sort: Sort,
    wanted: Wanted,
    query: Mapping[str, str],
    problems: Mapping[str, str] | None = None,
    sought: str = "",
    is_cut_off: bool = False,
) -> Answer:
    called = names(desk, [one.line.customer_id for one in found.listed])
    with desk.transaction() as session:
        kept = segments.every(session)
    conditions = words.conditions(wanted, program, visit().formats)
    return page(
        "members/list.html",
        program=program,
        lines=[line(one, program, called.of(one.line.id, one.line.customer_id)) for one in found.listed],
        emails={one.line.id: called.email(one.line.customer_id) for one in found.listed},
        earlier=_spell(found.listed[0].edge) if found.has_earlier and found.listed else "",
        later=_spell(found.listed[-1].edge) if found.has_later and found.listed else "",
        access="unreachable" if is_cut_off else called.access,
        sought=sought,
        sort=sort,
        sorts=words.SORTS,
        values=query,
        query=query,
        chips=[(one.text, _without(wanted, one.fields)) for one in conditions],
        problems=problems or {},
        segments=kept,
        states=words.STATES,
        no_tier=people.NO_TIER,
        adds=words.ACCESS_ADDS,
    )


def line(one: Listed, program: Program, name: str) -> dict[str, object]:
    """One member as a line of a table."""
    found = one.line
    return {
        "id": found.id,
        "name": name,
        "tier": words.tier_title(program, one.facts.tier) if one.facts.tier else "",
        "available": max(0, found.available),
        "owes": max(0, -found.available),
        "pending": found.pending,
        "since": found.since,
        "last_order": one.facts.last_order_at,
        "is_blocked": one.facts.is_blocked,
    }


def _rows(every: Iterator[Listed], program: Program, formats: Formats) -> Iterator[tuple[object, ...]]:
    for one in every:
        found, facts = one.line, one.facts
        yield (
            found.id,
            found.customer_id,
            words.tier_title(program, facts.tier) if facts.tier else "",
            max(0, found.available),
            found.pending,
            found.held,
            max(0, -found.available),
            formats.stamp(found.since),
            formats.stamp(facts.last_order_at) if facts.last_order_at is not None else None,
            facts.expiring or None,
            formats.stamp(facts.expiring_at) if facts.expiring_at is not None else None,
            "yes" if facts.is_blocked else "",
        )


def _without(wanted: Wanted, fields: Sequence[str]) -> dict[str, str]:
    """The filter without one of its conditions."""
    query = query_of(wanted)
    for field in fields:
        name, _, state = field.partition("=")
        if state:
            kept = [one for one in query[name].split(",") if one != state]
            query[name] = ",".join(kept)
        else:
            del query[name]
    return {name: text for name, text in query.items() if text}


def _one_of(name: str, known: Mapping[str, str], default: str) -> str:
    asked = request.args.get(name, "")
    return asked if asked in known else default


def _spell(edge: Edge) -> str:
    return f"{edge.id}.{edge.available}.{(edge.since - _EPOCH) // _MICROSECOND}"


def _edge(name: str) -> Edge | None:
    try:
        member_id, points, age = map(int, request.args.get(name, "").split("."))
        since = _EPOCH + age * _MICROSECOND
    except (ValueError, OverflowError):
        return None
    is_one = 0 <= member_id < roster.LARGEST_ID and abs(points) < roster.LARGEST_ID
    return Edge(member_id, points, since) if is_one else None


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
