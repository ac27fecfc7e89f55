"""The Ajax cart answers as Shopify's does: lines merge, codes are replaced as a whole, refusals change nothing."""

from __future__ import annotations

from collections.abc import Callable

from devstore.world import Shop
from tests.devstore_storefront.conftest import Browser

Variants = Callable[[str], int]


def test_adding_answers_the_line_and_adding_again_makes_it_longer(browser: Browser, variant: Variants) -> None:
    mug = variant("ember-mug")

    first = browser.post("/cart/add.js", json={"id": mug, "quantity": 2})
    second = browser.post("/cart/add.js", json={"items": [{"id": str(mug), "quantity": 1}]})

    assert (first.get_json()["quantity"], first.get_json()["line_price"]) == (2, 4800)
    assert second.get_json()["items"][0]["quantity"] == 3
    assert (browser.cart()["item_count"], browser.cart()["total_price"]) == (3, 7200)


def test_several_lines_are_added_all_or_none(browser: Browser, variant: Variants) -> None:
    answer = browser.post("/cart/add.js", json={"items": [{"id": variant("ember-mug")}, {"id": 12}]})

    assert (answer.status_code, browser.cart()["item_count"]) == (404, 0)


def test_lines_with_other_properties_stay_apart(browser: Browser, variant: Variants) -> None:
    mug = variant("ember-mug")

    browser.post("/cart/add.js", json={"id": mug})
    browser.post("/cart/add.js", json={"id": mug, "properties": {"Engraving": "Nora"}})

    assert [item["properties"] for item in browser.cart()["items"]] == [{"Engraving": "Nora"}, {}]


def test_codes_replace_all_earlier_ones_and_say_whether_they_apply(
    browser: Browser, shop: Shop, variant: Variants
) -> None:
    shop.write_discount("TEN", value="0.1", percent=True)
    shop.write_discount("FIVE", value="5")
    browser.post("/cart/add.js", json={"id": variant("ember-mug")})
    browser.post("/cart/update.js", json={"discount": "FIVE"})

    answer = browser.post("/cart/update.js", json={"discount": "ten, NOPE"}).get_json()

    assert answer["discount_codes"] == [{"code": "ten", "applicable": True}, {"code": "NOPE", "applicable": False}]
    assert (answer["total_price"], answer["total_discount"]) == (2160, 240)


def test_an_empty_text_takes_all_codes_away(browser: Browser, shop: Shop, variant: Variants) -> None:
    shop.write_discount("FIVE", value="5")
    browser.post("/cart/add.js", json={"id": variant("ember-mug")})
    browser.post("/cart/update.js", json={"discount": "FIVE"})

    answer = browser.post("/cart/update.js", json={"discount": ""}).get_json()

    assert (answer["discount_codes"], answer["total_discount"]) == ([], 0)


def test_a_code_bound_to_a_customer_applies_only_to_them(browser: Browser, shop: Shop, variant: Variants) -> None:
    nora = shop.add_customer("nora@example.com")
    shop.write_discount("NORAS", value="5", customer_ids=frozenset({nora.id}))
    mug = variant("ember-mug")

    browser.post("/cart/add.js", json={"id": mug})
    as_guest = browser.post("/cart/update.js", json={"discount": "NORAS"}).get_json()
    browser.act_as(nora.id)
    browser.post("/cart/add.js", json={"id": mug})
    as_nora = browser.post("/cart/update.js", json={"discount": "NORAS"}).get_json()

    assert as_guest["discount_codes"][0]["applicable"] is False
    assert as_nora["discount_codes"][0]["applicable"] is True


def test_a_discount_that_is_no_text_is_refused_and_changes_nothing(
    browser: Browser, shop: Shop, variant: Variants
) -> None:
    shop.write_discount("FIVE", value="5")
    browser.post("/cart/add.js", json={"id": variant("ember-mug")})
    browser.post("/cart/update.js", json={"discount": "FIVE"})

    answer = browser.post("/cart/update.js", json={"discount": ["TEN"], "note": "hello"})

    assert answer.status_code == 422
    assert (browser.cart()["note"], browser.cart()["discount_codes"][0]["code"]) == ("", "FIVE")


