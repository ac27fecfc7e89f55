"""Settings: everything is read at once, production makes nothing up, and nothing secret is shown."""

from __future__ import annotations

import base64
import re
import stat
from pathlib import Path

import pytest

from plugin import settings

ROOT = Path(__file__).resolve().parents[2]
SECRET = "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"
OLD_KEY = "old:" + base64.b64encode(bytes(range(100, 132))).decode()
NEW_KEY = "new:" + base64.b64encode(bytes(range(160, 192))).decode()

PRODUCTION = {
    "DATABASE_URL": "postgresql://regulars:pw@db.internal/regulars",
    "REDIS_URL": "redis://cache.internal:6379/0",
    "SHOPIFY_API_KEY": "0123456789abcdef0123456789abcdef",
    "SHOPIFY_API_SECRET": SECRET,
    "APP_URL": "https://loyalty.example.com",
    "ENCRYPTION_KEYS": f"{NEW_KEY},{OLD_KEY}",
}


def problems_with(environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(settings.SettingsError) as caught:
        settings.load(environ)
    return caught.value.problems


def test_production_is_what_the_environment_says() -> None:
    loaded = settings.load(PRODUCTION)

    assert loaded.environment == "production"
    assert loaded.database_url == PRODUCTION["DATABASE_URL"]
    assert loaded.app_url == "https://loyalty.example.com"
    assert [key.kid for key in loaded.encryption_keys] == ["new", "old"]
    assert loaded.origin_for("brew.myshopify.com") == "https://brew.myshopify.com"


def test_development_needs_nothing_and_remembers_what_it_made(tmp_path: Path) -> None:
    environ = {"REGULARS_HOME": str(tmp_path / "home")}

    first = settings.load(environ)
    second = settings.load(environ)

    assert first.is_development
    assert first == second
    assert len(first.shopify_api_secret) >= settings.SECRET_LENGTH_MIN
    assert first.database_url is None
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "home").iterdir()}
    assert modes == {0o600}


def test_two_homes_share_no_secret(tmp_path: Path) -> None:
    one = settings.load({"REGULARS_HOME": str(tmp_path / "one")})
    other = settings.load({"REGULARS_HOME": str(tmp_path / "other")})

    assert one.shopify_api_secret != other.shopify_api_secret
    assert one.derived_key("codes") != other.derived_key("codes")


@pytest.mark.parametrize("name", sorted(PRODUCTION))
def test_production_refuses_to_start_without(name: str) -> None:
    environ = {key: value for key, value in PRODUCTION.items() if key != name} | {"REGULARS_ENV": "production"}

    problems = problems_with(environ)

    assert [problem for problem in problems if problem.startswith(f"{name} is missing")]


def test_all_problems_are_told_at_once() -> None:
    problems = problems_with({"REGULARS_ENV": "production", "PORT": "no", "DATABASE_URL": "sqlite:///x.db"})

    named = {problem.split()[0] for problem in problems}
    assert named >= {"PORT", "DATABASE_URL", "REDIS_URL", "SHOPIFY_API_KEY", "SHOPIFY_API_SECRET", "ENCRYPTION_KEYS"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REGULARS_ENV", "staging"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "80 80"),
        ("APP_URL", "http://loyalty.example.com"),
        ("APP_URL", "https://loyalty.example.com/app"),
        ("APP_URL", "loyalty.example.com"),
        ("DATABASE_URL", "mysql://root@localhost/regulars"),
        ("REDIS_URL", "memcached://localhost"),
        ("SHOPIFY_API_SECRET", "hush"),
        ("SHOPIFY_API_SECRET", "shpss_" + "a" * 32),
        ("SHOPIFY_API_SECRET", "a_secret_that_is_long_enough_but_was_typed"),
        ("SHOPIFY_OLD_API_SECRET", "brief"),
        ("ENCRYPTION_KEYS", "nokid"),
        ("ENCRYPTION_KEYS", "k1:" + base64.b64encode(b"short").decode()),
        ("ENCRYPTION_KEYS", f"{NEW_KEY},{NEW_KEY}"),
        ("ENCRYPTION_KEYS", "k1:" + base64.b64encode(b"\0" * 32).decode()),
        ("ENCRYPTION_KEYS", "k1:" + base64.b64encode(b"this is a sentence of 32 letters").decode()),
        ("SHOPIFY_ORIGIN", "http://127.0.0.1:9999/{shop}"),
        ("SHOPIFY_CDN", "http://127.0.0.1:9999/cdn"),
        ("REGULARS_CLOCK_FILE", "/tmp/clock"),
    ],
)
def test_production_refuses(name: str, value: str) -> None:
    problems = problems_with(PRODUCTION | {name: value})

    assert len(problems) == 1
    assert name in problems[0]
    assert value not in problems[0] or not name.endswith(("SECRET", "KEYS"))


