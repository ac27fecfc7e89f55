"""What the documentation names exists: files, links, commands, options, make targets, settings, addresses of the API."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from plugin.api.routes import ROUTES
from plugin.cli import main
from tests.docs.pages import PAGES, ROOT, anchors, code, links, read

PICTURES_MAX = 30
PICTURE_BYTES_MAX = 300_000
FOLDERS = "plugin|jobs|webhooks|devstore|docs|tests|tools|bench|extensions|migrations"
names = [str(page.relative_to(ROOT)) for page in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=names)
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []

    for link in links(page):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)

    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=names)
def test_every_file_that_is_named_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    named = set(re.findall(rf"(?<![\w/.:])(?:{FOLDERS})/[\w/.-]*[\w/]", text))

    assert sorted(name for name in named if not (ROOT / name).exists()) == []


@pytest.mark.parametrize("page", PAGES, ids=names)
def test_every_command_that_is_named_exists_with_its_options(page: Path) -> None:
    named = [
        words
        for line in code(page.read_text(encoding="utf-8"))
        for words in re.findall(r"(?:^|\s|\.venv/bin/|=)regulars ([a-z][^#;|&]*)", line)
    ]

    assert [words for words in named if not _is_command(words.split())] == []


def test_a_command_that_does_not_exist_would_be_noticed() -> None:
    assert _is_command(["shops", "add", "brew.myshopify.com", "--access-token"])
    assert not _is_command(["shops", "sell"])
    assert not _is_command(["demo", "--twice"])


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))

    named = {
        target
        for page in PAGES
        for line in code(page.read_text(encoding="utf-8"))
        for target in re.findall(r"^make ([a-z]+)", line)
    }

    assert named <= targets
    assert {"demo", "test"} <= named


def test_every_setting_that_is_named_is_described() -> None:
    described = set(re.findall(r"^\| `([A-Z_]+)`", read("docs/settings.md"), re.MULTILINE))

    named = set()
    for page in ("docs/install.md", "docs/runbook.md", "docs/devstore.md", "docs/api.md"):
        named |= set(re.findall(r"\b((?:REGULARS|SHOPIFY|DATABASE|REDIS|ENCRYPTION|APP)_[A-Z_]+)\b", read(page)))

    assert named <= described
    assert "DATABASE_ADMIN_URL" in named


def test_the_api_guide_shows_every_address_and_no_other() -> None:
    shown = set()
    for command in re.findall(r"^curl (?:.*\\\n)*.*", read("docs/api.md"), re.MULTILINE):
        words = shlex.split(command.replace("\\\n", " "))
        method = words[words.index("-X") + 1] if "-X" in words else "GET"
        [address] = [word for word in words if word.startswith("$API")]
        path = address.removeprefix("$API").partition("?")[0]
        shown |= {
            (route.method, route.path) for route in ROUTES if route.method == method and _fits(route.path, path)
        } or {(method, path)}

    assert shown == {(route.method, route.path) for route in ROUTES}


def test_pictures_are_few_small_and_shown() -> None:
    pictures = sorted((ROOT / "docs/pictures").glob("*.png"))

    pages = (ROOT / "README.md", ROOT / "docs/tour.md")
    shown = {(page.parent / link).resolve() for page in pages for link in links(page) if link.endswith(".png")}

    assert set(pictures) == shown
    assert len(pictures) <= PICTURES_MAX
    assert [picture.name for picture in pictures if picture.stat().st_size > PICTURE_BYTES_MAX] == []


def test_decisions_are_numbered_without_gaps_and_have_one_shape() -> None:
    records = sorted((ROOT / "docs/decisions").glob("*.md"))[1:]

    for number, record in enumerate(records, 1):
        text = record.read_text(encoding="utf-8")
        assert record.name.startswith(f"{number:04}-")
        assert text.startswith(f"# {number:04}. ")
        assert re.findall(r"^\*\*(.+?)\.\*\*", text, re.MULTILINE) == [
            "What made us decide", "What we do", "What it costs", "What we did not do",
        ]  # fmt: skip


@pytest.mark.parametrize("page", PAGES, ids=names)
def test_nothing_outside_of_the_repository_is_mentioned(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    outside = [
        link for link in links(page) if not (page.parent / link.partition("#")[0]).resolve().is_relative_to(ROOT)
    ]

    assert outside == []
    assert "../shared" not in text


def _is_command(words: list[str]) -> bool:
    command: click.Command = main
    rest = list(words)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        found = command.commands.get(rest.pop(0).rstrip(".,:)"))
        if found is None:
            return False
        command = found
    known = {option for parameter in command.params for option in parameter.opts}
    return all(word.rstrip("],") in known for word in rest if word.startswith("--"))


def _fits(route: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route), path) is not None
