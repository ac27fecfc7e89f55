"""The theme's blocks, on the dev store's own pages: what the page says without asking anybody, and what two small scripts do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from devstore.model import Customer, Product
from plugin.db import Database
from plugin.loyalty.program import Program, default_program, dump, parse
from plugin.services import programs
from plugin.services.perform import perform_due
from tests.storefront.stage import Stage, playing
from tests.storefront.visiting import PHONE, Visitor, visitor

EXTENSION = Path(__file__).parents[2] / "extensions" / "regulars-theme"
AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
LARGEST_SCRIPT = 10_000
BLOCK_PAGES = ("/", "/cart", "/pages/rewards", "/pages/levels", "/pages/rules", "/pages/invited")

pytestmark = pytest.mark.browser

__all__ = ["visitor"]


def rich() -> Program:
    """A program with levels, double points on one shelf, and something that never earns."""
    document = dump(default_program("USD", is_live=True))
    document["name"] = "Bloom Club"
    document["tiers"] = {
        "metric": "spend",
        "levels": [
            {"id": "seed", "title": "Seed", "threshold": "0"},
            {"id": "bloom", "title": "Bloom", "threshold": "750", "multiplier": "1.5", "perks": ["Free tasting"]},
        ],
    }
    document["order_rules"] = [campaign("Last spring", "2020-05-01"), campaign("For years to come", "2090-05-01")]
    return parse(document)


def campaign(title: str, ends_on: str) -> dict[str, object]:
    conditions = {"ends_at": f"{ends_on}T00:00:00+00:00", "order_numbers": [50]}
    effect = {"kind": "fixed", "points": 5}
    return {"id": title.lower().replace(" ", "-"), "title": title, "effect": effect, "conditions": conditions}


@pytest.fixture(scope="module")
def stage(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with playing(database, tmp_path_factory.mktemp("modern")) as stage:
        publish(stage, rich())
        yield stage


@pytest.fixture(scope="module")
def plain_stage(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with playing(database, tmp_path_factory.mktemp("plain"), theme="plain") as stage:
        publish(stage, rich())
        yield stage


def publish(stage: Stage, program: Program) -> None:
    """The next version, and what Shopify is told of it."""
    with stage.world.database.transaction(stage.shop_id) as session:
        programs.publish(session, program, by="test", now=stage.world.clock())
    perform_due(stage.world, stage.shop_id, stage.domain)


def told(stage: Stage, customer: Customer) -> Customer:
    """The customer once Shopify was told of their points."""
    stage.world.clock()
    publish(stage, rich())
    assert {key for _, key in customer.metafields} == {"tier", "points"}
    return customer


def with_sizes(stage: Stage) -> Product:
    return next(each for each in stage.shop.products.values() if len({v.price for v in each.variants}) > 1)


def visit(page: Page, stage: Stage, path: str) -> None:
    page.goto(f"{stage.home.rstrip('/')}{path}")


def fill_cart(page: Page, stage: Stage, quantity: int = 3) -> None:
    product = with_sizes(stage)
    page.evaluate(
        """(line) => fetch('/cart/add.js', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(line)})""",
        {"id": product.variants[0].id, "quantity": quantity},
    )


def cart_codes(page: Page) -> list[dict[str, object]]:
    found: list[dict[str, object]] = page.evaluate(
        "fetch('/cart.js').then((a) => a.json()).then((c) => c.discount_codes)"
    )
    return found


def scripts(page: Page) -> set[str]:
    found: list[str] = page.evaluate("[...document.scripts].map((each) => each.src.split('/').pop())")
    return {each for each in found if each.endswith("-points.js")}


# --- the product --------------------------------------------------------------------------------------------------------


def test_the_points_of_a_product_follow_its_variant_and_quantity(stage: Stage, visitor: Visitor) -> None:
    product = with_sizes(stage)
    page = visitor(stage, None)
    visit(page, stage, f"/products/{product.handle}")
    shown = page.locator("loyalty-product [data-points]")

    expect(shown).to_have_text(f"{int(product.variants[0].price)} points")
    page.locator(f'input[name=id][value="{product.variants[-1].id}"]').check(force=True)
    expect(shown).to_have_text(f"{int(product.variants[-1].price)} points")
    page.locator("input[name=quantity]").fill("2")
    page.locator("input[name=quantity]").blur()
    expect(shown).to_have_text(f"{int(product.variants[-1].price * 2)} points")


def test_a_subscription_earns_by_its_own_price(stage: Stage, visitor: Visitor) -> None:
    product = next(each for each in stage.shop.products.values() if each.selling_plans)
    plan, price = product.selling_plans[0], product.variants[0].price
    page = visitor(stage, None)
    visit(page, stage, f"/products/{product.handle}")

    page.locator(f'input[name=selling_plan][value="{plan.id}"]').check(force=True)

    expected = int(price * (100 - plan.percent_off) / 100)
    expect(page.locator("loyalty-product [data-points]")).to_have_text(f"{expected} points")
    assert expected < int(price)


# --- the cart -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["modern", "plain"])
def test_a_reward_is_redeemed_in_the_cart_and_given_back(
    request: pytest.FixtureRequest, visitor: Visitor, theme: str
) -> None:
    stage: Stage = request.getfixturevalue("stage" if theme == "modern" else "plain_stage")
    page = visitor(stage, told(stage, stage.member(300)), size=PHONE)
    fill_cart(page, stage)
    visit(page, stage, "/cart")
    block = page.locator("loyalty-cart")

    expect(block.get_by_text("You have 300 points")).to_be_visible()
    block.get_by_text("Use it for this order").click()
    block.get_by_role("button", name="$5 off for 150 points").click()
    expect(block.get_by_text("your reward counts in this cart")).to_be_visible()
    applied = cart_codes(page)
    back = block.get_by_role("button", name="Give it back")
    if theme == "plain":  # no standard actions: the cart is shown anew
        with page.expect_navigation():
            back.click()
    else:
        back.click()
        expect(block.get_by_text("Given back.")).to_be_visible()

    assert [each["applicable"] for each in applied] == [True]
    assert cart_codes(page) == []


def test_a_guest_is_invited_and_a_member_is_not(stage: Stage, visitor: Visitor) -> None:
    guest, member = visitor(stage, None), visitor(stage, told(stage, stage.member(10)))

    expect(guest.locator(".loyalty-nudge").get_by_role("link", name="Join for free")).to_be_visible()
    assert member.locator(".loyalty-nudge").count() == 0


def test_a_guest_reads_what_the_cart_earns_and_where_to_sign_in(stage: Stage, visitor: Visitor) -> None:
    page = visitor(stage, None)
    fill_cart(page, stage, quantity=1)
    visit(page, stage, "/cart")

    earned = int(with_sizes(stage).variants[0].price)
    expect(page.locator("loyalty-cart")).to_contain_text(f"You earn {earned} points with this order")
    sign_in = page.locator("loyalty-cart a")
    assert sign_in.get_attribute("href") == (
        "/customer_authentication/login?return_to=%2Fcart&return_url=%2Fcart&checkout_url=%2Fcart"
        "&locale=en&region_country=US&ui_hint=full"
    )
    assert scripts(page) == set()


# --- the pages ----------------------------------------------------------------------------------------------------------


def test_pages_say_the_program_without_a_script_and_a_member_sees_their_level(stage: Stage, visitor: Visitor) -> None:
    ann = told(stage, stage.member(620))
    page = visitor(stage, ann)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    visit(page, stage, "/pages/rewards")
    block = page.locator(".loyalty-page")

    expect(block.get_by_text("You have 620 points")).to_be_visible()
    expect(block.get_by_text("Your level: Seed")).to_be_visible()
    for text in ("1 point for every $1 you spend", "Free shipping", "Free tasting", "Your friend gets: $5 off"):
        expect(block.get_by_text(text).first).to_be_visible()
    expect(block.get_by_text("For years to come")).to_be_visible()
    expect(block.get_by_text("Last spring")).to_have_count(0)
    assert scripts(page) == set()
    assert not [url for url in asked if "/apps/loyalty/state" in url]


def test_an_invitation_page_leads_to_the_gift(stage: Stage, visitor: Visitor) -> None:
    page = visitor(stage, None)

    visit(page, stage, "/pages/invited")

    landing = page.locator("[data-loyalty-landing]")
    expect(landing.get_by_role("heading", name="$5 off")).to_be_visible()
    expect(landing.get_by_role("link", name="Get the gift")).to_have_attribute("href", "#loyalty/gift")


def test_the_blocks_speak_the_pages_language(stage: Stage, visitor: Visitor) -> None:
    page = visitor(stage, None, locale="de-DE")

    visit(page, stage, "/pages/rules?locale=de")
    page.locator("summary", has_text="Sammeln").click()

    expect(page.get_by_text("1 Punkt für je 1\N{NO-BREAK SPACE}$ Einkaufswert.")).to_be_visible()


def test_while_the_program_is_off_no_block_shows_and_no_script_loads(plain_stage: Stage, visitor: Visitor) -> None:
    publish(plain_stage, parse(dump(rich()) | {"is_live": False}))
    page = visitor(plain_stage, None)
    fill_cart(page, plain_stage)

    seen: list[object] = []
    for path in (*BLOCK_PAGES, f"/products/{with_sizes(plain_stage).handle}"):
        visit(page, plain_stage, path)
        seen += page.locator(".loyalty-block").all()
        seen += list(scripts(page))
    publish(plain_stage, rich())

    assert seen == []


# --- who cannot see, point, or read from left to right ------------------------------------------------------------------


def wrong(page: Page) -> list[str]:
    """What axe finds in the blocks, what moves, and whether one is wider than its place, read from either side."""
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=AXE)
    found: list[str] = page.evaluate(
        """async () => {
          const blocks = [...document.querySelectorAll('.loyalty-block')];
          const {violations} = await axe.run(blocks);
          const found = violations.map((each) => `${each.id}: ${each.nodes[0].html}`);
          for (const dir of ['rtl', 'ltr']) {
            document.documentElement.dir = dir;
            found.push(...blocks.filter((each) => each.scrollWidth > each.clientWidth).map((each) => `wide, ${dir}: ${each.className}`));
          }
          return blocks.length ? found : ['no block'];
        }"""
    )
    return found


def test_every_block_can_be_used_by_everybody(stage: Stage, visitor: Visitor) -> None:
    guest, member = (visitor(stage, who, size=PHONE) for who in (None, told(stage, stage.member(300))))
    product = f"/products/{with_sizes(stage).handle}"
    visits = [(guest, path) for path in (*BLOCK_PAGES, product)] + [
        (member, path) for path in ("/cart", "/pages/rewards")
    ]
    for page in (guest, member):
        fill_cart(page, stage)

    found = {}
    for page, path in visits:
        visit(page, stage, path)
        page.evaluate("for (const fold of document.querySelectorAll('.loyalty-block details')) fold.open = true")
        if (page, path) == (member, "/cart"):
            expect(page.locator("loyalty-cart").get_by_role("button").first).to_be_visible()
        if problems := wrong(page):
            found[path] = problems

    assert found == {}


def test_a_reward_is_redeemed_in_the_cart_from_the_keyboard(stage: Stage, visitor: Visitor) -> None:
    page = visitor(stage, told(stage, stage.member(300)))
    fill_cart(page, stage)
    visit(page, stage, "/cart")
    block = page.locator("loyalty-cart")

    block.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(block.get_by_role("button", name="$5 off for 150 points")).to_be_visible()
    while page.evaluate("document.activeElement.textContent") != "$5 off for 150 points":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(block.get_by_text("your reward counts in this cart")).to_be_visible()
    page.keyboard.press("Tab")

    expect(block.get_by_text("You have 150 points")).to_be_visible()
    assert page.evaluate("document.activeElement.textContent") == "Changed your mind? Give it back"


# --- the files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("script", ["product-points.js", "cart-points.js"])
def test_each_script_is_small(script: str) -> None:
    assert len((EXTENSION / "assets" / script).read_bytes()) < LARGEST_SCRIPT


def test_every_language_says_the_same_things() -> None:
    def keys(node: object, path: str = "") -> set[str]:
        if isinstance(node, dict):
            return {found for name, each in node.items() for found in keys(each, f"{path}.{name}")}
        return {path}

    said = {path.name: keys(json.loads(path.read_text("utf-8"))) for path in (EXTENSION / "locales").glob("??.json")}
    english = keys(json.loads((EXTENSION / "locales" / "en.default.json").read_text("utf-8")))

    assert len(said) == 5
    assert all(found == english for found in said.values())