def test_nothing_secret_is_in_its_repr() -> None:
    shown = repr(settings.load(PRODUCTION | {"SHOPIFY_OLD_API_SECRET": SECRET[::-1]}))

    assert SECRET not in shown
    assert SECRET[::-1] not in shown
    assert ":pw@" not in shown
    assert "160" not in shown
    assert repr(bytes(range(160, 192)))[2:8] not in shown


def test_derived_keys_differ_by_label_and_outlive_a_rotation() -> None:
    before = settings.load(PRODUCTION | {"ENCRYPTION_KEYS": OLD_KEY})
    after = settings.load(PRODUCTION)

    assert before.derived_key("codes") == after.derived_key("codes")
    assert after.derived_key("codes") != after.derived_key("tombstones")
    assert len(after.derived_key("codes")) == 32


def test_the_client_secret_is_no_root_of_our_keys() -> None:
    one = settings.load(PRODUCTION)
    other = settings.load(PRODUCTION | {"SHOPIFY_API_SECRET": SECRET[:-4] + "9a9b"})

    assert one.derived_key("codes") == other.derived_key("codes")


def test_the_dev_store_stands_for_shopify_in_development(tmp_path: Path) -> None:
    loaded = settings.load({"REGULARS_HOME": str(tmp_path), "SHOPIFY_ORIGIN": "http://127.0.0.1:9999/{shop}"})

    assert loaded.origin_for("brew.myshopify.com") == "http://127.0.0.1:9999/brew.myshopify.com"


@pytest.mark.parametrize(
    "domain", ["", "brew", "brew.myshopify.com/x", "a@b.com", "brew.myshopify.com:1", "BREW.com", "../x.y"]
)
def test_an_origin_is_made_for_bare_hosts_only(domain: str) -> None:
    loaded = settings.load(PRODUCTION)

    with pytest.raises(ValueError, match="not a shop domain"):
        loaded.origin_for(domain)


def test_the_shopify_cli_calls_the_app_url_host(tmp_path: Path) -> None:
    home = {"REGULARS_HOME": str(tmp_path)}

    from_cli = settings.load(home | {"HOST": "https://abc.trycloudflare.com", "PORT": "3456"})
    from_shell = settings.load(home | {"HOST": "my-laptop", "PORT": "3456"})

    assert from_cli.app_url == "https://abc.trycloudflare.com"
    assert from_shell.app_url == "http://127.0.0.1:3456"


def test_every_setting_is_documented_and_nothing_else() -> None:
    documented = re.findall(
        r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "settings.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    example = re.findall(r"^(?:# )?([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)

    assert sorted(documented) == sorted(settings.VARIABLES)
    assert sorted(example) == sorted(settings.VARIABLES)


def test_the_example_of_an_environment_holds_no_secret() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()

    values = dict(line.lstrip("# ").split("=", 1) for line in lines if re.match(r"(# )?[A-Z_]+=", line))

    assert {name: value for name, value in values.items() if "SECRET" in name or "KEY" in name} == {
        "SHOPIFY_API_KEY": "",
        "SHOPIFY_API_SECRET": "",
        "SHOPIFY_OLD_API_SECRET": "",
        "ENCRYPTION_KEYS": "",
    }


def test_only_settings_know_the_names_of_variables() -> None:
    allowed = {"plugin/settings.py", "plugin/clock.py", "plugin/embedded.py"}
    readers = {
        str(path.relative_to(ROOT))
        for folder in ("plugin", "webhooks", "jobs")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"""\bos\.(environ(\.get\(|\[)|getenv\()["']""", path.read_text(encoding="utf-8"))
    }

    assert readers <= allowed
