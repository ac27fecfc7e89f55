"""Gift cards at Shopify: the code is ours, so that a lost answer is asked for again by the same name.

Shopify sends a card to a customer only, so somebody who gets one as a present becomes a customer of the shop there.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from plugin.loyalty.errors import Ambiguous, CodeTaken, OutsideError, Refused
from plugin.loyalty.outside import GiftCardFound, GiftCardSpec, Recipient
from plugin.shopify import documents
from plugin.shopify.amounts import gid, instant_text
from plugin.shopify.client import GraphqlClient, payload_of, user_errors

LAST_CHARACTERS: Final = 4
GONE: Final = "GIFT_CARD_NOT_FOUND"


def create(client: GraphqlClient, spec: GiftCardSpec) -> GiftCardFound:
    """Write the gift card; when it already stands and is ours, adopt it.

    Raises CodeTaken when the code is a stranger's, Refused with Shopify's words, and Ambiguous only when a look-up after a
    lost answer did not find the card either.
    """
    try:
        payload = payload_of(
            client.write(documents.GIFT_CARD_CREATE, {"input": _input(client, spec)}), "giftCardCreate"
        )
    except Ambiguous as lost:
        found = _look_up(client, spec, lost)
        if found is None:
            raise
        return _ours(found)
    errors = user_errors(payload)
    if any(code == "TAKEN" for code, _ in errors):
        found = find(client, spec.code, spec.reference)
        if found is None:
            raise Ambiguous("the code is taken, but Shopify does not show it yet")
        return _ours(found)
    if errors:
        raise Refused("Shopify refused the gift card", errors=errors)
    card = payload.get("giftCard")
    if not isinstance(card, dict) or not isinstance(card.get("id"), str):
        raise Ambiguous("the answer names no gift card")
    return GiftCardFound(gid=card["id"], is_ours=True, is_active=True, left=spec.amount)


def find(client: GraphqlClient, code: str, reference: str) -> GiftCardFound | None:
    """The gift card that has this code; a stranger's is told by its missing reference, as Shopify shows the last signs only."""
    nodes = (client.read(documents.GIFT_CARDS, {"search": code.lower()}).get("giftCards") or {}).get("nodes") or ()
    last = code[-LAST_CHARACTERS:].lower()
    found = [_found(node, reference) for node in nodes if str(node.get("lastCharacters", "")).lower() == last]
    return next((card for card in found if card.is_ours), found[0] if found else None)


def deactivate(client: GraphqlClient, card_gid: str) -> None:
    """Make sure nobody can pay with it. A card that is off or gone is a success; asking twice does no harm."""
    errors = user_errors(
        payload_of(client.write(documents.GIFT_CARD_DEACTIVATE, {"id": card_gid}), "giftCardDeactivate")
    )
    if any(code != GONE for code, _ in errors):
        raise Refused("Shopify did not deactivate the gift card", errors=errors)


# --- Helpers ----------------------------------------------------------------------------------------------------------


def _input(client: GraphqlClient, spec: GiftCardSpec) -> dict[str, Any]:
    written: dict[str, Any] = {
        "code": spec.code,
        "initialAmount": {"amount": f"{spec.amount:f}", "currencyCode": spec.currency},
        "expiresOn": spec.ends_on.isoformat(),
        "note": _mark(spec.reference),
    }
    if spec.recipient is not None:
        return written | {"recipientAttributes": _recipient(client, spec, spec.recipient)}
    if spec.customer_id is not None:
        written["customerId"] = gid("Customer", spec.customer_id)
    return written


def _recipient(client: GraphqlClient, spec: GiftCardSpec, recipient: Recipient) -> dict[str, Any]:
    told = {
        "id": _customer(client, recipient.email),
        "preferredName": recipient.name,
        "message": recipient.message,
        "sendNotificationAt": None if spec.send_at is None else instant_text(spec.send_at),
    }
    return {name: value for name, value in told.items() if value is not None}


def _customer(client: GraphqlClient, email: str) -> str:
    """The customer with that address, made when there is none; an address that was taken meanwhile is found by looking again."""
    found = _customer_by_email(client, email)
    if found is not None:
        return found
    payload = payload_of(client.write(documents.CUSTOMER_CREATE, {"email": email}), "customerCreate")
    errors = user_errors(payload)
    made = (payload.get("customer") or {}).get("id") if not errors else _customer_by_email(client, email)
    if made is None:
        raise Refused("Shopify does not take the recipient's address", errors=errors)
    return str(made)


def _customer_by_email(client: GraphqlClient, email: str) -> str | None:
    found = client.read(documents.CUSTOMER_BY_EMAIL, {"email": email}).get("customerByIdentifier")
    return str(found["id"]) if isinstance(found, dict) else None


def _look_up(client: GraphqlClient, spec: GiftCardSpec, lost: Ambiguous) -> GiftCardFound | None:
    try:
        return find(client, spec.code, spec.reference)
    except OutsideError:
        raise lost from None


def _found(node: Mapping[str, Any], reference: str) -> GiftCardFound:
    return GiftCardFound(
        gid=str(node.get("id")),
        is_ours=str(node.get("note") or "").endswith(_mark(reference)),
        is_active=bool(node.get("enabled")),
        left=Decimal(str((node.get("balance") or {}).get("amount", "0"))),
    )


def _ours(found: GiftCardFound) -> GiftCardFound:
    if not found.is_ours:
        raise CodeTaken("the code belongs to another gift card", errors=(("TAKEN", "the code is already in use"),))
    return found


def _mark(reference: str) -> str:
    return f"regulars:{reference}"
