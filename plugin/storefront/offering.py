"""What the shopper who is signed in can take now, and what their cart makes the most of: JSON for the cart and the panel."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from plugin.db import Session
from plugin.loyalty.program import Program
from plugin.services import limits, members, offers, programs
from plugin.services.offers import Offer, Wallet
from plugin.services.takers import Standing, Taker
from plugin.storefront import answers, refusals
from plugin.storefront.answers import Document, Reader
from plugin.storefront.door import Asked, Door


def answer(door: Door, asked: Asked, member: Callable[[Session], int], *, cart_total: Decimal | None) -> Document:
    """Every listed reward for the member that `member` finds. Raises what that raises, and OutsideError when Shopify is asked in vain."""
    now = door.world.clock()
    with door.transaction(asked) as session:
        member_id = member(session)
        available = members.view(session, member_id, handle_key=door.handle_key, now=now).available
        needed = offers.needs(session, member_id)
    standing = Standing()
    if needed is not None:
        standing = limits.look_up(door.world.shopify(asked.shop.id, asked.shop.domain), needed)
    with door.transaction(asked) as session:
        found = offers.of(session, Taker(member_id, door.channel, standing), Wallet(available, cart_total), now=now)
        reader, program = door.reader(session, asked), programs.current(session).program
    return {"offers": [_offer(each, available, program, reader) for each in found]}


def _offer(found: Offer, available: int, program: Program, reader: Reader) -> Document:
    refusal = None
    if found.refusal is not None:
        refusal = refusals.answer(found.refusal, program=program, language=reader.language)[0]["error"]
    return {
        "reward": answers.reward(found.reward, available, reader),
        "refusal": refusal,
        "points": found.points,
        "worth": answers.worth(found.reward.kind, found.worth, reader, found.reward.title_in(reader.language))
        if found.points is not None
        else None,
    }
