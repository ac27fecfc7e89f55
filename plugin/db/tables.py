"""The tables, as the ORM sees them. Every tenant table's key starts with shop_id; migrations/ creates them, with rights and policies.

Balances and lots are caches of the entries; entries and lot uses are insert-only.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Computed,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

TIME = TIMESTAMP(timezone=True)


class Base(DeclarativeBase):
    """All tables; types are mapped once, here."""

    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own name
        int: BigInteger,
        str: Text,
        bytes: LargeBinary,
        datetime: TIME,
        Decimal: Numeric,
        UUID: postgresql.UUID(as_uuid=True),
        dict[str, Any]: JSONB,
        list[str]: ARRAY(Text),
    }


def _shop_key() -> Mapped[int]:
    return mapped_column(Integer, ForeignKey("shops.id"), primary_key=True)


def _busy_shop_key() -> Mapped[int]:
    """Without a foreign key: each row's check would lock the shop's one row, a quarter of what recording a delivery costs."""
    return mapped_column(Integer, primary_key=True)


class Shop(Base):
    """A shop, known before its rows can be seen. `status`: installed, uninstalled, redacted."""

    __tablename__ = "shops"
    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    domain: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str]
    created_at: Mapped[datetime]


class ApiKey(Base):
    """An API key by its hash; the key itself is shown once and never stored."""

    __tablename__ = "api_keys"
    hash: Mapped[bytes] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(Integer, ForeignKey("shops.id"))
    label: Mapped[str]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    partner: Mapped[str | None]
    access: Mapped[str] = mapped_column(server_default=text("'everything'"))
    last_used_at: Mapped[datetime | None]


class Waiting(Base):
    """Which shop has work of which kind (inbox, outbox, due) since when: all the sweep needs before it enters a shop."""

    __tablename__ = "waiting"
    shop_id: Mapped[int] = _shop_key()
    kind: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]


class ShopDetails(Base):
    """What Shopify told of the shop, and where we stand with it."""

    __tablename__ = "shop_details"
    shop_id: Mapped[int] = _shop_key()
    shopify_id: Mapped[int]
    name: Mapped[str]
    currency: Mapped[str]
    timezone: Mapped[str]
    plan: Mapped[str]
    customer_accounts: Mapped[str]
    locale: Mapped[str]
    locales: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    primary_host: Mapped[str]
    scopes: Mapped[list[str]]
    is_own_app: Mapped[bool]
    installed_at: Mapped[datetime]
    uninstalled_at: Mapped[datetime | None]
    spending_stopped_at: Mapped[datetime | None]
    reconciled_to: Mapped[datetime]
    reconciled_at: Mapped[datetime | None]
    drift: Mapped[int] = mapped_column(server_default=text("0"))
    app_seen_at: Mapped[datetime | None]
    currency_before: Mapped[str | None]
    currency_changed_at: Mapped[datetime | None]


class ShopToken(Base):
    """The offline token, encrypted with its key's id; see plugin.services.tokens."""

    __tablename__ = "shop_tokens"
    shop_id: Mapped[int] = _shop_key()
    access: Mapped[bytes]
    refresh: Mapped[bytes | None]
    expires_at: Mapped[datetime | None]
    refresh_expires_at: Mapped[datetime | None]
    needs_reopen: Mapped[bool]
    leased_until: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class InboxRow(Base):
    """A delivery of Shopify's, durable before it was answered. Content is gone once it is done; set-aside rows keep a reason."""

    __tablename__ = "inbox"
    shop_id: Mapped[int] = _busy_shop_key()
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    webhook_id: Mapped[str]
    event_id: Mapped[str | None]
    topic: Mapped[str]
    object_id: Mapped[int | None]
    triggered_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    body_hash: Mapped[bytes]
    facts: Mapped[bytes | None]
    raw: Mapped[bytes | None]
    done_at: Mapped[datetime | None]
    set_aside_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    __table_args__ = (
        UniqueConstraint("shop_id", "webhook_id"),
        Index("inbox_waiting", "shop_id", "id", postgresql_where=text("done_at IS NULL AND set_aside_at IS NULL")),
        Index("inbox_set_aside", "shop_id", "id", postgresql_where=text("set_aside_at IS NOT NULL")),
    )


class Drain(Base):
    """The batch a drainer is trying; `deaths` counts workers that died over it."""

    __tablename__ = "drains"
    shop_id: Mapped[int] = _shop_key()
    first_id: Mapped[int]
    last_id: Mapped[int]
    deaths: Mapped[int] = mapped_column(SmallInteger)
    started_at: Mapped[datetime]


class ProgramVersion(Base):
    """One published version of the program; immutable."""

    __tablename__ = "programs"
    shop_id: Mapped[int] = _shop_key()
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    document: Mapped[dict[str, Any]]
    published_at: Mapped[datetime]
    published_by: Mapped[str]
    is_live: Mapped[bool] = mapped_column(server_default=text("true"))
    counts_from: Mapped[datetime | None]
    changes_expiry: Mapped[bool] = mapped_column(server_default=text("false"))


