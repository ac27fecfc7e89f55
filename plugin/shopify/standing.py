"""What customers carry at Shopify of the program: the app's metafields `tier` and `points`.

Values are absolute, so that writing twice is writing once; a customer who is gone is passed over, not an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from plugin.loyalty.errors import Refused, Unreachable, UnreadableFacts
from plugin.loyalty.outside import StandingMark
from plugin.loyalty.program.tiers import NO_TIER
from plugin.shopify import documents
from plugin.shopify.amounts import gid, gid_number
from plugin.shopify.client import GraphqlClient, payload_of, user_errors

NAMESPACE: Final = "$app"
TIER_KEY: Final = "tier"
POINTS_KEY: Final = "points"
MEMBERS_MAX: Final = 12
"""Shopify takes 25 metafields at a time; a member has two."""


def write(client: GraphqlClient, marks: Sequence[StandingMark]) -> None:
    """Every member's tier and points."""
    for start in range(0, len(marks), MEMBERS_MAX):
        _write(client, list(marks[start : start + MEMBERS_MAX]))


def namespace(client: GraphqlClient) -> str:
    """How Liquid outside of this app's blocks calls the namespace `$app`: themes, notifications, other apps. Raises OutsideError."""
    app = (client.read(documents.APP).get("currentAppInstallation") or {}).get("app") or {}
    try:
        return f"app--{gid_number(str(app.get('id')), 'App')}"
    except UnreadableFacts:
        raise Unreachable("Shopify did not say which app this is") from None


def _write(client: GraphqlClient, marks: list[StandingMark]) -> None:
    """All or none, says Shopify: whoever it does not take is left out, and the others are written."""
    while marks:
        fields = [field for each in marks for field in _fields(each)]
        payload = payload_of(client.write(documents.METAFIELDS_SET, {"metafields": fields}), "metafieldsSet")
        errors = user_errors(payload)
        if not errors:
            return
        at_fault = {_member_of(error) for error in payload.get("userErrors") or ()}
        kept = [each for at, each in enumerate(marks) if at not in at_fault]
        if len(kept) == len(marks):
            raise Refused("Shopify did not take the metafields", errors=errors)
        marks = kept


def _member_of(error: Any) -> int:
    index = error.get("elementIndex") if isinstance(error, dict) else None
    return index // 2 if isinstance(index, int) else -1


def _fields(each: StandingMark) -> list[dict[str, str]]:
    owner = gid("Customer", each.customer_id)
    return [
        {
            "ownerId": owner,
            "namespace": NAMESPACE,
            "key": TIER_KEY,
            "type": "single_line_text_field",
            "value": each.tier or NO_TIER,
        },
        {
            "ownerId": owner,
            "namespace": NAMESPACE,
            "key": POINTS_KEY,
            "type": "number_integer",
            "value": f"{each.points}",
        },
    ]
