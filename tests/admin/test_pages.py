"""Every page as a whole: only elements that Shopify has, no words from inside the house, and nothing typed becomes markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from plugin.loyalty.ledger import Reason
from plugin.loyalty.outside import Person
from plugin.loyalty.program import default_program, dump, parse
from plugin.loyalty.words import reason_text
from plugin.services import members, programs, redeem
from plugin.services.perform import World
from tests.admin.activity.test_trouble import arrive
from tests.admin.conftest import PromptBell
from tests.admin.members.test_members import join, take_reward
from tests.admin.staff import Staff
from tests.conftest import TestShop
from tests.fakes import FakeShopify
from tools.check_markup import problems_in

EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}"
INTERNAL = re.compile(
    r"\b(vest(s|ed|ing)?|ledger|claw|lots?|drift|hold|capture|outbox|inbox|webhooks?|entry|entries|accru\w*|settle[ds]?"
    r"|set aside|tombstone|idempoten\w*)\b",
    re.IGNORECASE,
)


@pytest.fixture
def full(world: World, shop: TestShop, shopify: FakeShopify, bell: PromptBell) -> int:
    """A shop where everything has happened, much of it with hostile names; the id of its busiest member."""
    shopify.persons[7001] = Person(7001, EVIL, f"{EVIL}@example.com", (EVIL,), "en")
    member = join(world, shop, 7001, points=500)
    take_reward(world, shop, member, bell)
    redemption = take_reward(world, shop, member, bell)
    with world.database.transaction(shop.id) as session:
        redeem.cancel(session, redemption, now=world.clock())
        members.adjust(session, member, -400, words=EVIL, author="staff:1", key="evil", now=world.clock())
    with world.database.transaction(shop.id) as session:
        document = dump(programs.current(session).program)
        document["name"] = document["rewards"][0]["title"] = EVIL[:60]
        document["exclusions"] = {"product_ids": [11], "collection_ids": [21], "customer_tags": [EVIL[:255]]}
        programs.publish(session, parse(document), by="test", now=world.clock())
    arrive(world, shop, "orders/paid", object_id=5001, reason=EVIL)
    arrive(world, shop, "customers/data_request", object_id=7001, reason="unread")
    return member


def paths(member: int) -> list[str]:
    return [
        "/", "/program", "/program/earning", "/program/rewards", "/program/rewards/amount-off", "/program/rewards/money-slider",
        "/program/rewards/new/copy?of=ten-percent", "/program/rewards/none", "/program/referrals", "/program/review", "/program/history",
        "/program/history/1", "/program/preview", "/members", "/members?q=nobody", f"/members/{member}", "/members/0",
        "/settings/data", "/settings/data?said=checking",
    ]  # fmt: skip


def test_every_page_is_made_of_elements_that_shopify_has(staff: Staff, full: int) -> None:
    found = {path: problems_in(staff.fetch(path).text) for path in paths(full)}

    assert found == {path: [] for path in paths(full)}


def test_every_page_of_a_fresh_shop_is_so_too(staff: Staff, world: World, shop: TestShop) -> None:
    staff.send("/launch/off", {})
    for reward in default_program("USD", is_live=True).rewards:
        staff.send(f"/program/rewards/{reward.id}/remove", {})

    pages = {path: staff.fetch(path) for path in paths(0) if not path.startswith("/program/rewards/")}

    assert {path: found for path, page in pages.items() if (found := problems_in(page.text))} == {}
    assert "No rewards yet" in pages["/program/rewards"].text


def test_refused_forms_are_so_too(staff: Staff, full: int) -> None:
    answers = [
        staff.send("/program/earning", {"earning.points": EVIL, "earning.per": EVIL}),
        staff.send("/program/referrals", {"referral.is_on": "true", "referral.advocate_points": EVIL}),
        staff.send("/program/rewards/amount-off", {"title": EVIL * 3, "value": EVIL}),
        staff.send("/program/rewards/new/copy?of=ten-percent", {"title": EVIL}),
        staff.send(f"/members/{full}/adjustments", {"points": EVIL, "reason": "", "key": "k"}),
    ]

    assert [answer.status_code for answer in answers] == [422] * 5
    assert [problems_in(answer.text) for answer in answers] == [[]] * 5
    assert all(active_markup(answer.text) == [] for answer in answers)


def test_hostile_names_are_words_and_never_markup(staff: Staff, full: int) -> None:
    pages = [staff.fetch(path).text for path in paths(full)]

    assert all(active_markup(page) == [] for page in pages)
    assert any("&lt;script&gt;alert(1)" in page for page in pages)
    assert not any("onerror=alert(1)&gt;49" in page for page in pages)


def test_no_word_from_inside_the_house_reaches_a_page(staff: Staff, full: int) -> None:
    found = {path: INTERNAL.findall(words_of(staff.fetch(path).text)) for path in paths(full)}

    assert found == {path: [] for path in paths(full)}


def test_every_page_has_a_title_and_one_heading(staff: Staff, full: int) -> None:
    for path in paths(full):
        page = staff.fetch(path).text
        assert re.search(r"<title>[^<·]+ · Regulars</title>", page), path
        assert page.count("<s-page ") == 1, path


def test_every_dialog_and_menu_that_is_named_is_there(staff: Staff, full: int) -> None:
    for path in paths(full):
        page = staff.fetch(path).text
        named = set(re.findall(r'(?:commandFor|data-submits|clickDelegate)="([^"]+)"', page))
        there = re.findall(r'\bid="([^"]+)"', page)
        assert named <= set(there), path
        assert len(there) == len(set(there)), path


def test_what_was_done_is_said_once_and_only_in_our_words(staff: Staff) -> None:
    said = staff.fetch("/program?said=saved").text
    invented = staff.fetch("/program?said=<script>alert(1)</script>").text

    assert 'data-said="Saved"' in said
    assert "data-said" not in invented


def test_times_are_the_shops_own(staff: Staff, world: World, shop: TestShop) -> None:
    member = join(world, shop, 7001, points=5)

    page = staff.fetch(f"/members/{member}").text

    assert re.search(r"Mar 2, 2026, 7:00\s?AM", page)


def test_another_locale_writes_numbers_its_own_way(staff: Staff, world: World, shop: TestShop) -> None:
    member = join(world, shop, 7001, points=12345)
    with world.database.transaction(shop.id) as session:
        session.sql(
            "UPDATE shop_details SET locale = 'de', timezone = 'Europe/Berlin', currency = 'EUR' WHERE shop_id = %s",
            shop.id,
        )

    page = staff.fetch(f"/members/{member}").text

    assert "12.345" in page
    assert "02.03.2026, 13:00" in page


def test_a_locale_and_a_time_zone_nobody_knows_still_give_a_page(staff: Staff, world: World, shop: TestShop) -> None:
    with world.database.transaction(shop.id) as session:
        session.sql(
            "UPDATE shop_details SET locale = 'xx-yy-zz', timezone = '../etc/passwd' WHERE shop_id = %s", shop.id
        )

    assert staff.fetch("/settings/data").status_code == 200


def test_every_reason_has_words_on_a_members_page() -> None:
    assert all(not INTERNAL.search(reason_text(reason, order="#1001")) for reason in Reason)


def test_points_in_customers_hands_are_counted_and_valued(staff: Staff, world: World, shop: TestShop) -> None:
    join(world, shop, 7001, points=300)

    page = staff.fetch("/").text

    assert re.search(r">300</s-heading>\s*<s-text[^>]*>worth about \$10<", page)


class _Active(HTMLParser):
    """Collects whatever a browser would run or load beyond our own head."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        src = str(values.get("src", ""))
        is_preview = tag == "iframe" and src.startswith("/preview/")
        if (tag in {"img", "iframe", "object", "embed"} and not is_preview) or any(
            name.startswith("on") for name in values
        ):
            self.found.append(tag)
        if tag == "script" and not (src.startswith("/admin-assets/") or src.endswith(("app-bridge.js", "polaris.js"))):
            self.found.append(tag)


def active_markup(page: str) -> list[str]:
    parser = _Active()
    parser.feed(page)
    return parser.found


def words_of(page: str) -> str:
    """What a merchant reads: text, labels, details; without what support needs (quoted reasons) and without typed text."""
    body = page.split("<body>")[1]
    texts = re.findall(r">([^<]+)<", body)
    labels = re.findall(r'\b(?:label|details|heading|subheading|placeholder|error|accessibilityLabel)="([^"]*)"', body)
    return "\n".join([*texts, *labels])