class Member(Base):
    """An account and the cache of its balances. `seq` counts its entries; `next_due_at` is the next vesting or expiry.

    `kind` is member, household or cause; only members are people. `pool_id` is the account that new points flow on to, and that
    covers what is taken back.
    """

    __tablename__ = "members"
    shop_id: Mapped[int] = _busy_shop_key()
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    customer_id: Mapped[int | None]
    pending: Mapped[int] = mapped_column(server_default=text("0"))
    available: Mapped[int] = mapped_column(server_default=text("0"))
    held: Mapped[int] = mapped_column(server_default=text("0"))
    seq: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    next_due_at: Mapped[datetime | None]
    referral_code: Mapped[str | None]
    joined_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    merged_into: Mapped[int | None]
    erased_at: Mapped[datetime | None]
    kind: Mapped[str] = mapped_column(server_default=text("'member'"))
    pool_id: Mapped[int | None]
    since: Mapped[datetime] = mapped_column(Computed("COALESCE(joined_at, created_at)", persisted=True), nullable=True)
    rung: Mapped[int] = mapped_column(
        SmallInteger,
        Computed(
            "CASE WHEN available < 0 THEN -1 WHEN available < 1024 THEN 0"
            " ELSE 55 - position(B'1' IN available::bit(64)) END",
            persisted=True,
        ),
        nullable=True,
    )
    __table_args__ = (
        UniqueConstraint("shop_id", "customer_id"),
        Index("members_since", "shop_id", "since", "id"),
        Index("members_rung", "shop_id", "rung", "id"),
        Index(
            "members_referral_code",
            "shop_id",
            "referral_code",
            unique=True,
            postgresql_where=text("referral_code IS NOT NULL"),
        ),
        Index("members_due", "shop_id", "next_due_at", postgresql_where=text("next_due_at IS NOT NULL")),
        Index("members_merged", "shop_id", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
        Index("members_pool", "shop_id", "pool_id", postgresql_where=text("pool_id IS NOT NULL")),
        {"postgresql_with": {"fillfactor": "80"}},
    )


class EntryRow(Base):
    """One movement of points. Insert-only; columns are ordered by width so that a row is small."""

    __tablename__ = "entries"
    member_id: Mapped[int] = mapped_column(primary_key=True)
    points: Mapped[int]
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    pending: Mapped[int]
    available: Mapped[int]
    held: Mapped[int]
    order_id: Mapped[int | None]
    key: Mapped[UUID]
    shop_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    program_version: Mapped[int] = mapped_column(Integer)
    move: Mapped[int] = mapped_column(SmallInteger)
    reason: Mapped[int] = mapped_column(SmallInteger)
    redemption_id: Mapped[UUID | None]
    amount: Mapped[Decimal | None]
    subject_id: Mapped[int | None]
    recorded_hour: Mapped[int] = mapped_column(
        Integer,
        Computed("(floor(date_part('epoch', recorded_at AT TIME ZONE 'UTC') / 3600)::integer)", persisted=True),
        nullable=True,
    )
    __table_args__ = (
        UniqueConstraint("shop_id", "key"),
        Index("entries_hour", "shop_id", "recorded_hour"),
    )


class LotRow(Base):
    """Points earned together, and what is left of them. A cache: rebuilt from entries and lot uses by the audit."""

    __tablename__ = "lots"
    member_id: Mapped[int] = mapped_column(primary_key=True)
    points: Mapped[int]
    pending: Mapped[int]
    open: Mapped[int]
    expired: Mapped[int]
    available_at: Mapped[datetime]
    shop_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    opened_by: Mapped[int] = mapped_column(Integer, primary_key=True)
    part: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    expires_at: Mapped[datetime | None]
    order_id: Mapped[int | None]
    __table_args__ = ({"postgresql_with": {"fillfactor": "90"}},)


class LotUseRow(Base):
    """What an entry did to a lot. Insert-only."""

    __tablename__ = "lot_uses"
    member_id: Mapped[int] = mapped_column(primary_key=True)
    pending: Mapped[int]
    open: Mapped[int]
    expired: Mapped[int]
    shop_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    opened_by: Mapped[int] = mapped_column(Integer, primary_key=True)
    part: Mapped[int] = mapped_column(SmallInteger, primary_key=True)


class Note(Base):
    """What staff or shoppers typed, kept apart from the entry so that it can be erased. `shown` is what the member reads of it."""

    __tablename__ = "notes"
    shop_id: Mapped[int] = _shop_key()
    member_id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    author: Mapped[str]
    words: Mapped[str]
    shown: Mapped[str | None]


class OrderRow(Base):
    """An order's merged facts and what was posted for it. `posted` maps "member:part" to points; `rev` counts postings."""

    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int | None]
    processed_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    shop_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    rev: Mapped[int] = mapped_column(Integer)
    program_version: Mapped[int | None] = mapped_column(Integer)
    is_paid: Mapped[bool]
    has_referral: Mapped[bool]
    waits_for: Mapped[str | None]
    facts: Mapped[bytes]
    pins: Mapped[bytes | None]
    posted: Mapped[bytes | None]
    name: Mapped[str | None]
    __table_args__ = (
        Index("orders_member", "shop_id", "member_id", "processed_at"),
        Index("orders_referral", "shop_id", "member_id", postgresql_where=text("has_referral")),
        Index("orders_placed", "shop_id", "processed_at", "member_id", postgresql_where=text("is_paid")),
        Index("orders_name", "shop_id", "name", postgresql_where=text("name IS NOT NULL")),
    )


