"""App Bridge and the admin frame: tokens, addresses, save bar and pickers between two sites."""

import time

import jwt
import pytest
from playwright.sync_api import Route, expect

from tests.devstore_frame.stage import Stage

pytestmark = pytest.mark.browser

FORM = """
<form data-save-bar data-discard-confirmation method="post" action="/"
  onsubmit="event.preventDefault(); window.sent = this.elements.name.value">
  <s-text-field label="Program name" name="name" value="Bean Club"></s-text-field>
</form>
<s-link href="/members">All members</s-link>"""


def test_the_frame_gives_a_fresh_sixty_second_id_token_each_time(stage: Stage) -> None:
    frame = stage.open()

    first, second = frame.evaluate("shopify.idToken()"), frame.evaluate("shopify.idToken()")

    config = stage.world.config
    claims = jwt.decode(first, config.client_secret, ["HS256"], audience=config.client_id)
    assert claims["exp"] - claims["iat"] == 60
    assert abs(claims["iat"] - time.time()) < 10
    assert claims["dest"] == "https://brew.myshopify.com"
    assert first != second


def test_an_app_that_is_quicker_than_the_admins_own_script_is_heard(stage: Stage) -> None:
    def hold_back(route: Route) -> None:
        time.sleep(0.5)
        route.continue_()

    stage.page.route("**/_devstore/frame/admin.js", hold_back)

    frame = stage.open()

    assert frame.evaluate("Promise.race([shopify.ready.then(() => true), new Promise((no) => setTimeout(no, 3000))])")


def test_fetch_carries_a_token_to_the_apps_own_origin_and_to_no_other(stage: Stage) -> None:
    frame = stage.open()

    answers = frame.evaluate(
        "(async () => [(await fetch('/api')).status, (await fetch('/api', {headers: {Authorization: 'mine'}})).status])()"
    )
    # That server allows no Authorization header across origins: a token would make the browser refuse the request.
    elsewhere = frame.evaluate(
        f"fetch('http://127.0.0.1:{stage.port}/cdn/app-bridge.js').then((answer) => answer.status)"
    )

    assert answers == [200, 200]
    assert stage.site.tokens[0].startswith("Bearer ey")
    assert stage.site.tokens[1] == "mine"
    assert elsewhere == 200


def test_a_refused_token_is_replaced_once_and_the_body_is_sent_again(stage: Stage) -> None:
    frame = stage.open()

    stage.site.refusals_left = 1
    after_one = frame.evaluate("fetch('/api').then((answer) => answer.status)")
    stage.site.refusals_left = 9
    after_many = frame.evaluate("fetch('/api').then((answer) => answer.status)")

    assert (after_one, after_many) == (200, 401)
    assert len(stage.site.tokens) == len(set(stage.site.tokens)) == 4


def test_a_document_without_a_token_comes_back_through_the_bounce_page(stage: Stage) -> None:
    stage.site.pages["/settings"] = "<s-page heading='Settings'><a id='on' href='/members'>on</a></s-page>"
    frame = stage.open("/settings")

    frame.click("#on")
    frame.wait_for_url("**/members?*id_token=*")

    expect(stage.page).to_have_url(f"http://admin.localhost:{stage.port}/store/brew/apps/regulars/members")
    assert frame.locator("s-page").get_attribute("heading") == "Members"


def test_the_menu_offers_the_visit_to_the_pages_router_and_else_loads_the_page(stage: Stage) -> None:
    frame = stage.open()
    menu = stage.page.locator(".app-nav")
    expect(menu.locator("a")).to_have_text(["Members", "Settings"])

    frame.evaluate("""document.addEventListener("shopify:navigate", (event) => {
        if (event.target.getAttribute("href") !== "/members") return;
        event.preventDefault();
        history.pushState(null, "", event.target.getAttribute("href"));
        window.isSamePage = true;
    })""")
    menu.get_by_text("Members").click()
    expect(stage.page).to_have_url(f"http://admin.localhost:{stage.port}/store/brew/apps/regulars/members")
    taken = frame.evaluate("window.isSamePage")
    menu.get_by_text("Settings").click()
    frame.wait_for_url("**/settings?*")

    assert taken is True
    expect(menu.locator(".is-current")).to_have_text("Settings")
    assert frame.evaluate("window.isSamePage") is None


def test_back_and_forward_move_the_app_and_the_admins_address_together(stage: Stage) -> None:
    frame = stage.open()
    base = f"http://admin.localhost:{stage.port}/store/brew/apps/regulars"
    for path in ("/members", "/settings"):
        frame.evaluate("(path) => history.pushState(null, '', path)", path)
        expect(stage.page).to_have_url(base + path)

    stage.page.evaluate("history.back()")
    expect(stage.page).to_have_url(f"{base}/members")
    stage.page.evaluate("history.forward()")

    expect(stage.page).to_have_url(f"{base}/settings")


