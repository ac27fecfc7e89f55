"""Who takes a reward: what is known of them, and what only Shopify knows."""

from __future__ import annotations

from dataclasses import dataclass

from plugin.loyalty.program.values import Channel


@dataclass(frozen=True, slots=True)
class Standing:
    """What Shopify says of a customer: their tags (case folded), and which of the segments that were asked for they are in."""

    tags: frozenset[str] = frozenset()
    segments: frozenset[int] = frozenset()


@dataclass
class StandingNeeded(Exception):
    """Not a refusal: ask Shopify (plugin.services.limits.look_up) with no transaction open, and take the reward again with the answer."""

    customer_id: int
    segment_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Taker:
    """Who wants a reward, where, and what is known of them."""

    member_id: int
    channel: Channel = "online"
    standing: Standing | None = None
