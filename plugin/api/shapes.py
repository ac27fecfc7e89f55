"""What the API answers: one struct for each shape, and how rows become it.

Ids and money are strings, points are integers, instants are ISO 8601 in UTC with a Z. The OpenAPI document is made from these structs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

import msgspec
from babel.numbers import get_currency_precision

from plugin.api.tier_shapes import MemberTier, RunningMembership, TierPreview, member_tier, membership
from plugin.api.tier_shapes import preview as tier_preview
from plugin.db.tables import RedemptionRow
from plugin.loyalty import links, words
from plugin.loyalty.ledger import MAX_POINTS, Move, Reason
from plugin.loyalty.order_rules import RuleOutcome
from plugin.loyalty.program import Reward as ProgramReward
from plugin.loyalty.rules import Outcome
from plugin.services import redeem
from plugin.services.explain import Explanation
from plugin.services.fulfilment import Task as FulfilmentTask
from plugin.services.health import Health as ShopHealth
from plugin.services.members import EntryView, MemberView
from plugin.services.offers import Offer as MemberOffer
from plugin.services.preview import Tried
from plugin.services.tier_preview import Diff as TierDiff

T = TypeVar("T")

"""The query parameter of an invitation link; the panel on every storefront page reads it."""


class One(msgspec.Struct, Generic[T], frozen=True):
    """One thing."""

    data: T


class Page(msgspec.Struct, Generic[T], frozen=True):
    """Part of a list. `next`, when there is more, is the value of the parameter `next` that leads on."""

    data: list[T]
    next: str | None


class Money(msgspec.Struct, frozen=True):
    """An amount with its currency."""

    amount: str
    currency: str


class Worth(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a reward takes off: `amount` and `currency`, or `percent` ("10" is 10 %)."""

    amount: str | None = None
    currency: str | None = None
    percent: str | None = None


class Points(msgspec.Struct, frozen=True):
    """Where a member's points are: not yet spendable, spendable, reserved for a code, owed."""

    pending: int
    available: int
    held: int
    debt: int


class ExpiringSoon(msgspec.Struct, frozen=True):
    """The points that lapse next, and when, unless they are spent before."""

    points: int
    at: datetime


class ReferralLink(msgspec.Struct, frozen=True):
    """What a member shares with friends."""

    code: str
    url: str


class Member(msgspec.Struct, frozen=True):
    """A member. `shopify_customer_id` and `referral` are null once the person was erased."""

    id: str
    shopify_customer_id: str | None
    points: Points
    tier: MemberTier | None
    referral: ReferralLink | None
    joined_at: datetime | None
    created_at: datetime
    expiring_soon: ExpiringSoon | None = None
    membership: RunningMembership | None = None


class Why(msgspec.Struct, frozen=True):
    """A reason: `code` for programs, `text` for people (in the language of Accept-Language)."""

    code: str
    text: str


class Entry(msgspec.Struct, frozen=True):
    """One movement of points, and the balance after it. `note` is what staff typed."""

    id: str
    movement: str
    points: int
    source: str = msgspec.field(name="from")
    target: str = msgspec.field(name="to")
    reason: Why
    note: str | None
    order_id: str | None
    redemption_id: str | None
    program_version: int
    occurred_at: datetime
    recorded_at: datetime
    balance: Points


class PointsRange(msgspec.Struct, frozen=True):
    """What a reward takes: from minimum to maximum in steps."""

    minimum: int
    maximum: int
    step: int


class MemberLimit(msgspec.Struct, frozen=True):
    """How often one member may take it: so many times in a period of the shop's calendar."""

    times: int
    per: str