class RuleBudget(Base):
    """How many points of a campaign's budget are given away, shop-wide."""

    __tablename__ = "rule_budgets"
    shop_id: Mapped[int] = _shop_key()
    rule_id: Mapped[str] = mapped_column(primary_key=True)
    spent: Mapped[int]


class RedemptionRow(Base):
    """A reward taken: points held behind a code. States: held, issued, used, released, suspended, failed."""

    __tablename__ = "redemptions"
    shop_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[int]
    state: Mapped[str]
    reward_id: Mapped[str]
    kind: Mapped[str]
    title: Mapped[str]
    points: Mapped[int]
    value: Mapped[Decimal | None]
    currency: Mapped[str]
    code: Mapped[str]
    minimum_spend: Mapped[Decimal]
    combines: Mapped[str]
    program_version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    issued_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    discount_gid: Mapped[str | None]
    order_id: Mapped[int | None]
    restored: Mapped[int] = mapped_column(server_default=text("0"))
    failure: Mapped[str | None]
    terms: Mapped[dict[str, Any] | None]
    is_counted: Mapped[bool] = mapped_column(server_default=text("false"))
    tried_at: Mapped[datetime | None]
    acting_id: Mapped[int | None]
    __table_args__ = (
        UniqueConstraint("shop_id", "code"),
        Index("redemptions_newest", "shop_id", "created_at"),
        Index("redemptions_member", "shop_id", "member_id", "created_at"),
        Index(
            "redemptions_open",
            "shop_id",
            "member_id",
            postgresql_where=text("state IN ('held', 'issued', 'suspended')"),
        ),
        Index(
            "redemptions_counted",
            "shop_id",
            "reward_id",
            postgresql_where=text("is_counted AND state NOT IN ('released', 'failed')"),
        ),
        Index(
            "redemptions_acting", "shop_id", "acting_id", "created_at", postgresql_where=text("acting_id IS NOT NULL")
        ),
    )


class TaskRow(Base):
    """Something that people have to do for a redemption. States: open, done, cancelled. `note` is what staff typed."""

    __tablename__ = "tasks"
    shop_id: Mapped[int] = _shop_key()
    redemption_id: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[str]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    note: Mapped[str | None]
    __table_args__ = (
        ForeignKeyConstraint(["shop_id", "redemption_id"], ["redemptions.shop_id", "redemptions.id"]),
        Index("tasks_open", "shop_id", "opened_at", "redemption_id", postgresql_where=text("state = 'open'")),
    )


class GiftRecipient(Base):
    """To whom a gift card goes, from its order until Shopify has it; never longer."""

    __tablename__ = "gift_recipients"
    shop_id: Mapped[int] = _shop_key()
    redemption_id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    name: Mapped[str | None]
    message: Mapped[str | None]
    __table_args__ = (ForeignKeyConstraint(["shop_id", "redemption_id"], ["redemptions.shop_id", "redemptions.id"]),)


class TakeBack(Base):
    """Staff take back money that a reward gave: under way until Shopify says how much was left. `words` is what they typed."""

    __tablename__ = "take_backs"
    shop_id: Mapped[int] = _shop_key()
    redemption_id: Mapped[UUID] = mapped_column(primary_key=True)
    author: Mapped[str]
    words: Mapped[str | None]
    asked_at: Mapped[datetime]
    tried_at: Mapped[datetime | None]
    amount: Mapped[Decimal | None]
    __table_args__ = (ForeignKeyConstraint(["shop_id", "redemption_id"], ["redemptions.shop_id", "redemptions.id"]),)


class ReferralRow(Base):
    """A friend's claim of an advocate's link, or (kind "link", without a code) an order that came by the link alone.

    States: claimed, ordered, review, holding, blocked, void; "rewarded" is holding whose time has come (loyalty.referring).
    `shared` is what the hashes had in common, `signals` everything that speaks against it; both outlive the hashes.
    """

    __tablename__ = "referrals"
    shop_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    advocate_id: Mapped[int]
    friend_id: Mapped[int | None]
    state: Mapped[str]
    code: Mapped[str | None]
    kind: Mapped[str]
    value: Mapped[Decimal | None]
    minimum_spend: Mapped[Decimal]
    claimed_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    discount_gid: Mapped[str | None]
    order_id: Mapped[int | None]
    channel: Mapped[str] = mapped_column(server_default=text("'other'"))
    reason: Mapped[str | None]
    ordered_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    is_withheld: Mapped[bool] = mapped_column(server_default=text("false"))
    bought_before: Mapped[bool] = mapped_column(server_default=text("false"))
    shared: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    signals: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    score: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    holds_until: Mapped[datetime | None]
    pays_advocate: Mapped[bool] = mapped_column(server_default=text("false"))
    decision: Mapped[str | None]
    decided_by: Mapped[str | None]
    decided_why: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    advocate_redemption: Mapped[UUID | None]
    friend_redemption: Mapped[UUID | None]
    grants: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    __table_args__ = (
        ForeignKeyConstraint(["shop_id", "advocate_id"], ["members.shop_id", "members.id"]),
        UniqueConstraint("shop_id", "code"),
        Index("referrals_advocate", "shop_id", "advocate_id", "claimed_at"),
        Index("referrals_order", "shop_id", "order_id", postgresql_where=text("order_id IS NOT NULL")),
        Index("referrals_friend", "shop_id", "friend_id", postgresql_where=text("friend_id IS NOT NULL")),
        Index("referrals_state", "shop_id", "state", "claimed_at"),
        Index("referrals_claimed", "shop_id", "claimed_at"),
    )


