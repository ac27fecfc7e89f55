"""`make deploy` tells Shopify what .env says, and refuses to tell it a placeholder."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tools.deploy import NotReady, read_settings, told

ROOT = Path(__file__).resolve().parents[2]
TOML = (ROOT / "shopify.app.toml").read_text(encoding="utf-8")
CLIENT = "0123456789abcdef0123456789abcdef"


def test_id_and_address_come_from_one_setting_and_nothing_else_changes() -> None:
    settings = {"APP_URL": "https://loyalty.brew.shop/", "SHOPIFY_API_KEY": CLIENT}

    said = tomllib.loads(told(TOML, settings))

    before = tomllib.loads(TOML)
    assert said["client_id"] == CLIENT
    assert said["application_url"] == "https://loyalty.brew.shop"
    assert said["auth"]["redirect_urls"] == ["https://loyalty.brew.shop/"]
    for name in ("client_id", "application_url", "auth"):
        said.pop(name), before.pop(name)
    assert said == before


@pytest.mark.parametrize(
    ("url", "client", "why"),
    [
        ("", CLIENT, "APP_URL"),
        ("http://loyalty.brew.shop", CLIENT, "https://"),
        ("https://loyalty.example.com", CLIENT, "placeholder"),
        ("https://localhost", CLIENT, "placeholder"),
        ("https://loyalty.brew.shop/app", CLIENT, "nothing behind it"),
        ("https://loyalty.brew.shop", "<client ID>", "SHOPIFY_API_KEY"),
    ],
)
def test_a_placeholder_is_never_deployed(url: str, client: str, why: str) -> None:
    with pytest.raises(NotReady, match=why):
        told(TOML, {"APP_URL": url, "SHOPIFY_API_KEY": client})


def test_an_env_file_is_read_as_a_shell_would() -> None:
    text = "# a remark\nAPP_URL='https://a.shop'\nexport PORT=8080\nEMPTY=\n"

    assert read_settings(text) == {"APP_URL": "https://a.shop", "PORT": "8080"}