class Reward(msgspec.Struct, frozen=True, omit_defaults=True):
    """A way to spend points. A variable one gives `value` for every `price_points`. `value` is null where there is no amount.

    The members after `ends_days` are there only when the reward has them: `maximum` of a percentage, `product_id` and `variant_id` of
    a free product, what a discount applies to, who may take it where, how many there are in all.
    """

    id: str
    kind: str
    title: str
    price_points: int
    variable: bool
    points: PointsRange
    value: Worth | None
    minimum_spend: Money | None
    ends_days: int
    maximum: Money | None = None
    values: list[Money] = []
    product_id: str | None = None
    variant_id: str | None = None
    eligible_product_ids: list[str] = []
    eligible_collection_ids: list[str] = []
    channels: list[str] = []
    tiers: list[str] = []
    customer_tags: list[str] = []
    segment_ids: list[str] = []
    stock: int | None = None
    per_member: MemberLimit | None = None


class Proposal(msgspec.Struct, frozen=True):
    """The points that the member's cart makes the most of, and what they buy."""

    points: int
    value: Worth | None


class Offer(msgspec.Struct, frozen=True):
    """A reward as it stands for one member: `refusal` says why they cannot take it now, null when they can."""

    reward: Reward
    refusal: Why | None
    proposal: Proposal | None


class Task(msgspec.Struct, frozen=True):
    """Something to do for a reward that a member took; its id is the redemption's. `state`: open, done, cancelled."""

    id: str
    member_id: str
    state: str
    reward_id: str
    title: str
    points: int
    opened_at: datetime
    due_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    note: str | None


class Redemption(msgspec.Struct, frozen=True):
    """A reward taken. `state`: held, issued, used, released, suspended, failed. `code` is null until it stands in the store."""

    id: str
    member_id: str
    household_id: str | None
    state: str
    reward_id: str
    kind: str
    title: str
    points: int
    value: Worth | None
    minimum_spend: Money | None
    code: str | None
    order_id: str | None
    restored_points: int
    created_at: datetime
    issued_at: datetime | None
    ends_at: datetime
    cancelled_at: datetime | None
    closed_at: datetime | None


class Program(msgspec.Struct, frozen=True):
    """The program's document and the number of its version, which is also the ETag."""

    data: dict[str, Any]
    version: int


class Compared(msgspec.Struct, frozen=True):
    """Points now and under the draft."""

    live: int
    draft: int


class AmountPreview(msgspec.Struct, frozen=True):
    """What that much eligible money earns."""

    amount: Money
    points: Compared


class Stopped(msgspec.Struct, frozen=True):
    """Why the order earns nothing, null where it earns by its amount."""

    live: str | None
    draft: str | None


class OrderPreview(msgspec.Struct, frozen=True):
    """What a stored order would earn if it were placed today. `exact` is false where the draft needs what was not looked up then."""

    order_id: str
    name: str
    points: Compared
    stopped: Stopped
    exact: bool


class Preview(msgspec.Struct, frozen=True):
    """The draft beside the program that is live; nothing was changed."""

    live_version: int
    amounts: list[AmountPreview]
    orders: list[OrderPreview]
    total: Compared
    tiers: TierPreview


class Earning(msgspec.Struct, frozen=True):
    """So many points for every `per`."""

    points: int
    per: Money


class ExplainedLine(msgspec.Struct, frozen=True):
    """A line's share of the money that earns, or why it has none (gift_card, product, collection)."""

    line_id: str
    eligible: Money
    excluded: str | None


class PostedPart(msgspec.Struct, frozen=True):
    """What stands in a member's books for the order. `part`: purchase, share (of a co-buyer), advocate, friend and others."""

    member_id: str
    part: str
    points: int


class ExplainedEntry(msgspec.Struct, frozen=True):
    """An entry that came of the order."""

    id: str
    member_id: str
    movement: str
    points: int
    source: str = msgspec.field(name="from")
    target: str = msgspec.field(name="to")
    reason: Why
    occurred_at: datetime


class ExplainedRule(msgspec.Struct, frozen=True):
    """What one rule gave the order ("base" is the base rate, "tier:…" what the member's tier made of it), or why it gave nothing.

    `refused` is the first condition that did not hold. `wanted` is what the rule would have given before `caps` (order, member, budget);
    `factor` what a running budget left of the rate, or what the tier multiplies by; `beaten_by` the rule of the same group that gave more.
    """

    id: str
    title: str | None
    points: int
    counted: Money
    line_ids: list[str]
    refused: str | None
    wanted: int
    caps: list[str]
    factor: str | None
    beaten_by: str | None
    reward_id: str | None


