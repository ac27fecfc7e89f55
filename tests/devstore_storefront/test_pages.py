"""The shop's pages: two themes, three languages, the app's own Liquid where a merchant switched it on."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from devstore.model import Metafield
from devstore.storefront.catalogue import COLLECTIONS, PRODUCTS, price_in
from devstore.storefront.pictures import drawing
from devstore.storefront.state import Storefront
from devstore.storefront.stocking import stock_shop
from devstore.views import APP_NAMESPACE
from devstore.world import Shop, World
from tests.devstore_storefront.conftest import Browser

EMBED = """<aside data-for="{{ customer.id | default: 'guest' }}" {{ block.shopify_attributes }}>
{{ 'hello' | t: name: shop.name }} {{ block.settings.colour }} {{ 'panel.js' | asset_url }} {{ cart.total_price | money }}
{% render 'part', word: 'snippet' %}</aside>
{% schema %}{"name": "Panel", "target": "body", "settings": [
  {"type": "color", "id": "colour", "label": "Colour", "default": "#112233"}]}{% endschema %}
{% javascript %}never(){% endjavascript %}"""


@pytest.fixture
def extension(storefront: Storefront, tmp_path: Path) -> Path:
    root = tmp_path / "extensions" / "loyal"
    for folder in ("blocks", "snippets", "locales", "assets"):
        (root / folder).mkdir(parents=True)
    (root / "blocks" / "panel.liquid").write_text(EMBED)
    (root / "snippets" / "part.liquid").write_text("[{{ word }}]")
    (root / "locales" / "en.default.json").write_text(json.dumps({"hello": "Hello from {{ name }}"}))
    (root / "locales" / "de.json").write_text(json.dumps({"hello": "Hallo von {{ name }}"}))
    (root / "assets" / "panel.js").write_text("panel()")
    storefront.extensions = tmp_path / "extensions"
    return root


@pytest.mark.parametrize("theme", ["actions", "plain"])
@pytest.mark.parametrize(
    "path",
    ["/", "/collections", "/collections/tea", "/collections/all", "/products/ember-mug", "/cart", "/pages/rewards"],
)
def test_every_page_renders_in_both_themes_with_nothing_untranslated(
    browser: Browser, shop: Shop, theme: str, path: str
) -> None:
    shop.theme = theme
    browser.post("/cart/add.js", json={"id": next(iter(shop.variants))})

    for locale in ("en", "de", "fr"):
        answer = browser.get(f"{path}?locale={locale}")

        assert answer.status_code == 200
        assert "Translation missing" not in answer.text
        assert f'<html lang="{locale}">' in answer.text


def test_only_the_modern_theme_offers_standard_actions(browser: Browser, shop: Shop) -> None:
    modern = browser.get("/").text
    shop.theme = "plain"
    plain = browser.get("/").text

    assert "standard-actions.js" in modern
    assert "standard-actions.js" not in plain
    assert "Shopify.actions" in browser.get("/cdn/shop/standard-actions.js").text


def test_money_reads_as_language_and_currency_ask(browser: Browser, world: World) -> None:
    yen = world.add_shop("kissa", currency="JPY")
    stock_shop(yen)
    kissa = browser.on("kissa.localhost")
    browser.on("brew.localhost")

    assert "$24.00" in browser.get("/products/ember-mug?locale=en").text
    assert "24,00\N{NO-BREAK SPACE}$" in browser.get("/products/ember-mug?locale=de").text
    assert "¥3,600" in kissa.get("/products/ember-mug?locale=en").text
    assert "3.600\N{NO-BREAK SPACE}¥" in kissa.get("/products/ember-mug?locale=de").text


def test_the_chosen_language_stays_and_a_customers_own_is_the_default(browser: Browser, shop: Shop) -> None:
    henri = shop.add_customer("henri@example.com", locale="fr")
    browser.act_as(henri.id)

    own = browser.get("/").text
    browser.post("/localization", {"locale_code": "de", "return_to": "/cart"})
    chosen = browser.get("/").text

    assert '<html lang="fr">' in own
    assert '<html lang="de">' in chosen


def test_an_app_embed_is_rendered_with_its_settings_words_and_assets(
    browser: Browser, shop: Shop, extension: Path
) -> None:
    nora = shop.add_customer("nora@example.com")
    browser.act_as(nora.id)

    page = browser.get("/?locale=de").text

    panel = page[page.index("<aside") : page.index("</aside>")]
    assert f'data-for="{nora.id}"' in panel
    assert "Hallo von Brew &amp; Hearth #112233 /cdn/extensions/loyal/assets/panel.js 0,00" in panel
    assert "[snippet]" in panel
    assert "never()" not in page
    assert page.index("</aside>") < page.index("</body>")
    assert browser.get("/cdn/extensions/loyal/assets/panel.js").text == "panel()"


def test_embeds_follow_the_merchants_switch_and_the_installation(browser: Browser, shop: Shop, extension: Path) -> None:
    pages = [browser.get("/").text]
    browser.client.put("/_devstore/storefront/brew", json={"embeds_on": False})
    pages.append(browser.get("/").text)
    browser.client.put(
        "/_devstore/storefront/brew", json={"embeds_on": True, "settings": {"panel": {"colour": "#445566"}}}
    )
    pages.append(browser.get("/").text)
    shop.uninstall()
    pages.append(browser.get("/").text)

    assert ["<aside" in page for page in pages] == [True, False, True, False]
    assert "#445566" in pages[2]


def test_liquid_reads_the_apps_own_metafield_by_its_reserved_name(
    browser: Browser, shop: Shop, world: World, extension: Path
) -> None:
    nora = shop.add_customer("nora@example.com")
    points = Metafield(1, APP_NAMESPACE, "points", "number_integer", "120", world.now())
    nora.metafields[APP_NAMESPACE, "points"] = points
    source = (
        '<i>{{ customer.metafields[\'$app\'].points.value }} points</i>{% schema %}{"target": "body"}{% endschema %}'
    )
    (extension / "blocks" / "balance.liquid").write_text(source)

    browser.act_as(nora.id)

    assert "<i>120 points</i>" in browser.get("/").text


@pytest.mark.parametrize("locale", ["en", "de", "fr"])
def test_our_own_theme_extension_renders_in_every_language(browser: Browser, locale: str) -> None:
    page = browser.get(f"/?locale={locale}").text

    embed = page[page.index('class="shopify-block shopify-app-block"') :]
    config = json.loads(embed.partition('<script type="application/json">')[2].partition("</script>")[0])
    assert config["language"] == locale
    assert "Translation missing" not in embed
    assert browser.get(config["panelUrl"]).mimetype in ("text/javascript", "application/javascript")


def test_a_block_without_schema_is_refused_as_shopify_would(browser: Browser, extension: Path) -> None:
    (extension / "blocks" / "broken.liquid").write_text("<p>no schema</p>")

    with pytest.raises(ValueError, match=r"broken\.liquid has no schema"):
        browser.get("/")


def test_unknown_pages_and_shops_are_not_found(browser: Browser) -> None:
    assert browser.get("/products/nothing").status_code == 404
    assert browser.get("/cdn/shop/t/modern/assets/../layout/theme.liquid").status_code == 404
    assert browser.get("/cdn/extensions/../assets/x").status_code == 404


def test_other_hosts_stay_with_the_host_application(browser: Browser) -> None:
    assert browser.on("127.0.0.1").get("/").text == "the host application"
    assert browser.on("admin.localhost").get("/").text == "the host application"
    assert browser.on("brew.myshopify.com").get("/").status_code == 200


def test_the_start_page_lets_one_be_each_person(browser: Browser, shop: Shop) -> None:
    nora = shop.add_customer("nora@example.com", first_name="Nora", tags=["demo:new-member"])
    henri = shop.add_customer("henri@example.com", first_name="Henri", tags=["demo:regular"])

    page = browser.on("127.0.0.1:9999").get("/_devstore/start").text

    for who in ("guest", nora.id, henri.id):
        assert f"http://brew.localhost:9999/_devstore/act-as?customer={who}" in page
    assert "http://admin.localhost:9999/store/brew/apps/regulars/" in page


def test_mail_is_kept_and_shown(browser: Browser, storefront: Storefront, shop: Shop) -> None:
    sent = {"to": "nora@example.com", "subject": "Hi <Nora>", "text": "Points!"}

    browser.client.post("/_devstore/mail", json=sent)
    page = browser.client.get("/_devstore/mail").text
    listed = browser.client.get("/_devstore/mail.json?to=NORA@example.com").get_json()["messages"]

    assert "Hi &lt;Nora&gt;" in page
    assert [(each["subject"], each["text"]) for each in listed] == [("Hi <Nora>", "Points!")]
    assert browser.client.post("/_devstore/mail", json={"to": 1}).status_code == 422


def test_the_merchant_refunds_and_cancels_on_the_orders_page(browser: Browser, shop: Shop) -> None:
    browser.post("/cart/add.js", json={"id": next(iter(shop.variants)), "quantity": 2})
    page = browser.get("/checkout").location
    browser.post(page, {"email": "nora@example.com", "last_name": "Lind", "pay": "1"})
    (order,) = shop.orders.values()

    browser.client.post(f"/_devstore/orders/brew/{order.id}", data={"line": str(order.lines[0].id)})
    after_one = order.financial_status
    browser.client.post(f"/_devstore/orders/brew/{order.id}", data={"act": "cancel"})
    refused = browser.client.post(f"/_devstore/orders/brew/{order.id}", data={"act": "cancel"})

    assert (after_one, order.financial_status) == ("partially_refunded", "refunded")
    assert order.cancelled_at is not None
    assert "problem=" in refused.location


def test_the_catalogue_is_a_shop_with_at_least_24_different_pictures() -> None:
    drawings = {item.handle: drawing(item.handle) for item in PRODUCTS}

    for text in drawings.values():
        ET.fromstring(text)

    assert len({item.handle for item in PRODUCTS}) == len(PRODUCTS) >= 24
    assert len(set(drawings.values())) == len(PRODUCTS)
    shelves = {handle for item in PRODUCTS for handle in item.collections}
    assert shelves == {each.handle for each in COLLECTIONS}
    assert all(price_in("JPY", item.price) % 10 == 0 for item in PRODUCTS)


def test_a_product_of_ones_own_gets_a_drawing_that_stays_the_same() -> None:
    assert drawing("my-own-thing") == drawing("my-own-thing") != drawing("another-thing")
    ET.fromstring(drawing("<&'\">"))
