"""The command line, as an operator meets it: reports inform, refusals are sentences, exit statuses tell scripts."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from plugin.demo.stage import Stage, staged

DOMAIN = "paper-lantern.myshopify.com"


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with (
        tempfile.TemporaryDirectory(prefix="rgl", ignore_cleanup_errors=True) as home,
        staged(Path(home), with_worker=False) as stage,
    ):
        stage.store.add_shop(DOMAIN, name="Paper Lantern", currency="EUR", timezone="Europe/Berlin")
        yield stage


def regulars(stage: Stage, *words: str) -> tuple[int, str]:
    """Exit status and everything printed."""
    done = subprocess.run(
        [sys.executable, "-m", "plugin.cli", *words],
        env={**stage.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def test_adding_a_shop_says_what_it_found_and_what_comes_next(stage: Stage) -> None:
    status, said = regulars(stage, "shops", "add", DOMAIN)

    assert status == 0
    for words in ("Paper Lantern", "EUR", "Europe/Berlin", "Basic", "scopes missing     none", "Next:"):
        assert words in said


def test_a_given_token_installs_too_and_missing_scopes_do_not_make_it_fail(stage: Stage) -> None:
    other = stage.store.add_shop("bare-shelf.myshopify.com")
    other.set_scopes(["read_orders"])

    status, said = regulars(stage, "shops", "add", other.domain, "--access-token", other.give_token())

    assert status == 0
    assert "write_discounts" in said
    assert "shopify app deploy" in said


@pytest.mark.parametrize(
    ("domain", "sentence"),
    [
        ("https://evil.com", "is not a shop's address"),
        ("shop.myshopify.com.evil.com", "is not a shop's address"),
        ("never-installed.myshopify.com", "Shopify gave no access"),
    ],
)
def test_a_shop_that_cannot_be_added_is_refused_in_a_sentence(stage: Stage, domain: str, sentence: str) -> None:
    status, said = regulars(stage, "shops", "add", domain)

    assert status == 1
    assert sentence in said


def test_the_doctor_finds_a_well_shop_well_and_an_unknown_one_unknown(stage: Stage) -> None:
    regulars(stage, "shops", "add", DOMAIN)
    stage.store.shop(DOMAIN).add_customer("ann@example.com", first_name="Ann")
    stage.store.wait_for_deliveries()

    well = regulars(stage, "doctor", DOMAIN)
    unknown = regulars(stage, "doctor", "nobody.myshopify.com")

    assert well[0] == 0, well[1]
    assert "attention" not in well[1]
    assert unknown == (1, "Error: No shop nobody.myshopify.com is installed.\n")


def test_a_key_is_the_longest_word_and_opens_the_api(stage: Stage) -> None:
    regulars(stage, "shops", "add", DOMAIN)

    status, said = regulars(stage, "api-keys", "create", DOMAIN)
    key = max(said.split(), key=len)
    answer = httpx.get(f"{stage.app_url}/api/v1/rewards", headers={"Authorization": f"Bearer {key}"}, trust_env=False)

    assert status == 0
    assert answer.status_code == 200
    assert {reward["kind"] for reward in answer.json()["data"]} == {"amount_off", "percent_off", "free_shipping"}


def test_where_nobody_has_a_role_there_is_none_to_end(stage: Stage) -> None:
    regulars(stage, "shops", "add", DOMAIN)

    assert regulars(stage, "end-roles", DOMAIN) == (0, "Nobody had a role.\n")


def test_the_books_are_proved_and_keys_rotated_from_the_command_line(stage: Stage) -> None:
    regulars(stage, "shops", "add", DOMAIN)

    audited = regulars(stage, "audit", "--shop", DOMAIN)
    rotated = regulars(stage, "rotate-keys")

    assert audited[0] == 0
    assert "the books add up" in audited[1]
    assert rotated == (0, "0 tokens encrypted anew.\n")


def test_a_program_is_rehearsed_in_the_terminal(stage: Stage, tmp_path: Path) -> None:
    regulars(stage, "shops", "add", DOMAIN)
    store = stage.store.shop(DOMAIN)
    product = store.add_product("Lamp", "120.00")
    store.checkout([{"product": product["handle"], "quantity": 1}], email="lee@example.com")
    draft, broken = tmp_path / "draft.json", tmp_path / "broken.json"
    draft.write_text('{"is_live": true, "earning": {"points": 3}}', encoding="utf-8")
    broken.write_text('{"earning": {"points": -3}}', encoding="utf-8")

    tried = regulars(stage, "rehearse", DOMAIN, "--draft", str(draft), "--days", "30")
    refused = regulars(stage, "rehearse", DOMAIN, "--draft", str(broken))

    assert tried[0] == 0, tried[1]
    for words in ("Orders of members", "360", "Members who gain points: 1", "No reward has a value in money"):
        assert words in tried[1]
    assert refused[0] == 1
    assert "earning.points" in refused[1]
