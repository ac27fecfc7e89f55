"""What each kind of effect is carried out by: one small function and one line in the table each.

A deed returns None when it stands, and an instant when it comes again then: a standing duty, or something to wait for. It raises
OutsideError when Shopify (or the mail server) did not do it; nothing is lost then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from plugin.db import Database
from plugin.services import (
    audit,
    balances,
    bulk,
    calendar,
    dividend,
    expiry,
    gifts,
    handing_over,
    launch,
    leaflets,
    messages,
    reconcile,
    redeem,
    referrals,
    rehearse,
    retention,
    returns,
    shops,
    standing,
    tier_rounds,
    tokens,
)
from plugin.services.effects import Kind
from plugin.services.keys import Keys
from plugin.services.ports import ShopifyShop

if TYPE_CHECKING:
    from plugin.services.perform import World

NO_MAIL_PAUSE: Final = timedelta(hours=1)
STILL_WRITTEN: Final = timedelta(seconds=5)
REHEARSAL_PAUSE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Doing:
    """One effect being tried: for which shop, about what (`subject`), and when it was begun (`now`)."""

    world: World
    shop_id: int
    domain: str
    subject: str
    now: datetime

    @property
    def database(self) -> Database:
        """Where the rows are."""
        return self.world.database

    @property
    def keys(self) -> Keys:
        """What codes and marks are made with."""
        return self.world.keys

    @property
    def id(self) -> UUID:
        """The subject, where it is a redemption, a referral, a gift or a rehearsal."""
        return UUID(self.subject)

    @property
    def number(self) -> int:
        """The subject, where it is an order, a member, a version or a year."""
        return int(self.subject)

    def shopify(self) -> ShopifyShop:
        """The shop's Admin API with a token that is good now. Raises OutsideError."""
        return self.world.shopify(self.shop_id, self.domain)


Deed = Callable[[Doing], datetime | None]


def _audit(doing: Doing) -> datetime:
    audit.run(doing.database, doing.shop_id, now=doing.now)
    return doing.now + shops.AUDIT_EVERY


def _tidy(doing: Doing) -> datetime:
    with doing.database.transaction(doing.shop_id) as session:
        retention.tidy(session, now=doing.now)
        referrals.tidy(session, now=doing.now)
    return doing.now + shops.AUDIT_EVERY


def _rehearse(doing: Doing) -> datetime | None:
    is_over = rehearse.run(
        doing.database, doing.shop_id, doing.id, shopify=doing.shopify, keys=doing.keys, now=doing.world.clock
    )
    return None if is_over else doing.now + REHEARSAL_PAUSE


def _redate(doing: Doing) -> None:
    expiry.redate(doing.database, doing.shop_id, doing.number, now=doing.now)


def _pay_dividend(doing: Doing) -> None:
    dividend.pay_if_due(doing.database, doing.shop_id, doing.number, keys=doing.keys, now=doing.now)


def _return_gift(doing: Doing) -> None:
    with doing.database.transaction(doing.shop_id) as session:
        gifts.lapse(session, doing.id, now=doing.now)


def _renew_tiers(doing: Doing) -> datetime | None:
    return tier_rounds.run(doing.database, doing.shop_id, keys=doing.keys, now=doing.now)


def _settle_again(doing: Doing) -> None:
    tier_rounds.settle_again(doing.database, doing.shop_id, doing.number, keys=doing.keys, now=doing.now)


def _begin_days(doing: Doing) -> datetime:
    return calendar.run(doing.database, doing.shop_id, doing.shopify, keys=doing.keys, now=doing.now)


def _reward_referral(doing: Doing) -> datetime | None:
    return referrals.reward(doing.database, doing.shop_id, doing.id, keys=doing.keys, now=doing.now)


def _refresh_token(doing: Doing) -> datetime:
    world = doing.world
    tokens.access(
        doing.database,
        doing.shop_id,
        doing.domain,
        source=world.token_source,
        cipher=world.cipher,
        clock=world.clock,
        is_renewal=True,
    )
    return doing.now + tokens.IDLE_RENEWAL


def _issue_code(doing: Doing) -> None:
    redeem.issue(doing.database, doing.shop_id, doing.shopify(), doing.id, now=doing.now)
    _ask_to_show(doing)


