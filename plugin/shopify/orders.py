"""Orders by GraphQL: the same facts as the webhook reader's, for the same order, whatever its size.

What a page does not show of an order (more lines, more refunds) is read behind it, so facts are always of the whole order.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, TypeVar

import msgspec

from plugin.loyalty.errors import Refused, UnreadableFacts
from plugin.loyalty.facts import PAID_STATUSES, Body, Discount, Line, OrderFacts, Refund, RefundLine
from plugin.loyalty.outside import OrderBackground
from plugin.shopify import documents
from plugin.shopify.amounts import (
    ZERO,
    currency_code,
    discount_codes,
    each_once,
    gid,
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
from plugin.shopify.client import GraphqlClient
from plugin.shopify.webhook_facts import REFERRAL_ATTRIBUTE, SHARE_PROPERTY

_log = logging.getLogger(__name__)

Quantity = Annotated[int, msgspec.Meta(ge=0, le=100_000_000)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


S = TypeVar("S", bound=msgspec.Struct)


class _Node(msgspec.Struct, rename="camel"):
    id: str


class _Page(msgspec.Struct, rename="camel"):
    has_next_page: bool
    end_cursor: str | None = None


class _Money(msgspec.Struct, rename="camel"):
    amount: str


class _MoneyBag(msgspec.Struct, rename="camel"):
    shop_money: _Money


class _Application(msgspec.Struct, rename="camel"):
    code: str | None = None


class _Allocation(msgspec.Struct, rename="camel"):
    allocated_amount_set: _MoneyBag
    discount_application: _Application


class _TaxLine(msgspec.Struct, rename="camel"):
    price_set: _MoneyBag


class _Attribute(msgspec.Struct, rename="camel"):
    key: str
    value: str | None = None


class _Line(msgspec.Struct, rename="camel"):
    id: str
    quantity: Quantity
    current_quantity: Quantity
    is_gift_card: bool
    requires_shipping: bool
    original_unit_price_set: _MoneyBag
    discount_allocations: list[_Allocation]
    tax_lines: list[_TaxLine]
    vendor: str | None = None
    custom_attributes: list[_Attribute] = []
    product: _Node | None = None
    variant: _Node | None = None


class _Lines(msgspec.Struct, rename="camel"):
    nodes: list[_Line]
    page_info: _Page


class _RefundLine(msgspec.Struct, rename="camel"):
    quantity: Quantity
    line_item: _Node
    subtotal_set: _MoneyBag
    total_tax_set: _MoneyBag


class _RefundLines(msgspec.Struct, rename="camel"):
    nodes: list[_RefundLine]
    page_info: _Page


class _Adjustment(msgspec.Struct, rename="camel"):
    amount_set: _MoneyBag
    reason: str | None = None


class _Adjustments(msgspec.Struct, rename="camel"):
    nodes: list[_Adjustment]
    page_info: _Page


class _Refund(msgspec.Struct, rename="camel"):
    id: str
    processed_at: Instant
    refund_line_items: _RefundLines
    order_adjustments: _Adjustments
    created_at: Instant | None = None


class _Purchaser(msgspec.Struct, rename="camel"):
    typename: str = msgspec.field(name="__typename")


class _Order(msgspec.Struct, rename="camel"):
    id: str
    name: str
    test: bool
    processed_at: Instant
    updated_at: Instant
    currency_code: str
    presentment_currency_code: str
    taxes_included: bool
    discount_codes: list[str]
    custom_attributes: list[_Attribute]
    total_price_set: _MoneyBag
    total_shipping_price_set: _MoneyBag
    total_tip_received_set: _MoneyBag
    line_items: _Lines
    refunds: list[_Refund]
    cancelled_at: Instant | None = None
    display_financial_status: str | None = None
    source_name: str | None = None
    customer_locale: str | None = None
    customer: _Node | None = None
    purchasing_entity: _Purchaser | None = None


def fetch_order(client: GraphqlClient, order_id: int) -> OrderFacts | None:
    """The order as Shopify has it now, None when Shopify does not know it. Raises OutsideError."""
    data = client.read(documents.ORDER, {"id": gid("Order", order_id)} | _IN_ORDER)
    if data.get("order") is None:
        return None
    try:
        return order_facts(_complete(client, _parsed(data["order"], _Order)))
    except UnreadableFacts as error:
        raise Refused(f"the order cannot be read: {error.reason}") from None


def fetch_updated_since(client: GraphqlClient, since: datetime) -> Iterator[Sequence[OrderFacts]]:
    """Pages of orders updated at or after `since`, oldest update first, leaving half of the rate limit to others."""
    yield from _pages(client, f"updated_at:>='{_search_instant(since)}'", is_paced=True)


def fetch_with_code(client: GraphqlClient, code: str, since: datetime) -> Sequence[OrderFacts]:
    """Orders created at or after `since` that used the discount code."""
    search = f"discount_code:\"{search_text(code)}\" AND created_at:>='{_search_instant(since)}'"
    found = [facts for page in _pages(client, search, is_paced=False) for facts in page]
    return [facts for facts in found if facts.body is not None and code.upper() in facts.body.codes]


def fetch_background(client: GraphqlClient, order_id: int) -> OrderBackground:
    """What webhooks do not tell of an order: the country it went to, and the lines that were bought with a selling plan."""
    found: set[int] = set()
    after: str | None = None
    while True:
        variables = {"id": gid("Order", order_id), "lines": documents.LINES_PER_PAGE, "after": after}
        order = client.read(documents.ORDER_BACKGROUND, variables).get("order") or {}
        lines = order.get("lineItems") or {}
        found |= {gid_number(str(line["id"]), "LineItem") for line in lines.get("nodes", ()) if line.get("sellingPlan")}
        page = lines.get("pageInfo") or {}
        after = page.get("endCursor")
        if not page.get("hasNextPage") or after is None:
            address = order.get("shippingAddress") or order.get("billingAddress") or {}
            return OrderBackground(address.get("countryCodeV2"), frozenset(found))


def order_facts(order: _Order) -> OrderFacts:
    """A complete order node as facts. Raises UnreadableFacts."""
    updated_at = utc(order.updated_at)
    status = kept_text(order.display_financial_status).lower()
    tips = _tip_ids(order)
    refunds = each_once([_refund(refund, tips, has_contained_tax=order.taxes_included) for refund in order.refunds])
    body = Body(
        updated_at=updated_at,
        processed_at=utc(order.processed_at),
        currency=currency_code(order.currency_code),
        status=status,
        lines=_lines(order, refunds, tips),
        name=kept_text(order.name),
        customer_id=None if order.customer is None else gid_number(order.customer.id, "Customer"),
        source=kept_text(order.source_name),
        is_company=order.purchasing_entity is not None and order.purchasing_entity.typename == "PurchasingCompany",
        codes=discount_codes(order.discount_codes),
        referral=_handle(order.custom_attributes, REFERRAL_ATTRIBUTE),
        shipping=_shop_money(order.total_shipping_price_set),
        total=_shop_money(order.total_price_set),
        locale=kept_text(order.customer_locale) or None,
        presentment=presentment(order.presentment_currency_code, order.currency_code),
    )
    return OrderFacts(
        id=gid_number(order.id, "Order"),
        body=body,
        refunds=refunds,
        is_test=order.test,
        cancelled_at=None if order.cancelled_at is None else utc(order.cancelled_at),
        paid_at=updated_at if status in PAID_STATUSES else None,
        fetched_at=updated_at,
    )


def search_text(text: str) -> str:
    """`text` without the characters that mean something in Shopify's search language."""
    return "".join(character for character in text if character.isalnum() or character in " @.+-_").strip()


