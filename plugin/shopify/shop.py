"""What Shopify says of the shop itself and of its catalogue: settings, scopes, collections, titles."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from plugin.loyalty.errors import Unreachable, UnreadableFacts
from plugin.loyalty.outside import CatalogueEntry, Picked, Product, ShopInfo
from plugin.shopify import documents
from plugin.shopify.amounts import currency_code, gid, gid_number
from plugin.shopify.client import GraphqlClient
from plugin.shopify.shopify_api import granted_scopes

NODES_PER_QUERY: Final = 100
COLLECTIONS_PER_QUERY: Final = 8

LOCALES: Final = "read_locales"
"""The scope without which a store's languages are not told."""
SEGMENT_PAGES: Final = 8
"""2,000 segments: more than anybody scrolls through, few enough to wait for."""
ONLY_VARIANT: Final = " - Default Title"
"""What Shopify appends to a product's title for its variant when there is only one."""

_TITLED: Final[Mapping[Picked, tuple[str, str]]] = {
    "product": ("Product", "title"),
    "variant": ("ProductVariant", "displayName"),
    "collection": ("Collection", "title"),
    "segment": ("Segment", "name"),
}
"""What is picked -> its type at Shopify and the field with its name."""

T = TypeVar("T")


def shop_info(client: GraphqlClient) -> ShopInfo:
    """The shop's settings, and the scopes that the app holds there (read scopes that a write scope implies included)."""
    data = client.read(documents.SHOP)
    shop, installation = data.get("shop") or {}, data.get("currentAppInstallation") or {}
    try:
        scopes = granted_scopes([str(scope["handle"]) for scope in installation["accessScopes"]])
        return ShopInfo(
            shopify_id=gid_number(str(shop.get("id")), "Shop"),
            name=str(shop["name"]),
            currency=currency_code(str(shop["currencyCode"])),
            timezone=str(shop["ianaTimezone"]),
            plan=str(shop["plan"]["publicDisplayName"]),
            customer_accounts=str(shop["customerAccountsV2"]["customerAccountsVersion"]),
            scopes=scopes,
            primary_host=str(shop["primaryDomain"]["host"]),
            locales=_locales(client) if LOCALES in scopes else (),
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


def titles(client: GraphqlClient, asked: Mapping[Picked, Collection[int]]) -> dict[str, Product]:
    """Titles keyed "product:1", "segment:2" and so on; ids that Shopify does not know are absent."""
    ids = [gid(_TITLED[kind][0], number) for kind, numbers in asked.items() for number in sorted(set(numbers))]
    found: dict[str, Product] = {}
    for batch in _batches(ids, NODES_PER_QUERY):
        nodes = client.read(documents.TITLES, {"ids": batch}).get("nodes")
        for kind, (name, field) in _TITLED.items():
            for number, node in _known(nodes, name):
                title = str(node.get(field)).removesuffix(ONLY_VARIANT)
                found[f"{kind}:{number}"] = Product(id=number, title=title)
    return found


def segments(client: GraphqlClient) -> list[Product]:
    """The shop's customer segments, the last edited first; more than SEGMENT_PAGES of them are cut off."""
    found: list[Product] = []
    after = None
    for _ in range(SEGMENT_PAGES):
        page = client.read(documents.SEGMENTS, {"after": after}).get("segments") or {}
        found += [
            Product(gid_number(str(node["id"]), "Segment"), str(node["name"])) for node in page.get("nodes") or ()
        ]
        after = (page.get("pageInfo") or {}).get("endCursor")
        if not after or not page["pageInfo"].get("hasNextPage"):
            break
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


def _locales(client: GraphqlClient) -> tuple[str, ...]:
    found = client.read(documents.LOCALES).get("shopLocales") or ()
    return tuple(str(one["locale"]) for one in sorted(found, key=lambda one: not one["primary"]))


# --- Helpers ----------------------------------------------------------------------------------------------------------


def _batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _known(nodes: object, kind: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The nodes of one kind with their numbers; Shopify answers null for ids it does not know."""
    for node in nodes if isinstance(nodes, list) else ():
        if isinstance(node, Mapping) and node.get("__typename") == kind:
            yield gid_number(str(node.get("id")), kind), node
