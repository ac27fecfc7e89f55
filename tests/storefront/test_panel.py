"""The panel in a browser, on the dev store's own pages: what a shopper sees, presses and gets."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page, expect

from plugin.db import Database
from plugin.loyalty.program import Program, default_program
from plugin.services import programs
from tests.storefront.stage import Stage, playing
from tests.storefront.visiting import DESKTOP, PHONE, Visitor, visitor

ROOT = Path(__file__).parents[2]
EXTENSION = ROOT / "extensions" / "regulars-theme"

LOSE_TWO_ANSWERS = """() => {
  const real = window.fetch;
  let left = 2;
  window.fetch = async (address, options) => {
    const answer = await real(address, options);
    if (String(address).includes('/redeem') && left-- > 0) throw new TypeError('the answer was lost');
    return answer;
  };
}"""

pytestmark = pytest.mark.browser

__all__ = ["visitor"]


@pytest.fixture(scope="module")
def stage(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with playing(database, tmp_path_factory.mktemp("modern")) as stage:
        yield stage


@pytest.fixture(scope="module")
def plain_stage(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with playing(database, tmp_path_factory.mktemp("plain"), theme="plain") as stage:
        yield stage


def open_panel(page: Page) -> None:
    page.locator("button.launcher").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def press(page: Page, name: str) -> None:
    page.get_by_role("dialog").get_by_role("button", name=name, exact=name == "Back").click()


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("dialog").get_by_role("heading", name=text)).to_be_visible()


def cart(page: Page) -> dict[str, object]:
    found: dict[str, object] = page.evaluate("fetch('/cart.js').then((answer) => answer.json())")
    return found


def fill_cart(page: Page, stage: Stage, quantity: int = 2) -> None:
    product = next(each for each in stage.shop.products.values() if each.variants[0].price > 10)
    page.evaluate(
        """(line) => fetch('/cart/add.js', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(line)})""",
        {"id": product.variants[0].id, "quantity": quantity},
    )


def handle_of(page: Page) -> str:
    open_panel(page)
    press(page, "Get your link")
    link = page.get_by_role("dialog").locator(".link [title]").get_attribute("title")
    assert link is not None
    return link.partition("?ref=")[2]


# --- the main path ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_member_redeems_applies_the_code_and_gives_it_back(
    stage: Stage, visitor: Visitor, size: tuple[int, int]
) -> None:
    ann = stage.member(300)
    page = visitor(stage, ann, size=size)
    fill_cart(page, stage)

    open_panel(page)
    expect(page.locator(".balance .figure")).to_have_text("300")
    press(page, "Money off")
    press(page, "Redeem for 150 points")
    heading(page, "Your code is ready")
    code = page.locator(".ticket .code").inner_text()
    press(page, "Apply to cart")
    expect(page.get_by_role("dialog").get_by_text("the code counts in your cart")).to_be_visible()
    applied = cart(page)["discount_codes"]
    press(page, "Changed your mind? Return it")
    press(page, "Yes, return it")
    expect(page.locator(".body").get_by_text("Returned: you have 150 points back.")).to_be_visible()

    assert applied == [{"code": code, "applicable": True}]
    assert stage.shop.discount_by_code(code) is not None
    expect(page.locator(".balance .figure")).to_have_text("300")


def test_a_slider_takes_what_was_chosen(stage: Stage, visitor: Visitor) -> None:
    page = visitor(stage, stage.member(200))

    open_panel(page)
    press(page, "As much off as you like")
    slider = page.get_by_role("slider")
    expect(slider).to_have_attribute("aria-valuetext", "180 points, $6 off")
    slider.press("ArrowLeft")
    slider.press("ArrowLeft")
    press(page, "Redeem for 120 points")
    heading(page, "Your code is ready")

    expect(page.get_by_role("dialog").get_by_text("$4 off", exact=True)).to_be_visible()


def test_the_panel_waits_for_a_code_that_takes_its_time(stage: Stage, visitor: Visitor) -> None:
    page = visitor(stage, stage.member(200))
    stage.bell.delay_seconds = 3.0
    try:
        open_panel(page)
        press(page, "Free shipping")
        press(page, "Redeem for 120 points")
        expect(page.get_by_role("dialog").locator(".wait").get_by_text("Creating your code")).to_be_visible()
        heading(page, "Your code is ready")
    finally:
        stage.bell.delay_seconds = 0.0


def test_a_double_click_redeems_once(stage: Stage, visitor: Visitor) -> None:
    ann = stage.member(500)
    page = visitor(stage, ann)

    open_panel(page)
    press(page, "Money off")
    page.get_by_role("dialog").get_by_role("button", name="Redeem for 150 points").dblclick()
    heading(page, "Your code is ready")
    press(page, "Back")

    expect(page.locator(".balance .figure")).to_have_text("350")


def test_codes_that_were_in_the_cart_stay_there(stage: Stage, visitor: Visitor) -> None:
    page = visitor(stage, stage.member(500))
    fill_cart(page, stage)
    open_panel(page)
    for reward, price in (("Money off", "150"), ("Free shipping", "120")):
        press(page, reward)
        press(page, f"Redeem for {price} points")
        heading(page, "Your code is ready")
        press(page, "Apply to cart")
        expect(page.locator(".note")).to_be_visible()
        press(page, "Back")
        heading(page, "Invite a friend")

    codes = cart(page)["discount_codes"]

    assert isinstance(codes, list)
    assert len(codes) == 2


def test_a_code_that_does_not_count_yet_is_said_not_to(stage: Stage, visitor: Visitor) -> None:
    page = visitor(stage, stage.member(3000))
    fill_cart(page, stage, quantity=1)

    open_panel(page)
    press(page, "As much off as you like")
    press(page, "Redeem for 3,000 points")
    heading(page, "Your code is ready")
    press(page, "Apply to cart")

    said = page.locator(".note.bad")
    expect(said).to_contain_text("does not count there yet. It is for orders of $100 or more.")


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_theme_without_storefront_actions_gets_the_code_too(
    plain_stage: Stage, visitor: Visitor, size: tuple[int, int]
) -> None:
    page = visitor(plain_stage, plain_stage.member(200), size=size)
    fill_cart(page, plain_stage)

    open_panel(page)
    press(page, "Money off")
    press(page, "Redeem for 150 points")
    heading(page, "Your code is ready")
    press(page, "Apply to cart")
    expect(page.get_by_role("dialog").get_by_text("the code counts in your cart")).to_be_visible()
    press(page, "View cart")

    page.wait_for_url("**/cart")
    expect(page.locator("button.launcher")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_theme_that_reloads_brings_the_shopper_back_to_the_code(stage: Stage, visitor: Visitor) -> None:
    """The platform's own updateCart reloads a page whose theme it does not know."""
    page = visitor(stage, stage.member(200))
    page.add_init_script(
        "document.addEventListener('DOMContentLoaded', () => setTimeout(() => Shopify.actions.updateCart.configure(null)))"
    )
    page.reload()
    fill_cart(page, stage)

    open_panel(page)
    press(page, "Money off")
    press(page, "Redeem for 150 points")
    heading(page, "Your code is ready")
    with page.expect_navigation():
        press(page, "Apply to cart")

    expect(page.get_by_role("dialog").get_by_text("the code counts in your cart")).to_be_visible()