class ReferralClicks(Base):
    """How often an advocate's link was opened on a day of the shop, by the channel it was shared through. Nobody is counted, clicks are."""

    __tablename__ = "referral_clicks"
    shop_id: Mapped[int] = _shop_key()
    advocate_id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    clicks: Mapped[int]


class ReferredFriend(Base):
    """The keyed hash of a friend's mailbox and the order they came with, so that one person is referred once for ever. Insert-only."""

    __tablename__ = "referred_friends"
    shop_id: Mapped[int] = _shop_key()
    hash: Mapped[bytes] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(primary_key=True)
    ordered_at: Mapped[datetime]


class Fingerprint(Base):
    """The keyed hash of something seen of a member ("member:12") or of who claimed ("claim:<uuid>"); gone after the retention."""

    __tablename__ = "fingerprints"
    shop_id: Mapped[int] = _shop_key()
    subject: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    hash: Mapped[bytes] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]


class HouseholdRow(Base):
    """A household: `account_id` is its pool, a row of members of kind household. Closed once its last member left."""

    __tablename__ = "households"
    shop_id: Mapped[int] = _busy_shop_key()
    account_id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class HouseholdMember(Base):
    """Who is in which household, and what they have put into its pool. Points after entry `from_seq` are new ones."""

    __tablename__ = "household_members"
    shop_id: Mapped[int] = _busy_shop_key()
    member_id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int]
    put_in: Mapped[int] = mapped_column(server_default=text("0"))
    from_seq: Mapped[int] = mapped_column(Integer)
    joined_at: Mapped[datetime]
    __table_args__ = (Index("household_members_account", "shop_id", "account_id"),)


class HouseholdInvitation(Base):
    """An unused one-time code into a household, for one member only when it names them."""

    __tablename__ = "household_invitations"
    shop_id: Mapped[int] = _busy_shop_key()
    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    account_id: Mapped[int]
    member_id: Mapped[int | None]
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    __table_args__ = (Index("household_invitations_account", "shop_id", "account_id"),)


class GiftRow(Base):
    """Points on their way to another member, held until they are accepted. States: offered, accepted, returned."""

    __tablename__ = "gifts"
    shop_id: Mapped[int] = _busy_shop_key()
    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Identity(always=True))
    giver_id: Mapped[int]
    recipient_id: Mapped[int | None]
    state: Mapped[str]
    points: Mapped[int]
    code_hash: Mapped[bytes]
    message: Mapped[str | None]
    program_version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("shop_id", "code_hash"),
        Index("gifts_giver", "shop_id", "giver_id", "created_at"),
        Index(
            "gifts_recipient",
            "shop_id",
            "recipient_id",
            "created_at",
            postgresql_where=text("recipient_id IS NOT NULL"),
        ),
    )


class CauseRow(Base):
    """The account of a cause of the program, made when it gets its first points. `title` is the last that the program gave it."""

    __tablename__ = "causes"
    shop_id: Mapped[int] = _busy_shop_key()
    account_id: Mapped[int] = mapped_column(primary_key=True)
    cause_id: Mapped[str]
    title: Mapped[str]
    __table_args__ = (UniqueConstraint("shop_id", "cause_id"),)


class CauseChoice(Base):
    """Which cause a member's orders are matched for from then on; none when `account_id` is null."""

    __tablename__ = "cause_choices"
    shop_id: Mapped[int] = _busy_shop_key()
    member_id: Mapped[int] = mapped_column(primary_key=True)
    chosen_at: Mapped[datetime] = mapped_column(primary_key=True)
    account_id: Mapped[int | None]


class CauseMatch(Base):
    """What the merchant owes a cause for an order, in money; refunds lower it."""

    __tablename__ = "cause_matches"
    shop_id: Mapped[int] = _busy_shop_key()
    order_id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int]
    amount: Mapped[Decimal]
    __table_args__ = (Index("cause_matches_account", "shop_id", "account_id"),)


class DonationRow(Base):
    """Points that a member gave to a cause, and when staff returned them if they did."""

    __tablename__ = "donations"
    shop_id: Mapped[int] = _busy_shop_key()
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[int]
    account_id: Mapped[int]
    points: Mapped[int]
    created_at: Mapped[datetime]
    returned_at: Mapped[datetime | None]
    __table_args__ = (
        Index("donations_member", "shop_id", "member_id", "created_at"),
        Index("donations_account", "shop_id", "account_id"),
    )


