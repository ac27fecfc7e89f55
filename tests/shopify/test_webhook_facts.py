"""Webhook bytes become facts, or are unreadable for a reason; never anything else, and never anything about a person."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.loyalty import facts
from plugin.loyalty.deliveries import (
    ComplianceFacts,
    CustomerFacts,
    MergeFacts,
    ScopesFacts,
    ShopFacts,
    UninstalledFacts,
)
from plugin.loyalty.errors import UnreadableFacts
from plugin.loyalty.facts import Body, Discount, Line, OrderFacts, Refund, RefundLine
from plugin.shopify import webhook_facts
from tests.shopify import bodies

READERS = [
    webhook_facts.read_order,
    webhook_facts.read_refund,
    webhook_facts.read_order_deleted,
    webhook_facts.read_order_edited,
    webhook_facts.read_customer,
    webhook_facts.read_customer_deleted,
    webhook_facts.read_merge,
    webhook_facts.read_uninstalled,
    webhook_facts.read_shop_update,
    webhook_facts.read_scopes_update,
    webhook_facts.read_compliance,
]


def raw(body: Any) -> bytes:
    return json.dumps(body).encode()


def read(*lines: dict[str, Any], **changes: Any) -> OrderFacts:
    return webhook_facts.read_order(raw(bodies.order(*lines, **changes)))


def body_of(*lines: dict[str, Any], **changes: Any) -> Body:
    body = read(*lines, **changes).body
    assert body is not None
    return body


def test_a_paid_order_is_read_whole() -> None:
    read_order = read()

    paid_at = datetime(2026, 11, 1, 15, 0, 5, tzinfo=UTC)
    assert read_order == OrderFacts(
        id=5001,
        paid_at=paid_at,
        body=Body(
            updated_at=paid_at,
            processed_at=datetime(2026, 11, 1, 15, tzinfo=UTC),
            currency="USD",
            status="paid",
            lines=(
                Line(1, 1, Decimal(10), product_id=901, variant_id=7001, vendor="Brew"),
                Line(2, 2, Decimal(25), product_id=902, variant_id=7002, vendor="Brew"),
            ),
            name="#1001",
            customer_id=7001,
            source="web",
            shipping=Decimal(5),
            total=Decimal("44.55"),
            locale="en-CA",
            presentment="CAD",
        ),
    )


def test_facts_hold_nothing_about_a_person() -> None:
    stored = facts.encode(read(note_attributes=[{"name": "gift message", "value": "To Ada"}])).decode()

    found = [
        word for word in ("Ada", "Canary", "example.com", "5550100", "K2P", "203.0.113", "ring twice") if word in stored
    ]

    assert found == []


@pytest.mark.parametrize(
    ("status", "is_paid"),
    [
        ("paid", True),
        ("partially_refunded", True),
        ("refunded", True),
        ("pending", False),
        ("authorized", False),
        (None, False),
    ],
)
def test_paid_and_refunded_orders_are_evidence_of_payment(status: str | None, *, is_paid: bool) -> None:
    assert read(financial_status=status).is_paid == is_paid


def test_discounts_carry_their_code_in_upper_case_and_automatic_ones_none() -> None:
    line = bodies.line(
        1,
        "20.00",
        discount_allocations=[
            {"amount": "2.74", "amount_set": bodies.money_set("2.00"), "discount_application_index": 1},
            {"amount": "1.37", "amount_set": bodies.money_set("1.00"), "discount_application_index": 0},
            {"amount": "0.50", "discount_application_index": 9},
        ],
    )
    body = body_of(
        line,
        discount_codes=[
            {"code": "Reg-abc", "amount": "2.00", "type": "fixed_amount"},
            {"code": "SHIP", "amount": "0", "type": "shipping"},
        ],
        discount_applications=[{"type": "automatic", "title": "Autumn"}, {"type": "discount_code", "code": "Reg-abc"}],
    )

    assert body.lines[0].discounts == (
        Discount(Decimal("0.5")),
        Discount(Decimal(1)),
        Discount(Decimal(2), "REG-ABC"),
    )
    assert body.codes == ("REG-ABC", "SHIP")


def test_tax_is_contained_only_where_prices_include_it() -> None:
    assert body_of(bodies.line(1), taxes_included=True).lines[0].tax == Decimal("1.3")
    assert body_of(bodies.line(1), taxes_included=False).lines[0].tax == 0


def test_what_an_edit_removed_is_told_apart_from_what_was_refunded() -> None:
    refunds = [bodies.refund(1, bodies.refund_line(1, 2, "20.00"))]

    edited = body_of(bodies.line(1, quantity=5, current_quantity=2), refunds=refunds)
    refunded = body_of(bodies.line(1, quantity=5, current_quantity=3), refunds=refunds)
    early = body_of(bodies.line(1, quantity=5, current_quantity=5), refunds=refunds)

    assert [body.lines[0].removed for body in (edited, refunded, early)] == [1, 0, 0]


def test_gift_cards_are_marked_and_tips_are_no_lines() -> None:
    tip = bodies.line(3, "4.00", tip={"id": 3, "payment_gateway": "shopify_payments"}, product_id=None, variant_id=None)
    refund = bodies.refund(1, bodies.refund_line(3, 1, "4.00", line_item=tip))

    tipped = read(bodies.line(1), bodies.line(2, gift_card=True), tip, refunds=[refund])

    assert tipped.body is not None
    assert [(line.id, line.is_gift_card) for line in tipped.body.lines] == [(1, False), (2, True)]
    assert tipped.refunds[0].lines == ()


def test_a_refund_in_an_order_holds_lines_and_money_given_for_no_line() -> None:
    refund = bodies.refund(
        9,
        bodies.refund_line(1, 1, "10.00", "1.30"),
        order_adjustments=[
            {
                "kind": "refund_discrepancy",
                "amount": "-3.00",
                "amount_set": bodies.money_set("-2.50"),
                "reason": "Refund discrepancy",
            },
            {
                "kind": "shipping_refund",
                "amount": "-5.00",
                "amount_set": bodies.money_set("-5.00"),
                "reason": "Shipping refund",
            },
        ],
    )
    created_at = datetime(2026, 11, 5, 17, tzinfo=UTC)

    with_tax = read(bodies.line(1), taxes_included=True, refunds=[refund]).refunds
    without_tax = read(bodies.line(1), taxes_included=False, refunds=[refund]).refunds

    assert with_tax == (Refund(9, created_at, (RefundLine(1, 1, Decimal(10), Decimal("1.3")),), Decimal("2.5")),)
    assert without_tax == (Refund(9, created_at, (RefundLine(1, 1, Decimal(10)),), Decimal("2.5")),)


def test_giving_back_less_than_the_lines_is_no_negative_adjustment() -> None:
    refund = bodies.refund(9, order_adjustments=[{"kind": "refund_discrepancy", "amount": "3.00"}])

    assert read(refunds=[refund]).refunds[0].adjustment == 0


@pytest.mark.parametrize("taxes_included", [True, False])
@pytest.mark.parametrize("is_refund_first", [True, False])
def test_a_refund_delivery_merges_with_its_order_whichever_comes_first(
    *, taxes_included: bool, is_refund_first: bool
) -> None:
    """refunds/create cannot know whether tax is contained; the order's own listing of the refund wins."""
    refund = bodies.refund(9, bodies.refund_line(1, 1, "10.00", "0.50"), bodies.refund_line(2, 1, "12.50", "1.30"))
    order = read(taxes_included=taxes_included, refunds=[refund])
    alone = webhook_facts.read_refund(raw(refund))

    merged = facts.merge(alone, order) if is_refund_first else facts.merge(order, alone)

    assert alone.body is None
    assert merged == order


