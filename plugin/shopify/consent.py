"""A customer's consent to e-mail marketing, given by themselves in the storefront and kept at Shopify."""

from __future__ import annotations

from datetime import datetime

from plugin.loyalty.errors import Refused
from plugin.shopify import documents
from plugin.shopify.amounts import gid
from plugin.shopify.client import GraphqlClient, payload_of, user_errors


def is_given(client: GraphqlClient, customer_id: int) -> bool:
    """True when the customer is known to have agreed; False also for one without an address."""
    data = client.read(documents.CONSENT_STATE, {"id": gid("Customer", customer_id)}, withheld_is_null=True)
    address = (data.get("customer") or {}).get("defaultEmailAddress") or {}
    return bool(address.get("marketingState") == "SUBSCRIBED")


def give(client: GraphqlClient, customer_id: int, at: datetime) -> None:
    """The customer agreed then. Doing it twice is a success. Raises Refused for a customer without an e-mail address.

    A shopper who is signed in has shown that the address is theirs; beyond that click nobody confirms anything: SINGLE_OPT_IN.
    """
    consent = {
        "marketingState": "SUBSCRIBED",
        "marketingOptInLevel": "SINGLE_OPT_IN",
        "consentUpdatedAt": at.isoformat(),
    }
    wanted = {"input": {"customerId": gid("Customer", customer_id), "emailMarketingConsent": consent}}
    payload = payload_of(client.write(documents.CONSENT_GIVE, wanted), "customerEmailMarketingConsentUpdate")
    errors = user_errors(payload)
    if errors:
        raise Refused("Shopify did not take the customer's consent", errors=errors)