class OutboxRow(Base):
    """One effect to have outside: kinds in plugin.services.effects. Deleted when it stands; `attempts` and `reason` tell of failures."""

    __tablename__ = "outbox"
    shop_id: Mapped[int] = _busy_shop_key()
    kind: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    leased_until: Mapped[datetime | None]
    reason: Mapped[str | None]
    __table_args__ = (Index("outbox_due", "shop_id", "next_try_at"),)


class RequestRow(Base):
    """A client's idempotency key: the hash of its request, and the answer it got."""

    __tablename__ = "requests"
    shop_id: Mapped[int] = _shop_key()
    caller: Mapped[str] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[bytes]
    subject: Mapped[str]
    created_at: Mapped[datetime]


class Tombstone(Base):
    """The keyed hash of an erased customer's id, so that late deliveries cannot bring them back."""

    __tablename__ = "tombstones"
    shop_id: Mapped[int] = _shop_key()
    hash: Mapped[bytes] = mapped_column(primary_key=True)
    erased_at: Mapped[datetime]


class ActivityRow(Base):
    """One thing a member did, and what it gave. `key` is a hash of what names it; `seq` the entry it made, None after a merge."""

    __tablename__ = "activities"
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    member_id: Mapped[int]
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    points: Mapped[int]
    shop_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    seq: Mapped[int | None] = mapped_column(Integer)
    program_version: Mapped[int] = mapped_column(Integer)
    value: Mapped[int | None] = mapped_column(Integer)
    kind: Mapped[str]
    action_id: Mapped[str]
    key: Mapped[UUID]
    event_id: Mapped[int | None]
    order_id: Mapped[int | None]
    redemption_id: Mapped[UUID | None]
    undone_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("shop_id", "member_id", "kind", "key"),
        Index("activities_member", "shop_id", "member_id", "occurred_at"),
        Index("activities_surveys", "shop_id", "id", postgresql_where=text("kind = 'survey'")),
    )


class EventRow(Base):
    """An event that members check in to with a code, `capacity` of them at most."""

    __tablename__ = "events"
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    shop_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    action_id: Mapped[str]
    title: Mapped[str]
    code: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    capacity: Mapped[int | None] = mapped_column(Integer)
    attended: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    __table_args__ = (UniqueConstraint("shop_id", "code"),)


class AnswerRow(Base):
    """One answer to one question of a survey. `words` is what the member typed; it goes when they are erased."""

    __tablename__ = "answers"
    activity_id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    survey_id: Mapped[str]
    question_id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int | None] = mapped_column(SmallInteger)
    choice: Mapped[str | None]
    words: Mapped[str | None]
    __table_args__ = (
        ForeignKeyConstraint(["shop_id", "activity_id"], ["activities.shop_id", "activities.id"]),
        Index("answers_survey", "shop_id", "survey_id"),
    )


class Birthday(Base):
    """The day and month a member told us, since when we know it. No year is asked for."""

    __tablename__ = "birthdays"
    member_id: Mapped[int] = mapped_column(primary_key=True)
    told_at: Mapped[datetime]
    shop_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    month: Mapped[int] = mapped_column(SmallInteger)
    day: Mapped[int] = mapped_column(SmallInteger)
    __table_args__ = (Index("birthdays_day", "shop_id", "month", "day"),)


class BirthdayKept(Base):
    """The keyed hash of a person and a year whose birthday was kept, so that being forgotten and coming back gives no second one."""

    __tablename__ = "birthdays_kept"
    shop_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    hash: Mapped[bytes] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger)


class Consent(Base):
    """When a customer last agreed to the newsletter; it may be told before we know them as a member."""

    __tablename__ = "consents"
    customer_id: Mapped[int] = mapped_column(primary_key=True)
    consented_at: Mapped[datetime]
    shop_id: Mapped[int] = mapped_column(Integer, primary_key=True)


class CalendarRow(Base):
    """Up to which day of its calendar a shop's daily duties are done."""

    __tablename__ = "calendar"
    shop_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    done_on: Mapped[date] = mapped_column(Date)


class AchievementRow(Base):
    """A step of a milestone that a member reached; `rev` counts how often it was given, `is_announced`: it was the highest then."""

    __tablename__ = "achievements"
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    member_id: Mapped[int]
    step: Mapped[int]
    points: Mapped[int]
    reached_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    shop_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    rev: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    seq: Mapped[int | None] = mapped_column(Integer)
    program_version: Mapped[int] = mapped_column(Integer)
    achievement_id: Mapped[str]
    is_announced: Mapped[bool]
    redemption_id: Mapped[UUID | None]
    undone_at: Mapped[datetime | None]
    __table_args__ = (UniqueConstraint("shop_id", "member_id", "achievement_id", "step"),)


class OrderWorth(Base):
    """What an order counts for its member's tier: eligible money and points at the base rate, whatever tier they had."""

    __tablename__ = "order_worths"
    shop_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    order_id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int]
    placed_at: Mapped[datetime]
    spend: Mapped[Decimal]
    points: Mapped[int]
    __table_args__ = (Index("order_worths_member", "shop_id", "member_id"),)


