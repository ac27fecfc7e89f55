"""What shoppers look at: the program and where they stand in it, their history, offers, a code, a friend's offer. Changes nothing."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint

from plugin.db import Session
from plugin.services import members, programs, redeem, referrals
from plugin.storefront import answers, nonce, offering, requests, standings
from plugin.storefront.answers import Document
from plugin.storefront.door import Asked, Door, Reply, live_program, member_of, reply


def add_routes(blueprint: Blueprint, door: Door) -> None:
    """What only looks."""

    @blueprint.get("/program", provide_automatic_options=False)
    @reply(door)
    def program(asked: Asked) -> Reply:
        """Whether there is anything to show: what every page of the storefront asks, once a visit."""
        with door.transaction(asked) as session:
            live = programs.current(session).program
        if not live.is_live:
            return {"is_live": False}, 200
        return {"is_live": True, "name": live.name, "accent": live.branding.accent, "icon": live.branding.icon}, 200

    @blueprint.get("/state", provide_automatic_options=False)
    @reply(door)
    def state(asked: Asked) -> Reply:
        return state_of(door, asked), 200

    @blueprint.get("/history", provide_automatic_options=False)
    @reply(door, "before")
    def history(asked: Asked) -> Reply:
        before = requests.read_before(asked.params.get("before"))
        with door.transaction(asked) as session:
            live_program(session)
            reader, member_id = door.reader(session, asked), member_of(session, asked)
            return answers.history(session, member_id, reader, before=before, limit=answers.PAGE_ENTRIES), 200

    @blueprint.get("/offers", provide_automatic_options=False)
    @reply(door, "cart_total")
    def offers_now(asked: Asked) -> Reply:
        """Every reward with the reason why it cannot be taken now, and the points that this cart makes the most of."""

        def member(session: Session) -> int:
            live_program(session)
            return member_of(session, asked)

        total = requests.read_amount(asked.params.get("cart_total"))
        return offering.answer(door, asked, member, cart_total=total), 200

    @blueprint.get("/redemption/<uuid:redemption_id>", provide_automatic_options=False)
    @reply(door)
    def redemption(asked: Asked, redemption_id: UUID) -> Reply:
        return redemption_of(door, asked, redemption_id), 200

    @blueprint.get("/referral", provide_automatic_options=False)
    @reply(door, "ref")
    def referral(asked: Asked) -> Reply:
        handle = requests.read_handle(asked.params.get("ref", ""))
        with door.transaction(asked) as session:
            live = referrals.offer(session, handle)
            return answers.offer(live, door.reader(session, asked)), 200

    @blueprint.get("/claim/<uuid:claim_id>", provide_automatic_options=False)
    @reply(door)
    def claim(asked: Asked, claim_id: UUID) -> Reply:
        """A claim is known by an id that only whoever made it was told: friends need not be signed in."""
        return claim_of(door, asked, claim_id), 200


def state_of(door: Door, asked: Asked) -> Document:
    """Everything the panel opens with: the program, the shopper's points and standing, their codes and latest entries."""
    now = door.world.clock()
    with door.transaction(asked) as session:
        live = programs.current(session).program
        if not live.is_live:
            return {"is_live": False}
        reader = door.reader(session, asked)
        customer_id = asked.visitor.customer_id
        member_id = members.by_customer(session, customer_id) if customer_id is not None else None
        view = members.view(session, member_id, handle_key=door.handle_key, now=now) if member_id is not None else None
        document: Document = {
            "is_live": True,
            "is_signed_in": customer_id is not None,
            "nonce": nonce.write(door.nonce_key, asked.visitor, now),
            "program": answers.program(live, reader),
            "rewards": answers.rewards(live, view.available if view is not None else 0, reader),
            "member": answers.member(view) if view is not None else None,
            "tiers": standings.levels(live, language=asked.language, currency=reader.currency),
            "tier": None,
            "membership": None,
            "redemptions": [],
            "history": {"entries": [], "next": None},
        }
        if view is not None and view.standing is not None:
            found, language = view.standing, asked.language
            document["tier"] = standings.standing(live, found, language=language, currency=reader.currency)
            document["membership"] = standings.membership(found, language=language)
        if member_id is not None:
            document["redemptions"] = answers.open_redemptions(session, member_id, reader)
            document["history"] = answers.history(session, member_id, reader, before=None, limit=answers.FIRST_ENTRIES)
        return document


def redemption_of(door: Door, asked: Asked, redemption_id: UUID) -> Document:
    """One redemption of the shopper's own. Raises RedemptionUnknown for anybody else's."""
    with door.transaction(asked) as session:
        live_program(session)
        row = redeem.find(session, redemption_id, member_id=member_of(session, asked))
        return answers.redemption(row, door.reader(session, asked))


def claim_of(door: Door, asked: Asked, claim_id: UUID) -> Document:
    """A friend's claim and, once it is written, its code."""
    with door.transaction(asked) as session:
        live_program(session)
        return answers.claim(referrals.find(session, claim_id), door.reader(session, asked))