class OrderExplanation(msgspec.Struct, frozen=True):
    """Why an order gave what it gave: the judgement by the version of its day, what is posted, and whether the entries add up to it.

    `stopped` is the rule that made it nothing (test, deleted, cancelled, unpaid, not_live, company, customer_tag, before_program).
    `rules` sum to `points`; `unexplained` is what stands posted for the goods beyond what the rules give.
    """

    order_id: str
    name: str
    is_paid: bool
    processed_at: datetime | None
    program_version: int | None
    earning: Earning | None
    eligible: Money
    points: int
    stopped: str | None
    lines: list[ExplainedLine]
    rules: list[ExplainedRule]
    posted: list[PostedPart]
    unexplained: list[PostedPart]
    entries: list[ExplainedEntry]
    adds_up: bool
    waits_for: str | None


class SetAside(msgspec.Struct, frozen=True):
    """A delivery that could not be processed."""

    id: str
    topic: str
    object_id: str | None
    received_at: datetime
    reason: str


class CodeNotWritten(msgspec.Struct, frozen=True):
    """Something that could not be written to Shopify yet."""

    kind: str
    subject: str
    since: datetime
    attempts: int
    reason: str


class Audit(msgspec.Struct, frozen=True):
    """The last proof of the books."""

    finished_at: datetime
    ok: bool
    entries: int


class CurrencyChange(msgspec.Struct, frozen=True):
    """The shop has another currency, and the amounts of the program were not published since."""

    before: str
    now: str
    changed_at: datetime


class Health(msgspec.Struct, frozen=True):
    """How the shop's engine room stands. `drift`: orders that differed from Shopify when they were last compared."""

    inbox_waiting: int
    inbox_age_seconds: float
    last_webhook_at: datetime | None
    set_aside: list[SetAside]
    codes_not_written: list[CodeNotWritten]
    drift: int
    reconciled_at: datetime | None
    last_audit: Audit | None
    spending_stopped_at: datetime | None
    queue_is_alive: bool
    currency_change: CurrencyChange | None = None


def member(view: MemberView, *, host: str, language: str = "en") -> Member:
    """A member of the shop whose storefront is `host`."""
    code = view.referral_code
    return Member(
        id=str(view.id),
        shopify_customer_id=_id(view.customer_id),
        points=Points(view.pending, view.available, view.held, view.debt),
        tier=member_tier(view.standing, language=language),
        referral=ReferralLink(code, links.referral(host, code)) if code else None,
        joined_at=view.joined_at,
        created_at=view.created_at,
        expiring_soon=ExpiringSoon(view.expiring.points, view.expiring.at) if view.expiring is not None else None,
        membership=membership(view.standing, language=language),
    )


def entry(view: EntryView, *, order_names: Mapping[int, str], language: str) -> Entry:
    """An entry, with its reason in `language`."""
    order_name = order_names.get(view.order_id) if view.order_id is not None else None
    return Entry(
        id=f"{view.member_id}-{view.seq}",
        movement=view.move.word,
        points=view.points,
        source=view.move.source.value,
        target=view.move.target.value,
        reason=why(view.reason, order_name, language, what=view.what),
        note=view.note,
        order_id=_id(view.order_id),
        redemption_id=view.redemption_id,
        program_version=view.program_version,
        occurred_at=view.occurred_at,
        recorded_at=view.recorded_at,
        balance=Points(view.pending, max(0, view.available), view.held, max(0, -view.available)),
    )


def why(reason: Reason, order_name: str | None, language: str, *, what: str | None = None) -> Why:
    """A reason with its words."""
    return Why(reason.name.lower(), words.reason_text(reason, order=order_name, what=what, language=language))