# --- guests and friends -------------------------------------------------------------------------------------------------


def test_a_guest_is_led_to_sign_in_and_back(stage: Stage, visitor: Visitor) -> None:
    page = visitor(stage, None)
    page.goto(f"{stage.home}collections/tea")

    open_panel(page)
    link = page.get_by_role("dialog").get_by_role("link", name="Sign in to take part").get_attribute("href")

    assert link is not None
    assert dict(parse_qsl(urlsplit(link).query)) == {
        "locale": "en",
        "region_country": "US",
        "ui_hint": "full",
        **dict.fromkeys(("return_to", "return_url", "checkout_url"), "/collections/tea?loyalty=home"),
    }


def test_a_customer_joins_from_the_panel(stage: Stage, visitor: Visitor) -> None:
    page = visitor(stage, stage.shop.add_customer("new@example.com"))

    open_panel(page)
    press(page, "Join for free")

    expect(page.get_by_role("dialog").locator(".note").get_by_text("Welcome! You are in.")).to_be_visible()
    expect(page.locator(".balance .figure")).to_have_text("0")


def test_a_friend_lands_claims_once_and_finds_the_same_code_again(stage: Stage, visitor: Visitor) -> None:
    handle = handle_of(visitor(stage, stage.member(10)))
    page = visitor(stage, None, size=PHONE)

    page.goto(f"{stage.home}?ref={handle}")
    heading(page, "A friend sent you $5 off")
    press(page, "Get my code")
    heading(page, "Your code is ready")
    code = page.locator(".ticket .code").inner_text()
    page.evaluate("sessionStorage.clear()")
    page.goto(f"{stage.home}?ref={handle}")
    heading(page, "Your code is ready")

    assert page.locator(".ticket .code").inner_text() == code
    assert cart(page)["attributes"] == {"regulars_ref": handle}


def test_an_unknown_invitation_is_said_to_be_unknown_and_the_program_is_shown(stage: Stage, visitor: Visitor) -> None:
    page = visitor(stage, None)

    page.goto(f"{stage.home}?ref=ZZZZZZZZZZ")

    expect(page.locator(".note.bad")).to_have_text("This invitation link is not known.")