def test_amounts_missing_from_the_sets_are_read_from_the_plain_fields() -> None:
    line = {"id": 1, "quantity": 2, "price": "10.00"}
    refund_line = {"line_item_id": 1, "quantity": 1, "subtotal": 9.99, "total_tax": "0.10"}
    sparse = {
        "id": 5001,
        "updated_at": "2026-11-01T10:00:05Z",
        "currency": "USD",
        "financial_status": "paid",
        "line_items": [line],
        "refunds": [{"id": 1, "created_at": "2026-11-02T00:00:00Z", "refund_line_items": [refund_line]}],
        "total_price": "20.00",
    }

    order = webhook_facts.read_order(raw(sparse))

    assert order.body is not None
    assert (order.body.lines, order.body.total) == ((Line(1, 2, Decimal(20)),), Decimal(20))
    assert order.refunds[0].lines == (RefundLine(1, 1, Decimal("9.99")),)


def test_the_order_of_lines_discounts_and_refunds_makes_no_difference() -> None:
    lines = [bodies.line(number) for number in (3, 1, 2)]
    refunds = [bodies.refund(2, bodies.refund_line(3, 1, "10"), bodies.refund_line(1, 1, "10")), bodies.refund(1)]
    turned = [bodies.refund(1), bodies.refund(2, bodies.refund_line(1, 1, "10.0"), bodies.refund_line(3, 1, "10.00"))]

    one, other = read(*lines, refunds=refunds), read(*reversed(lines), refunds=turned)

    assert facts.encode(one) == facts.encode(other)


