"""Webhook bytes become typed facts in one pass: only the fields we need are decoded, everything else is skipped unread.

Every reader takes the raw body of one topic and returns facts or raises UnreadableFacts; nothing else leaves this module.
Bodies are Shopify's REST shape: numeric ids, amounts as text, `*_set.shop_money` in the shop's currency.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Final, TypeVar

import msgspec

from plugin.loyalty.deliveries import (
    ComplianceFacts,
    CustomerFacts,
    MergeFacts,
    ScopesFacts,
    ShopFacts,
    UninstalledFacts,
)
from plugin.loyalty.errors import UnreadableFacts
from plugin.loyalty.facts import PAID_STATUSES, Body, Discount, Line, OrderFacts, Refund, RefundLine
from plugin.shopify.amounts import (
    LARGEST_ID,
    ZERO,
    currency_code,
    discount_codes,
    each_once,
    gid_number,
    kept_text,
    line_gross,
    money,
    presentment,
    referral_handle,
    signed_money,
    sorted_discounts,
    sorted_refund_lines,
    utc,
)

REFERRAL_ATTRIBUTE: Final = "regulars_ref"
SHARE_PROPERTY: Final = "regulars_for"
"""The property of a line that names, by referral handle, the member whom its points are for."""

_NUL_ESCAPE = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")

_NULL: Final = msgspec.Raw(b"null")

Id = Annotated[int, msgspec.Meta(gt=0, le=LARGEST_ID)]
Quantity = Annotated[int, msgspec.Meta(ge=0, le=100_000_000)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class _Money(msgspec.Struct):
    amount: str


class _MoneySet(msgspec.Struct):
    shop_money: _Money


class _Allocation(msgspec.Struct):
    discount_application_index: int | None = None
    amount_set: _MoneySet | None = None
    amount: str | None = None


class _TaxLine(msgspec.Struct):
    price_set: _MoneySet | None = None
    price: str | None = None


class _Attribute(msgspec.Struct):
    name: str
    value: msgspec.Raw = _NULL


class _Line(msgspec.Struct):
    id: Id
    quantity: Quantity
    price: str | None = None
    price_set: _MoneySet | None = None
    current_quantity: Quantity | None = None
    discount_allocations: list[_Allocation] | None = None
    tax_lines: list[_TaxLine] | None = None
    product_id: Id | None = None
    variant_id: Id | None = None
    gift_card: bool | None = None
    tip: msgspec.Raw = _NULL
    vendor: str | None = None
    properties: list[_Attribute] | None = None


class _RefundedItem(msgspec.Struct):
    tip: msgspec.Raw = _NULL


class _RefundLine(msgspec.Struct):
    line_item_id: Id
    quantity: Quantity
    subtotal_set: _MoneySet | None = None
    subtotal: msgspec.Raw = _NULL
    total_tax_set: _MoneySet | None = None
    total_tax: msgspec.Raw = _NULL
    line_item: _RefundedItem | None = None


class _Adjustment(msgspec.Struct):
    kind: str | None = None
    amount_set: _MoneySet | None = None
    amount: str | None = None


class _Refund(msgspec.Struct):
    id: Id
    created_at: Instant
    order_id: Id | None = None
    refund_line_items: list[_RefundLine] | None = None
    order_adjustments: list[_Adjustment] | None = None


class _Reference(msgspec.Struct):
    id: Id


class _Code(msgspec.Struct):
    code: str


class _Application(msgspec.Struct):
    type: str | None = None
    code: str | None = None


class _Order(msgspec.Struct):
    id: Id
    updated_at: Instant
    currency: str
    financial_status: str | None
    line_items: list[_Line]
    created_at: Instant | None = None
    processed_at: Instant | None = None
    cancelled_at: Instant | None = None
    name: str | None = None
    test: bool | None = None
    customer: _Reference | None = None
    company: msgspec.Raw = _NULL
    source_name: str | None = None
    customer_locale: str | None = None
    presentment_currency: str | None = None
    taxes_included: bool | None = None
    discount_codes: list[_Code] | None = None
    discount_applications: list[_Application] | None = None
    note_attributes: list[_Attribute] | None = None
    refunds: list[_Refund] | None = None
    total_shipping_price_set: _MoneySet | None = None
    total_price_set: _MoneySet | None = None
    total_price: str | None = None


class _OrderEdit(msgspec.Struct):
    order_id: Id


class _OrderEdited(msgspec.Struct):
    order_edit: _OrderEdit


class _Consent(msgspec.Struct):
    state: str | None = None
    consent_updated_at: Instant | None = None


class _Customer(msgspec.Struct):
    id: Id
    email_marketing_consent: _Consent | None = None
    updated_at: Instant | None = None
    tags: str | None = None
    locale: str | None = None


class _Merge(msgspec.Struct):
    admin_graphql_api_customer_kept_id: str
    admin_graphql_api_customer_deleted_id: str
    status: str | None = None


class _Shop(msgspec.Struct):
    id: Id
    updated_at: Instant
    currency: str
    iana_timezone: str
    name: str | None = None
    plan_name: str | None = None
    plan_display_name: str | None = None
    domain: str | None = None
    primary_locale: str | None = None


class _Scopes(msgspec.Struct):
    current: list[str]
    previous: list[str] | None = None
    updated_at: Instant | None = None


class _DataRequest(msgspec.Struct):
    id: Id


class _Compliance(msgspec.Struct):
    shop_id: Id
    customer: _Reference | None = None
    orders_requested: list[Id] | None = None
    orders_to_redact: list[Id] | None = None
    data_request: _DataRequest | None = None


def read_order(body: bytes) -> OrderFacts:
    """orders/create, paid, updated, cancelled, fulfilled: the whole order, with the refunds it lists."""
    order = _decode(_order_decoder, body)
    refunds = each_once(
        [_refund(refund, has_contained_tax=bool(order.taxes_included)) for refund in order.refunds or ()]
    )
    updated_at, status = utc(order.updated_at), kept_text(order.financial_status).lower()
    return OrderFacts(
        id=order.id,
        body=_body(order, refunds, updated_at, status),
        refunds=refunds,
        is_test=bool(order.test),
        cancelled_at=None if order.cancelled_at is None else utc(order.cancelled_at),
        paid_at=updated_at if status in PAID_STATUSES else None,
    )


def read_refund(body: bytes) -> OrderFacts:
    """refunds/create: an order of which only this refund is known.

    The body does not say whether prices contain tax, so `tax` is 0 here; merging prefers the order's own, fuller refund.
    """
    refund = _decode(_refund_decoder, body)
    if refund.order_id is None:
        raise UnreadableFacts("the refund names no order")
    return OrderFacts(id=refund.order_id, refunds=(_refund(refund, has_contained_tax=False),))


def read_order_deleted(body: bytes) -> OrderFacts:
    """orders/delete: only the id is left."""
    return OrderFacts(id=_decode(_reference_decoder, body).id, is_deleted=True)


def read_order_edited(body: bytes) -> OrderFacts:
    """orders/edited: names the order and nothing to settle by; orders/updated follows with the edited order."""
    return OrderFacts(id=_decode(_order_edited_decoder, body).order_edit.order_id)


def read_customer(body: bytes) -> CustomerFacts:
    """customers/create, update, enable, disable: the id, the tags when they are sent, and nothing about the person."""
    customer = _decode(_customer_decoder, body)
    return CustomerFacts(
        id=customer.id,
        updated_at=None if customer.updated_at is None else utc(customer.updated_at),
        tags=None if customer.tags is None else _tags(customer.tags),
        locale=kept_text(customer.locale) or None,
        consented_at=_consented_at(customer.email_marketing_consent),
    )


def _consented_at(consent: _Consent | None) -> datetime | None:
    if consent is None or consent.state != "subscribed" or consent.consent_updated_at is None:
        return None
    return utc(consent.consent_updated_at)


def read_customer_deleted(body: bytes) -> CustomerFacts:
    """customers/delete: only the id is left."""
    return CustomerFacts(id=_decode(_reference_decoder, body).id, is_deleted=True)


def read_merge(body: bytes) -> MergeFacts:
    """customers/merge: which record lives on and which is gone. Failed and unfinished merges are told as not done."""
    merge = _decode(_merge_decoder, body)
    return MergeFacts(
        kept_id=gid_number(merge.admin_graphql_api_customer_kept_id, "Customer"),
        lost_id=gid_number(merge.admin_graphql_api_customer_deleted_id, "Customer"),
        is_done=(merge.status or "").lower() in _MERGED,
    )


def read_uninstalled(body: bytes) -> UninstalledFacts:
    """app/uninstalled: the body is the shop."""
    return UninstalledFacts(shop_id=_decode(_reference_decoder, body).id)


def read_shop_update(body: bytes) -> ShopFacts:
    """shop/update: the shop's settings, without its owner's name and addresses."""
    shop = _decode(_shop_decoder, body)
    return ShopFacts(
        shop_id=shop.id,
        updated_at=utc(shop.updated_at),
        currency=currency_code(shop.currency),
        timezone=kept_text(shop.iana_timezone),
        name=kept_text(shop.name),
        plan=kept_text(shop.plan_display_name or shop.plan_name),
        primary_host=kept_text(shop.domain),
        locale=kept_text(shop.primary_locale) or "en",
    )


def read_scopes_update(body: bytes) -> ScopesFacts:
    """app/scopes_update: the scopes before and now."""
    scopes = _decode(_scopes_decoder, body)
    return ScopesFacts(
        current=frozenset(map(kept_text, scopes.current)),
        previous=frozenset(map(kept_text, scopes.previous or ())),
        updated_at=None if scopes.updated_at is None else utc(scopes.updated_at),
    )


def read_compliance(body: bytes) -> ComplianceFacts:
    """customers/data_request, customers/redact, shop/redact: ids only, never the e-mail address and phone they come with."""
    request = _decode(_compliance_decoder, body)
    return ComplianceFacts(
        shop_id=request.shop_id,
        customer_id=None if request.customer is None else request.customer.id,
        order_ids=tuple(sorted({*(request.orders_requested or ()), *(request.orders_to_redact or ())})),
        request_id=None if request.data_request is None else request.data_request.id,
    )


# --- Helpers ----------------------------------------------------------------------------------------------------------

_MERGED: Final = frozenset({"success", "succeeded", "completed"})
_order_decoder = msgspec.json.Decoder(_Order)
_refund_decoder = msgspec.json.Decoder(_Refund)
_reference_decoder = msgspec.json.Decoder(_Reference)
_order_edited_decoder = msgspec.json.Decoder(_OrderEdited)
_customer_decoder = msgspec.json.Decoder(_Customer)
_merge_decoder = msgspec.json.Decoder(_Merge)
_shop_decoder = msgspec.json.Decoder(_Shop)
_scopes_decoder = msgspec.json.Decoder(_Scopes)
_compliance_decoder = msgspec.json.Decoder(_Compliance)

T = TypeVar("T")


def _decode(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """The body as the decoder's type. msgspec's own words are not passed on: they may quote the body."""
    if b"\\u0000" in body and _NUL_ESCAPE.search(body):
        raise UnreadableFacts("the body holds a NUL")
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise UnreadableFacts(_unexpected(str(error))) from None
    except RecursionError:
        raise UnreadableFacts("the body is nested too deeply") from None
    except ValueError:
        raise UnreadableFacts("the body is not JSON") from None


def _unexpected(words: str) -> str:
    """Only the place, such as `$.line_items[...].id`, out of msgspec's message."""
    place = re.search(r"at `(\$[\w.\[\]]*)`$", words)
    return f"a value is missing or of another kind at {place[1]}" if place else "a value is missing or of another kind"


