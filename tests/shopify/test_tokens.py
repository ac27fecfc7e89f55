"""Tokens come from Shopify by Shopify's package, at the configured address, under our deadline and our clock."""

from __future__ import annotations

from datetime import datetime, timedelta

import httpx
import pytest

from devstore import oauth
from devstore.faults import Fault, FaultKind
from devstore.store import Store
from devstore.world import Shop, World
from plugin import clock
from plugin.loyalty.errors import OutsideError, Refused, Throttled, Unauthorized, Unreachable
from plugin.shopify.connect import connect, token_source
from plugin.shopify.tokens import TokenSource
from plugin.shopify.verify import NotFromShopify
from tests.shopify.conftest import FakeSettings


@pytest.fixture
def now(world: World) -> datetime:
    """ID tokens are also judged by shopifyapp, which looks at the wall: the world is set to it."""
    now = clock.now().replace(microsecond=0)
    world.set_clock(now)
    return now


@pytest.fixture
def tokens(settings: FakeSettings, transport: httpx.WSGITransport) -> TokenSource:
    return token_source(settings, transport=transport)


def id_token(brew: Shop, now: datetime) -> str:
    return oauth.id_token(brew.world, brew, user_id=42, now=now)


def test_an_id_token_becomes_an_expiring_token_that_works(
    tokens: TokenSource, brew: Shop, now: datetime, settings: FakeSettings, transport: httpx.WSGITransport
) -> None:
    token = tokens.exchange(brew.domain, id_token(brew, now), now)

    assert (token.expires_at, token.refresh_expires_at) == (now + timedelta(hours=1), now + timedelta(days=90))
    assert {"write_discounts", "read_discounts", "read_orders"} <= token.scopes
    assert connect(settings, brew.domain, token.access, transport=transport).shop_info().name == "Brew"


def test_lifetimes_are_counted_from_now_whatever_the_wall_says(tokens: TokenSource, brew: Shop, world: World) -> None:
    long_ago = clock.now().replace(microsecond=0) - timedelta(days=300)
    world.set_clock(long_ago)

    token = tokens.client_credentials(brew.domain, long_ago)

    assert token.expires_at == long_ago + timedelta(seconds=86399)
    assert (token.refresh, token.refresh_expires_at) == (None, None)


def test_a_refresh_gives_a_new_pair_and_may_be_repeated(tokens: TokenSource, brew: Shop, now: datetime) -> None:
    first = tokens.exchange(brew.domain, id_token(brew, now), now)
    assert first.refresh is not None

    second = tokens.refresh(brew.domain, first.refresh, now)
    repeated = tokens.refresh(brew.domain, first.refresh, now)

    assert len({first.refresh, second.refresh, repeated.refresh}) == 3
    assert second.expires_at == now + timedelta(hours=1)


def test_a_dead_refresh_token_needs_a_new_opening(tokens: TokenSource, brew: Shop, now: datetime) -> None:
    with pytest.raises(Unauthorized):
        tokens.refresh(brew.domain, "shprt_unknown", now)


@pytest.mark.parametrize("domain", ["other.myshopify.com", "evil.com", ""])
def test_an_id_token_opens_only_its_own_shop(tokens: TokenSource, brew: Shop, now: datetime, domain: str) -> None:
    with pytest.raises((Unauthorized, NotFromShopify)):
        tokens.exchange(domain, id_token(brew, now), now)


def test_a_stale_or_forged_id_token_is_not_even_sent(
    tokens: TokenSource, brew: Shop, store: Store, now: datetime
) -> None:
    text = id_token(brew, now)

    for forged, at in ((text, now + timedelta(seconds=71)), (text[:-2], now), ("", now)):
        with pytest.raises(NotFromShopify):
            tokens.exchange(brew.domain, forged, at)

    assert brew.tokens == {}


def test_a_wrong_secret_and_a_foreign_shop_are_refused_with_a_reason(
    transport: httpx.WSGITransport, brew: Shop, now: datetime
) -> None:
    stranger = token_source(FakeSettings(shopify_api_secret="another-secret-of-at-least-32-bytes"), transport=transport)

    with pytest.raises(Refused) as refused:
        stranger.client_credentials(brew.domain, now)

    assert refused.value.errors[0][0] == "invalid_client"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("before", Unreachable),
        ("after", Unreachable),
        ("html", Unreachable),
        ("redirect", Refused),
        ("unauthorized", Refused),
    ],
)
def test_every_bad_answer_is_an_outside_error(
    tokens: TokenSource, store: Store, brew: Shop, *, now: datetime, fault: FaultKind, error: type[OutsideError]
) -> None:
    store.faults.add(Fault(fault, "token", times=None))

    with pytest.raises(OutsideError) as failed:
        tokens.refresh(brew.domain, "shprt_any", now)

    assert isinstance(failed.value, error)


@pytest.mark.parametrize("seconds", ["7", "2.5", "soon", None])
def test_a_throttled_token_call_ends_at_once_and_says_when_to_come_back(
    settings: FakeSettings, now: datetime, seconds: str | None
) -> None:
    headers = {} if seconds is None else {"Retry-After": seconds}
    transport = httpx.MockTransport(lambda _: httpx.Response(429, headers=headers))

    with pytest.raises(Throttled) as throttled:
        token_source(settings, transport=transport).client_credentials("brew.myshopify.com", now)

    assert throttled.value.retry_after_seconds == {"7": 7.0, "2.5": 2.5}.get(seconds or "", 1.0)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"access_token": 7}', b'{"access_token": "t", "expires_in": "soon"}']
)
def test_an_answer_that_is_no_token_gives_none(settings: FakeSettings, now: datetime, body: bytes) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=body))

    with pytest.raises(OutsideError):
        token_source(settings, transport=transport).client_credentials("brew.myshopify.com", now)


def test_in_production_tokens_are_asked_for_at_the_shop_itself(now: datetime) -> None:
    asked: list[httpx.Request] = []

    class Production(FakeSettings):
        def origin_for(self, domain: str) -> str:
            return f"https://{domain}"

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"access_token": "t", "scope": "read_orders", "expires_in": 60})

    token_source(Production(), transport=httpx.MockTransport(answer)).client_credentials("brew.myshopify.com", now)

    assert str(asked[0].url) == "https://brew.myshopify.com/admin/oauth/access_token"
    assert asked[0].headers["host"] == "brew.myshopify.com"
