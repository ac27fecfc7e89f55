"""A redemption's code stands at Shopify exactly once, bound to its buyer, whatever becomes of the answers on the way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest

from devstore.faults import Fault, FaultKind
from devstore.model import Cart, CartLine, Order, Refusal
from devstore.store import Store
from devstore.world import Shop
from plugin.loyalty.errors import Ambiguous, CodeTaken, OutsideError, Refused, Throttled, Unauthorized, Unreachable
from plugin.loyalty.outside import DiscountSpec
from plugin.shopify.connect import ShopifyAdmin, connect
from plugin.shopify.discounts import discount_input
from tests.shopify.conftest import NOW, FakeSettings

KINDS = ["amount_off", "percent_off", "free_shipping"]


def spec(kind: str = "amount_off", **changes: Any) -> DiscountSpec:
    values: dict[str, Decimal | None] = {
        "amount_off": Decimal("5.00"),
        "percent_off": Decimal(10),
        "free_shipping": None,
    }
    written = DiscountSpec(
        code="K7M2P9QXW4RT6YBA",
        reference="01890f",
        title="5 off your next coffee",
        kind=kind,
        value=values.get(kind),
        customer_id=7001,
        minimum_subtotal=None,
        starts_at=NOW - timedelta(minutes=1),
        ends_at=NOW + timedelta(days=30),
    )
    return DiscountSpec(**{name: getattr(written, name) for name in DiscountSpec.__slots__} | changes)


@pytest.fixture(autouse=True)
def _people(brew: Shop) -> None:
    brew.add_customer("ann@example.com", id=7001)
    brew.add_customer("bob@example.com", id=7002)


def cart(brew: Shop, price: str = "30.00") -> Cart:
    return Cart([CartLine(brew.add_product(f"Blend {len(brew.products)}", price).variants[0].id)])


def refusal(brew: Shop, customer_id: int | None, code: str = spec().code, price: str = "30.00") -> str | None:
    """Why the store's checkout refuses the code, None when it applies."""
    refused = brew.price(cart(brew, price), customer_id, [code]).refused
    return refused[0].reason if refused else None


def codes_at_shopify(brew: Shop) -> Sequence[str | None]:
    return [discount.code for discount in brew.discounts.values()]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_reward_stands_and_works_for_its_member_alone(shop: ShopifyAdmin, brew: Shop, kind: str) -> None:
    found = shop.create_discount(spec(kind))

    assert (found.is_ours, found.is_active) == (True, True)
    assert shop.find_discount(spec().code.lower(), "01890f") == found
    assert refusal(brew, 7001) is None
    assert refusal(brew, 7002) == "wrong_customer"
    assert refusal(brew, None) == "wrong_customer"


def test_a_code_is_used_once(shop: ShopifyAdmin, brew: Shop) -> None:
    shop.create_discount(spec())

    first = brew.checkout(cart(brew), 7001, codes=[spec().code])
    second = brew.checkout(cart(brew), 7001, codes=[spec().code])

    assert isinstance(first, Order)
    assert first.discounts == Decimal("5.00")
    assert isinstance(second, Refusal)
    assert second.reason == "used"


def test_a_referral_code_is_bound_to_nobody_and_still_used_once(shop: ShopifyAdmin, brew: Shop) -> None:
    shop.create_discount(spec(customer_id=None))

    assert refusal(brew, 7002) is None
    assert isinstance(brew.checkout(cart(brew), 7002, codes=[spec().code]), Order)
    assert refusal(brew, 7001) == "used"


def test_an_amount_off_never_buys_less_than_its_value(shop: ShopifyAdmin, brew: Shop) -> None:
    shop.create_discount(spec(value=Decimal("12.50")))

    assert refusal(brew, 7001, price="12.49") == "below_minimum"
    assert refusal(brew, 7001, price="12.50") is None


@pytest.mark.parametrize(
    ("changes", "minimum"),
    [
        ({"value": Decimal("5.00")}, "5.00"),
        ({"value": Decimal("5.00"), "minimum_subtotal": Decimal("4.00")}, "5.00"),
        ({"value": Decimal("5.00"), "minimum_subtotal": Decimal("25.00")}, "25.00"),
        ({"value": Decimal("1E+3")}, "1000"),
        ({"kind": "percent_off", "value": Decimal(10), "minimum_subtotal": Decimal("25.00")}, "25.00"),
        ({"kind": "percent_off", "value": Decimal(10)}, None),
        ({"kind": "free_shipping", "value": None}, None),
    ],
)
def test_the_minimum_is_at_least_an_amounts_value(changes: dict[str, Any], minimum: str | None) -> None:
    written = discount_input(spec(**changes)).get("minimumRequirement")

    expected = None if minimum is None else {"subtotal": {"greaterThanOrEqualToSubtotal": minimum}}
    assert written == expected