def reward(found: ProgramReward, *, currency: str, language: str = "en") -> Reward:
    """A reward of the live program, with its title in `language`."""
    low, high, step = found.points_range()
    return Reward(
        id=found.id,
        kind=found.kind,
        title=found.title_in(language),
        price_points=found.price_points,
        variable=found.is_variable,
        points=PointsRange(low, high, step),
        value=_value(found.kind, found.worth(step, currency), currency),
        minimum_spend=money(found.minimum_spend, currency) if found.minimum_spend else None,
        ends_days=found.ends_days,
        maximum=money(found.maximum, currency) if found.maximum is not None else None,
        values=[money(amount, other) for other, amount in sorted(found.values.items())],
        product_id=_id(found.product_id),
        variant_id=_id(found.variant_id),
        eligible_product_ids=[str(number) for number in found.eligible_product_ids],
        eligible_collection_ids=[str(number) for number in found.eligible_collection_ids],
        channels=list(found.channels),
        tiers=list(found.tiers),
        customer_tags=list(found.customer_tags),
        segment_ids=[str(number) for number in found.segment_ids],
        stock=found.stock,
        per_member=MemberLimit(found.per_member.times, found.per_member.per) if found.per_member is not None else None,
    )


def offer(found: MemberOffer, *, currency: str, language: str) -> Offer:
    """A reward as it stands for one member."""
    refusal = found.refusal
    return Offer(
        reward=reward(found.reward, currency=currency, language=language),
        refusal=Why(refusal.code, str(refusal)) if refusal is not None else None,
        proposal=Proposal(found.points, _value(found.reward.kind, found.worth, currency))
        if found.points is not None
        else None,
    )


def task(found: FulfilmentTask) -> Task:
    """A task with the redemption it is for."""
    row, redeemed = found.row, found.redemption
    return Task(
        id=str(row.redemption_id),
        member_id=str(redeemed.acting_id or redeemed.member_id),
        state=row.state,
        reward_id=redeemed.reward_id,
        title=redeemed.title,
        points=redeemed.points,
        opened_at=row.opened_at,
        due_at=redeemed.ends_at,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        note=row.note,
    )


def redemption(row: RedemptionRow) -> Redemption:
    """A redemption as it stands. Its code is told once it can be used, and never when a gift card went to somebody else."""
    has_code = redeem.has_code(row) and (row.issued_at is not None or row.state == "used")
    return Redemption(
        id=str(row.id),
        member_id=str(row.acting_id or row.member_id),
        household_id=str(row.member_id) if row.acting_id is not None else None,
        state=row.state,
        reward_id=row.reward_id,
        kind=row.kind,
        title=row.title,
        points=row.points,
        value=_value(row.kind, row.value, row.currency),
        minimum_spend=money(row.minimum_spend, row.currency) if row.minimum_spend else None,
        code=row.code if has_code else None,
        order_id=_id(row.order_id),
        restored_points=row.restored,
        created_at=row.created_at,
        issued_at=row.issued_at,
        ends_at=row.ends_at,
        cancelled_at=row.cancelled_at,
        closed_at=row.closed_at,
    )


def preview(tried: Tried, tiers: TierDiff, *, currency: str) -> Preview:
    """The comparison, with its sum over the orders."""
    orders = [
        OrderPreview(
            order_id=str(order.order_id),
            name=order.name,
            points=Compared(_points(order.live), _points(order.draft)),
            stopped=Stopped(order.live.stopped, order.draft.stopped),
            exact=order.is_exact,
        )
        for order in tried.orders
    ]
    return Preview(
        live_version=tried.live_version,
        amounts=[
            AmountPreview(money(one.amount, currency), Compared(min(one.live, MAX_POINTS), min(one.draft, MAX_POINTS)))
            for one in tried.amounts
        ],
        orders=orders,
        total=Compared(sum(order.points.live for order in orders), sum(order.points.draft for order in orders)),
        tiers=tier_preview(tiers),
    )


