"""The change log in the settings: every change in words, by whom, to be filtered and taken away."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from pathlib import Path

from plugin.admin.settings.deeds import GROUPS, WORDS
from plugin.services import changelog
from plugin.services import staff as roles
from plugin.services.perform import World
from tests.admin.staff import Staff
from tests.conftest import NOON, TestShop

SOURCE = Path(__file__).resolve().parents[3] / "plugin"
DEED = re.compile(rf'"((?:{"|".join(set(GROUPS) - {"referral", "till"})})\.[a-z_]+)"')
"""Referrals have parts of the program named alike; deeds at the till are named after what is done there."""


def note(world: World, shop: TestShop, deed: str, *, by: str = "staff:9", days: int = 0, **facts: object) -> None:
    with world.database.transaction(shop.id) as session:
        changelog.note(session, by=by, deed=deed, subject="12", facts=facts, now=NOON + timedelta(days=days))


def rows(staff: Staff, query: str = "") -> list[dict[str, str]]:
    text = staff.fetch(f"/settings/audit.csv{query}").get_data(as_text=True)
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_every_deed_in_the_program_has_words_and_a_group() -> None:
    deeds = {deed for path in SOURCE.rglob("*.py") for deed in DEED.findall(path.read_text(encoding="utf-8"))}

    assert len(deeds) > 10
    assert {deed for deed in deeds if deed not in WORDS} == set()
    assert {deed.partition(".")[0] for deed in WORDS} <= set(GROUPS)


def test_a_change_is_told_in_words_with_the_way_to_it(staff: Staff, world: World, shop: TestShop) -> None:
    note(world, shop, "member.adjusted", points=1200)

    page = staff.fetch("/settings/audit").text

    assert '<s-link href="/members/12">Changed the points of member 12 by 1,200</s-link>' in page
    assert "Staff member 9" in page


def test_colleagues_are_called_what_the_owner_calls_them(staff: Staff, world: World, shop: TestShop) -> None:
    note(world, shop, "member.adjusted")
    with world.database.transaction(shop.id) as session:
        roles.start(session, 5, by="test", now=NOON)
        roles.give(session, 9, "support", label="Lisa & Co", by="test", now=NOON)

    assert ">Lisa &amp; Co<" in staff.fetch("/settings/audit").text


def test_the_log_is_filtered_by_area_person_and_days(staff: Staff, world: World, shop: TestShop) -> None:
    note(world, shop, "member.adjusted", by="staff:9")
    note(world, shop, "member.tier_unpinned", by="API key till", days=1)
    note(world, shop, "message.tested", by="staff:9", days=2)

    found = {
        query: [row["What"].split()[0] for row in rows(staff, query)]
        for query in ("?group=member", "?author=API+key+till", "?since=2026-03-03&until=2026-03-03", "?since=tomorrow")
    }

    assert found["?group=member"] == ["Ended", "Changed"]
    assert found["?author=API+key+till"] == ["Ended"]
    assert found["?since=2026-03-03&until=2026-03-03"] == ["Ended"]
    assert len(found["?since=tomorrow"]) == 4, "what is no day filters nothing"


def test_the_file_holds_every_change_and_no_formula(staff: Staff, world: World, shop: TestShop) -> None:
    note(world, shop, "member.adjusted", by="=1+1", points=-5)

    first = rows(staff)[0]

    assert (first["Author"], first["Subject"], first["Details"]) == ("'=1+1", "12", "points: -5")
    assert first["When"].startswith("2026-03-02T12:00:00")


def test_a_long_log_is_read_page_by_page(staff: Staff, world: World, shop: TestShop) -> None:
    with world.database.transaction(shop.id) as session:
        for number in range(60):
            changelog.note(session, by="staff:9", deed="member.adjusted", subject=str(number), now=NOON)

    first = staff.fetch("/settings/audit").text
    onwards = re.search(r'data-next="([^"]+)"', first)
    assert onwards is not None
    second = staff.fetch(onwards[1]).text

    members = [int(n) for page in (first, second) for n in re.findall(r"points of member (\d+)", page)]
    assert members == list(range(59, -1, -1))


def test_another_shops_changes_are_not_shown(stranger: tuple[Staff, TestShop], world: World, shop: TestShop) -> None:
    note(world, shop, "member.adjusted", points=77)

    assert "points of member 12" not in stranger[0].fetch("/settings/audit").text