def _body(order: _Order, refunds: Sequence[Refund], updated_at: datetime, status: str) -> Body:
    refunded: dict[int, int] = {}
    for refund in refunds:
        for part in refund.lines:
            refunded[part.line_id] = refunded.get(part.line_id, 0) + part.quantity
    codes = [
        kept_text(application.code).upper() if application.type == "discount_code" and application.code else None
        for application in order.discount_applications or ()
    ]
    has_contained_tax = bool(order.taxes_included)
    lines = [
        _line(line, refunded, codes, has_contained_tax=has_contained_tax)
        for line in order.line_items
        if _is_null(line.tip)
    ]
    started_at = order.processed_at or order.created_at
    return Body(
        updated_at=updated_at,
        processed_at=updated_at if started_at is None else utc(started_at),
        currency=currency_code(order.currency),
        status=status,
        lines=each_once(lines),
        name=kept_text(order.name),
        customer_id=None if order.customer is None else order.customer.id,
        source=kept_text(order.source_name),
        is_company=not _is_null(order.company),
        codes=discount_codes([code.code for code in order.discount_codes or ()]),
        referral=_handle(order.note_attributes or (), REFERRAL_ATTRIBUTE),
        shipping=_money(order.total_shipping_price_set, None),
        total=_money(order.total_price_set, order.total_price),
        locale=kept_text(order.customer_locale) or None,
        presentment=presentment(order.presentment_currency, order.currency),
    )


