"""Who may take a reward, and how often: looked at when it is taken, under a lock where takings are counted.

A reward without limits passes here without a statement. What only Shopify knows of a customer is asked before, with no transaction
open: whoever takes such a reward without having asked is told what to ask (`StandingNeeded`).
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from plugin.db import Session, redemptions
from plugin.db import members as member_rows
from plugin.loyalty import days
from plugin.loyalty.errors import (
    RewardForSomeCustomers,
    RewardForTiers,
    RewardLimitReached,
    RewardNotInChannel,
    RewardOutOfStock,
)
from plugin.loyalty.program import Program, Reward
from plugin.loyalty.program.values import Period
from plugin.services import tiers
from plugin.services.ports import ShopifyShop
from plugin.services.takers import Standing, StandingNeeded, Taker

EVER_SINCE = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def look_up(shopify: ShopifyShop, needed: StandingNeeded) -> Standing:
    """The customer's standing as it is now. Raises OutsideError."""
    person = shopify.people([needed.customer_id]).get(needed.customer_id)
    tags = frozenset(tag.casefold() for tag in person.tags) if person is not None else frozenset()
    segments = shopify.segments_of(needed.customer_id, needed.segment_ids) if needed.segment_ids else frozenset()
    return Standing(tags, segments)


def check(session: Session, program: Program, reward: Reward, taker: Taker, *, zone: ZoneInfo, now: datetime) -> None:
    """Let the taker pass, holding the reward's lock where takings are counted.

    Raises RewardNotInChannel, RewardForTiers, RewardForSomeCustomers, RewardLimitReached, RewardOutOfStock; StandingNeeded.
    """
    check_person(session, program, reward, taker, now=now)
    if reward.is_counted:
        lock = reward.id if reward.stock is not None else f"{reward.id}:{taker.member_id}"
        redemptions.lock_reward(session, lock)
        check_counts(session, reward, taker, zone=zone, now=now)


def check_person(session: Session, program: Program, reward: Reward, taker: Taker, *, now: datetime) -> None:
    """Whether the reward is for them and for here. Raises as `check` does."""
    if reward.channels and taker.channel not in reward.channels:
        raise RewardNotInChannel(channel=taker.channel, channels=", ".join(reward.channels))
    if reward.tiers:
        held = tiers.of(session, taker.member_id, now)
        if held not in reward.tiers:
            raise RewardForTiers(tiers=", ".join(_tier_titles(program, reward)))
    if not reward.is_personal:
        return
    if taker.standing is None:
        customer_id = member_rows.customer_of(session, taker.member_id)
        if customer_id is None:
            raise RewardForSomeCustomers
        raise StandingNeeded(customer_id, reward.segment_ids)
    if reward.customer_tags and not taker.standing.tags & {tag.casefold() for tag in reward.customer_tags}:
        raise RewardForSomeCustomers
    if reward.segment_ids and not taker.standing.segments & set(reward.segment_ids):
        raise RewardForSomeCustomers


def check_counts(session: Session, reward: Reward, taker: Taker, *, zone: ZoneInfo, now: datetime) -> None:
    """Whether one more may be taken, by them and at all. Raises RewardLimitReached, RewardOutOfStock."""
    limit = reward.per_member
    if limit is not None:
        since = period_start(now, limit.per, zone)
        if redemptions.count_taken_by(session, taker.member_id, reward.id, since=since) >= limit.times:
            raise RewardLimitReached(times=limit.times, per=limit.per)
    if reward.stock is not None and redemptions.count_taken(session, reward.id) >= reward.stock:
        raise RewardOutOfStock(stock=reward.stock)


def period_start(now: datetime, period: Period, zone: ZoneInfo) -> datetime:
    """The instant at which the period of the shop's calendar that holds `now` began."""
    if period == "ever":
        return EVER_SINCE
    return days.begin_of(days.first_day(days.day_of(now, zone), period), zone)


def _tier_titles(program: Program, reward: Reward) -> list[str]:
    titles = {tier.id: tier.title for tier in program.tiers.levels}
    return [titles.get(name, name) for name in reward.tiers]
