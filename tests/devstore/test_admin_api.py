"""The Admin API refuses, throttles, pages and answers as Shopify's does."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from devstore.model import gid
from tests.devstore.conftest import NOON, Brew

ORDERS = """query Page($q: String, $first: Int!, $after: String) {
  orders(query: $q, sortKey: UPDATED_AT, first: $first, after: $after) {
    nodes { id } pageInfo { hasNextPage endCursor } } }"""


def test_a_reward_is_written_and_read_back(brew: Brew) -> None:
    payload = brew.write_discount("LOY-A", minimumRequirement={"subtotal": {"greaterThanOrEqualToSubtotal": "20.00"}})

    found = brew.ask("code_lookup", code="loy-a")["data"]["codeDiscountNodeByCode"]

    assert payload["userErrors"] == []
    assert found["id"] == payload["codeDiscountNode"]["id"]
    assert found["codeDiscount"]["__typename"] == "DiscountCodeBasic"
    assert (found["codeDiscount"]["status"], found["codeDiscount"]["usageLimit"]) == ("ACTIVE", 1)
    assert brew.discount("LOY-A").minimum_subtotal == Decimal("20.00")


def test_a_taken_code_is_a_user_error_in_any_case_of_letters(brew: Brew) -> None:
    brew.write_discount("LOY-A")

    again = brew.write_discount("loy-a")

    assert again["codeDiscountNode"] is None
    assert [(each["code"], each["field"]) for each in again["userErrors"]] == [("TAKEN", ["basicCodeDiscount", "code"])]
    assert len(brew.shop.discounts) == 1


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("BLANK", {"title": ""}),
        ("BLANK", {"code": "  "}),
        ("TOO_LONG", {"code": "X" * 256}),
        ("BLANK", {"startsAt": None}),
        ("END_DATE_BEFORE_START_DATE", {"endsAt": NOON.isoformat()}),
        ("GREATER_THAN", {"usageLimit": 0}),
        ("INVALID", {"context": {"customers": {"add": ["gid://shopify/Customer/1"]}}}),
        ("GREATER_THAN", {"customerGets": {"value": {"discountAmount": {"amount": "0"}}, "items": {"all": True}}}),
        ("VALUE_OUTSIDE_RANGE", {"customerGets": {"value": {"percentage": 1.5}, "items": {"all": True}}}),
        ("APPLIES_ON_NOTHING", {"customerGets": {"value": {"percentage": 0.5}, "items": {}}}),
        ("MULTIPLE_RECURRING_CYCLE_LIMIT_FOR_NON_SUBSCRIPTION_ITEMS", {"recurringCycleLimit": 2}),
        (
            "MINIMUM_SUBTOTAL_AND_QUANTITY_RANGE_BOTH_PRESENT",
            {
                "minimumRequirement": {
                    "subtotal": {"greaterThanOrEqualToSubtotal": "1"},
                    "quantity": {"greaterThanOrEqualToQuantity": "1"},
                }
            },
        ),
    ],
)
def test_a_wrong_input_is_a_user_error_and_writes_nothing(brew: Brew, code: str, wrong: dict[str, Any]) -> None:
    payload = brew.write_discount(**wrong)

    assert code in [each["code"] for each in payload["userErrors"]]
    assert brew.shop.discounts == {}


def test_two_kinds_of_context_are_refused_before_anything_runs(brew: Brew) -> None:
    context = {"all": "ALL", "customers": {"add": [gid("Customer", brew.ann.id)]}}

    told = brew.ask("discount_basic", input=brew.discount_input(context=context))

    assert "exactly one" in told["errors"][0]["message"]
    assert told.get("data") is None
    assert brew.shop.discounts == {}


def test_deactivating_ends_a_code_and_twice_is_fine(brew: Brew) -> None:
    discount = brew.write_discount()["codeDiscountNode"]["id"]

    first, second = brew.ask("discount_deactivate", id=discount), brew.ask("discount_deactivate", id=discount)
    unknown = brew.ask("discount_deactivate", id=gid("DiscountCodeNode", 5))

    assert first["data"]["discountCodeDeactivate"]["userErrors"] == []
    assert second["data"]["discountCodeDeactivate"]["userErrors"] == []
    assert [each["code"] for each in unknown["data"]["discountCodeDeactivate"]["userErrors"]] == ["INVALID"]
    found = brew.ask("code_lookup", code="LOY-A")["data"]["codeDiscountNodeByCode"]
    assert found["codeDiscount"]["status"] == "EXPIRED"


def test_a_code_is_bound_to_another_customer_by_an_update(brew: Brew) -> None:
    bob = brew.shop.add_customer("bob@example.com")
    discount = brew.write_discount()["codeDiscountNode"]["id"]
    context = {"customers": {"add": [gid("Customer", bob.id)], "remove": [gid("Customer", brew.ann.id)]}}

    told = brew.ask("discount_update", id=discount, input={"context": context})

    assert told["data"]["discountCodeBasicUpdate"]["userErrors"] == []
    assert brew.discount("LOY-A").customer_ids == frozenset({bob.id})
    assert brew.discount("LOY-A").usage_limit == 1


def test_the_usage_counter_lags_and_the_order_does_not(brew: Brew) -> None:
    brew.write_discount()
    order = brew.buy((brew.mug, 1), codes=["LOY-A"])

    def counted() -> int:
        found = brew.ask("code_lookup", code="LOY-A")["data"]["codeDiscountNodeByCode"]
        return int(found["codeDiscount"]["asyncUsageCount"])

    query = f"discount_code:loy-a AND created_at:>='{NOON.isoformat()}'"
    found = brew.ask(ORDERS, q=query, first=5)["data"]["orders"]["nodes"]

    assert counted() == 0
    assert found == [{"id": gid("Order", order.id)}]
    brew.world.advance(timedelta(minutes=10))
    assert counted() == 1


def test_orders_page_by_cursor_even_when_one_changes_in_between(brew: Brew) -> None:
    orders = []
    for _ in range(5):
        orders.append(brew.buy((brew.mug, 1)))
        brew.world.advance(timedelta(minutes=1))

    first = brew.ask(ORDERS, q="", first=2)["data"]["orders"]
    brew.shop.refund(orders[0].id)
    rest = brew.ask(ORDERS, q="", first=10, after=first["pageInfo"]["endCursor"])["data"]["orders"]

    seen = [each["id"] for each in [*first["nodes"], *rest["nodes"]]]
    assert seen == [gid("Order", each.id) for each in [*orders, orders[0]]]
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)


def test_orders_are_found_by_when_they_changed(brew: Brew) -> None:
    old = brew.buy((brew.mug, 1))
    brew.world.advance(timedelta(hours=1))
    new = brew.buy((brew.mug, 1))

    since = (NOON + timedelta(minutes=30)).isoformat()
    before = brew.ask(ORDERS, q=f"updated_at:>='{since}'", first=5)["data"]["orders"]["nodes"]
    brew.shop.refund(old.id)
    after = brew.ask(ORDERS, q=f"updated_at:>='{since}'", first=5)["data"]["orders"]["nodes"]

    assert [each["id"] for each in before] == [gid("Order", new.id)]
    assert {each["id"] for each in after} == {gid("Order", old.id), gid("Order", new.id)}


def test_an_unknown_search_term_is_refused_aloud(brew: Brew) -> None:
    told = brew.ask(ORDERS, q="updatd_at:>=2026-01-01", first=5)

    assert "updatd_at" in told["errors"][0]["message"]


def test_a_list_without_a_size_is_refused(brew: Brew) -> None:
    told = brew.ask("{ orders { nodes { id } } }")

    assert told["errors"][0]["message"] == "you must provide one of first or last"


def test_the_order_document_answers_for_a_refunded_order(brew: Brew) -> None:
    brew.write_discount()
    order = brew.buy((brew.mug, 2), codes=["LOY-A"], location_id=4)
    brew.shop.refund(order.id, {order.lines[0].id: 1}, shipping=Decimal("4.90"))

    told = brew.ask("order", id=gid("Order", order.id))

    assert "errors" not in told
    shown = told["data"]["order"]
    assert shown["displayFinancialStatus"] == "PARTIALLY_REFUNDED"
    assert shown["lineItems"]["nodes"][0]["discountAllocations"][0]["discountApplication"]["code"] == "LOY-A"
    assert shown["refunds"][0]["refundLineItems"]["nodes"][0]["subtotalSet"]["shopMoney"]["amount"] == "17.5"
    assert shown["refunds"][0]["refundShippingLines"]["nodes"][0]["subtotalAmountSet"]["shopMoney"]["amount"] == "4.9"
    assert shown["refunds"][0]["orderAdjustments"]["nodes"] == []


def test_the_other_documents_answer(brew: Brew) -> None:
    brew.buy((brew.mug, 1))
    ann = gid("Customer", brew.ann.id)

    shop = brew.ask("shop")
    customer = brew.ask("customer", id=ann)
    by_email = brew.ask("customer_by_email", identifier={"emailAddress": "ANN@example.com"})
    tagged = brew.ask("tags_add", id=ann, tags=["gold"])

    assert not [told for told in (shop, customer, by_email, tagged) if "errors" in told]
    assert shop["data"]["shop"]["myshopifyDomain"] == "brew.myshopify.com"
    assert {"handle": "write_discounts"} in shop["data"]["currentAppInstallation"]["accessScopes"]
    assert customer["data"]["customer"]["numberOfOrders"] == "1"
    assert by_email["data"]["customerByIdentifier"]["id"] == ann
    assert brew.ann.tags == ["gold"]


def test_a_metafield_is_set_absolutely_and_compared_by_digest(brew: Brew) -> None:
    def put(value: str, **more: str) -> dict[str, Any]:
        field = {"ownerId": gid("Customer", brew.ann.id), "key": "points_balance", "type": "number_integer"}
        told = brew.ask("metafields_set", metafields=[{**field, "value": value, **more}])
        payload: dict[str, Any] = told["data"]["metafieldsSet"]
        return payload

    first = put("120", namespace="$app")
    stale = put("130", compareDigest="0" * 64)
    current = put("130", compareDigest=first["metafields"][0]["compareDigest"])

    assert [each["code"] for each in stale["userErrors"]] == ["STALE_OBJECT"]
    assert current["userErrors"] == []
    read = brew.ask("customer", id=gid("Customer", brew.ann.id))["data"]["customer"]
    assert read["balance"]["jsonValue"] == 130


def test_products_know_their_collections(brew: Brew) -> None:
    cups = brew.shop.add_collection("Cups")
    cup = brew.shop.add_product("Cup", "10.00", collections=[cups.id])
    query = """query In($ids: [ID!]!, $in: ID!) { nodes(ids: $ids) { ... on Product {
        id title inCollection(id: $in) collections(first: 10) { nodes { id } } } } }"""
    ids = [gid("Product", cup.id), gid("Product", brew.mug.id), gid("Product", 1)]

    nodes = brew.ask(query, ids=ids, **{"in": gid("Collection", cups.id)})["data"]["nodes"]

    assert [each and each["inCollection"] for each in nodes] == [True, False, None]
    assert nodes[0]["collections"]["nodes"] == [{"id": gid("Collection", cups.id)}]


def test_the_bucket_empties_throttles_and_fills_again(brew: Brew) -> None:
    brew.world.config.bucket_size, brew.world.config.restore_rate = 40, 10

    answers = [brew.ask("discount_basic", input=brew.discount_input(f"C{at}")) for at in range(3)]
    brew.world.advance(timedelta(seconds=1))
    later = brew.ask("discount_basic", input=brew.discount_input("C2"))

    throttled = answers[2]
    assert ["errors" in each for each in answers] == [False, False, True]
    assert throttled["errors"][0]["extensions"]["code"] == "THROTTLED"
    cost = throttled["extensions"]["cost"]
    assert cost["throttleStatus"] == {"maximumAvailable": 40, "currentlyAvailable": 10, "restoreRate": 10}
    assert cost["requestedQueryCost"] > 10
    assert "errors" not in later
    assert "C2" in brew.shop.codes


def test_a_query_over_the_limit_is_refused_whatever_is_in_the_bucket(brew: Brew) -> None:
    query = """{ orders(first: 250) { nodes { lineItems(first: 250) { nodes { product { id } } } } } }"""

    told = brew.ask(query)

    assert told["errors"][0]["extensions"]["code"] == "MAX_COST_EXCEEDED"


@pytest.mark.parametrize("token", ["", "shpat_wrong"])
def test_a_wrong_token_is_a_401(brew: Brew, token: str) -> None:
    answer = brew.post(
        "admin/api/2026-10/graphql.json", {"query": "{ shop { id } }"}, **{"X-Shopify-Access-Token": token}
    )

    assert answer.status_code == 401
    assert "Invalid API key" in answer.json["errors"]


def test_an_uninstall_ends_every_token(brew: Brew) -> None:
    brew.shop.uninstall()

    answer = brew.post("admin/api/2026-10/graphql.json", {"query": "{ shop { id } }"})

    assert answer.status_code == 401


def test_a_missing_scope_is_access_denied(brew: Brew) -> None:
    brew.shop.set_scopes(["read_products"])

    told = brew.ask("discount_basic", input=brew.discount_input())

    assert told["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"
    assert "write_discounts" in told["errors"][0]["message"]
    assert brew.shop.discounts == {}


def test_old_orders_need_a_scope_of_their_own(brew: Brew) -> None:
    order = brew.buy((brew.mug, 1))
    brew.shop.set_scopes(["read_orders"])
    query = "query Old($id: ID!) { order(id: $id) { id } }"

    fresh = brew.ask(query, id=gid("Order", order.id))["data"]["order"]
    brew.world.advance(timedelta(days=61))
    old = brew.ask(query, id=gid("Order", order.id))["data"]["order"]

    assert fresh is not None
    assert old is None


def test_protected_data_is_withheld_with_an_error(brew: Brew) -> None:
    brew.world.config.withholds_protected_data = True
    query = """query Who($id: ID!) { customer(id: $id) { id tags firstName } }"""

    told = brew.ask(query, id=gid("Customer", brew.ann.id))
    found = brew.ask('{ customers(first: 5, query: "ann") { nodes { id } } }')

    assert told["data"]["customer"] == {"id": gid("Customer", brew.ann.id), "tags": [], "firstName": None}
    assert told["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"
    assert found["data"]["customers"]["nodes"] == []


def test_staff_find_customers_by_what_they_type(brew: Brew) -> None:
    brew.shop.add_customer("bob@example.com", first_name="Bob")
    query = "query Find($q: String!) { customers(first: 5, query: $q) { nodes { displayName } } }"

    found = {q: brew.ask(query, q=q)["data"]["customers"]["nodes"] for q in ("ann", "lee", "bob@example.com", "zoe")}

    assert found == {
        "ann": [{"displayName": "Ann Lee"}],
        "lee": [{"displayName": "Ann Lee"}],
        "bob@example.com": [{"displayName": "Bob"}],
        "zoe": [],
    }


def test_a_document_that_is_not_shopifys_is_refused(brew: Brew) -> None:
    told = brew.ask("{ shop { nameOfShop } }")

    assert "nameOfShop" in told["errors"][0]["message"]


def test_one_shops_token_opens_no_other_shop(brew: Brew) -> None:
    brew.world.add_shop("other")

    answer = brew.app.test_client().post(
        "/other.myshopify.com/admin/api/2026-10/graphql.json",
        json={"query": "{ shop { id } }"},
        headers={"X-Shopify-Access-Token": brew.token},
    )

    assert answer.status_code == 401


def test_a_refund_is_found_by_its_id(brew: Brew) -> None:
    order = brew.buy((brew.mug, 2))
    refund = brew.shop.refund(order.id, {order.lines[0].id: 1})
    query = "query One($id: ID!) { node(id: $id) { ... on Refund { totalRefundedSet { shopMoney { amount } } } } }"

    told = [brew.ask(query, id=gid("Refund", each))["data"]["node"] for each in (refund.id, 5)]

    assert told == [{"totalRefundedSet": {"shopMoney": {"amount": "20.0"}}}, None]