def test_what_is_written_binds_ends_and_combines_as_the_design_says() -> None:
    amount, shipping = discount_input(spec()), discount_input(spec("free_shipping"))

    assert amount["title"] == "5 off your next coffee · regulars:01890f"
    assert (amount["usageLimit"], amount["appliesOncePerCustomer"], amount["recurringCycleLimit"]) == (1, True, 1)
    assert amount["context"] == {"customers": {"add": ["gid://shopify/Customer/7001"]}}
    assert (amount["startsAt"], amount["endsAt"]) == ("2026-11-22T11:59:00Z", "2026-12-22T12:00:00Z")
    assert amount["customerGets"]["appliesOnOneTimePurchase"] is True
    assert amount["combinesWith"] == {"orderDiscounts": False, "productDiscounts": True, "shippingDiscounts": True}
    assert shipping["combinesWith"] == {"orderDiscounts": False, "productDiscounts": True}
    assert len(discount_input(spec(title="x" * 300))["title"]) == 255
    assert discount_input(spec(title="x" * 300))["title"].endswith("regulars:01890f")


@pytest.mark.parametrize("changes", [{"value": None}, {"kind": "free_coffee", "value": Decimal(1)}])
def test_a_discount_without_kind_or_value_is_a_bug(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="kind and a value"):
        discount_input(spec(**changes))


def test_creating_twice_adopts_what_stands(shop: ShopifyAdmin, brew: Shop) -> None:
    first = shop.create_discount(spec())
    again = shop.create_discount(spec())

    assert again == first
    assert codes_at_shopify(brew) == [spec().code]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_adopted_is_bound_to_who_its_customer_has_become(shop: ShopifyAdmin, brew: Shop, kind: str) -> None:
    shop.create_discount(spec(kind, customer_id=7001))

    shop.create_discount(spec(kind, customer_id=7002))

    assert refusal(brew, 7002) is None
    assert refusal(brew, 7001) is not None


@pytest.mark.parametrize("title", ["Black Friday", "regulars:01890", "regulars:01890f and more"])
def test_a_strangers_code_is_never_adopted(shop: ShopifyAdmin, brew: Shop, title: str) -> None:
    brew.write_discount(spec().code, value="50.00", title=title)

    with pytest.raises(CodeTaken):
        shop.create_discount(spec())

    found = shop.find_discount(spec().code, "01890f")
    assert found is not None
    assert not found.is_ours


