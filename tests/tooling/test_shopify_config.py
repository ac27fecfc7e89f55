"""shopify.app.toml: Shopify's own CLI takes it, and it says the same as the code that lives by it."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tools import check_toml

ROOT = Path(__file__).resolve().parents[2]
CLI_SECONDS = 120
CLI_NODE_VERSION_MIN = (22, 12)
Build = Callable[..., tuple[int, str]]


@pytest.fixture
def config() -> dict[str, Any]:
    return tomllib.loads((ROOT / "shopify.app.toml").read_text(encoding="utf-8"))


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Run `shopify app build` on a copy, with `old` replaced by `new` in shopify.app.toml: (exit code, what it said)."""

    def run(old: str = "", new: str = "") -> tuple[int, str]:
        copy = tmp_path / "app"
        copy.mkdir()
        for name in ("shopify.app.toml", "shopify.web.toml", "package.json", "package-lock.json"):
            shutil.copy(ROOT / name, copy)
        if (ROOT / "extensions").exists():
            shutil.copytree(ROOT / "extensions", copy / "extensions", ignore=shutil.ignore_patterns("dist"))
        (copy / "node_modules").symlink_to(ROOT / "node_modules")
        toml = (copy / "shopify.app.toml").read_text(encoding="utf-8")
        assert old in toml
        (copy / "shopify.app.toml").write_text(toml.replace(old, new, 1) if old else toml, encoding="utf-8")
        return shopify(copy, "app", "build", "--path", ".", "--skip-dependencies-installation")

    return run


def shopify(folder: Path, *words: str) -> tuple[int, str]:
    # Its output goes to a file: with a closed pipe the CLI spins. It ignores SIGTERM, so the timeout kills.
    environment = {
        "PATH": f"{ROOT / 'node_modules' / '.bin'}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder.parent),
        "CI": "1",
        "SHOPIFY_CLI_NO_ANALYTICS": "1",
        "NO_COLOR": "1",
    }
    node = subprocess.run(["node", "--version"], env=environment, capture_output=True, text=True, check=True).stdout
    if tuple(map(int, node.strip().lstrip("v").split(".")))[:2] < CLI_NODE_VERSION_MIN:
        pytest.skip(f"Shopify's CLI needs Node 22.12 or later; this is {node.strip()}")
    program = ROOT / "node_modules" / "@shopify" / "cli" / "bin" / "run.js"
    log = folder.parent / "cli.log"
    with log.open("wb") as output:
        done = subprocess.run(
            ["timeout", "-s", "KILL", str(CLI_SECONDS), "node", str(program), *words],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
        )
    return done.returncode, log.read_text(encoding="utf-8", errors="replace")


@pytest.mark.shopify_cli
def test_shopifys_cli_builds_the_app(build: Build) -> None:
    result, said = build()

    assert result == 0, said
    assert "Regulars built!" in said


@pytest.mark.shopify_cli
@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('name = "Regulars"', f'name = "{"R" * 31}"', "less than 30"),
        ('uri = "/webhooks"', 'uri = "http://x"', "URI format"),
        ("embedded = true", 'embedded = "yes"', "must be Boolean"),
    ],
)
def test_shopifys_cli_would_see_a_broken_file(build: Build, old: str, new: str, complaint: str) -> None:
    result, said = build(old, new)

    assert result != 0
    assert complaint in " ".join(said.split())


def test_topics_and_scopes_are_ones_that_shopify_has(config: dict[str, Any]) -> None:
    assert check_toml.problems_in(config) == []


def test_a_topic_that_does_not_exist_is_found(config: dict[str, Any]) -> None:
    config["webhooks"]["subscriptions"][0]["topics"].append("orders/paidd")

    assert check_toml.problems_in(config) == ["There is no webhook topic orders/paidd."]


def test_a_topic_without_its_scope_is_found(config: dict[str, Any]) -> None:
    config["access_scopes"]["scopes"] = config["access_scopes"]["scopes"].replace(",read_customer_merge", "")

    assert check_toml.problems_in(config) == ["The topic customers/merge needs one of the scopes read_customer_merge."]


def test_a_scope_that_does_not_exist_is_found(config: dict[str, Any]) -> None:
    config["access_scopes"]["scopes"] += ",read_minds"

    assert check_toml.problems_in(config) == ["There is no access scope read_minds."]


def test_a_missing_or_repeated_topic_is_found(config: dict[str, Any]) -> None:
    config["webhooks"]["subscriptions"][-1]["compliance_topics"].remove("shop/redact")
    config["webhooks"]["subscriptions"][0]["topics"].append("orders/edited")

    assert check_toml.problems_in(config) == [
        "The topic orders/edited is subscribed to twice.",
        "The compliance topic shop/redact is missing: Shopify requires it of every app.",
    ]


def test_every_topic_has_a_reader_and_every_reader_a_topic(config: dict[str, Any]) -> None:
    from webhooks.topics import TOPICS

    assert sorted(TOPICS) == sorted(check_toml.topics_of(config))


def test_every_delivery_goes_to_the_one_door(config: dict[str, Any]) -> None:
    uris = {subscription["uri"] for subscription in config["webhooks"]["subscriptions"]}

    assert uris == {"/webhooks"}


@pytest.mark.parametrize(
    ("topic", "body"),
    [
        ("orders/paid", "_Order"),
        ("refunds/create", "_Refund"),
        ("customers/update", "_Customer"),
        ("shop/update", "_Shop"),
        ("orders/edited", "_OrderEdited"),
        ("orders/delete", "_Reference"),
    ],
)
def test_exactly_the_fields_that_are_read_are_asked_for(config: dict[str, Any], topic: str, body: str) -> None:
    from plugin.shopify import webhook_facts

    read = {field.encode_name for field in msgspec.structs.fields(getattr(webhook_facts, body))}
    subscriptions = config["webhooks"]["subscriptions"]
    subscription = next(entry for entry in subscriptions if topic in entry.get("topics", []))

    assert {field.split(".")[0] for field in subscription["include_fields"]} == read


def test_no_person_is_asked_for(config: dict[str, Any]) -> None:
    asked = {field for entry in config["webhooks"]["subscriptions"] for field in entry.get("include_fields", [])}

    assert "customer" not in asked
    assert not asked & {"email", "phone", "billing_address", "shipping_address", "contact_email", "browser_ip", "note"}


def test_the_clis_commands_are_this_projects_program() -> None:
    commands = tomllib.loads((ROOT / "shopify.web.toml").read_text(encoding="utf-8"))["commands"]

    words = {name: shlex.split(line) for name, line in commands.items()}

    assert words["predev"] == ["./.venv/bin/regulars", "migrate"]
    assert words["dev"] == ["./.venv/bin/regulars", "dev"]
    assert all(not set(line) & set("|&;<>$`*") for line in commands.values())  # there is no shell