def _line(line: _Line, refunded: dict[int, int], codes: Sequence[str | None], *, has_contained_tax: bool) -> Line:
    removed = 0
    if line.current_quantity is not None and line.current_quantity != line.quantity:
        removed = max(0, line.quantity - line.current_quantity - refunded.get(line.id, 0))
    tax = ZERO
    if has_contained_tax:
        for tax_line in line.tax_lines or ():
            tax += _money(tax_line.price_set, tax_line.price)
    return Line(
        id=line.id,
        quantity=line.quantity,
        gross=line_gross(_money(line.price_set, line.price), line.quantity),
        discounts=_discounts(line.discount_allocations, codes) if line.discount_allocations else (),
        tax=tax,
        removed=removed,
        product_id=line.product_id,
        variant_id=line.variant_id,
        is_gift_card=bool(line.gift_card),
        vendor=kept_text(line.vendor) or None,
        shared_with=_handle(line.properties, SHARE_PROPERTY) if line.properties else None,
    )


def _discounts(allocations: Sequence[_Allocation], codes: Sequence[str | None]) -> tuple[Discount, ...]:
    discounts = []
    for allocation in allocations:
        index = allocation.discount_application_index
        code = codes[index] if index is not None and 0 <= index < len(codes) else None
        discounts.append(Discount(_money(allocation.amount_set, allocation.amount), code))
    return sorted_discounts(discounts)