class TierStanding(Base):
    """Under which program version a member's terms were counted, and what Shopify was last told of them."""

    __tablename__ = "tier_standings"
    shop_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    member_id: Mapped[int] = mapped_column(primary_key=True)
    counted_version: Mapped[int] = mapped_column(Integer)
    shown_tier: Mapped[str | None]
    shown_tag: Mapped[str | None]
    shown_points: Mapped[int | None]
    shown_at: Mapped[datetime | None]


class TierTerm(Base):
    """A stretch of time in which a member has a tier, past or to come. A cache: a function of what they did, pins and memberships."""

    __tablename__ = "tier_terms"
    shop_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    member_id: Mapped[int] = mapped_column(primary_key=True)
    since: Mapped[datetime] = mapped_column(primary_key=True)
    until: Mapped[datetime | None]
    tier: Mapped[str]
    reason: Mapped[str]
    __table_args__ = (Index("tier_terms_tier", "shop_id", "tier", "member_id"),)


class TierPin(Base):
    """A tier that staff set (None: no tier), or the least one a merge left (`is_floor`), with an end and a reason in words."""

    __tablename__ = "tier_pins"
    shop_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    member_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    tier: Mapped[str | None]
    is_floor: Mapped[bool]
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    author: Mapped[str]
    words: Mapped[str]


class StandingGift(Base):
    """A gift of a tier or a membership by name: whether it is due to the member, and whether it stands. `rev` counts its changes."""

    __tablename__ = "standing_gifts"
    shop_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    member_id: Mapped[int] = mapped_column(primary_key=True)
    gift: Mapped[str] = mapped_column(primary_key=True)
    is_wanted: Mapped[bool]
    stands: Mapped[bool]
    rev: Mapped[int] = mapped_column(Integer)
    points: Mapped[int]
    redemptions: Mapped[list[UUID]] = mapped_column(ARRAY(postgresql.UUID(as_uuid=True)))
    program_version: Mapped[int] = mapped_column(Integer)
    subject_id: Mapped[int]
    __table_args__ = (
        Index("standing_gifts_due", "shop_id", "member_id", postgresql_where=text("is_wanted <> stands")),
    )


class MembershipRow(Base):
    """A membership that a line of an order bought and nobody gave back: the plan as it was sold, `units` terms of `months`."""

    __tablename__ = "memberships"
    shop_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    order_id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int]
    bought_at: Mapped[datetime]
    plan: Mapped[str]
    rank: Mapped[int] = mapped_column(Integer)
    tier: Mapped[str | None]
    months: Mapped[int | None] = mapped_column(Integer)
    units: Mapped[int] = mapped_column(Integer)
    program_version: Mapped[int] = mapped_column(Integer)
    __table_args__ = (Index("memberships_member", "shop_id", "member_id"),)


class RedateRow(Base):
    """A program version that changed when points lapse: up to which member the dates of what stood then were moved."""

    __tablename__ = "redates"
    shop_id: Mapped[int] = _busy_shop_key()
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    published_at: Mapped[datetime]
    done_to: Mapped[int]
    finished_at: Mapped[datetime | None]


class LotDateRow(Base):
    """A lot's date of lapse that was moved, by which version and when. Insert-only."""

    __tablename__ = "lot_dates"
    shop_id: Mapped[int] = _busy_shop_key()
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    member_id: Mapped[int]
    opened_by: Mapped[int] = mapped_column(Integer)
    part: Mapped[int] = mapped_column(SmallInteger)
    version: Mapped[int] = mapped_column(Integer)
    from_at: Mapped[datetime | None]
    to_at: Mapped[datetime | None]
    recorded_at: Mapped[datetime]
    __table_args__ = (Index("lot_dates_lot", "shop_id", "member_id", "opened_by", "part"),)


class WarningRow(Base):
    """Points that are about to lapse, and that their owner is to be told `days` before."""

    __tablename__ = "warnings"
    shop_id: Mapped[int] = _busy_shop_key()
    member_id: Mapped[int] = mapped_column(primary_key=True)
    lapses_at: Mapped[datetime] = mapped_column(primary_key=True)
    days: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    points: Mapped[int]
    made_at: Mapped[datetime]
    told_at: Mapped[datetime | None]


class GrantRow(Base):
    """Something given besides orders and actions: goodwill, a partner's credit, a year's dividend. Budgets are sums of these.

    `code` is the reason's id, the partner's id or the year; `amount` is money (dividends); what was `taken_back` frees its budget.
    """

    __tablename__ = "grants"
    shop_id: Mapped[int] = _busy_shop_key()
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    member_id: Mapped[int]
    kind: Mapped[str]
    code: Mapped[str]
    key: Mapped[str]
    title: Mapped[str]
    points: Mapped[int]
    taken_back: Mapped[int] = mapped_column(server_default=text("0"))
    amount: Mapped[Decimal | None]
    link_id: Mapped[int | None]
    redemption_id: Mapped[UUID | None]
    granted_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("shop_id", "kind", "key"),
        Index("grants_budget", "shop_id", "kind", "code", "granted_at"),
        Index("grants_member", "shop_id", "member_id", "kind", "code", "granted_at"),
    )


