"""One look at the panel: who looks, at which program, and how they are spoken to. Pages are functions of it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from plugin.db import Session
from plugin.loyalty.days import zone_of
from plugin.loyalty.errors import NotInHousehold, OutsideError, Refusal
from plugin.loyalty.program import Program
from plugin.services import households, limits, members, offers, programs, shops
from plugin.services.members import MemberView
from plugin.services.offers import Offer, Wallet
from plugin.services.takers import Standing, StandingNeeded, Taker
from plugin.storefront import refusals
from plugin.storefront.door import Asked, Door, live_program
from plugin.storefront.panel.speech import Speech, speech_of


@dataclass(frozen=True)
class Shopfront:
    """What a page may say of the shop."""

    name: str
    host: str


@dataclass(frozen=True)
class Visit:
    """A signed-in member, a customer who is none yet (`member` is None), or a guest (`customer_id` is None as well)."""

    session: Session
    door: Door
    asked: Asked
    now: datetime
    program: Program
    speech: Speech
    shop: Shopfront
    member: MemberView | None
    standing: Standing

    @property
    def me(self) -> MemberView:
        """The member, on pages that only members see."""
        assert self.member is not None  # noqa: S101 - pages.show leads everybody else in first
        return self.member

    @property
    def is_signed_in(self) -> bool:
        """True for a customer, member or not."""
        return self.asked.visitor.customer_id is not None

    @cached_property
    def offers(self) -> list[Offer]:
        """The listed rewards, cheapest first, each with why it cannot be taken now; for guests as they are."""
        if self.member is not None:
            taker = Taker(self.member.id, standing=self.standing)
            return offers.of(self.session, taker, Wallet(self.member.available), now=self.now)
        listed = [reward for reward in self.program.rewards if reward.is_on and not reward.is_hidden]
        return [Offer(reward, None, None, None) for reward in sorted(listed, key=lambda one: one.points_range()[0])]

    @cached_property
    def household(self) -> households.View | None:
        """The member's household, where the program has such."""
        if self.member is None or not self.program.sharing.households.is_on:
            return None
        with suppress(NotInHousehold):
            account_id = households.of_member(self.session, self.member.id)
            return households.view(self.session, account_id, now=self.now)
        return None

    def why(self, refusal: Refusal) -> str:
        """A refusal's sentence in the shopper's language."""
        told = refusals.answer(refusal, program=self.program, language=self.speech.language)
        return str(told[0]["error"]["message"])


def begin(door: Door, asked: Asked, session: Session, standing: Standing | None = None) -> Visit:
    """The visit, with everything due of the member posted first.

    Raises ProgramNotLive; StandingNeeded when a reward depends on what only Shopify knows of the member (`look_up`, and begin again).
    """
    programs.look_once(session)
    program, now = live_program(session), door.world.clock()
    details = shops.details(session)
    session.keep(details)
    customer_id = asked.visitor.customer_id
    member_id = members.meet(session, customer_id) if customer_id is not None else None
    if standing is None and member_id is not None:
        needed = offers.needs(session, member_id)
        if needed is not None:
            raise needed
    member = members.view(session, member_id, handle_key=door.handle_key, now=now) if member_id is not None else None
    zone = zone_of(details.timezone)
    speech = speech_of(program, language=asked.language, currency=details.currency, zone=zone)
    shop = Shopfront(details.name, details.primary_host or asked.shop.domain)
    return Visit(session, door, asked, now, program, speech, shop, member, standing or Standing())


def look_up(door: Door, asked: Asked, needed: StandingNeeded) -> Standing:
    """What Shopify says of the shopper; nothing when it cannot be asked, so that the page is shown all the same."""
    with suppress(OutsideError):
        return limits.look_up(door.world.shopify(asked.shop.id, asked.shop.domain), needed)
    return Standing()
