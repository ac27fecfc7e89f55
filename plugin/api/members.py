"""Members over the API: find them, read their entries, adjust their points."""

from __future__ import annotations

from uuid import uuid4

from flask import Response

from plugin.api import query, shapes
from plugin.api.bodies import NewAdjustment
from plugin.api.door import Door, answer, by, client, language, once_more
from plugin.api.problems import invalid
from plugin.db import Session
from plugin.services import explain, lookup, members, redeem, shops
from plugin.services.api_keys import KeyHolder
from plugin.services.members import EntryView, MemberView

ADJUSTMENTS = "adjustments"


def list_members(door: Door, caller: KeyHolder) -> Response:
    """A page of members, newest first; or the one of a Shopify customer. Everything due is posted before a balance is told."""
    given = query.parameters("shopify_customer_id", "limit", "next")
    limit, after = query.limit_of(given), query.cursor_of(given, "members")
    customer_ids = None
    if "shopify_customer_id" in given:
        customer_id = query.whole_number(given["shopify_customer_id"])
        if not customer_id:
            raise invalid([("shopify_customer_id", "Give the number of a Shopify customer.")], status=400)
        customer_ids = [customer_id]
    with door.world.database.transaction(caller.shop_id) as session:
        if customer_ids is not None:
            found = members.by_customer(session, customer_ids[0])
            ids = [found] if found is not None else []
        else:
            ids = [view.id for view in members.page(session, after=after, limit=limit + 1)]
        # Views post what is due, under locks: always in id order.
        views = {member_id: _view(door, session, member_id) for member_id in sorted(ids[:limit])}
        host = _host(session, caller)
    following = query.cursor("members", ids[limit - 1]) if len(ids) > limit else None
    return answer(
        shapes.Page(
            [shapes.member(views[member_id], host=host, language=language()) for member_id in ids[:limit]], following
        )
    )


def show_member(door: Door, caller: KeyHolder, member_id: str) -> Response:
    """One member."""
    query.parameters()
    with door.world.database.transaction(caller.shop_id) as session:
        view = _view(door, session, lookup.living(session, query.member_id(member_id)))
        host = _host(session, caller)
    return answer(shapes.One(shapes.member(view, host=host, language=language())))


def list_entries(door: Door, caller: KeyHolder, member_id: str) -> Response:
    """A page of a member's entries, newest first."""
    given = query.parameters("limit", "next")
    number = query.member_id(member_id)
    listing = f"entries:{number}"
    limit, before = query.limit_of(given), query.cursor_of(given, listing)
    with door.world.database.transaction(caller.shop_id) as session:
        living = lookup.living(session, number)
        _view(door, session, living)
        views = members.entries(session, living, before=before, limit=limit + 1)
        names = explain.order_names(session, shapes.order_ids(views))
    shown = [shapes.entry(view, order_names=names, language=language()) for view in views[:limit]]
    return answer(shapes.Page(shown, query.cursor(listing, views[limit - 1].seq) if len(views) > limit else None))


def add_adjustment(door: Door, caller: KeyHolder, member_id: str) -> Response:
    """Add points or take them away, saying why. With an Idempotency-Key it is done once, however often it is sent."""
    query.parameters()
    number, key, body = query.member_id(member_id), query.idempotency_key(is_required=False), query.body(NewAdjustment)
    view = once_more(lambda: _adjust_once(door, caller, number, key, body))
    return answer(shapes.One(shapes.entry(view, order_names={}, language=language())), 201)


def _adjust_once(door: Door, caller: KeyHolder, number: int, key: str | None, body: NewAdjustment) -> EntryView:
    now = door.world.clock()
    fingerprint = f"{number} {body.model_dump_json()}".encode()
    with door.world.database.transaction(caller.shop_id) as session:
        member_id = lookup.reachable(session, number)
        if key is not None:
            done = redeem.find_request(session, caller=client(caller), route=ADJUSTMENTS, key=key, body=fingerprint)
            if done is not None:
                return _entry(session, done)
        view = members.adjust(
            session, member_id, body.points, words=body.reason, author=by(caller), key=uuid4().hex, now=now
        )
        door.note(session, caller, "member.adjusted", member_id, points=body.points)
        if key is not None:
            subject = f"{view.member_id}-{view.seq}"
            redeem.remember_request(
                session, caller=client(caller), route=ADJUSTMENTS, key=key, body=fingerprint, subject=subject, now=now
            )
        return view


def _entry(session: Session, subject: str) -> EntryView:
    member_id, _, seq = subject.partition("-")
    return members.entries(session, int(member_id), before=int(seq) + 1, limit=1)[0]


def _view(door: Door, session: Session, member_id: int) -> MemberView:
    return members.view(session, member_id, handle_key=door.handle_key, now=door.world.clock())


def _host(session: Session, caller: KeyHolder) -> str:
    return shops.details(session).primary_host or caller.domain