def _void_code(doing: Doing) -> datetime | None:
    is_done = redeem.void(doing.database, doing.shop_id, doing.shopify(), doing.id, keys=doing.keys, now=doing.now)
    _ask_to_show(doing)
    return None if is_done else doing.now + STILL_WRITTEN


def _ask_to_show(doing: Doing) -> None:
    """What was spent, or came back, is told after the shopper has what they wait for."""
    with doing.database.transaction(doing.shop_id) as session:
        balances.ask(session, now=doing.now)


def _show_members(doing: Doing) -> datetime | None:
    return standing.show(doing.database, doing.shop_id, doing.shopify(), now=doing.now)


def _show_program(doing: Doing) -> None:
    leaflets.show(doing.database, doing.shop_id, doing.shopify())


def _rebind_code(doing: Doing) -> None:
    redeem.rebind(doing.database, doing.shop_id, doing.shopify(), doing.id)


def _end_access(doing: Doing) -> None:
    handing_over.end_access(doing.database, doing.shop_id, doing.shopify(), doing.id, now=doing.now)


def _take_back(doing: Doing) -> None:
    returns.take_money_back(doing.database, doing.shop_id, doing.shopify(), doing.id, now=doing.now)


def _write_referral_code(doing: Doing) -> None:
    referrals.issue(doing.database, doing.shop_id, doing.shopify(), doing.id)


def _weigh_referral(doing: Doing) -> datetime | None:
    return referrals.weigh(doing.database, doing.shop_id, doing.shopify(), doing.id, keys=doing.keys, now=doing.now)


def _fetch_order(doing: Doing) -> None:
    reconcile.fetch(doing.database, doing.shop_id, doing.shopify(), doing.number, keys=doing.keys, now=doing.now)


def _launch(doing: Doing) -> None:
    shopify, clock = doing.shopify(), doing.world.clock
    launch.run(doing.database, doing.shop_id, shopify, doing.number, keys=doing.keys, clock=clock)


def _try_launch(doing: Doing) -> None:
    shopify, clock = doing.shopify(), doing.world.clock
    launch.try_out(doing.database, doing.shop_id, shopify, doing.id, keys=doing.keys, clock=clock)


def _mail(doing: Doing) -> datetime | None:
    letters = doing.world.letters
    if letters is None:
        return doing.now + NO_MAIL_PAUSE
    return messages.send(doing.database, doing.shop_id, doing.shopify(), doing.number, letters, now=doing.now)


def _change_many(doing: Doing) -> datetime | None:
    world = doing.world
    is_over = bulk.run(doing.database, doing.shop_id, doing.id, keys=doing.keys, clock=world.clock)
    return None if is_over else world.clock()


def _reconcile(doing: Doing) -> datetime:
    clock = doing.world.clock
    reconcile.reconcile(doing.database, doing.shop_id, doing.shopify(), keys=doing.keys, clock=clock)
    return clock() + shops.RECONCILE_EVERY


DEEDS: Final[dict[Kind, Deed]] = {
    Kind.ISSUE_CODE: _issue_code,
    Kind.VOID_CODE: _void_code,
    Kind.REFERRAL_CODE: _write_referral_code,
    Kind.WEIGH_REFERRAL: _weigh_referral,
    Kind.REFERRAL_REWARD: _reward_referral,
    Kind.REBIND_CODE: _rebind_code,
    Kind.END_ACCESS: _end_access,
    Kind.TAKE_BACK: _take_back,
    Kind.FETCH_ORDER: _fetch_order,
    Kind.REFRESH_TOKEN: _refresh_token,
    Kind.RECONCILE: _reconcile,
    Kind.AUDIT: _audit,
    Kind.TIDY: _tidy,
    Kind.REHEARSE: _rehearse,
    Kind.CALENDAR: _begin_days,
    Kind.TIERS: _renew_tiers,
    Kind.SETTLE_AGAIN: _settle_again,
    Kind.MEMBER_STATE: _show_members,
    Kind.RETURN_GIFT: _return_gift,
    Kind.REDATE: _redate,
    Kind.DIVIDEND: _pay_dividend,
    Kind.LAUNCH: _launch,
    Kind.LAUNCH_TRIAL: _try_launch,
    Kind.MAIL: _mail,
    Kind.BULK: _change_many,
    Kind.SHOW_PROGRAM: _show_program,
}
"""Kind -> how it is carried out. A test holds it complete."""