def test_equal_amounts_are_stored_in_equal_bytes() -> None:
    stored = {facts.encode(read(bodies.line(1, price))) for price in ("10", "10.0", "10.00", "010.000")}

    assert len(stored) == 1


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"test": True}, lambda order: order.is_test),
        (
            {"cancelled_at": "2026-11-03T00:00:00+01:00"},
            lambda order: order.cancelled_at == datetime(2026, 11, 2, 23, tzinfo=UTC),
        ),
        ({"customer": None}, lambda order: order.body.customer_id is None),
        ({"company": {"id": 1, "location_id": 2}}, lambda order: order.body.is_company),
        ({"source_name": None}, lambda order: order.body.source == ""),
        (
            {"note_attributes": [{"name": "regulars_ref", "value": "ada-7"}]},
            lambda order: order.body.referral == "ada-7",
        ),
        (
            {"note_attributes": [{"name": "regulars_ref", "value": "<script>"}]},
            lambda order: order.body.referral is None,
        ),
        ({"note_attributes": [{"name": "regulars_ref", "value": {"a": 1}}]}, lambda order: order.body.referral is None),
        ({"note_attributes": [{"name": "regulars_ref"}]}, lambda order: order.body.referral is None),
        ({"processed_at": None}, lambda order: order.body.processed_at == datetime(2026, 11, 1, 15, tzinfo=UTC)),
        ({"refunds": None, "discount_codes": None, "note_attributes": None}, lambda order: order.refunds == ()),
        ({"customer_locale": None}, lambda order: order.body.locale is None),
    ],
)
def test_each_field_reads_as_it_should(changes: dict[str, Any], expected: Any) -> None:
    assert expected(read(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"id": 0},
        {"id": -1},
        {"id": 2**63},
        {"id": 10**30},
        {"id": "5001"},
        {"id": 5001.5},
        {"id": None},
        {"id": True},
        {"updated_at": None},
        {"updated_at": "2026-11-01T10:00:00"},
        {"updated_at": "yesterday"},
        {"updated_at": "0001-01-01T00:00:00+14:00"},
        {"updated_at": "9999-12-31T23:59:59-14:00"},
        {"cancelled_at": "not yet"},
        {"currency": "usd"},
        {"currency": "DOLLAR"},
        {"currency": None},
        {"line_items": None},
        {"line_items": {}},
        {"line_items": [bodies.line(1), bodies.line(1)]},
        {"line_items": [bodies.line(1, "-1.00")]},
        {"line_items": [bodies.line(1, price="-1.00", price_set=bodies.money_set("1.00"))]},
        {"line_items": [bodies.line(1, "NaN")]},
        {"line_items": [bodies.line(1, "Infinity")]},
        {"line_items": [bodies.line(1, "1e5")]},
        {"line_items": [bodies.line(1, "")]},
        {"line_items": [bodies.line(1, "9" * 5000)]},
        {"line_items": [bodies.line(1, "999999999999.99", 100_000_000)]},
        {"line_items": [bodies.line(1, quantity=-1)]},
        {"line_items": [bodies.line(1, quantity=10**9)]},
        {"line_items": [bodies.line(1) | {"quantity": "2"}]},
        {"line_items": [bodies.line(1, product_id=-5)]},
        {"total_price_set": bodies.money_set("-1.00")},
        {"total_shipping_price_set": {"shop_money": None}},
        {"name": "#" * 256},
        {"name": "#\x00"},
        {"note": "\x00"},
        {"discount_codes": [{"code": "x" * 256}]},
        {"discount_codes": [{"code": str(number)} for number in range(101)]},
        {"refunds": [bodies.refund(1), bodies.refund(1)]},
        {"refunds": [bodies.refund(1, bodies.refund_line(1, 1, "-10.00"))]},
        {"refunds": [bodies.refund(1, order_adjustments=[{"kind": "refund_discrepancy", "amount": "lots"}])]},
        {"customer": {"id": 2**63}},
        {"customer": 7001},
    ],
)
def test_a_body_that_cannot_be_an_order_is_unreadable(changes: dict[str, Any]) -> None:
    with pytest.raises(UnreadableFacts) as refusal:
        read(**changes)

    assert refusal.value.reason


