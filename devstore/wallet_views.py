"""The Admin API of store credit and gift cards: what it shows, changes and refuses.

A gift card's code is the same in any case of letters, and only its last four signs are shown once it is made.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from graphql import GraphQLError

from devstore import search, views
from devstore.model import gid, numeric_id, rounded, smallest_unit
from devstore.wallets import Credit, Debit, GiftCard

Json = dict[str, Any]
SHORTEST_CODE, LONGEST_CODE = 8, 20
LAST_CHARACTERS: Final = 4
MOST_CREDIT: Final = Decimal(10_000)


def queries(app: views.Views) -> dict[str, Callable[..., Any]]:
    """Root fields that read."""
    return {
        "giftCards": lambda _info, **page: _cards(app, page),
        "giftCard": lambda _info, id: _card_by_id(app, id),  # noqa: A006 - GraphQL's name
    }


def mutations(app: views.Views) -> dict[str, Callable[..., Any]]:
    """Root fields that change something."""
    return {
        "storeCreditAccountCredit": lambda _info, id, creditInput: _credit(app, id, creditInput),  # noqa: A006, N803
        "storeCreditAccountDebit": lambda _info, id, debitInput: _debit(app, id, debitInput),  # noqa: A006, N803
        "giftCardCreate": lambda _info, input: _create(app, input),  # noqa: A006
        "giftCardDeactivate": lambda _info, id: _deactivate(app, id),  # noqa: A006
        "customerCreate": lambda _info, input: _customer(app, input),  # noqa: A006
    }


def accounts(app: views.Views, customer_id: int, page: Json) -> Json:
    """A customer's `storeCreditAccounts`: one for each currency they were ever given credit in."""
    app.need("read_store_credit_accounts", "storeCreditAccounts")
    currencies = sorted({each.currency for each in app.shop.wallets.credits if each.customer_id == customer_id})
    return views.connection(currencies, page, lambda currency: _account(app, customer_id, currency))


def _account(app: views.Views, customer_id: int, currency: str) -> Json:
    return {
        "__typename": "StoreCreditAccount",
        "id": gid("StoreCreditAccount", customer_id),
        "balance": app.money(app.shop.wallets.balance(customer_id, currency, app.now), currency),
        "transactions": lambda _info, **page: _transactions(app, customer_id, currency, page),
    }


def _transactions(app: views.Views, customer_id: int, currency: str, page: Json) -> Json:
    app.need("read_store_credit_account_transactions", "transactions")
    wallets = app.shop.wallets
    every: list[Credit | Debit] = [*wallets.credits, *wallets.debits]
    own = [each for each in every if (each.customer_id, each.currency) == (customer_id, currency)]
    holds = _matcher(app, page.get("query"), _TRANSACTION_TERMS, lambda _each: "")
    found = sorted((each for each in own if holds(each)), key=lambda each: (each.created_at, each.id))
    return views.connection(
        found, page, lambda each: _transaction(app, each), key=lambda each: (each.created_at, each.id)
    )


def _transaction(app: views.Views, each: Credit | Debit) -> Json:
    shown: Json = {
        "createdAt": _at(each.created_at),
        "account": lambda _info: _account(app, each.customer_id, each.currency),
        "origin": None,
    }
    if isinstance(each, Credit):
        balance = app.shop.wallets.balance(each.customer_id, each.currency, app.now)
        return shown | {
            "__typename": "StoreCreditAccountCreditTransaction",
            "id": gid("StoreCreditAccountCreditTransaction", each.id),
            "amount": app.money(each.amount, each.currency),
            "remainingAmount": app.money(each.left, each.currency),
            "balanceAfterTransaction": app.money(balance, each.currency),
            "expiresAt": None if each.ends_at is None else _at(each.ends_at),
            "event": "ADJUSTMENT",
        }
    return shown | {
        "__typename": "StoreCreditAccountDebitTransaction",
        "id": gid("StoreCreditAccountDebitTransaction", each.id),
        "amount": app.money(-each.amount, each.currency),
        "balanceAfterTransaction": app.money(each.balance, each.currency),
        "event": each.event,
    }