class PartnerLinkRow(Base):
    """A member's consent that a partner may credit them, until it is ended by either side."""

    __tablename__ = "partner_links"
    shop_id: Mapped[int] = _busy_shop_key()
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    partner: Mapped[str]
    member_id: Mapped[int]
    linked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        Index(
            "partner_links_standing",
            "shop_id",
            "partner",
            "member_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )


class LinkCodeRow(Base):
    """A one-time code by its hash, with which a partner links the member who made it. Deleted when it is used."""

    __tablename__ = "link_codes"
    shop_id: Mapped[int] = _busy_shop_key()
    hash: Mapped[bytes] = mapped_column(primary_key=True)
    partner: Mapped[str]
    member_id: Mapped[int]
    ends_at: Mapped[datetime]
    __table_args__ = (Index("link_codes_member", "shop_id", "member_id"),)


class LaunchTrialRow(Base):
    """A dry run of a launch: the draft it tries, and what orders of the past would give. The draft goes when it is done."""

    __tablename__ = "launch_trials"
    shop_id: Mapped[int] = _busy_shop_key()
    id: Mapped[UUID] = mapped_column(primary_key=True)
    document: Mapped[dict[str, Any] | None]
    version: Mapped[int] = mapped_column(Integer)
    asked_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[dict[str, Any] | None]


class DraftRow(Base):
    """The draft of the shop's next program; `document` is None while there is none. `revision` only ever grows."""

    __tablename__ = "drafts"
    shop_id: Mapped[int] = _shop_key()
    revision: Mapped[int] = mapped_column(Integer)
    document: Mapped[dict[str, Any] | None]
    based_on: Mapped[int] = mapped_column(Integer)
    saved_at: Mapped[datetime]
    saved_by: Mapped[str]


class PeerRow(Base):
    """Another business's program and the per cent of spending it gives back, as the merchant typed it."""

    __tablename__ = "peers"
    shop_id: Mapped[int] = _shop_key()
    place: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str]
    percent: Mapped[Decimal]


class RehearsalRow(Base):
    """A rehearsal of a draft on past orders. `state`: asked, running, done; `done` of `total` orders were judged."""

    __tablename__ = "rehearsals"
    shop_id: Mapped[int] = _shop_key()
    id: Mapped[UUID] = mapped_column(primary_key=True)
    document: Mapped[dict[str, Any]]
    live_version: Mapped[int] = mapped_column(Integer)
    since: Mapped[datetime]
    until: Mapped[datetime]
    state: Mapped[str]
    done: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    total: Mapped[int | None] = mapped_column(Integer)
    asked_at: Mapped[datetime]
    asked_by: Mapped[str]
    touched_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[dict[str, Any] | None]
    __table_args__ = (Index("rehearsals_asked", "shop_id", "asked_at"),)


class RehearsalOrder(Base):
    """An order of before the app was installed, as Shopify has it, while a rehearsal runs; gone when it is over."""

    __tablename__ = "rehearsal_orders"
    shop_id: Mapped[int] = _busy_shop_key()
    rehearsal_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int]
    processed_at: Mapped[datetime]
    facts: Mapped[bytes]
    __table_args__ = (
        ForeignKeyConstraint(["shop_id", "rehearsal_id"], ["rehearsals.shop_id", "rehearsals.id"], ondelete="CASCADE"),
    )


class AuditRow(Base):
    """One proof of the books, and what it found."""

    __tablename__ = "audits"
    shop_id: Mapped[int] = _shop_key()
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    entries: Mapped[int]
    members: Mapped[int]
    is_ok: Mapped[bool]
    findings: Mapped[dict[str, Any]]


class Receipt(Base):
    """What remains of a redacted shop: that it was, when, and how much was deleted."""

    __tablename__ = "receipts"
    shop_id: Mapped[int] = _shop_key()
    redacted_at: Mapped[datetime]
    entries: Mapped[int]
    members: Mapped[int]


class MessageRow(Base):
    """Something a member is told by e-mail, once per cause. `facts` are figures and ids; state: queued, sent, left_out (and `why`)."""

    __tablename__ = "messages"
    shop_id: Mapped[int] = _shop_key()
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    member_id: Mapped[int]
    kind: Mapped[str]
    cause: Mapped[str]
    facts: Mapped[dict[str, Any]]
    state: Mapped[str]
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    why: Mapped[str | None]
    __table_args__ = (
        UniqueConstraint("shop_id", "member_id", "kind", "cause"),
        Index("messages_queued", "shop_id", "member_id", postgresql_where=text("state = 'queued'")),
        Index("messages_left_out", "shop_id", "id", postgresql_where=text("state = 'left_out'")),
    )


class SuppressionRow(Base):
    """An address, known by a keyed hash only, that wants no mail of this shop (or no marketing)."""

    __tablename__ = "suppressions"
    shop_id: Mapped[int] = _shop_key()
    mark: Mapped[bytes] = mapped_column(primary_key=True)
    is_marketing_only: Mapped[bool]
    since: Mapped[datetime]


