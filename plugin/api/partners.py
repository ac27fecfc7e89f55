"""Partners over the API: what the shop sees of them, and the few addresses that a partner's own key opens.

A partner is told its own links and credits and nothing else: not who a member is, and never what they have.
"""

from __future__ import annotations

from uuid import uuid4

from flask import Response

from plugin.api import giving_shapes, query, shapes
from plugin.api.bodies import NewPartnerCredit, NewPartnerLink
from plugin.api.door import Door, answer
from plugin.api.once import once
from plugin.db import Session
from plugin.loyalty.errors import GrantUnknown, LinkUnknown
from plugin.services import partners
from plugin.services.api_keys import KeyHolder


def list_partners(door: Door, caller: KeyHolder) -> Response:
    """The program's partners, and what each may still give."""
    query.parameters()
    with door.world.database.transaction(caller.shop_id) as session:
        found = partners.budgets(session, now=door.world.clock())
    return answer(shapes.Page([giving_shapes.partner(use) for use in found], None))


def list_partner_links(door: Door, caller: KeyHolder) -> Response:
    """A page of the partner's standing links, newest first."""
    given = query.parameters("limit", "next")
    limit, below = query.limit_of(given), query.cursor_of(given, "links")
    with door.world.database.transaction(caller.shop_id) as session:
        found = partners.links(session, _own(caller), below=below, limit=limit + 1)
    following = query.cursor("links", found[limit - 1].id) if len(found) > limit else None
    return answer(shapes.Page([giving_shapes.link(row) for row in found[:limit]], following))


def add_partner_link(door: Door, caller: KeyHolder) -> Response:
    """Link the member who made this one-time code. A code is good once, for a quarter of an hour, for one partner."""
    query.parameters()
    body = query.body(NewPartnerLink)
    with door.world.database.transaction(caller.shop_id) as session:
        row = partners.link(session, _own(caller), body.code, now=door.world.clock())
    return answer(shapes.One(giving_shapes.link(row)), 201)


def end_partner_link(door: Door, caller: KeyHolder, link_id: str) -> Response:
    """End a link. What was given stays."""
    query.parameters()
    with door.world.database.transaction(caller.shop_id) as session:
        row = partners.standing(session, _own(caller), _link_id(link_id))
        partners.unlink(session, _own(caller), row.id, now=door.world.clock())
    return answer(shapes.One(giving_shapes.link(row)))


def list_partner_credits(door: Door, caller: KeyHolder, link_id: str) -> Response:
    """A page of what the partner gave through a link, newest first."""
    given = query.parameters("limit", "next")
    number = _link_id(link_id)
    listing = f"credits:{number}"
    limit, below = query.limit_of(given), query.cursor_of(given, listing)
    with door.world.database.transaction(caller.shop_id) as session:
        found = partners.credits_of(session, _own(caller), number, below=below, limit=limit + 1)
    following = query.cursor(listing, found[limit - 1].id) if len(found) > limit else None
    return answer(shapes.Page([giving_shapes.credit(row) for row in found[:limit]], following))


def add_partner_credit(door: Door, caller: KeyHolder, link_id: str) -> Response:
    """Give the linked member points, within the partner's budget."""
    query.parameters()
    number, body = _link_id(link_id), query.body(NewPartnerCredit)

    def deed(session: Session) -> str:
        now = door.world.clock()
        given = partners.credit(
            session, _own(caller), number, body.points, key=uuid4().hex, keys=door.world.keys, now=now
        )
        return str(given.grant_id)

    def seen(session: Session, subject: str) -> giving_shapes.PartnerCredit:
        return giving_shapes.credit(partners.find_credit(session, _own(caller), int(subject)))

    return answer(
        shapes.One(once(door, caller, "partner-credits", f"{number} {body.model_dump_json()}", deed, seen)), 201
    )


def take_back_partner_credit(door: Door, caller: KeyHolder, credit_id: str) -> Response:
    """Take back what was given, while the program lets the partner."""
    query.parameters()
    number = query.whole_number(credit_id)
    if number is None:
        raise GrantUnknown
    with door.world.database.transaction(caller.shop_id) as session:
        partners.take_back(session, _own(caller), number, keys=door.world.keys, now=door.world.clock())
        row = partners.find_credit(session, _own(caller), number)
    return answer(shapes.One(giving_shapes.credit(row)))


def _own(caller: KeyHolder) -> str:
    if caller.partner is None:
        raise AssertionError("this address is for partners' keys only")
    return caller.partner


def _link_id(text: str) -> int:
    number = query.whole_number(text)
    if number is None:
        raise LinkUnknown
    return number
