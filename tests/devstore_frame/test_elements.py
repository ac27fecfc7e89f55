"""The Polaris stand-ins: they take part in forms, say their errors, work by keyboard, and show mistakes in red."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from devstore.frame import facts
from tests.devstore_frame.stage import Stage

MANIFEST = Path("node_modules/@shopify/polaris-types/dist/custom-elements.json")

FIELDS = """
<form action="/" method="post" id="form">
  <s-text-field label="Name" name="name" value="Bean Club"></s-text-field>
  <s-text-area label="Text" name="text" value="Hello"></s-text-area>
  <s-number-field label="Points" name="points" value="5" min="0" max="12" step="5"></s-number-field>
  <s-money-field label="Spend" name="spend" value="1.50"></s-money-field>
  <s-select label="Rounding" name="rounding">
    <s-option value="down">Down</s-option><s-option value="up" selected>Up</s-option></s-select>
  <s-checkbox label="Shipping" name="shipping" value="yes" checked></s-checkbox>
  <s-switch label="On" name="on"></s-switch>
  <s-choice-list label="Who" name="who">
    <s-choice value="all" selected>All</s-choice><s-choice value="join">Joined</s-choice></s-choice-list>
  <s-choice-list label="Skip" name="skip" multiple>
    <s-choice value="b2b" selected>B2B</s-choice><s-choice value="staff" selected>Staff</s-choice></s-choice-list>
  <s-date-field label="Starts" name="starts" value="2026-03-14"></s-date-field>
  <s-text-field label="Off" name="off" value="x" disabled></s-text-field>
  <s-button type="submit" variant="primary">Save</s-button><s-button type="reset">Undo</s-button>
