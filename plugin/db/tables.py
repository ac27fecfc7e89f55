"""The tables, as the ORM sees them. Every tenant table's key starts with shop_id; migrations/ creates them, with rights and policies.

Balances and lots are caches of the entries; entries and lot uses are insert-only.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
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


class Member(Base):
    """A member and the cache of their balances. `seq` counts their entries; `next_due_at` is the next vesting or expiry."""

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
    __table_args__ = (
        UniqueConstraint("shop_id", "customer_id"),
        Index(
            "members_referral_code",
            "shop_id",
            "referral_code",
            unique=True,
            postgresql_where=text("referral_code IS NOT NULL"),
        ),
        Index("members_due", "shop_id", "next_due_at", postgresql_where=text("next_due_at IS NOT NULL")),
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
    __table_args__ = (UniqueConstraint("shop_id", "key"),)


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
    """What staff or shoppers typed, kept apart from the entry so that it can be erased."""

    __tablename__ = "notes"
    shop_id: Mapped[int] = _shop_key()
    member_id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    author: Mapped[str]
    words: Mapped[str]


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
    __table_args__ = (
        Index("orders_member", "shop_id", "member_id", "processed_at"),
        Index("orders_referral", "shop_id", "member_id", postgresql_where=text("has_referral")),
    )


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
    __table_args__ = (
        UniqueConstraint("shop_id", "code"),
        Index("redemptions_member", "shop_id", "member_id", "created_at"),
    )


class ReferralRow(Base):
    """A friend's claim of an advocate's link. States: claimed, ordered, void."""

    __tablename__ = "referrals"
    shop_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    advocate_id: Mapped[int]
    friend_id: Mapped[int | None]
    state: Mapped[str]
    code: Mapped[str]
    kind: Mapped[str]
    value: Mapped[Decimal | None]
    minimum_spend: Mapped[Decimal]
    claimed_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    discount_gid: Mapped[str | None]
    order_id: Mapped[int | None]
    __table_args__ = (
        ForeignKeyConstraint(["shop_id", "advocate_id"], ["members.shop_id", "members.id"]),
        UniqueConstraint("shop_id", "code"),
        Index("referrals_advocate", "shop_id", "advocate_id", "claimed_at"),
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
