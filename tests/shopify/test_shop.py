"""What the adapter tells of a shop, its people and its catalogue, and how it behaves where Shopify withholds things."""

from __future__ import annotations

import ast
import gzip
import json
from datetime import timedelta
from importlib import metadata
from pathlib import Path
from typing import Any

import graphql
import httpx
import pytest

from devstore.faults import Fault
from devstore.model import Cart, CartLine
from devstore.store import Store
from devstore.world import Shop, World
from plugin.loyalty.errors import Unauthorized, Unreachable
from plugin.loyalty.outside import CatalogueEntry, Person, Product, ShopInfo
from plugin.services.ports import ShopifyShop, ShopifyTokens
from plugin.shopify import connect as entry
from plugin.shopify import documents, shopify_api
from plugin.shopify.connect import ShopifyAdmin, connect, token_source
from plugin.shopify.verify import NotFromShopify
from tests.shopify.conftest import FakeSettings

SCHEMA = Path(__file__).parents[2] / "node_modules/@shopify/dev-mcp/dist/data/admin_2026-10.json.gz"
DOCUMENTS = {
    name: text
    for name, text in vars(documents).items()
    if name.isupper() and not name.startswith("_") and isinstance(text, str)
}


def test_the_adapters_are_what_the_verbs_ask_for(settings: FakeSettings) -> None:
    """Checked by mypy: assigning them to the Protocols is the test."""
    shop: ShopifyShop = connect(settings, "brew.myshopify.com", "token")
    tokens: ShopifyTokens = token_source(settings)

    assert shop.domain == "brew.myshopify.com"
    assert tokens is not None


@pytest.fixture(scope="module")
def published() -> graphql.GraphQLSchema:
    introspection = json.loads(gzip.decompress(SCHEMA.read_bytes()))
    return graphql.build_client_schema(introspection.get("data", introspection), assume_valid=True)


@pytest.mark.skipif(not SCHEMA.exists(), reason="the published schema comes with `npm ci`")
@pytest.mark.parametrize("name", [*DOCUMENTS, "products_in_collections"])
def test_every_document_is_valid_against_shopifys_published_schema(published: graphql.GraphQLSchema, name: str) -> None:
    text = DOCUMENTS[name] if name in DOCUMENTS else documents.products_in_collections([1, 2])

    problems = graphql.validate(published, graphql.parse(text))

    assert [problem.message for problem in problems] == []


def test_the_shop_describes_itself(shop: ShopifyAdmin, brew: Shop) -> None:
    brew.set_scopes(["write_discounts", "read_orders"])

    assert shop.shop_info() == ShopInfo(
        shopify_id=brew.id,
        name="Brew",
        currency="USD",
        timezone="America/New_York",
        plan="Basic",
        customer_accounts="NEW_CUSTOMER_ACCOUNTS",
        scopes=frozenset({"write_discounts", "read_discounts", "read_orders"}),
        primary_host=shop.shop_info().primary_host,
    )
    assert "." in shop.shop_info().primary_host


def test_languages_are_read_where_the_merchant_lets_the_app_the_stores_own_first(
    shop: ShopifyAdmin, brew: Shop
) -> None:
    brew.locale, brew.other_locales = "fr", ("en", "pt-BR")
    before = shop.shop_info()

    assert brew.installation is not None
    brew.set_scopes(brew.installation.scopes | {"read_locales"})

    assert (before.locales, before.locale) == ((), "en")
    assert (shop.shop_info().locales, shop.shop_info().locale) == (("fr", "en", "pt-BR"), "fr")


def test_an_answer_that_describes_no_shop_is_no_shop(settings: FakeSettings) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"data": {"shop": None}}))

    with pytest.raises(Unreachable):
        connect(settings, "brew.myshopify.com", "token", transport=transport).shop_info()


def test_a_write_scope_covers_its_read_scope_as_shopifyapi_says() -> None:
    granted = ["write_discounts", " read_orders", "unauthenticated_write_checkouts", "", "customer_read_orders"]

    held = shopify_api.granted_scopes(granted)

    assert held >= {"write_discounts", "read_discounts", "read_orders", "unauthenticated_read_checkouts"}
    assert "write_orders" not in held
    assert shopify_api.missing_scopes(["write_discounts"], ["read_discounts", "read_orders"]) == {"read_orders"}