@pytest.mark.parametrize("fault", ["after", "after_twice"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_write_whose_answer_was_lost_is_found_and_not_written_again(
    shop: ShopifyAdmin, store: Store, brew: Shop, kind: str, fault: str
) -> None:
    operation = "discountCodeFreeShippingCreate" if kind == "free_shipping" else "discountCodeBasicCreate"
    store.faults.add(Fault("after", operation))
    if fault == "after_twice":
        store.faults.add(Fault("after", "codeDiscountNodeByCode", times=2))

    found = shop.create_discount(spec(kind))

    assert found.is_ours
    assert codes_at_shopify(brew) == [spec().code]


@pytest.mark.parametrize("kind", ["before", "html"])
def test_a_write_that_may_have_happened_and_is_not_found_stays_ambiguous(
    shop: ShopifyAdmin, store: Store, brew: Shop, kind: FaultKind
) -> None:
    store.faults.add(Fault(kind, "discountCodeBasicCreate"))

    with pytest.raises(Ambiguous):
        shop.create_discount(spec())

    assert codes_at_shopify(brew) == []
    assert shop.create_discount(spec()).is_ours
    assert codes_at_shopify(brew) == [spec().code]


def test_a_write_stays_ambiguous_when_looking_it_up_fails_too(shop: ShopifyAdmin, store: Store, brew: Shop) -> None:
    store.faults.add(Fault("after", "discountCodeBasicCreate"))
    store.faults.add(Fault("before", "codeDiscountNodeByCode", times=4))

    with pytest.raises(Ambiguous):
        shop.create_discount(spec())

    assert codes_at_shopify(brew) == [spec().code]


def test_a_lost_answer_to_a_code_that_a_stranger_holds_is_taken(shop: ShopifyAdmin, store: Store, brew: Shop) -> None:
    brew.write_discount(spec().code, value="50.00")
    store.faults.add(Fault("before", "discountCodeBasicCreate"))

    with pytest.raises(CodeTaken):
        shop.create_discount(spec())


@pytest.mark.parametrize(
    ("kind", "error"), [("throttled", Throttled), ("redirect", Unreachable), ("unauthorized", Unauthorized)]
)
def test_a_write_that_certainly_did_not_happen_says_so(
    shop: ShopifyAdmin, store: Store, brew: Shop, kind: FaultKind, error: type[OutsideError]
) -> None:
    store.faults.add(Fault(kind, "discountCodeBasicCreate", times=None))

    with pytest.raises(error):
        shop.create_discount(spec())

    assert codes_at_shopify(brew) == []


def test_a_throttled_write_is_done_after_a_wait(
    shop: ShopifyAdmin, store: Store, brew: Shop, slept: list[float]
) -> None:
    store.faults.add(Fault("throttled", "discountCodeBasicCreate", times=2))

    shop.create_discount(spec())

    assert codes_at_shopify(brew) == [spec().code]
    assert len(slept) == 2


def test_what_shopify_refuses_is_told_in_its_words(shop: ShopifyAdmin, brew: Shop) -> None:
    with pytest.raises(Refused) as refused:
        shop.create_discount(spec(ends_at=NOW - timedelta(days=1)))

    assert refused.value.errors[0][0] == "END_DATE_BEFORE_START_DATE"
    assert codes_at_shopify(brew) == []


def test_a_deactivated_code_is_refused_and_deactivating_again_is_a_success(shop: ShopifyAdmin, brew: Shop) -> None:
    found = shop.create_discount(spec())

    shop.deactivate_discount(found.gid)
    shop.deactivate_discount(found.gid)

    after = shop.find_discount(spec().code, "01890f")
    assert after is not None
    assert (after.is_ours, after.is_active) == (True, False)
    assert refusal(brew, 7001) in {"expired", "not_active"}


def test_deactivating_what_is_gone_is_a_success(shop: ShopifyAdmin) -> None:
    shop.deactivate_discount("gid://shopify/DiscountCodeNode/404")


@pytest.mark.parametrize(("kind", "is_done"), [("after", True), ("before", False)])
def test_a_lost_answer_to_a_deactivation_is_looked_up(
    shop: ShopifyAdmin, store: Store, kind: FaultKind, *, is_done: bool
) -> None:
    found = shop.create_discount(spec())
    store.faults.add(Fault(kind, "discountCodeDeactivate"))

    if is_done:
        shop.deactivate_discount(found.gid)
    else:
        with pytest.raises(Ambiguous):
            shop.deactivate_discount(found.gid)

    after = shop.find_discount(spec().code, "01890f")
    assert after is not None
    assert after.is_active != is_done


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("is_answer_lost", [False, True])
def test_a_discount_moves_to_another_member_whole(
    shop: ShopifyAdmin, store: Store, brew: Shop, kind: str, *, is_answer_lost: bool
) -> None:
    found = shop.create_discount(spec(kind))
    operation = "discountCodeFreeShippingUpdate" if kind == "free_shipping" else "discountCodeBasicUpdate"
    if is_answer_lost:
        store.faults.add(Fault("after", operation))

    shop.rebind_discount(found.gid, spec(kind, customer_id=7002))
    shop.rebind_discount(found.gid, spec(kind, customer_id=7002))

    assert refusal(brew, 7002) is None
    assert refusal(brew, 7001) == "wrong_customer"


def test_the_token_stands_in_no_error(settings: FakeSettings) -> None:
    """Not in its text, not in what caused it: errors are logged."""
    token = "shpat_canary_0123456789"

    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError(f"failed for {request.headers['X-Shopify-Access-Token']}", request=request)

    shop = connect(settings, "brew.myshopify.com", token, transport=httpx.MockTransport(answer), sleep=lambda _: None)

    with pytest.raises(Ambiguous) as lost:
        shop.create_discount(spec())
    with pytest.raises(Unreachable) as unread:
        shop.shop_info()

    for error in (lost.value, unread.value):
        assert token not in f"{error!r} {error.__cause__!r} {error.args!r}"
        assert error.__suppress_context__ or error.__context__ is None


def test_an_empty_or_nameless_answer_to_a_write_is_looked_up(settings: FakeSettings) -> None:
    answers = iter([{"discountCodeBasicCreate": None}, {"codeDiscountNodeByCode": None}])
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"data": next(answers)}))
    shop = connect(settings, "brew.myshopify.com", "token", transport=transport)

    with pytest.raises(Ambiguous):
        shop.create_discount(spec())

    assert list(answers) == []


def test_taken_and_not_shown_is_ambiguous(settings: FakeSettings) -> None:
    taken = {"codeDiscountNode": None, "userErrors": [{"code": "TAKEN", "field": ["code"], "message": "Code is taken"}]}

    def answer(request: httpx.Request) -> httpx.Response:
        is_write = "mutation" in msgspec.json.decode(request.content)["query"]
        data = {"discountCodeBasicCreate": taken} if is_write else {"codeDiscountNodeByCode": None}
        return httpx.Response(200, json={"data": data})

    shop = connect(settings, "brew.myshopify.com", "token", transport=httpx.MockTransport(answer))

    with pytest.raises(Ambiguous):
        shop.create_discount(spec())
