"""Who members are: names and addresses read when a page needs them, and passed on without being kept.

Shopify withholds names and e-mail addresses from apps without approval; then they are None and nothing fails.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from plugin.loyalty.errors import Unauthorized, UnreadableFacts
from plugin.loyalty.outside import Person
from plugin.shopify import documents
from plugin.shopify.amounts import LARGEST_ID, gid, gid_number
from plugin.shopify.client import GraphqlClient
from plugin.shopify.orders import search_text

PEOPLE_PER_QUERY: Final = 100

_NUMBER = re.compile(r"[0-9]{1,19}")


def people(client: GraphqlClient, customer_ids: Sequence[int]) -> dict[int, Person]:
    """The people behind these customer ids; ids that Shopify does not know are absent."""
    found: dict[int, Person] = {}
    unique = sorted(set(customer_ids))
    for start in range(0, len(unique), PEOPLE_PER_QUERY):
        ids = [gid("Customer", number) for number in unique[start : start + PEOPLE_PER_QUERY]]
        data = client.read(documents.PEOPLE, {"ids": ids}, withheld_is_null=True)
        found |= {person.customer_id: person for person in _persons(data.get("nodes"))}
    return found


def find_customers(client: GraphqlClient, text: str, limit: int) -> Sequence[Person]:
    """Customers matching what staff typed: an id, an e-mail address or part of a name. Empty where access is withheld."""
    typed = text.strip()
    if _NUMBER.fullmatch(typed) and 0 < int(typed) <= LARGEST_ID:
        return list(people(client, [int(typed)]).values())
    search = f'email:"{search_text(typed)}"' if "@" in typed else search_text(typed)
    if not search_text(typed):
        return []
    try:
        data = client.read(documents.FIND_PEOPLE, {"search": search, "limit": limit}, withheld_is_null=True)
    except Unauthorized:
        return []
    return _persons((data.get("customers") or {}).get("nodes"))


# --- Helpers ----------------------------------------------------------------------------------------------------------


def _persons(nodes: object) -> list[Person]:
    return [person for node in nodes if (person := _person(node)) is not None] if isinstance(nodes, list) else []


def _person(node: object) -> Person | None:
    if not isinstance(node, Mapping):
        return None
    try:
        customer_id = gid_number(str(node.get("id")), "Customer")
    except UnreadableFacts:
        return None
    names: list[Any] = [node.get("firstName"), node.get("lastName")]
    email = node.get("defaultEmailAddress") or {}
    return Person(
        customer_id=customer_id,
        name=" ".join(str(name) for name in names if name) or None,
        email=email.get("emailAddress"),
        tags=tuple(node.get("tags") or ()),
        locale=node.get("locale"),
        takes_marketing=email.get("marketingState") == "SUBSCRIBED",
    )
