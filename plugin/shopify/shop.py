"""What Shopify says of the shop itself and of its catalogue: settings, scopes, collections, titles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from plugin.loyalty.errors import Unreachable, UnreadableFacts
from plugin.loyalty.outside import CatalogueEntry, Product, ShopInfo
from plugin.shopify import documents
from plugin.shopify.amounts import currency_code, gid, gid_number
from plugin.shopify.client import GraphqlClient
from plugin.shopify.shopify_api import granted_scopes

NODES_PER_QUERY: Final = 100
COLLECTIONS_PER_QUERY: Final = 8

T = TypeVar("T")


def shop_info(client: GraphqlClient) -> ShopInfo:
    """The shop's settings, and the scopes that the app holds there (read scopes that a write scope implies included)."""
    data = client.read(documents.SHOP)
    shop, installation = data.get("shop") or {}, data.get("currentAppInstallation") or {}
    try:
        return ShopInfo(
            shopify_id=gid_number(str(shop.get("id")), "Shop"),
            name=str(shop["name"]),
            currency=currency_code(str(shop["currencyCode"])),
            timezone=str(shop["ianaTimezone"]),
            plan=str(shop["plan"]["publicDisplayName"]),
            customer_accounts=str(shop["customerAccountsV2"]["customerAccountsVersion"]),
            scopes=granted_scopes([str(scope["handle"]) for scope in installation["accessScopes"]]),
            primary_host=str(shop["primaryDomain"]["host"]),
        )
    except (UnreadableFacts, KeyError, TypeError):
        raise Unreachable("the answer does not describe a shop") from None


def products_in(
    client: GraphqlClient, collection_ids: Sequence[int], product_ids: Sequence[int]
) -> dict[int, frozenset[int]]:
    """For each product that Shopify knows: which of the given collections it is in."""
    found: dict[int, set[int]] = {}
    for collections in _batches(sorted(set(collection_ids)), COLLECTIONS_PER_QUERY):
        document = documents.products_in_collections(collections)
        for products in _batches(sorted(set(product_ids)), NODES_PER_QUERY):
            data = client.read(document, {"ids": [gid("Product", number) for number in products]})
            for product_id, node in _known(data.get("nodes"), "Product"):
                inside = {number for number in collections if node.get(f"c{number}") is True}
                found.setdefault(product_id, set()).update(inside)
    return {product_id: frozenset(inside) for product_id, inside in found.items()}


def titles(client: GraphqlClient, *, product_ids: Sequence[int], collection_ids: Sequence[int]) -> dict[str, Product]:
    """Titles keyed "product:1" and "collection:2"; ids that Shopify does not know are absent."""
    ids = [gid("Product", number) for number in sorted(set(product_ids))]
    ids += [gid("Collection", number) for number in sorted(set(collection_ids))]
    found: dict[str, Product] = {}
    for batch in _batches(ids, NODES_PER_QUERY):
        nodes = client.read(documents.TITLES, {"ids": batch}).get("nodes")
        for kind in ("Product", "Collection"):
            for number, node in _known(nodes, kind):
                found[f"{kind.lower()}:{number}"] = Product(id=number, title=str(node.get("title")))
    return found


def catalogue(client: GraphqlClient, product_ids: Sequence[int]) -> dict[int, CatalogueEntry]:
    """Tags and type of those products; ids that Shopify does not know are absent."""
    found: dict[int, CatalogueEntry] = {}
    for batch in _batches(sorted(set(product_ids)), NODES_PER_QUERY):
        nodes = client.read(documents.CATALOGUE, {"ids": [gid("Product", number) for number in batch]}).get("nodes")
        for number, node in _known(nodes, "Product"):
            tags = tuple(sorted(str(tag) for tag in node.get("tags") or ()))
            found[number] = CatalogueEntry(tags, str(node.get("productType") or ""))
    return found


# --- Helpers ----------------------------------------------------------------------------------------------------------


def _batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _known(nodes: object, kind: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The nodes of one kind with their numbers; Shopify answers null for ids it does not know."""
    for node in nodes if isinstance(nodes, list) else ():
        if isinstance(node, Mapping) and node.get("__typename") == kind:
            yield gid_number(str(node.get("id")), kind), node