# --- when things go wrong -----------------------------------------------------------------------------------------------


def test_a_broken_connection_is_said_and_tried_again(stage: Stage, visitor: Visitor) -> None:
    page = visitor(stage, stage.member(50))
    page.route("**/apps/loyalty/panel/home*", lambda route: route.abort())

    open_panel(page)
    heading(page, "That did not work")
    page.unroute("**/apps/loyalty/panel/home*")
    press(page, "Try again")

    expect(page.locator(".balance .figure")).to_have_text("50")


def test_a_lost_answer_is_asked_for_again_and_redeems_once(stage: Stage, visitor: Visitor) -> None:
    page = visitor(stage, stage.member(500))
    page.evaluate(LOSE_TWO_ANSWERS)
    open_panel(page)
    press(page, "Money off")
    press(page, "Redeem for 150 points")
    expect(page.locator(".note.bad")).to_contain_text("could not reach the store")
    press(page, "Redeem for 150 points")
    heading(page, "Your code is ready")
    press(page, "Back")

    expect(page.locator(".balance .figure")).to_have_text("350")


def test_an_outdated_nonce_is_renewed_without_a_word(stage: Stage, visitor: Visitor) -> None:
    page = visitor(stage, stage.member(200))
    sent = []

    def spoil_first(route: object) -> None:
        request = route.request  # type: ignore[attr-defined]
        body = json.loads(request.post_data)
        sent.append(body["nonce"])
        body["nonce"] = "1.0" if len(sent) == 1 else body["nonce"]
        route.continue_(post_data=json.dumps(body))  # type: ignore[attr-defined]

    page.route("**/apps/loyalty/redeem*", spoil_first)
    open_panel(page)
    press(page, "Free shipping")
    press(page, "Redeem for 120 points")
    heading(page, "Your code is ready")

    assert len(sent) == 2


# --- who cannot see, point, or read English -----------------------------------------------------------------------------


def test_everything_works_from_the_keyboard_and_focus_stays_inside(stage: Stage, visitor: Visitor) -> None:
    page = visitor(stage, stage.member(200))
    focused = "document.querySelector('#loyalty-panel').shadowRoot.activeElement"

    page.locator("button.launcher").focus()
    page.keyboard.press("Enter")
    heading(page, "Invite a friend")
    stops: list[str] = []
    while stops.count("Close") < 2 and len(stops) < 30:
        page.keyboard.press("Tab")
        stops.append(page.evaluate(f"{focused} && ({focused}.getAttribute('aria-label') || {focused}.textContent)"))
    page.keyboard.press("Escape")

    assert None not in stops
    assert stops.count("Close") == 2
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator("button.launcher")).to_be_focused()


def test_the_dialog_has_a_name_and_news_are_announced(stage: Stage, visitor: Visitor) -> None:
    page = visitor(stage, stage.member(200))

    open_panel(page)
    expect(page.get_by_role("dialog", name="Rewards")).to_be_visible()
    press(page, "Free shipping")
    press(page, "Redeem for 120 points")

    expect(page.locator("[aria-live=polite]")).to_have_text(re.compile(r"^Your code is ready [0-9A-Z]{16}$"))


@pytest.mark.parametrize(
    ("locale", "sign_in", "earning"),
    [
        ("de-DE", "Anmelden und mitmachen", "Du bekommst 1 Punkt für je 1 $ Einkauf."),
        ("fr-FR", "Se connecter pour participer", "Vous recevez 1 point pour chaque 1 $ dépensé."),
    ],
)
def test_the_panel_speaks_the_shoppers_language(
    stage: Stage, visitor: Visitor, locale: str, sign_in: str, earning: str
) -> None:
    page = visitor(stage, None, locale=locale)

    open_panel(page)

    expect(page.get_by_role("link", name=sign_in)).to_be_visible()
    expect(page.locator(".head .under")).to_have_text(earning)


def test_a_right_to_left_page_mirrors_the_panel(stage: Stage, visitor: Visitor) -> None:
    page = visitor(stage, None)
    page.evaluate("document.documentElement.dir = 'rtl'")

    open_panel(page)

    box = page.get_by_role("dialog").bounding_box()
    assert box is not None
    assert box["x"] < 100


@pytest.mark.parametrize("size", [PHONE, (320, 640), DESKTOP], ids=["phone", "small phone", "desktop"])
def test_nothing_is_wider_than_the_panel(stage: Stage, visitor: Visitor, size: tuple[int, int]) -> None:
    page = visitor(stage, stage.member(1234567, locale="de"), size=size)

    open_panel(page)
    heading(page, "Lade jemanden ein")

    assert page.locator(".body").evaluate("(body) => body.scrollWidth <= body.clientWidth")
    assert page.get_by_role("dialog").evaluate("(dialog) => dialog.getBoundingClientRect().right <= innerWidth")