def explanation(found: Explanation, *, currency: str, language: str) -> OrderExplanation:
    """An order explained."""
    return OrderExplanation(
        order_id=str(found.order_id),
        name=found.name,
        is_paid=found.is_paid,
        processed_at=found.processed_at,
        program_version=found.program_version,
        earning=Earning(found.points_per[0], money(found.points_per[1], currency))
        if found.points_per is not None
        else None,
        eligible=money(found.net, currency),
        points=found.points,
        stopped=found.stopped,
        lines=[ExplainedLine(str(line.line_id), money(line.net, currency), line.excluded) for line in found.lines],
        rules=[_explained_rule(one, found.titles.get(one.rule), currency) for one in found.rules],
        posted=[_posted(key, points) for key, points in sorted(found.posted.items())],
        unexplained=[_posted(key, points) for key, points in found.unexplained.items()],
        entries=[_explained_entry(found.name, row, language) for row in found.entries],
        adds_up=found.adds_up,
        waits_for=found.waits_for,
    )


def health(found: ShopHealth, *, queue_is_alive: bool) -> Health:
    """The shop's health; `queue_is_alive` says whether jobs can be rung for at once."""
    return Health(
        inbox_waiting=found.inbox_waiting,
        inbox_age_seconds=found.inbox_age_seconds,
        last_webhook_at=found.last_webhook_at,
        set_aside=[
            SetAside(str(one.id), one.topic, _id(one.object_id), one.received_at, one.reason) for one in found.set_aside
        ],
        codes_not_written=[
            CodeNotWritten(one.kind, one.subject, one.since, one.attempts, one.reason)
            for one in found.codes_not_written
        ],
        drift=found.drift,
        reconciled_at=found.reconciled_at,
        last_audit=Audit(found.audit_at, bool(found.audit_ok), found.audit_entries)
        if found.audit_at is not None
        else None,
        spending_stopped_at=found.spending_stopped_at,
        queue_is_alive=queue_is_alive,
        currency_change=CurrencyChange(found.currency_before, found.currency, found.currency_changed_at)
        if found.currency_before is not None and found.currency_changed_at is not None
        else None,
    )


def order_ids(views: Sequence[EntryView]) -> set[int]:
    """The orders that these entries speak of."""
    return {view.order_id for view in views if view.order_id is not None}


def money(amount: Decimal, currency: str) -> Money:
    """The amount with the currency's decimals ("5.00" USD, "500" JPY), and with more only where it has more."""
    digits = get_currency_precision(currency)
    rounded = amount.quantize(Decimal(1).scaleb(-digits))
    return Money(format(rounded if rounded == amount else amount.normalize(), "f"), currency)


def _value(kind: str, value: Decimal | None, currency: str) -> Worth | None:
    if value is None:
        return None
    if kind == "percent_off":
        return Worth(percent=format(value.normalize(), "f"))
    return Worth(money(value, currency).amount, currency)


def _explained_entry(
    order_name: str, row: tuple[int, int, Move, int, Reason, datetime], language: str
) -> ExplainedEntry:
    member_id, seq, move, points, reason, occurred_at = row
    return ExplainedEntry(
        id=f"{member_id}-{seq}",
        member_id=str(member_id),
        movement=move.word,
        points=points,
        source=move.source.value,
        target=move.target.value,
        reason=why(reason, order_name, language),
        occurred_at=occurred_at,
    )


def _explained_rule(one: RuleOutcome, title: str | None, currency: str) -> ExplainedRule:
    return ExplainedRule(
        id=one.rule,
        title=title,
        points=one.points,
        counted=money(one.money, currency),
        line_ids=[str(line) for line in one.lines],
        refused=one.refused,
        wanted=one.wanted,
        caps=list(one.caps),
        factor=format(one.factor.normalize(), "f") if one.factor is not None else None,
        beaten_by=one.beaten_by,
        reward_id=one.reward_id,
    )


def _posted(key: str, points: int) -> PostedPart:
    member_id, _, part = key.partition(":")
    return PostedPart(member_id, part, points)


def _points(outcome: Outcome) -> int:
    return min(outcome.points, MAX_POINTS)  # no entry can move more


def _id(number: int | None) -> str | None:
    return None if number is None else str(number)
