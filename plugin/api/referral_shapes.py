"""What the API answers about referrals: one struct for each shape."""

from __future__ import annotations

from datetime import datetime

import msgspec

from plugin.api.shapes import Why
from plugin.loyalty import referral_words
from plugin.services.referrals import ChannelCount, ReferralView


class ReferralDecision(msgspec.Struct, frozen=True):
    """What staff decided: approve or block, who, why and when. `reason` is null once one of both people was forgotten."""

    decision: str
    by: str
    reason: str | None
    at: datetime


class ReferralReward(msgspec.Struct, frozen=True):
    """A reward that one side (advocate or friend) was given, and the state of its redemption."""

    side: str
    redemption_id: str
    state: str


class Referral(msgspec.Struct, frozen=True):
    """A referral. `state`: claimed, ordered, review, holding, rewarded, blocked, void; `reason` says why, if there is more to say.

    `signals` speak against it and weigh `score` together. `checked` is false until both people were looked at; `withheld` is true
    where Shopify kept names and addresses from the app, so that fewer signals could be had.
    """

    id: str
    state: str
    reason: Why | None
    advocate_id: str
    friend_id: str | None
    order_id: str | None
    brought_by: str
    channel: str
    score: int
    signals: list[Why]
    checked: bool
    withheld: bool
    claimed_at: datetime
    ordered_at: datetime | None
    holds_until: datetime | None
    decided: ReferralDecision | None
    rewards: list[ReferralReward]


class Channel(msgspec.Struct, frozen=True):
    """What came through one channel: links opened, gifts claimed, friends who ordered, friends rewarded for."""

    channel: str
    clicks: int
    claims: int
    ordered: int
    rewarded: int


def referral(view: ReferralView) -> Referral:
    """A referral as staff and programs see it."""
    decided = None
    if view.decision is not None and view.decided_at is not None:
        decided = ReferralDecision(view.decision, view.decided_by or "", view.decided_why, view.decided_at)
    return Referral(
        id=str(view.id),
        state=view.state,
        reason=None if view.reason is None else Why(view.reason, referral_words.reason_text(view.reason)),
        advocate_id=str(view.advocate_id),
        friend_id=None if view.friend_id is None else str(view.friend_id),
        order_id=None if view.order_id is None else str(view.order_id),
        brought_by="link" if view.by_link else "code",
        channel=view.channel,
        score=view.score,
        signals=[Why(signal, referral_words.signal_text(signal)) for signal in view.signals],
        checked=view.is_checked,
        withheld=view.is_withheld,
        claimed_at=view.claimed_at,
        ordered_at=view.ordered_at,
        holds_until=view.holds_until,
        decided=decided,
        rewards=[ReferralReward(given.side, str(given.redemption_id), given.state) for given in view.rewards],
    )


def channel(count: ChannelCount) -> Channel:
    """One channel's figures."""
    return Channel(count.channel, count.clicks, count.claims, count.ordered, count.rewarded)