def test_the_save_bar_follows_the_form(stage: Stage) -> None:
    frame = stage.show(FORM)
    bar, field = stage.page.locator(".save-bar"), frame.locator("s-text-field input")
    expect(bar).to_be_hidden()

    field.fill("Bean Circle")
    expect(bar).to_be_visible()
    field.fill("Bean Club")
    expect(bar).to_be_hidden()
    field.fill("Bean Ring")
    bar.get_by_text("Save", exact=True).click()

    expect(bar).to_be_hidden()
    assert frame.evaluate("window.sent") == "Bean Ring"


def test_discarding_asks_first_and_then_resets_the_form(stage: Stage) -> None:
    frame = stage.show(FORM)
    field = frame.locator("s-text-field input")
    field.fill("Bean Circle")

    stage.page.locator(".save-bar .discard").click()
    stage.page.get_by_role("button", name="Continue editing").click()
    kept = field.input_value()
    stage.page.locator(".save-bar .discard").click()
    stage.page.get_by_role("button", name="Discard changes").click()

    expect(stage.page.locator(".save-bar")).to_be_hidden()
    assert kept == "Bean Circle"
    expect(field).to_have_value("Bean Club")


def test_unsaved_changes_hold_back_the_menu_and_the_links_of_the_page(stage: Stage) -> None:
    frame = stage.show(FORM)
    frame.locator("s-text-field input").fill("Bean Circle")
    expect(stage.page.locator(".save-bar")).to_be_visible()

    stage.page.locator(".app-nav").get_by_text("Settings").click()
    stage.page.get_by_role("button", name="Stay").click()
    frame.get_by_text("All members").click()
    stage.page.get_by_role("button", name="Stay").click()
    stayed = frame.evaluate("location.pathname")
    frame.get_by_text("All members").click()
    stage.page.get_by_role("button", name="Leave page").click()
    frame.wait_for_url("**/members?*")

    assert stayed == "/"
    expect(stage.page.locator(".save-bar")).to_be_hidden()


def test_closing_the_tab_asks_only_while_changes_are_unsaved(stage: Stage) -> None:
    frame = stage.show(FORM)
    would_ask = "() => !dispatchEvent(new Event('beforeunload', {cancelable: true}))"
    before = stage.page.evaluate(would_ask)

    frame.locator("s-text-field input").fill("Bean Circle")
    expect(stage.page.locator(".save-bar")).to_be_visible()

    assert before is False
    assert stage.page.evaluate(would_ask) is True


def test_a_toast_shows_in_the_admin_and_its_action_comes_back(stage: Stage) -> None:
    frame = stage.open()

    frame.evaluate(
        "shopify.toast.show('Could not save', {isError: true, action: 'Retry', onAction: () => { window.isRetried = true; }})"
    )
    toast = stage.page.get_by_role("alert").filter(has_text="Could not save")
    expect(toast).to_be_visible()
    toast.get_by_role("button", name="Retry").click()

    expect(toast).to_be_hidden()
    assert frame.evaluate("window.isRetried") is True


def test_the_resource_picker_returns_what_was_chosen_and_nothing_when_cancelled(stage: Stage) -> None:
    frame = stage.open()

    frame.evaluate("() => { window.picked = shopify.resourcePicker({type: 'product', multiple: true}); }")
    dialog = stage.page.get_by_role("dialog", name="Add products")
    dialog.get_by_placeholder("Search").fill("filter")
    expect(dialog.get_by_text("House blend")).to_be_hidden()
    dialog.get_by_text("Large").click()
    dialog.get_by_role("button", name="Add", exact=True).click()
    picked = frame.evaluate(
        "picked.then((all) => all.selection.map((one) => [one.title, one.variants.map((variant) => variant.title)]))"
    )
    frame.evaluate("() => { window.picked = shopify.resourcePicker({type: 'collection'}); }")
    expect(stage.page.get_by_role("dialog", name="Add collection")).to_be_visible()
    stage.page.keyboard.press("Escape")

    assert picked == [["Filter papers", ["Large"]]]
    assert frame.evaluate("picked.then((all) => all === undefined)") is True


def test_the_app_learns_about_shop_staff_and_scopes(stage: Stage) -> None:
    frame = stage.open()

    told = frame.evaluate(
        "(async () => ({shop: shopify.config.shop, user: await shopify.user(), "
        "scopes: await shopify.scopes.query(), extensions: await shopify.app.extensions()}))()"
    )

    assert told["shop"] == "brew.myshopify.com"
    assert told["user"]["name"] == "Robin Vale"
    assert "write_discounts" in told["scopes"]["granted"]
    assert told["extensions"][0]["type"] == "theme_app_extension"


def test_an_app_that_was_removed_is_installed_again_from_the_admin(stage: Stage) -> None:
    shop = stage.world.shop("brew")
    shop.uninstall()

    stage.page.goto(f"http://admin.localhost:{stage.port}/store/brew/apps/regulars/")
    stage.page.get_by_role("button", name="Install").click()
    expect(stage.page.frame_locator("iframe").locator("s-page")).to_be_attached()

    assert shop.is_installed