def test_the_address_is_of_the_api_version_that_we_speak(settings: FakeSettings) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"data": {"order": None}})

    connect(settings, "brew.myshopify.com", "a-token", transport=httpx.MockTransport(answer)).order(1)

    assert str(asked[0].url) == "http://devstore.test/brew.myshopify.com/admin/api/2026-10/graphql.json"
    assert asked[0].headers["X-Shopify-Access-Token"] == "a-token"
    assert entry.API_VERSION == "2026-10"


@pytest.mark.parametrize(
    "domain", ["evil.com", "brew.myshopify.com/../evil", "brew", "brew.myshopify.com@evil.com", "a.myshopify.com"]
)
def test_a_token_is_never_taken_to_anything_but_a_shop(settings: FakeSettings, domain: str) -> None:
    with pytest.raises(NotFromShopify):
        connect(settings, domain, "token")


def test_people_are_read_by_id_and_strangers_are_absent(shop: ShopifyAdmin, brew: Shop) -> None:
    ann = brew.add_customer("ann@example.com", first_name="Ann", last_name="Lee", tags=["VIP"], locale="fr")
    bob = brew.add_customer("bob@example.com")

    people = shop.people([ann.id, bob.id, 404, ann.id])

    assert people == {
        ann.id: Person(ann.id, "Ann Lee", "ann@example.com", ("VIP",), "fr"),
        bob.id: Person(bob.id, None, "bob@example.com", (), "en"),
    }
    assert shop.people([]) == {}


def test_many_people_are_asked_for_in_batches(shop: ShopifyAdmin, brew: Shop) -> None:
    ids = [brew.add_customer(f"{number}@example.com").id for number in range(230)]

    assert sorted(shop.people(ids)) == sorted(ids)


def test_withheld_names_and_addresses_are_none(shop: ShopifyAdmin, brew: Shop, world: World) -> None:
    ann = brew.add_customer("ann@example.com", first_name="Ann", tags=["VIP"])
    world.config.withholds_protected_data = True

    person = shop.people([ann.id])[ann.id]

    assert (person.name, person.email, person.tags) == (None, None, ("VIP",))


@pytest.mark.parametrize("typed", ["Ann", "  ann@example.com ", "ann lee", "{id}"])
def test_customers_are_found_as_staff_type_them(shop: ShopifyAdmin, brew: Shop, typed: str) -> None:
    ann = brew.add_customer("ann@example.com", first_name="Ann", last_name="Lee")
    brew.add_customer("bob@example.com", first_name="Bob")

    found = shop.find_customers(typed.format(id=ann.id))

    assert [person.customer_id for person in found] == [ann.id]


@pytest.mark.parametrize("typed", ["", "  ", '"', "()", "0", "9" * 30, "*", ":"])
def test_what_cannot_be_looked_for_finds_nobody(shop: ShopifyAdmin, brew: Shop, typed: str) -> None:
    brew.add_customer("ann@example.com", first_name="Ann")

    assert list(shop.find_customers(typed)) == []


def test_a_search_cannot_smuggle_in_another_filter(shop: ShopifyAdmin, brew: Shop) -> None:
    brew.add_customer("ann@example.com", first_name="Ann")

    assert list(shop.find_customers('x" OR email:"ann@example.com')) == []


def test_where_customers_are_withheld_nobody_is_found(shop: ShopifyAdmin, brew: Shop) -> None:
    brew.add_customer("ann@example.com", first_name="Ann")
    brew.set_scopes(["read_orders"])

    assert list(shop.find_customers("Ann")) == []


def test_a_missing_scope_is_told_as_unauthorized(shop: ShopifyAdmin, brew: Shop) -> None:
    brew.set_scopes(["read_customers"])

    with pytest.raises(Unauthorized):
        shop.order(1)


