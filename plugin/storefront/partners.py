"""Partners at the storefront: which there are, a one-time code that is the consent to be linked, and the way out of it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import uuid4

import msgspec
from flask import Blueprint

from plugin.services import partners, programs
from plugin.storefront.door import Asked, Door, Reply, live_program, member_of, reply
from plugin.storefront.requests import Body

Document = dict[str, Any]
PartnerId = Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9][a-z0-9-]{0,39}\Z")]


class MakeCode(Body, frozen=True):
    """A code for a partner. `consent` must be true: who hands the code over lets the partner give them points."""

    partner: PartnerId
    consent: bool


class Unlink(Body, frozen=True):
    """End the link to a partner."""

    partner: PartnerId


def add_routes(blueprint: Blueprint, door: Door) -> None:
    """The routes of partners."""

    @blueprint.get("/partners", provide_automatic_options=False)
    @reply(door)
    def show_partners(asked: Asked) -> Reply:
        """The partners, and to which of them the shopper is linked."""
        return _state(door, asked), 200

    @blueprint.post("/partners/code", provide_automatic_options=False)
    @reply(door)
    def make_partner_code(asked: Asked) -> Reply:
        body = door.body(asked, MakeCode)
        with door.transaction(asked) as session:
            live_program(session)
            made = partners.make_code(
                session,
                member_of(session, asked),
                body.partner,
                consents=body.consent,
                chance=uuid4(),
                keys=door.world.keys,
                now=door.world.clock(),
            )
        return {"code": made.code, "ends_at": made.ends_at.isoformat(timespec="seconds")}, 200

    @blueprint.post("/partners/unlink", provide_automatic_options=False)
    @reply(door)
    def leave_partner(asked: Asked) -> Reply:
        body = door.body(asked, Unlink)
        with door.transaction(asked) as session:
            partners.withdraw(session, member_of(session, asked), body.partner, now=door.world.clock())
        return _state(door, asked), 200


def _state(door: Door, asked: Asked) -> Document:
    with door.transaction(asked) as session:
        live_program(session)
        offered = programs.current(session).program.partners
        links = {row.partner: row for row in partners.links_of(session, member_of(session, asked))}
    shown = [partner for partner in offered if partner.is_on or partner.id in links]
    return {
        "partners": [
            {
                "id": partner.id,
                "title": partner.title,
                "linked_at": links[partner.id].linked_at.isoformat(timespec="seconds") if partner.id in links else None,
            }
            for partner in shown
        ]
    }