def test_ones_own_link_opens_the_panel_as_usual(stage: Stage, visitor: Visitor) -> None:
    page = visitor(stage, stage.member(10))
    handle = handle_of(page)

    page.goto(f"{stage.home}?ref={handle}")

    heading(page, "Invite a friend")
    assert cart(page)["attributes"] == {}


@pytest.mark.parametrize(
    "accent", ["#1f4d46", "#ffffff", "#000000", "#767676", "#808080", "#e4002b", "#ffd400", "#7fb069"]
)
def test_any_colour_of_the_merchants_is_readable(stage: Stage, visitor: Visitor, accent: str) -> None:
    source = (EXTENSION / "assets" / "regulars.js").read_text("utf-8")
    functions = source[source.index("function colorsOf") : source.rindex("})();")]
    page = visitor(stage, None)

    colors = page.evaluate(f"(accent) => {{ {functions} return colorsOf(accent); }}", accent)

    assert contrast(colors["on-accent"], colors["accent"]) >= 4.5
    assert contrast(colors["ink"], "#ffffff") >= 4.5


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two colours written as #rgb, #rrggbb or rgb(r,g,b)."""
    lights = sorted((luminance(one), luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def luminance(color: str) -> float:
    digits = color.removeprefix("#")
    if color.startswith("rgb"):
        parts = [int(part) for part in re.findall(r"\d+", color)]
    else:
        wide = digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
        parts = list(bytes.fromhex(wide))
    linear = [part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


# --- promises about the files -------------------------------------------------------------------------------------------


def test_shoppers_never_read_the_apps_name_and_a_merchants_markup_stays_text(
    database: Database, tmp_path: Path, visitor: Visitor
) -> None:
    nasty = "<img src=x onerror=alert(1)>{{ shop }}"
    with playing(database, tmp_path) as stage:
        document = default_program("USD", is_live=True).model_dump() | {"name": nasty}
        with stage.world.database.transaction(stage.shop_id) as session:
            programs.publish(session, Program.model_validate(document), by="test", now=stage.world.clock())
        page = visitor(stage, stage.member(200))

        open_panel(page)
        heading(page, nasty)
        text = page.evaluate("document.querySelector('#loyalty-panel').shadowRoot.textContent")

        assert "regulars" not in text.lower()
        assert page.evaluate("document.querySelector('#loyalty-panel').shadowRoot.querySelector('img')") is None


def test_a_program_that_is_not_live_shows_no_button(database: Database, tmp_path: Path, visitor: Visitor) -> None:
    with playing(database, tmp_path) as stage:
        with stage.world.database.transaction(stage.shop_id) as session:
            program = default_program("USD", is_live=False)
            programs.publish(session, program, by="test", now=stage.world.clock())
        page = visitor(stage, None)

        with page.expect_response("**/apps/loyalty/program*"):
            page.reload()

        expect(page.locator("button.launcher")).to_have_count(0)


def test_the_script_on_every_page_is_small() -> None:
    assert (EXTENSION / "assets" / "regulars.js").stat().st_size < 10_000


def test_every_language_has_every_text_of_the_script() -> None:
    texts = {
        path.name: json.loads(path.read_text("utf-8"))["panel"]
        for path in (EXTENSION / "locales").glob("*.json")
        if "schema" not in path.name
    }
    listed = set(re.findall(r"'panel\.(\w+)'", (EXTENSION / "snippets" / "texts.liquid").read_text("utf-8")))
    scripts = "\n".join(path.read_text("utf-8") for path in (EXTENSION / "assets").glob("*.js"))

    assert len(texts) == 6
    assert all(set(spoken) == listed for spoken in texts.values())
    assert all(re.search(rf"\b{key}\b", scripts) for key in listed)


def test_everything_the_panel_ever_loads_is_small() -> None:
    """As Shopify's CDN serves it: each file without comments and white space, compressed."""
    esbuild = ROOT / "node_modules" / ".bin" / "esbuild"
    sizes = {}
    for name in ("regulars.js", "panel.js", "parts.js", "elements.js", "cart.js", "proxy.js", "panel.css"):
        command = [str(esbuild), "--minify", "--target=es2022", str(EXTENSION / "assets" / name)]
        small = subprocess.run(command, capture_output=True, check=True).stdout
        sizes[name] = len(gzip.compress(small, 9))

    assert sum(sizes.values()) < 15_000, sizes
    assert sizes["regulars.js"] < 3_000