def _credit(app: views.Views, owner: str, given: Json) -> Json:
    app.need("write_store_credit_account_transactions", "storeCreditAccountCredit")
    shop, field_of = app.shop, ("creditInput", "creditAmount")
    customer_id = numeric_id(owner, "Customer")
    amount, currency, ends_at = (
        _money(given["creditAmount"]),
        given["creditAmount"]["currencyCode"],
        given.get("expiresAt"),
    )
    if customer_id not in shop.customers:
        return _no_transaction("OWNER_NOT_FOUND", "Owner does not exist", "id")
    if amount <= 0:
        return _no_transaction("NEGATIVE_OR_ZERO_AMOUNT", "A positive amount must be used", *field_of, "amount")
    if ends_at is not None and ends_at <= app.now:
        return _no_transaction("EXPIRES_AT_IN_PAST", "Expires at must be in the future", "creditInput", "expiresAt")
    if shop.wallets.balance(customer_id, currency, app.now) + amount > MOST_CREDIT:
        return _no_transaction("CREDIT_LIMIT_EXCEEDED", "The account's limit is exceeded", *field_of, "amount")
    number = shop.world.next_id("store_credit_transaction")
    credit = Credit(number, customer_id, amount, currency, app.now, ends_at, amount)
    shop.wallets.credits.append(credit)
    return {"storeCreditAccountTransaction": _transaction(app, credit), "userErrors": []}


def _debit(app: views.Views, owner: str, given: Json) -> Json:
    app.need("write_store_credit_account_transactions", "storeCreditAccountDebit")
    shop, wallets = app.shop, app.shop.wallets
    customer_id = numeric_id(owner, "Customer") or numeric_id(owner, "StoreCreditAccount")
    amount, currency = _money(given["debitAmount"]), given["debitAmount"]["currencyCode"]
    if customer_id is None or not any((c.customer_id, c.currency) == (customer_id, currency) for c in wallets.credits):
        return _no_transaction("ACCOUNT_NOT_FOUND", "The store credit account could not be found", "id")
    place = ("debitInput", "debitAmount", "amount")
    if amount <= 0:
        return _no_transaction("NEGATIVE_OR_ZERO_AMOUNT", "A positive amount must be used", *place)
    if wallets.balance(customer_id, currency, app.now) < amount:
        return _no_transaction("INSUFFICIENT_FUNDS", "The account does not have sufficient funds", *place)
    wallets.spend(shop, customer_id, amount, currency, event="ADJUSTMENT")
    return {"storeCreditAccountTransaction": _transaction(app, wallets.debits[-1]), "userErrors": []}


def _create(app: views.Views, given: Json) -> Json:
    app.need("write_gift_cards", "giftCardCreate")
    shop = app.shop
    code = str(given.get("code") or shop.world.token()[:16]).strip()
    told, recipient = given.get("initialAmount"), given.get("recipientAttributes") or {}
    customer_id = numeric_id(given["customerId"], "Customer") if given.get("customerId") else None
    recipient_id = numeric_id(recipient["id"], "Customer") if recipient else None
    if told is None:
        return _no_card("MISSING_ARGUMENT", "Initial amount is required", "initialAmount")
    if not (code.isascii() and code.isalnum()):
        return _no_card("INVALID", "Code can only contain letters and numbers", "code")
    if not SHORTEST_CODE <= len(code) <= LONGEST_CODE:
        kind = "TOO_SHORT" if len(code) < SHORTEST_CODE else "TOO_LONG"
        return _no_card(kind, f"Code must have {SHORTEST_CODE} to {LONGEST_CODE} characters", "code")
    if shop.wallets.card(code) is not None:
        return _no_card("TAKEN", "Code has already been taken", "code")
    if _money(told) <= 0:
        return _no_card("GREATER_THAN", "Initial amount must be greater than 0", "initialAmount", "amount")
    if customer_id is not None and customer_id not in shop.customers:
        return _no_card("CUSTOMER_NOT_FOUND", "The customer could not be found", "customerId")
    if recipient and recipient_id not in shop.customers:
        return _no_card("RECIPIENT_NOT_FOUND", "The recipient could not be found", "recipientAttributes", "id")
    card = GiftCard(
        shop.world.next_id("gift_card"),
        code.lower(),
        _money(told),
        told["currencyCode"],
        app.now,
        _money(told),
        given.get("expiresOn"),
        given.get("note"),
        customer_id,
        recipient_id,
        recipient.get("message"),
    )
    shop.wallets.cards[card.code] = card
    return {"giftCard": _card(app, card), "giftCardCode": card.code, "userErrors": []}