class ChangeRow(Base):
    """One change that staff or an API key made: ids, numbers and words of the program, no personal data. Insert-only."""

    __tablename__ = "changelog"
    shop_id: Mapped[int] = _shop_key()
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    noted_at: Mapped[datetime]
    author: Mapped[str]
    deed: Mapped[str]
    subject: Mapped[str]
    facts: Mapped[dict[str, Any]]
    __table_args__ = (
        Index("changelog_author", "shop_id", "author", "id"),
        Index("changelog_subject", "shop_id", "subject", "id"),
    )


class StaffRow(Base):
    """What one member of the staff may do; `staff_id` 0 stands for everybody without a row. `label` is what the owner calls them."""

    __tablename__ = "staff"
    shop_id: Mapped[int] = _shop_key()
    staff_id: Mapped[int] = mapped_column(primary_key=True)
    role: Mapped[str]
    label: Mapped[str]
    set_at: Mapped[datetime]


class RetentionRow(Base):
    """How many days the shop keeps what no proof needs; no row: what is usual."""

    __tablename__ = "retention"
    shop_id: Mapped[int] = _shop_key()
    news_days: Mapped[int] = mapped_column(SmallInteger)
    bodies_days: Mapped[int] = mapped_column(SmallInteger)
    messages_days: Mapped[int] = mapped_column(SmallInteger)


class PrivacyRequest(Base):
    """A person's request for their data, or one that was erased: then nothing names them any more, and `figures` say what went."""

    __tablename__ = "privacy_requests"
    shop_id: Mapped[int] = _shop_key()
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    kind: Mapped[str]
    asked_by: Mapped[str]
    request_id: Mapped[int | None]
    customer_id: Mapped[int | None]
    received_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None]
    figures: Mapped[dict[str, Any]]
    __table_args__ = (UniqueConstraint("shop_id", "kind", "request_id"),)


class SegmentRow(Base):
    """A filter of members that staff gave a name; `mark` is the name as it is compared, `wanted` plugin.loyalty.people's document."""

    __tablename__ = "segments"
    shop_id: Mapped[int] = _shop_key()
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    name: Mapped[str]
    mark: Mapped[str]
    wanted: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    __table_args__ = (UniqueConstraint("shop_id", "mark"),)


class BulkRow(Base):
    """One change of many members: those that `wanted` fits, or those `picked`. `deed`: points, pin, block, unblock.

    `state`: draft, running, done, undoing, undone. `worked` counts members looked at, `changed` those it changed, `moved` the points
    given (or, negative, taken), `returned` what undoing moved back. `figures` are what was counted of a draft at `counted_at`, where
    that takes a job.
    """

    __tablename__ = "bulks"
    shop_id: Mapped[int] = _shop_key()
    id: Mapped[UUID] = mapped_column(primary_key=True)
    deed: Mapped[str]
    wanted: Mapped[dict[str, Any]]
    picked: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    points: Mapped[int | None]
    tier: Mapped[str | None]
    until: Mapped[datetime | None]
    words: Mapped[str]
    shown: Mapped[str | None]
    state: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    undone_by: Mapped[str | None]
    figures: Mapped[dict[str, Any] | None]
    counted_at: Mapped[datetime | None]
    members: Mapped[int | None] = mapped_column(Integer)
    worked: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    changed: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    moved: Mapped[int] = mapped_column(server_default=text("0"))
    returned: Mapped[int] = mapped_column(server_default=text("0"))
    __table_args__ = (Index("bulks_made", "shop_id", "made_at"),)


class BulkMember(Base):
    """One member of a change of many. `state`: waiting, done, left (nothing to change), undone, kept (could not be undone).

    `had_pin` says that a pinned tier stood before (`had_tier`, None: no tier, until `had_until`).
    """

    __tablename__ = "bulk_members"
    shop_id: Mapped[int] = _busy_shop_key()
    bulk_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str]
    moved: Mapped[int] = mapped_column(server_default=text("0"))
    had_tier: Mapped[str | None]
    had_until: Mapped[datetime | None]
    had_pin: Mapped[bool] = mapped_column(server_default=text("false"))
    __table_args__ = (
        ForeignKeyConstraint(["shop_id", "bulk_id"], ["bulks.shop_id", "bulks.id"]),
        Index("bulk_members_state", "shop_id", "bulk_id", "state", "member_id"),
    )


class MemberBlock(Base):
    """A stretch of time in which a member earns nothing, by whom and why (in words); `until` None: until it is ended."""

    __tablename__ = "member_blocks"
    shop_id: Mapped[int] = _busy_shop_key()
    member_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    author: Mapped[str]
    words: Mapped[str]
    __table_args__ = (
        Index("member_blocks_standing", "shop_id", "member_id", unique=True, postgresql_where=text("until IS NULL")),
    )


class FeedbackRow(Base):
    """What staff made of a member's answers to a survey: answered or closed, and their note. No row: nobody has looked yet."""

    __tablename__ = "feedback"
    shop_id: Mapped[int] = _busy_shop_key()
    activity_id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str]
    words: Mapped[str]
    author: Mapped[str]
    at: Mapped[datetime]
    __table_args__ = (ForeignKeyConstraint(["shop_id", "activity_id"], ["activities.shop_id", "activities.id"]),)