# --- Helpers ----------------------------------------------------------------------------------------------------------

_IN_ORDER: Final = {
    "lines": documents.LINES_IN_ORDER,
    "refunds": documents.REFUNDS_IN_ORDER,
    "refundLines": documents.REFUND_LINES_IN_ORDER,
    "adjustments": documents.ADJUSTMENTS_IN_ORDER,
}
_IN_LIST: Final = {
    "orders": documents.ORDERS_PER_PAGE,
    "lines": documents.LINES_IN_LIST,
    "refunds": documents.REFUNDS_IN_LIST,
    "refundLines": documents.REFUND_LINES_IN_LIST,
    "adjustments": documents.ADJUSTMENTS_IN_LIST,
}


def _pages(client: GraphqlClient, search: str, *, is_paced: bool) -> Iterator[Sequence[OrderFacts]]:
    after: str | None = None
    while True:
        if is_paced:
            client.pace()
        data = client.read(documents.ORDERS, {"search": search, "after": after} | _IN_LIST)
        connection = data.get("orders") or {}
        yield [facts for node in connection.get("nodes", ()) if (facts := _readable(client, node)) is not None]
        page = connection.get("pageInfo") or {}
        after = page.get("endCursor")
        if not page.get("hasNextPage") or after is None:
            return


def _readable(client: GraphqlClient, node: Any) -> OrderFacts | None:
    """One order of a page. An order that cannot be read must not hide its neighbours: it is logged and left out."""
    try:
        order = _parsed(node, _Order)
        if _is_cut(order, documents.REFUNDS_IN_LIST):
            data = client.read(documents.ORDER, {"id": order.id} | _IN_ORDER)
            order = _complete(client, _parsed(data.get("order"), _Order))
        return order_facts(order)
    except UnreadableFacts as error:
        _log.warning("order_unreadable", extra={"reason": error.reason})
        return None


