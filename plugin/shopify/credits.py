"""Store credit at Shopify: money in a customer's account, which Shopify gives no name and no idempotency.

A credit of ours is recognised by its amount and by the second at which it ends, which no two of a customer's share. Every question is
asked of the account's own transactions; a write whose answer was lost is looked for once, and after that it is the caller's turn to wait.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from plugin.loyalty.errors import Ambiguous, OutsideError, Refused
from plugin.loyalty.outside import CreditFound, CreditSpec
from plugin.shopify import documents
from plugin.shopify.amounts import gid, instant_text
from plugin.shopify.client import GraphqlClient, payload_of, user_errors

ADJUSTMENT: Final = "ADJUSTMENT"


def give(client: GraphqlClient, spec: CreditSpec) -> CreditFound:
    """Add the credit. Raises Refused with Shopify's words, and Ambiguous when a lost answer's credit is not (yet) to be seen."""
    amount = {"amount": f"{spec.amount:f}", "currencyCode": spec.currency}
    variables = {
        "id": gid("Customer", spec.customer_id),
        "input": {"creditAmount": amount, "expiresAt": instant_text(spec.ends_at)},
    }
    try:
        payload = payload_of(client.write(documents.CREDIT_GIVE, variables), "storeCreditAccountCredit")
    except Ambiguous as lost:
        found = _look_up(client, spec, lost)
        if found is None:
            raise
        return found
    errors = user_errors(payload)
    if errors:
        raise Refused("Shopify refused the store credit", errors=errors)
    transaction = payload.get("storeCreditAccountTransaction") or {}
    if not isinstance(transaction.get("id"), str):
        raise Ambiguous("the answer names no store credit")
    return CreditFound(gid=transaction["id"], left=spec.amount)


def find(client: GraphqlClient, spec: CreditSpec) -> CreditFound | None:
    """The credit of that amount that ends at that second."""
    ends_at = instant_text(spec.ends_at)
    search = f"type:credit AND expires_at:>='{ends_at}' AND expires_at:<='{ends_at}'"
    for transaction in _transactions(client, spec.customer_id, search):
        is_same = _amount(transaction, "amount") == spec.amount and _currency(transaction) == spec.currency
        expires_at = transaction.get("expiresAt")
        if is_same and isinstance(expires_at, str) and datetime.fromisoformat(expires_at) == spec.ends_at:
            return CreditFound(gid=str(transaction["id"]), left=_amount(transaction, "remainingAmount"))
    return None


def take(client: GraphqlClient, customer_id: int, amount: Decimal, currency: str) -> None:
    """Take credit away. Raises Refused when there is not that much."""
    variables = {
        "id": gid("Customer", customer_id),
        "input": {"debitAmount": {"amount": f"{amount:f}", "currencyCode": currency}},
    }
    errors = user_errors(payload_of(client.write(documents.CREDIT_TAKE, variables), "storeCreditAccountDebit"))
    if errors:
        raise Refused("Shopify did not take the store credit away", errors=errors)


def was_taken(client: GraphqlClient, customer_id: int, amount: Decimal, currency: str, since: datetime) -> bool:
    """True when an adjustment since then took that much away."""
    return any(
        transaction.get("event") == ADJUSTMENT
        and abs(_amount(transaction, "amount")) == amount
        and _currency(transaction) == currency
        and datetime.fromisoformat(str(transaction.get("createdAt"))) >= since
        for transaction in _transactions(client, customer_id, "type:debit")
    )


# --- Helpers ----------------------------------------------------------------------------------------------------------


def _look_up(client: GraphqlClient, spec: CreditSpec, lost: Ambiguous) -> CreditFound | None:
    try:
        return find(client, spec)
    except OutsideError:
        raise lost from None


def _transactions(client: GraphqlClient, customer_id: int, search: str) -> Iterator[Mapping[str, Any]]:
    data = client.read(documents.CREDITS, {"id": gid("Customer", customer_id), "search": search})
    customer = data.get("customer") or {}
    for account in (customer.get("storeCreditAccounts") or {}).get("nodes") or ():
        yield from (account.get("transactions") or {}).get("nodes") or ()


def _amount(transaction: Mapping[str, Any], name: str) -> Decimal:
    return Decimal(str((transaction.get(name) or {}).get("amount", "0")))


def _currency(transaction: Mapping[str, Any]) -> str:
    return str((transaction.get("amount") or {}).get("currencyCode", ""))