ORDER = raw(bodies.order())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"null",
        b"[]",
        b"{}",
        b'"text"',
        b"\xff\xfe{}",
        b"\xef\xbb\xbf" + ORDER,
        ORDER[:-1],
        ORDER + b"x",
        ORDER.replace(b'"number": 1', b'"number": NaN'),
        ORDER.replace(b'"number": 1', b'"number": -Infinity'),
        ORDER.replace(b"5001,", b"9" * 5000 + b",", 1),
        ORDER.replace(b'"number": 1', b'"number": ' + b"[" * 100_000 + b"]" * 100_000),
        b"[" * 1_000_000,
        b'{"a":' * 100_000,
        ORDER.replace(b"ring twice", b"ring\x00twice"),
        ORDER.replace(b"ring twice", b"ring\\u0000twice"),
        ORDER.replace(b"ring twice", b"ring\\\\\\u0000twice"),
        ORDER.replace(b"#1001", b"\\ud800"),
        ORDER.replace(b"#1001", b"\xff"),
        b"id=5001&updated_at=now",
        b"\x1f\x8b\x08" + ORDER,
    ],
)
@pytest.mark.parametrize("reader", READERS)
def test_a_hostile_body_is_unreadable_to_every_reader(reader: Any, body: bytes) -> None:
    try:
        reader(body)
    except UnreadableFacts:
        return

    assert reader is not webhook_facts.read_order


def test_the_text_of_a_nul_escape_is_no_nul() -> None:
    assert webhook_facts.read_order(ORDER.replace(b"ring twice", b"ring\\\\u0000twice")).id == 5001


def test_a_reason_names_the_place_and_quotes_nothing_of_the_body() -> None:
    with pytest.raises(UnreadableFacts) as refusal:
        read(customer={"id": "ada.canary@example.com"})

    assert "$.customer.id" in refusal.value.reason
    assert "canary" not in refusal.value.reason


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PATHS = [
    *[(key,) for key in bodies.order()],
    *[("line_items", 0, key) for key in bodies.line(1)],
    *[("refunds", 0, key) for key in bodies.refund(1)],
    *[("refunds", 0, "refund_line_items", 0, key) for key in bodies.refund_line(1, 1, "1")],
]