def _is_cut(order: _Order, refunds_shown: int) -> bool:
    """Whether an answer may show less of the order than there is. `refunds` is a plain list: a full one may have more."""
    return (
        order.line_items.page_info.has_next_page
        or len(order.refunds) >= refunds_shown
        or any(map(_is_refund_cut, order.refunds))
    )


def _is_refund_cut(refund: _Refund) -> bool:
    return refund.refund_line_items.page_info.has_next_page or refund.order_adjustments.page_info.has_next_page


def _complete(client: GraphqlClient, order: _Order) -> _Order:
    """An order that was asked for by id, with every line and refund: what one answer could not show is read behind it."""
    page = order.line_items.page_info
    while page.has_next_page:
        sizes = {"lines": documents.LINES_PER_PAGE, "after": page.end_cursor}
        data = client.read(documents.ORDER_LINES, {"id": order.id} | sizes)
        more = _parsed((data.get("order") or {}).get("lineItems"), _Lines)
        order.line_items.nodes.extend(more.nodes)
        page = more.page_info
    refunds = {refund.id: refund for refund in order.refunds if not _is_refund_cut(refund)}
    refund_ids = [refund.id for refund in order.refunds]
    if len(refund_ids) >= documents.REFUNDS_IN_ORDER:
        data = client.read(documents.REFUND_IDS, {"id": order.id, "refunds": documents.REFUND_IDS_MAX})
        refund_ids = [_parsed(node, _Node).id for node in (data.get("order") or {}).get("refunds") or ()]
    order.refunds = [refunds.get(refund_id) or _fetch_refund(client, refund_id) for refund_id in refund_ids]
    return order


def _fetch_refund(client: GraphqlClient, refund_id: str) -> _Refund:
    """One refund with all its lines. Its adjustments fit one page: there is one for each way money can differ."""
    variables = {
        "id": refund_id,
        "refundLines": documents.REFUND_LINES_PER_PAGE,
        "adjustments": documents.ADJUSTMENTS_PER_PAGE,
    }
    refund = _parsed(client.read(documents.REFUND, variables).get("node"), _Refund)
    page = refund.refund_line_items.page_info
    while page.has_next_page:
        data = client.read(documents.REFUND, variables | {"afterRefundLine": page.end_cursor})
        more = _parsed(data.get("node"), _Refund).refund_line_items
        refund.refund_line_items.nodes.extend(more.nodes)
        page = more.page_info
    return refund


