"""What opens doors for a customer at Shopify: tags that we set and take away, and the segments the customer is in."""

from __future__ import annotations

from collections.abc import Sequence

from plugin.loyalty.errors import Refused, UnreadableFacts
from plugin.shopify import documents
from plugin.shopify.amounts import gid, gid_number
from plugin.shopify.client import GraphqlClient, payload_of, user_errors


def add(client: GraphqlClient, customer_id: int, tags: Sequence[str]) -> None:
    """The customer has these tags. Doing it twice is a success."""
    _write(client, documents.TAGS_ADD, "tagsAdd", customer_id, tags)


def remove(client: GraphqlClient, customer_id: int, tags: Sequence[str]) -> None:
    """The customer has none of these tags. Doing it twice is a success."""
    _write(client, documents.TAGS_REMOVE, "tagsRemove", customer_id, tags)


def segments_of(client: GraphqlClient, customer_id: int, segment_ids: Sequence[int]) -> frozenset[int]:
    """Which of these segments the customer is in; segments that are gone are not among them."""
    data = client.read(
        documents.SEGMENTS_OF,
        {
            "customer": gid("Customer", customer_id),
            "segments": [gid("Segment", number) for number in sorted(set(segment_ids))],
        },
    )
    memberships = (data.get("customerSegmentMembership") or {}).get("memberships") or ()
    found = set()
    for membership in memberships:
        if membership.get("isMember") is True:
            try:
                found.add(gid_number(str(membership.get("segmentId")), "Segment"))
            except UnreadableFacts:
                continue
    return frozenset(found)


def _write(client: GraphqlClient, document: str, mutation: str, customer_id: int, tags: Sequence[str]) -> None:
    payload = payload_of(client.write(document, {"id": gid("Customer", customer_id), "tags": list(tags)}), mutation)
    errors = user_errors(payload)
    if errors:
        raise Refused("Shopify did not change the customer's tags", errors=errors)