@given(st.lists(st.tuples(st.sampled_from(PATHS), json_values), min_size=1, max_size=3))
def test_whatever_stands_in_a_field_gives_facts_or_unreadable(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    order: Any = bodies.order(refunds=[bodies.refund(1, bodies.refund_line(1, 1, "10.00"))])
    for path, value in changes:
        place = order
        for step in path[:-1]:
            is_there = step in place if isinstance(place, dict) else isinstance(place, list) and step == 0 and place
            place = place[step] if is_there else {}
        if isinstance(place, dict):
            place[path[-1]] = value

    try:
        found = webhook_facts.read_order(json.dumps(order).encode())
    except UnreadableFacts:
        return

    assert facts.decode(facts.encode(found)) == found


@given(st.binary(max_size=300) | json_values.map(lambda value: json.dumps(value).encode()))
def test_no_bytes_can_break_a_reader(body: bytes) -> None:
    for reader in READERS:
        try:
            reader(body)
        except UnreadableFacts:
            continue


def test_reading_a_usual_order_takes_far_less_than_a_millisecond() -> None:
    """The goal is 40 us (measured: 28 us for 8.4 KB); the bound here only notices a reader that became slow by a class."""
    body = raw(bodies.order(*[bodies.line(number) for number in range(1, 5)]))
    webhook_facts.read_order(body)

    started = time.perf_counter()
    for _ in range(200):
        webhook_facts.read_order(body)

    assert (time.perf_counter() - started) / 200 < 0.0005


def test_small_topics_are_read() -> None:
    shop = {
        "id": 77,
        "name": "Brew",
        "email": "ada.canary@example.com",
        "domain": "brew.example",
        "currency": "USD",
        "iana_timezone": "America/Toronto",
        "plan_display_name": "Grow",
        "primary_locale": "en",
        "updated_at": "2026-11-01T00:00:00Z",
    }
    at = datetime(2026, 11, 1, tzinfo=UTC)

    assert webhook_facts.read_order_deleted(b'{"id": 5001}') == OrderFacts(5001, is_deleted=True)
    assert webhook_facts.read_order_edited(b'{"order_edit": {"id": 1, "order_id": 5001}}') == OrderFacts(5001)
    assert webhook_facts.read_customer_deleted(b'{"id": 7001}') == CustomerFacts(7001, is_deleted=True)
    assert webhook_facts.read_customer(
        raw({"id": 7001, "tags": "VIP, staff,VIP", "updated_at": "2026-11-01T00:00:00Z"} | bodies.PERSON)
    ) == CustomerFacts(7001, at, ("VIP", "staff"))
    assert webhook_facts.read_customer(b'{"id": 7001}') == CustomerFacts(7001)
    assert webhook_facts.read_uninstalled(raw(shop)) == UninstalledFacts(77)
    assert webhook_facts.read_shop_update(raw(shop)) == ShopFacts(
        77, at, "USD", "America/Toronto", "Brew", "Grow", "brew.example", "en"
    )
    assert webhook_facts.read_scopes_update(
        raw({"id": "gid://shopify/App/1", "previous": ["read_orders"], "current": ["read_orders", "write_discounts"]})
    ) == ScopesFacts(frozenset({"read_orders", "write_discounts"}), frozenset({"read_orders"}))


@pytest.mark.parametrize(
    ("status", "is_done"), [("success", True), ("completed", True), ("failed", False), ("in_progress", False)]
)
def test_a_merge_is_done_only_when_shopify_says_so(status: str, *, is_done: bool) -> None:
    body = raw(
        {
            "admin_graphql_api_customer_kept_id": "gid://shopify/Customer/1",
            "admin_graphql_api_customer_deleted_id": "gid://shopify/Customer/2",
            "admin_graphql_api_job_id": None,
            "status": status,
            "errors": [],
        }
    )

    assert webhook_facts.read_merge(body) == MergeFacts(1, 2, is_done)


@pytest.mark.parametrize(
    "kept",
    [
        "1",
        "gid://shopify/Order/1",
        "gid://shopify/Customer/",
        "gid://shopify/Customer/0",
        "gid://shopify/Customer/" + "9" * 40,
    ],
)
def test_a_merge_of_anything_but_two_customers_is_unreadable(kept: str) -> None:
    body = {
        "admin_graphql_api_customer_kept_id": kept,
        "admin_graphql_api_customer_deleted_id": "gid://shopify/Customer/2",
    }

    with pytest.raises(UnreadableFacts):
        webhook_facts.read_merge(raw(body))


def test_privacy_requests_keep_ids_and_drop_the_person() -> None:
    customer = {"id": 7001, "email": "ada.canary@example.com", "phone": "+15550100"}
    about = {"shop_id": 77, "shop_domain": "brew.myshopify.com", "customer": customer}

    asked = webhook_facts.read_compliance(raw(about | {"orders_requested": [2, 1], "data_request": {"id": 9}}))
    erased = webhook_facts.read_compliance(raw(about | {"orders_to_redact": [3]}))
    shop = webhook_facts.read_compliance(raw({"shop_id": 77, "shop_domain": "brew.myshopify.com"}))

    assert asked == ComplianceFacts(77, 7001, (1, 2), 9)
    assert erased == ComplianceFacts(77, 7001, (3,))
    assert shop == ComplianceFacts(77)