def test_attributes_are_merged_and_an_empty_one_is_dropped(browser: Browser) -> None:
    browser.post("/cart/update.js", json={"attributes": {"referral": "abc", "gift": "yes"}})

    answer = browser.post("/cart/update.js", json={"attributes": {"gift": ""}})

    assert answer.get_json()["attributes"] == {"referral": "abc"}


def test_quantities_change_by_line_key_variant_and_position(browser: Browser, variant: Variants) -> None:
    mug, towel = variant("ember-mug"), variant("linen-towel")
    browser.post("/cart/add.js", json={"items": [{"id": mug}, {"id": towel}]})
    key = browser.cart()["items"][1]["key"]

    browser.post("/cart/change.js", json={"id": key, "quantity": 4})
    browser.post("/cart/change.js", json={"line": 1, "quantity": 0})
    answer = browser.post("/cart/update.js", json={"updates": {str(mug): 2}})

    assert [(item["variant_id"], item["quantity"]) for item in answer.get_json()["items"]] == [(mug, 2)]


def test_nonsense_is_refused_with_shopifys_words(browser: Browser, variant: Variants) -> None:
    mug = variant("ember-mug")

    unknown = browser.post("/cart/add.js", json={"id": 12})
    negative = browser.post("/cart/add.js", json={"id": mug, "quantity": -1})
    huge = browser.post("/cart/add.js", json={"id": mug, "quantity": 10**30})
    no_json = browser.post("/cart/add.js", "[", content_type="application/json")
    no_line = browser.post("/cart/change.js", json={"line": 3, "quantity": 1})

    assert (unknown.status_code, unknown.get_json()["description"]) == (404, "Cannot find variant")
    assert [answer.status_code for answer in (negative, huge, no_json, no_line)] == [422, 422, 400, 400]
    assert browser.cart()["item_count"] == 0


def test_a_form_without_script_fills_the_cart_and_leads_to_it(browser: Browser, variant: Variants) -> None:
    answer = browser.post("/cart/add", {"id": variant("ember-mug"), "quantity": "1", "properties[Gift]": "yes"})

    assert (answer.status_code, answer.location) == (303, "/cart")
    assert browser.cart()["items"][0]["properties"] == {"Gift": "yes"}


def test_a_discount_link_sets_the_code_and_stays_in_the_shop(browser: Browser) -> None:
    inside = browser.get("/discount/HELLO?redirect=/products/ember-mug")
    outside = browser.get("/discount/HELLO?redirect=//evil.example")

    assert (inside.location, outside.location) == ("/products/ember-mug", "/")
    assert browser.cart()["discount_codes"] == [{"code": "HELLO", "applicable": False}]


def test_a_subscription_is_a_line_of_its_own_with_its_plan(browser: Browser, shop: Shop, variant: Variants) -> None:
    product = next(each for each in shop.products.values() if each.selling_plans)
    plan, bag = product.selling_plans[0], variant("coffee-subscription")

    browser.post("/cart/add.js", json={"id": bag, "selling_plan": plan.id})
    refused = browser.post("/cart/add.js", json={"id": variant("ember-mug"), "selling_plan": plan.id})

    assert browser.cart()["items"][0]["selling_plan_allocation"]["selling_plan"]["id"] == plan.id
    assert (browser.cart()["total_price"], refused.status_code) == (1620, 422)


def test_every_browser_has_a_cart_of_its_own(browser: Browser, variant: Variants) -> None:
    other = Browser(browser.client.application.test_client(), browser.host)

    browser.post("/cart/add.js", json={"id": variant("ember-mug")})

    assert (browser.cart()["item_count"], other.cart()["item_count"]) == (1, 0)