def _deactivate(app: views.Views, card_gid: str) -> Json:
    app.need("write_gift_cards", "giftCardDeactivate")
    card = _find(app, card_gid)
    if card is None:
        error = {"code": "GIFT_CARD_NOT_FOUND", "field": ["id"], "message": "The gift card could not be found"}
        return {"giftCard": None, "userErrors": [error]}
    card.is_enabled = False
    return {"giftCard": _card(app, card), "userErrors": []}


def _customer(app: views.Views, given: Json) -> Json:
    app.need("write_customers", "customerCreate")
    email = given.get("email")
    if email is not None and app.shop.customer_by_email(email) is not None:
        taken = {"field": ["input", "email"], "message": "Email has already been taken"}
        return {"customer": None, "userErrors": [taken]}
    made = app.shop.add_customer(email, state="disabled")
    return {"customer": app.customer(made), "userErrors": []}


def _cards(app: views.Views, page: Json) -> Json:
    app.need("read_gift_cards", "giftCards")
    holds = _matcher(app, page.get("query"), {"id": lambda card: card.id}, lambda card: card.code)
    found = [card for card in app.shop.wallets.cards.values() if holds(card)]
    return views.connection(found, page, lambda card: _card(app, card))


def _card_by_id(app: views.Views, card_gid: str) -> Json | None:
    app.need("read_gift_cards", "giftCard")
    card = _find(app, card_gid)
    return None if card is None else _card(app, card)


def _find(app: views.Views, card_gid: str) -> GiftCard | None:
    number = numeric_id(card_gid, "GiftCard")
    return next((card for card in app.shop.wallets.cards.values() if card.id == number), None)


def _card(app: views.Views, card: GiftCard) -> Json:
    last = card.code[-LAST_CHARACTERS:]
    return {
        "__typename": "GiftCard",
        "id": gid("GiftCard", card.id),
        "balance": app.money(card.balance, card.currency),
        "initialValue": app.money(card.amount, card.currency),
        "createdAt": _at(card.created_at),
        "enabled": card.is_enabled,
        "expiresOn": None if card.ends_on is None else card.ends_on.isoformat(),
        "lastCharacters": last,
        "maskedCode": f"•••• {last}",
        "note": card.note,
    }


def _matcher(
    app: views.Views, query: str | None, fields: dict[str, Callable[[Any], Any]], text: Callable[[Any], str]
) -> Callable[[Any], bool]:
    try:
        return search.matcher(query, fields, text, app.shop.timezone)
    except search.UnknownTerm as unknown:
        raise GraphQLError(f"The dev store does not know the search term {unknown}") from None


def _no_transaction(code: str, message: str, *path: str) -> Json:
    return {"storeCreditAccountTransaction": None, "userErrors": [_error(code, message, *path)]}


def _no_card(code: str, message: str, *path: str) -> Json:
    return {"giftCard": None, "giftCardCode": None, "userErrors": [_error(code, message, "input", *path)]}


def _error(code: str, message: str, *path: str) -> Json:
    return {"code": code, "field": list(path), "message": message}


def _money(told: Json) -> Decimal:
    amount: Decimal = told["amount"]
    return rounded(amount, smallest_unit(told["currencyCode"]))


def _at(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


_TRANSACTION_TERMS: Final[dict[str, Callable[[Any], Any]]] = {
    "id": lambda each: each.id,
    "type": lambda each: "credit" if isinstance(each, Credit) else "debit",
    "expires_at": lambda each: each.ends_at if isinstance(each, Credit) else None,
}