def _parsed(node: object, kind: type[S]) -> S:
    try:
        return msgspec.convert(node, kind)
    except msgspec.ValidationError:
        raise UnreadableFacts("the answer has another shape than the documents ask for") from None


def _lines(order: _Order, refunds: Sequence[Refund], tips: frozenset[str]) -> tuple[Line, ...]:
    refunded: dict[int, int] = {}
    for refund in refunds:
        for part in refund.lines:
            refunded[part.line_id] = refunded.get(part.line_id, 0) + part.quantity
    return each_once(
        [
            _line(line, refunded, has_contained_tax=order.taxes_included)
            for line in order.line_items.nodes
            if line.id not in tips
        ]
    )


def _line(line: _Line, refunded: dict[int, int], *, has_contained_tax: bool) -> Line:
    line_id = gid_number(line.id, "LineItem")
    tax = sum((_shop_money(tax_line.price_set) for tax_line in line.tax_lines), ZERO) if has_contained_tax else ZERO
    discounts = [
        Discount(
            _shop_money(allocation.allocated_amount_set),
            kept_text(allocation.discount_application.code).upper() or None,
        )
        for allocation in line.discount_allocations
    ]
    return Line(
        id=line_id,
        quantity=line.quantity,
        gross=line_gross(_shop_money(line.original_unit_price_set), line.quantity),
        discounts=sorted_discounts(discounts),
        tax=tax,
        removed=max(0, line.quantity - line.current_quantity - refunded.get(line_id, 0)),
        product_id=None if line.product is None else gid_number(line.product.id, "Product"),
        variant_id=None if line.variant is None else gid_number(line.variant.id, "ProductVariant"),
        is_gift_card=line.is_gift_card,
        vendor=kept_text(line.vendor) or None,
        shared_with=_handle(line.custom_attributes, SHARE_PROPERTY),
    )


def _tip_ids(order: _Order) -> frozenset[str]:
    """The lines that are tips. GraphQL does not mark them, but they are nothing one could ship and add up to the tips received."""
    tips = _shop_money(order.total_tip_received_set)
    if not tips:
        return frozenset()
    candidates = {
        line.id: _shop_money(line.original_unit_price_set) * line.quantity
        for line in order.line_items.nodes
        if line.product is None and line.variant is None and not line.is_gift_card and not line.requires_shipping
    }
    if sum(candidates.values(), ZERO) == tips:
        return frozenset(candidates)
    return frozenset([line_id for line_id, amount in candidates.items() if amount == tips][:1])


def _refund(refund: _Refund, tips: frozenset[str], *, has_contained_tax: bool) -> Refund:
    lines = [
        RefundLine(
            line_id=gid_number(part.line_item.id, "LineItem"),
            quantity=part.quantity,
            subtotal=_shop_money(part.subtotal_set),
            tax=_shop_money(part.total_tax_set) if has_contained_tax else ZERO,
        )
        for part in refund.refund_line_items.nodes
        if part.line_item.id not in tips
    ]
    return Refund(
        id=gid_number(refund.id, "Refund"),
        created_at=utc(refund.created_at or refund.processed_at),
        lines=sorted_refund_lines(lines),
        adjustment=_adjustment(refund.order_adjustments.nodes),
    )


def _adjustment(adjustments: Sequence[_Adjustment]) -> Decimal:
    """What was given back for no line. Refunded shipping has no discrepancy reason and does not count."""
    given_back = ZERO
    for adjustment in adjustments:
        if adjustment.reason is not None:
            given_back -= signed_money(adjustment.amount_set.shop_money.amount)
    return max(ZERO, given_back)


def _handle(attributes: Sequence[_Attribute], name: str) -> str | None:
    """The referral handle in the attribute of that name."""
    for attribute in attributes:
        if attribute.key == name:
            return referral_handle(attribute.value or "")
    return None


def _shop_money(bag: _MoneyBag) -> Decimal:
    return money(bag.shop_money.amount)


def _search_instant(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
