"""Store credit and gift cards at the dev store: given, spent, taken back and refused as Shopify does."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from devstore.model import gid
from tests.devstore.conftest import NOON, Brew

GIVE = """mutation($id: ID!, $input: StoreCreditAccountCreditInput!) { storeCreditAccountCredit(id: $id, creditInput: $input) {
  storeCreditAccountTransaction { id remainingAmount { amount } account { balance { amount } } } userErrors { code field } } }"""
TAKE = """mutation($id: ID!, $input: StoreCreditAccountDebitInput!) { storeCreditAccountDebit(id: $id, debitInput: $input) {
  storeCreditAccountTransaction { amount { amount } balanceAfterTransaction { amount } } userErrors { code field } } }"""
LOOK = """query($id: ID!, $query: String) { customer(id: $id) { storeCreditAccounts(first: 2) { nodes { balance { amount currencyCode }
  transactions(first: 9, query: $query) { nodes { __typename amount { amount } event
    ... on StoreCreditAccountCreditTransaction { expiresAt remainingAmount { amount } } } } } } } }"""
CARD = """mutation($input: GiftCardCreateInput!) { giftCardCreate(input: $input) { giftCard { id lastCharacters maskedCode enabled
  balance { amount } expiresOn } giftCardCode userErrors { code field message } } }"""
OFF = "mutation($id: ID!) { giftCardDeactivate(id: $id) { giftCard { enabled } userErrors { code } } }"
CARDS = "query($query: String) { giftCards(first: 5, query: $query) { nodes { id note } } }"


def give(brew: Brew, amount: str = "10.00", *, days: int = 30, owner: str | None = None, currency: str = "USD") -> Any:
    ends_at = (NOON + timedelta(days=days)).isoformat()
    credit = {"creditAmount": {"amount": amount, "currencyCode": currency}, "expiresAt": ends_at}
    told = brew.ask(GIVE, id=owner or gid("Customer", brew.ann.id), input=credit)
    return told["data"]["storeCreditAccountCredit"]


def card(brew: Brew, code: str = "BREW0123456789", **more: Any) -> Any:
    wanted = {"code": code, "initialAmount": {"amount": "20.00", "currencyCode": "USD"}, "note": "n", **more}
    return brew.ask(CARD, input=wanted)["data"]["giftCardCreate"]


def test_the_credit_that_ends_first_is_spent_first(brew: Brew) -> None:
    give(brew, "10.00", days=30)
    give(brew, "5.00", days=10)

    taken = brew.ask(
        TAKE, id=gid("Customer", brew.ann.id), input={"debitAmount": {"amount": "7.00", "currencyCode": "USD"}}
    )["data"]["storeCreditAccountDebit"]

    assert taken["storeCreditAccountTransaction"]["balanceAfterTransaction"]["amount"] == "8.0"
    [account] = brew.ask(LOOK, id=gid("Customer", brew.ann.id), query="type:credit")["data"]["customer"][
        "storeCreditAccounts"
    ]["nodes"]
    assert [each["remainingAmount"]["amount"] for each in account["transactions"]["nodes"]] == ["8.0", "0.0"]


def test_credit_is_found_by_the_second_it_ends(brew: Brew) -> None:
    give(brew, days=30)
    give(brew, days=31)
    ends_at = (NOON + timedelta(days=31)).strftime("%Y-%m-%dT%H:%M:%SZ")

    query = f"type:credit AND expires_at:>='{ends_at}' AND expires_at:<='{ends_at}'"
    told = brew.ask(LOOK, id=gid("Customer", brew.ann.id), query=query)

    [account] = told["data"]["customer"]["storeCreditAccounts"]["nodes"]
    assert [each["expiresAt"] for each in account["transactions"]["nodes"]] == [ends_at]


def test_credit_that_is_over_cannot_be_spent(brew: Brew) -> None:
    give(brew, days=1)
    brew.world.advance(timedelta(days=2))

    order = brew.buy((brew.mug, 1), uses_credit=True)

    assert [each.gateway for each in order.transactions] == ["shopify_payments"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"amount": "0"}, "NEGATIVE_OR_ZERO_AMOUNT"),
        ({"days": -1}, "EXPIRES_AT_IN_PAST"),
        ({"owner": "gid://shopify/Customer/1"}, "OWNER_NOT_FOUND"),
        ({"amount": "10000.01"}, "CREDIT_LIMIT_EXCEEDED"),
    ],
)
def test_credit_that_cannot_be_is_refused(brew: Brew, more: dict[str, Any], code: str) -> None:
    told = give(brew, **more)

    assert (told["storeCreditAccountTransaction"], told["userErrors"][0]["code"]) == (None, code)


def test_no_more_is_taken_than_there_is(brew: Brew) -> None:
    owner, much = gid("Customer", brew.ann.id), {"debitAmount": {"amount": "10.01", "currencyCode": "USD"}}
    before = brew.ask(TAKE, id=owner, input=much)["data"]["storeCreditAccountDebit"]["userErrors"]
    give(brew)

    after = brew.ask(TAKE, id=owner, input=much)["data"]["storeCreditAccountDebit"]["userErrors"]

    assert [before[0]["code"], after[0]["code"]] == ["ACCOUNT_NOT_FOUND", "INSUFFICIENT_FUNDS"]


def test_a_checkout_pays_with_card_and_credit_first(brew: Brew) -> None:
    give(brew, "3.00")
    card(brew)

    order = brew.buy((brew.mug, 1), gift_cards=["brew0123456789"], uses_credit=True)

    paid = [(each.gateway, each.amount) for each in order.transactions]
    assert paid == [
        ("gift_card", Decimal(20)),
        ("shopify_store_credit", Decimal(3)),
        ("shopify_payments", Decimal("1.90")),
    ]
    assert order.financial_status == "paid"


def test_a_card_shows_its_last_signs_only_and_its_code_once(brew: Brew) -> None:
    made = card(brew, expiresOn="2027-01-31")

    assert made["giftCardCode"] == "brew0123456789"
    assert (made["giftCard"]["lastCharacters"], made["giftCard"]["maskedCode"]) == ("6789", "•••• 6789")
    assert brew.ask(CARDS, query="BREW0123456789")["data"]["giftCards"]["nodes"] == [
        {"id": made["giftCard"]["id"], "note": "n"}
    ]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({}, "TAKEN"),
        ({"code": "Brew0123456789"}, "TAKEN"),
        ({"code": "short"}, "TOO_SHORT"),
        ({"code": "X" * 21}, "TOO_LONG"),
        ({"code": "BREW-0123456"}, "INVALID"),
        ({"code": "ANOTHER00", "initialAmount": None}, "MISSING_ARGUMENT"),
        ({"code": "ANOTHER00", "initialAmount": {"amount": "0", "currencyCode": "USD"}}, "GREATER_THAN"),
        ({"code": "ANOTHER00", "customerId": "gid://shopify/Customer/1"}, "CUSTOMER_NOT_FOUND"),
        ({"code": "ANOTHER00", "recipientAttributes": {"id": "gid://shopify/Customer/1"}}, "RECIPIENT_NOT_FOUND"),
    ],
)
def test_a_card_that_cannot_be_is_refused(brew: Brew, more: dict[str, Any], code: str) -> None:
    card(brew)

    told = card(brew, **more)

    assert (told["giftCard"], told["userErrors"][0]["code"]) == (None, code)


def test_a_card_that_is_off_pays_nothing(brew: Brew) -> None:
    made = card(brew)["giftCard"]

    for _ in range(2):
        assert brew.ask(OFF, id=made["id"])["data"]["giftCardDeactivate"]["giftCard"] == {"enabled": False}
    order = brew.buy((brew.mug, 1), gift_cards=["BREW0123456789"])

    assert [each.gateway for each in order.transactions] == ["shopify_payments"]


def test_without_the_scope_nothing_is_given(brew: Brew) -> None:
    brew.shop.set_scopes({"read_customers", "read_store_credit_accounts"})

    told = brew.ask(
        GIVE, id=gid("Customer", brew.ann.id), input={"creditAmount": {"amount": "1", "currencyCode": "USD"}}
    )

    assert told["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"
    assert not brew.shop.wallets.credits