</form>"""
AS_WRITTEN = [
    ["name", "Bean Club"], ["text", "Hello"], ["points", "5"], ["spend", "1.50"], ["rounding", "up"], ["shipping", "yes"],
    ["who", "all"], ["skip", "b2b"], ["skip", "staff"], ["starts", "2026-03-14"],
]  # fmt: skip
ENTRIES = "[...new FormData(document.getElementById('form'))]"


@pytest.mark.skipif(not MANIFEST.exists(), reason="npm ci has not been run: no published manifest to compare with")
def test_the_table_of_elements_is_compiled_from_the_published_manifest() -> None:
    manifest = json.loads(MANIFEST.read_text())

    table = facts.compile_table(manifest)

    assert facts.TABLE.read_text() == table
    assert len(facts.read_manifest(manifest)) == 62


@pytest.mark.browser
def test_every_element_of_the_table_is_defined_and_draws_itself(stage: Stage) -> None:
    stage.page.goto(f"http://127.0.0.1:{stage.port}/_devstore/elements")

    tags = [line.split('"')[1] for line in facts.TABLE.read_text().splitlines() if line.startswith('  "s-')]
    undefined = stage.page.evaluate(
        "(tags) => tags.filter((tag) => !customElements.get(tag) || !document.createElement(tag).shadowRoot)", tags
    )

    assert len(tags) == 62
    assert undefined == []


@pytest.mark.browser
def test_the_form_gets_every_value_and_reset_restores_what_was_written(stage: Stage) -> None:
    frame = stage.show(FIELDS)
    written = frame.evaluate(ENTRIES)

    frame.get_by_label("Name").fill("Bean Ring")
    frame.get_by_label("Rounding").select_option("down")
    frame.get_by_label("Shipping").uncheck()
    frame.get_by_label("On", exact=True).check()
    frame.get_by_label("Joined").check()
    frame.get_by_label("Staff").uncheck()
    changed = frame.evaluate(ENTRIES)
    frame.get_by_role("button", name="Undo").click()

    assert written == AS_WRITTEN
    assert changed == [
        ["name", "Bean Ring"], ["text", "Hello"], ["points", "5"], ["spend", "1.50"], ["rounding", "down"], ["on", "on"],
        ["who", "join"], ["skip", "b2b"], ["starts", "2026-03-14"],
    ]  # fmt: skip
    assert frame.evaluate(ENTRIES) == AS_WRITTEN


@pytest.mark.browser
@pytest.mark.parametrize("way", ["button", "enter"])
def test_a_form_is_sent_by_its_button_and_by_enter_in_a_field(stage: Stage, way: str) -> None:
    frame = stage.show(FIELDS)

    if way == "button":
        frame.get_by_role("button", name="Save").click()
    else:
        frame.get_by_label("Name").press("Enter")
    frame.wait_for_selector("text=thanks")

    assert stage.site.forms[0]["skip"] == ["b2b", "staff"]
    assert stage.site.forms[0]["name"] == ["Bean Club"]


@pytest.mark.browser
def test_change_and_input_events_reach_the_element_with_its_new_value(stage: Stage) -> None:
    frame = stage.show(FIELDS)
    frame.evaluate("""() => {
      window.heard = [];
      for (const type of ["input", "change"]) {
        document.addEventListener(type, ({target}) => heard.push([type, target.localName, target.value]));
      }
    }""")

    field = frame.get_by_label("Name")
    field.fill("A")
    field.blur()
    frame.get_by_label("Rounding").select_option("down")
    frame.get_by_label("Joined").check()

    assert frame.evaluate("heard") == [
        ["input", "s-text-field", "A"], ["change", "s-text-field", "A"], ["input", "s-select", "down"],
        ["change", "s-select", "down"], ["input", "s-choice-list", "join"], ["change", "s-choice-list", "join"],
    ]  # fmt: skip


@pytest.mark.browser
def test_an_error_stands_next_to_its_field_and_is_read_out(stage: Stage) -> None:
    frame = stage.show(
        "<s-number-field label='Points' name='p' details='Per euro' error='Enter a number above zero'></s-number-field>"
    )
    box = frame.get_by_label("Points")

    expect(frame.get_by_text("Enter a number above zero")).to_be_visible()
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(box).to_have_accessible_description("Enter a number above zero Per euro")
    frame.evaluate("document.querySelector('s-number-field').error = ''")

    expect(frame.get_by_text("Enter a number above zero")).to_be_hidden()
    expect(box).not_to_have_attribute("aria-invalid", "true")


@pytest.mark.browser
def test_arrow_keys_step_numbers_and_move_through_choices(stage: Stage) -> None:
    frame = stage.show(FIELDS)

    points = frame.get_by_label("Points")
    for key in ("ArrowUp", "ArrowUp", "ArrowUp"):
        points.press(key)
    frame.get_by_label("All", exact=True).press("ArrowDown")
    after_down = frame.evaluate("document.querySelector('s-choice-list').values")
    frame.get_by_label("Joined").press("ArrowDown")

    assert points.input_value() == "12"
    assert after_down == ["join"]
    assert frame.evaluate("document.querySelector('s-choice-list').values") == ["all"]


@pytest.mark.browser
def test_a_modal_opens_by_command_keeps_the_focus_and_closes_by_escape(stage: Stage) -> None:
    frame = stage.show("""
      <s-button id="open" commandFor="modal" command="--show">Give points</s-button>
      <s-modal id="modal" heading="Give points"><s-text-field label="Reason"></s-text-field>
      <s-button slot="primary-action" commandFor="modal" command="--hide">Done</s-button></s-modal>""")
    dialog = frame.get_by_role("dialog", name="Give points")
    frame.evaluate(
        "() => { window.heard = []; for (const type of ['show', 'hide']) modal.addEventListener(type, () => heard.push(type)); }"
    )

    frame.locator("#open").click()
    expect(dialog).to_be_visible()
    is_dim = stage.page.locator("body.is-dim")
    expect(is_dim).to_have_count(1)
    stage.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    focused = frame.evaluate("document.activeElement.id")
    stage.page.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    frame.get_by_text("Done").click()

    expect(dialog).to_be_hidden()
    expect(is_dim).to_have_count(0)
    assert focused == "open"
    assert frame.evaluate("heard") == ["show", "hide", "show", "hide"]


@pytest.mark.browser
def test_a_menu_is_walked_with_the_arrow_keys_and_closes_after_a_choice(stage: Stage) -> None:
    frame = stage.show("""
      <s-button commandFor="menu">More</s-button>
      <s-menu id="menu"><s-button>Rename</s-button><s-button id="copy" onclick="window.isCopied = true">Copy</s-button></s-menu>""")

    frame.get_by_role("button", name="More").press("Enter")
    expect(frame.get_by_role("menuitem", name="Rename")).to_be_focused()
    stage.page.keyboard.press("ArrowDown")
    stage.page.keyboard.press("Enter")

    expect(frame.get_by_role("menu")).to_be_hidden()
    assert frame.evaluate("window.isCopied") is True


@pytest.mark.browser
def test_a_table_becomes_a_list_on_a_phone_and_its_rows_lead_somewhere(stage: Stage) -> None:
    frame = stage.show("""
      <s-section padding="none"><s-table paginate hasNextPage>
      <s-table-header-row><s-table-header listSlot="primary">Member</s-table-header>
      <s-table-header format="numeric">Points</s-table-header></s-table-header-row><s-table-body><s-table-row clickDelegate="ada">
      <s-table-cell><s-link id="ada" href="/members">Ada</s-link></s-table-cell><s-table-cell>40</s-table-cell></s-table-row>
      </s-table-body></s-table></s-section>""")
    cells = frame.locator("s-table-cell")
    tops = "() => [...document.querySelectorAll('s-table-cell')].map((cell) => cell.getBoundingClientRect().top)"
    wide = frame.evaluate(tops)
    frame.evaluate(
        "() => { window.turned = 0; document.querySelector('s-table').addEventListener('nextpage', () => { turned += 1; }); }"
    )

    frame.get_by_role("button", name="Next page").click()
    turned = frame.evaluate("turned")
    stage.page.set_viewport_size({"width": 390, "height": 844})
    expect(cells.nth(1).get_by_text("Points")).to_be_visible()
    narrow = frame.evaluate(tops)
    cells.nth(1).get_by_text("40").click()
    frame.wait_for_url("**/members?*")

    assert turned == 1
    assert wide[0] == wide[1]
    assert narrow[0] < narrow[1]


@pytest.mark.browser
def test_mistakes_in_the_markup_are_outlined_and_named(stage: Stage) -> None:
    frame = stage.show(
        "<s-card></s-card><s-button colour='red'>a</s-button><s-badge tone='happy'>b</s-badge>"
        "<s-box slot='asides'></s-box><s-button tone='critical'>c</s-button>"
    )

    named = frame.evaluate("[...document.querySelectorAll('[data-devstore-problem]')].map((one) => one.title)")

    assert [title.split(" is none")[0] for title in named] == [
        "<s-card> is no element of the admin", '<s-button> has no attribute "colour"', 'tone="happy"', '<s-page> has no slot "asides"',
    ]  # fmt: skip


@pytest.mark.browser
def test_the_gallery_shows_no_mistakes_but_the_planted_ones(stage: Stage) -> None:
    stage.page.goto(f"http://127.0.0.1:{stage.port}/_devstore/elements")

    mistakes = stage.page.locator("[data-devstore-problem]")

    expect(mistakes).to_have_count(3)