def test_products_know_which_collections_they_are_in(shop: ShopifyAdmin, brew: Shop) -> None:
    beans, sale, *more = [brew.add_collection(name).id for name in ("Beans", "Sale", *"abcdefgh")]
    blend = brew.add_product("Blend", "10", collections=[beans, sale, more[-1]]).id
    mug = brew.add_product("Mug", "10").id

    found = shop.products_in([beans, sale, *more], [blend, mug, 404])

    assert found == {blend: frozenset({beans, sale, more[-1]}), mug: frozenset()}
    assert shop.products_in([], [blend]) == {}


def test_the_catalogue_tells_tags_and_types(shop: ShopifyAdmin, brew: Shop) -> None:
    tea = brew.add_product("Tea", "5.00", tags=["new", "Green"], product_type="Leaves")

    assert shop.catalogue([tea.id, 1]) == {tea.id: CatalogueEntry(("Green", "new"), "Leaves")}


def test_titles_of_products_and_collections_are_told_apart(shop: ShopifyAdmin, brew: Shop) -> None:
    blend, beans = brew.add_product("Blend", "10").id, brew.add_collection("Beans").id

    found = shop.titles({"product": [blend, 404], "collection": [beans]})

    assert found == {f"product:{blend}": Product(blend, "Blend"), f"collection:{beans}": Product(beans, "Beans")}
    assert shop.titles({}) == {}


def test_variants_are_called_by_their_product_and_segments_by_their_name(shop: ShopifyAdmin, brew: Shop) -> None:
    shirt = brew.add_product("Shirt", "20.00", variants=(("Small", "20.00"), ("Large", "20.00")))
    mug = brew.add_product("Mug", "9.00")
    often = brew.add_segment("Often here <b>")
    variants = [*(variant.id for variant in shirt.variants), mug.variants[0].id, 404]

    found = shop.titles({"variant": variants, "segment": [often.id, 404]})

    assert {key: one.title for key, one in found.items()} == {
        f"variant:{shirt.variants[0].id}": "Shirt - Small",
        f"variant:{shirt.variants[1].id}": "Shirt - Large",
        f"variant:{mug.variants[0].id}": "Mug",
        f"segment:{often.id}": "Often here <b>",
    }


def test_all_segments_are_listed_page_by_page(shop: ShopifyAdmin, brew: Shop) -> None:
    made = [brew.add_segment(f"Segment {number}").id for number in range(251)]

    assert {one.id for one in shop.segments()} == set(made)
    assert len(shop.segments()) == 251


def test_reads_survive_a_few_bad_answers(shop: ShopifyAdmin, store: Store, slept: list[float]) -> None:
    for fault in (Fault("after"), Fault("html"), Fault("throttled")):
        store.faults.add(fault)

    assert shop.shop_info().name == "Brew"
    assert len(slept) == 3


def test_a_long_read_leaves_half_of_the_rate_limit_to_shoppers(
    settings: FakeSettings, transport: httpx.WSGITransport, brew: Shop, world: World
) -> None:
    world.config.bucket_size, world.config.restore_rate = 220.0, 20.0
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        world.advance(timedelta(seconds=seconds))

    shop = connect(settings, brew.domain, brew.give_token().access, transport=transport, sleep=wait)
    blend = brew.add_product("Blend", "10").variants[0].id
    for _ in range(60):
        brew.checkout(Cart([CartLine(blend)]), email="ann@example.com")

    pages = sum(1 for _ in shop.orders_updated_since(world.now() - timedelta(days=1)))

    assert pages == 6
    assert 0 < sum(waits) <= 60


def test_shopifyapi_is_used_for_its_three_good_parts_and_nothing_else() -> None:
    """Its sessions are global and its GraphQL client has no timeout: only one module may import it."""
    root = Path(entry.__file__).parents[1]
    importers: dict[str, set[Any]] = {}
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [module or ""]
            if any(name.split(".")[0] == "shopify" for name in names):
                importers.setdefault(path.name, set()).update(names)

    assert importers == {"shopify_api.py": {"shopify", "shopify.utils"}}
    assert metadata.version("ShopifyAPI")