def _refund(refund: _Refund, *, has_contained_tax: bool) -> Refund:
    lines = [
        RefundLine(
            line_id=line.line_item_id,
            quantity=line.quantity,
            subtotal=_money(line.subtotal_set, _number_text(line.subtotal)),
            tax=_money(line.total_tax_set, _number_text(line.total_tax)) if has_contained_tax else ZERO,
        )
        for line in refund.refund_line_items or ()
        if line.line_item is None or _is_null(line.line_item.tip)
    ]
    return Refund(
        refund.id, utc(refund.created_at), sorted_refund_lines(lines), _adjustment(refund.order_adjustments or ())
    )


def _adjustment(adjustments: Sequence[_Adjustment]) -> Decimal:
    given_back = ZERO
    for adjustment in adjustments:
        if adjustment.kind != "shipping_refund":
            amount_set = adjustment.amount_set
            text = adjustment.amount if amount_set is None else amount_set.shop_money.amount
            given_back -= signed_money(text or "0")
    return max(ZERO, given_back)


def _money(amount_set: _MoneySet | None, fallback: str | None) -> Decimal:
    """The shop-currency amount; the plain field where the set was not asked for, 0 where neither is there."""
    if amount_set is not None and not (fallback and fallback[0] == "-"):
        return money(amount_set.shop_money.amount)
    return ZERO if fallback is None else money(fallback)


def _number_text(raw: msgspec.Raw) -> str | None:
    """The digits of a field that Shopify writes as a JSON number here and as text there."""
    return None if _is_null(raw) else _text(raw)


def _text(raw: msgspec.Raw) -> str:
    """A JSON text without its quotes, or the value as it is written. Escapes stay: what we look for has none."""
    return bytes(raw).decode("utf-8", "replace").strip('"')


def _is_null(raw: msgspec.Raw) -> bool:
    return bytes(raw) == b"null"


def _handle(attributes: Sequence[_Attribute], name: str) -> str | None:
    """The referral handle in the attribute of that name. Shoppers can write anything there, so what is no handle is ignored."""
    for attribute in attributes:
        if attribute.name == name:
            return None if _is_null(attribute.value) else referral_handle(_text(attribute.value))
    return None


def _tags(text: str) -> tuple[str, ...]:
    return tuple(sorted({kept_text(tag.strip()) for tag in text.split(",") if tag.strip()}))
