"""Tokens are given, refreshed and refused as Shopify does it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import jwt
import pytest

from devstore import oauth
from tests.devstore.conftest import NOON, Brew


def ask(brew: Brew, **asked: Any) -> Any:
    config = brew.world.config
    return brew.post(
        "admin/oauth/access_token", {"client_id": config.client_id, "client_secret": config.client_secret, **asked}
    )


def exchange(brew: Brew, token: str, **more: Any) -> Any:
    return ask(
        brew,
        grant_type=oauth.TOKEN_EXCHANGE,
        subject_token=token,
        subject_token_type=oauth.ID_TOKEN,
        requested_token_type=oauth.OFFLINE,
        **{"expiring": 1, **more},
    )


def is_open(brew: Brew, token: str) -> bool:
    answer = brew.post(
        "admin/api/2026-10/graphql.json", {"query": "{ shop { id } }"}, **{"X-Shopify-Access-Token": token}
    )
    return bool(answer.status_code == 200)


def test_an_id_token_has_the_claims_of_the_admin(brew: Brew) -> None:
    token = oauth.id_token(brew.world, brew.shop, user_id=42, now=NOON)

    config = brew.world.config
    options: Any = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
    claims = jwt.decode(token, config.client_secret, algorithms=["HS256"], audience=config.client_id, options=options)

    assert (claims["iss"], claims["dest"]) == ("https://brew.myshopify.com/admin", "https://brew.myshopify.com")
    assert (claims["sub"], claims["exp"] - claims["iat"]) == ("42", 60)
    assert {"jti", "sid", "nbf"} <= claims.keys()


def test_an_id_token_becomes_an_expiring_offline_token(brew: Brew) -> None:
    answer = exchange(brew, oauth.id_token(brew.world, brew.shop, user_id=42, now=NOON))

    told = answer.json
    assert (told["expires_in"], told["refresh_token_expires_in"]) == (3600, 7776000)
    assert "write_discounts" in told["scope"].split(",")
    assert is_open(brew, told["access_token"])
    brew.world.advance(timedelta(hours=1))
    assert not is_open(brew, told["access_token"])


def test_a_token_that_need_not_expire_does_not(brew: Brew) -> None:
    told = exchange(brew, oauth.id_token(brew.world, brew.shop, user_id=42, now=NOON), expiring=0).json

    brew.world.advance(timedelta(days=400))
    assert told.keys() == {"access_token", "scope"}
    assert is_open(brew, told["access_token"])


@pytest.mark.parametrize("claims", [{"dest": "https://evil.myshopify.com"}, {"aud": "someone-else"}])
def test_a_foreign_id_token_is_refused(brew: Brew, claims: dict[str, Any]) -> None:
    token = oauth.id_token(brew.world, brew.shop, user_id=42, now=NOON, **claims)

    answer = exchange(brew, token)

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_subject_token")


def test_a_stale_or_forged_id_token_is_refused(brew: Brew) -> None:
    stale = oauth.id_token(brew.world, brew.shop, user_id=42, now=NOON - timedelta(seconds=71))
    forged = jwt.encode(
        {"dest": "https://brew.myshopify.com"}, "another secret of at least 32 bytes", algorithm="HS256"
    )

    answers = [exchange(brew, token) for token in (stale, forged, "nonsense")]

    assert [each.json["error"] for each in answers] == ["invalid_subject_token"] * 3


def test_a_wrong_secret_is_refused(brew: Brew) -> None:
    answer = ask(brew, client_secret="wrong", grant_type="client_credentials")

    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")


def test_a_refresh_rotates_and_the_old_one_lives_until_the_new_one_is_used(brew: Brew) -> None:
    first = exchange(brew, oauth.id_token(brew.world, brew.shop, user_id=42, now=NOON)).json["refresh_token"]

    second = ask(brew, grant_type="refresh_token", refresh_token=first).json["refresh_token"]
    again = ask(brew, grant_type="refresh_token", refresh_token=first)
    third = ask(brew, grant_type="refresh_token", refresh_token=second)
    too_late = ask(brew, grant_type="refresh_token", refresh_token=first)

    assert again.status_code == third.status_code == 200
    assert (too_late.status_code, too_late.json["error"]) == (400, "invalid_grant")


def test_a_used_refresh_token_has_thirty_days_of_grace(brew: Brew) -> None:
    first = exchange(brew, oauth.id_token(brew.world, brew.shop, user_id=42, now=NOON)).json["refresh_token"]
    ask(brew, grant_type="refresh_token", refresh_token=first)

    brew.world.advance(timedelta(days=29))
    within = ask(brew, grant_type="refresh_token", refresh_token=first)
    brew.world.advance(timedelta(days=2))
    after = ask(brew, grant_type="refresh_token", refresh_token=first)

    assert (within.status_code, after.json["error"]) == (200, "invalid_grant")


def test_an_idle_refresh_token_dies_after_ninety_days(brew: Brew) -> None:
    token = exchange(brew, oauth.id_token(brew.world, brew.shop, user_id=42, now=NOON)).json["refresh_token"]

    brew.world.advance(timedelta(days=90))
    answer = ask(brew, grant_type="refresh_token", refresh_token=token)

    assert answer.json["error"] == "invalid_grant"


def test_client_credentials_last_a_day_and_need_an_installed_app(brew: Brew) -> None:
    told = ask(brew, grant_type="client_credentials").json

    assert told["expires_in"] == 86399
    assert is_open(brew, told["access_token"])
    brew.shop.uninstall()
    assert ask(brew, grant_type="client_credentials").json["error"] == "shop_not_permitted"


def test_a_reinstall_brings_no_old_token_back(brew: Brew) -> None:
    told = exchange(brew, oauth.id_token(brew.world, brew.shop, user_id=42, now=NOON)).json

    brew.shop.uninstall()
    brew.shop.install()

    assert not is_open(brew, told["access_token"])
    answer = ask(brew, grant_type="refresh_token", refresh_token=told["refresh_token"])
    assert answer.json["error"] == "invalid_grant"
