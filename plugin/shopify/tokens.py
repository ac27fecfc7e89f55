"""Access tokens by Shopify's own package: exchange, refresh and client credentials, made safe to call.

shopifyapp builds the addresses itself, sleeps when it is throttled and measures lifetimes by the wall clock; the transport we
give it sends requests to the configured origin, ends the call at the first 429 and notes the lifetimes that Shopify told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import httpx
import msgspec
from shopify_app import ClientCredentialsAccessToken, IdTokenDetails, Log, ShopifyApp, TokenExchangeAccessToken

from plugin.loyalty.errors import OutsideError, Refused, Throttled, Unauthorized, Unreachable
from plugin.loyalty.outside import Token
from plugin.shopify.client import retry_after_seconds
from plugin.shopify.shopify_api import granted_scopes
from plugin.shopify.verify import shop_domain, verify_token
from plugin.shopify.wire import DEADLINE_SECONDS, deadline


class TokenSettings(Protocol):
    """What of plugin.settings.Settings this module needs."""

    @property
    def shopify_api_key(self) -> str:
        """The app's client id."""
        ...

    @property
    def shopify_api_secret(self) -> str:
        """The client secret."""
        ...

    @property
    def shopify_old_api_secret(self) -> str | None:
        """The previous secret while it is rotated."""
        ...

    def origin_for(self, domain: str) -> str:
        """Where a shop answers."""
        ...


class TokenSource:
    """Where tokens come from: matches services.ports.ShopifyTokens. Every method raises OutsideError (exchange also NotFromShopify)."""

    def __init__(self, settings: TokenSettings, *, transport: httpx.BaseTransport) -> None:
        self._settings = settings
        self._transport = transport
        self._app = ShopifyApp(settings.shopify_api_key, settings.shopify_api_secret, settings.shopify_old_api_secret)

    def exchange(self, domain: str, id_token: str, now: datetime) -> Token:
        """An expiring offline token for a verified staff ID token of this shop."""
        claims = verify_token(
            id_token,
            "admin",
            client_id=self._settings.shopify_api_key,
            client_secret=self._settings.shopify_api_secret,
            old_client_secret=self._settings.shopify_old_api_secret,
            now=now,
        )
        if claims.shop != shop_domain(domain):
            raise Unauthorized("the ID token is of another shop")
        details = IdTokenDetails(exchangeable=True, token=id_token, claims=dict(claims.claims))
        with self._wire() as wire:
            result = wire.ask(
                lambda http: self._app.exchange_using_token_exchange("offline", details, http_client=http)
            )
        return _token(result, wire.lifetimes, now)

    def refresh(self, domain: str, refresh_token: str, now: datetime) -> Token:
        """A new pair for a refresh token. The old one stays usable until the new one is used, so this may be repeated."""
        held = {"access_mode": "offline", "shop": _handle(domain), "refresh_token": refresh_token, "expires": ""}
        with self._wire() as wire:
            result = wire.ask(lambda http: self._app.refresh_token_exchanged_access_token(held, http_client=http))
        return _token(result, wire.lifetimes, now)

    def client_credentials(self, domain: str, now: datetime) -> Token:
        """A 24-hour token for a shop of the app's own organisation."""
        shop = _handle(domain)
        with self._wire() as wire:
            result = wire.ask(lambda http: self._app.exchange_using_client_credentials(shop, http_client=http))
        return _token(result, wire.lifetimes, now)

    def _wire(self) -> _Wire:
        return _Wire(self._transport, self._settings.origin_for)


# --- Helpers ----------------------------------------------------------------------------------------------------------


class _Result(Protocol):
    """What the results of shopifyapp have in common."""

    @property
    def ok(self) -> bool: ...
    @property
    def log(self) -> Log: ...
    @property
    def access_token(self) -> TokenExchangeAccessToken | ClientCredentialsAccessToken | None: ...


@dataclass
class _Lifetimes:
    """How long the token and its refresh token live, in seconds, as Shopify told; None for ever."""

    access: int | None = None
    refresh: int | None = None


class _Wire(httpx.BaseTransport):
    """One token call: to the configured origin, under one deadline, never slept upon."""

    def __init__(self, inner: httpx.BaseTransport, origin_for: Callable[[str], str]) -> None:
        self._inner = inner
        self._origin_for = origin_for
        self.lifetimes = _Lifetimes()

    def ask(self, call: Callable[[httpx.Client], _Result]) -> _Result:
        http = httpx.Client(transport=self, follow_redirects=False, timeout=DEADLINE_SECONDS, trust_env=False)
        with deadline():
            return call(http)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        origin = httpx.URL(self._origin_for(request.url.host))
        path = origin.raw_path.rstrip(b"/") + request.url.raw_path
        request.url = origin.copy_with(raw_path=path)
        request.headers["Host"] = request.url.netloc.decode("ascii")
        response = self._inner.handle_request(request)
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise Throttled(retry_after_seconds=retry_after_seconds(response))
        response.request = request
        response.read()
        if response.status_code == httpx.codes.OK:
            self._note(response)
        return response

    def close(self) -> None:
        """Nothing: the pool below is shared."""

    def _note(self, response: httpx.Response) -> None:
        try:
            answer = msgspec.json.decode(response.content, type=_Answer)
        except (ValueError, RecursionError):
            raise httpx.DecodingError("the token answer is no token", request=response.request) from None
        self.lifetimes = _Lifetimes(answer.expires_in, answer.refresh_token_expires_in)


class _Answer(msgspec.Struct):
    access_token: str
    scope: str = ""
    refresh_token: str | None = None
    expires_in: int | None = None
    refresh_token_expires_in: int | None = None


_GONE: Final = frozenset({"invalid_subject_token", "refresh_token_expired", "invalid_grant"})
_AGAIN: Final = frozenset({"network_error", "server_error", "rate_limit_exceeded"})


def _handle(domain: str) -> str:
    """The shop's name as shopifyapp wants it."""
    return shop_domain(domain).removesuffix(".myshopify.com")


def _token(result: _Result, lifetimes: _Lifetimes, now: datetime) -> Token:
    if not result.ok or result.access_token is None or not result.access_token.token:
        raise _failure(result.log.code)
    held: Any = result.access_token
    return Token(
        access=held.token,
        expires_at=_after(now, lifetimes.access),
        refresh=getattr(held, "refresh_token", None),
        refresh_expires_at=_after(now, lifetimes.refresh),
        scopes=granted_scopes(held.scope.split(",")),
    )


def _after(now: datetime, seconds: int | None) -> datetime | None:
    return None if seconds is None else now + timedelta(seconds=seconds)


def _failure(code: str) -> OutsideError:
    if code in _GONE:
        return Unauthorized(f"no token: {code}")
    if code in _AGAIN:
        return Unreachable(f"no token: {code}")
    return Refused(f"no token: {code}", errors=((code, "Shopify gave no token to this app for this shop"),))
