"""Tokens as Shopify gives them: ID tokens for a minute, access tokens for an hour, refresh tokens for ninety days.

A refresh gives a new pair; the old refresh token stays good until the new one is first used, at most thirty days from its own
first use. Refusals carry Shopify's `error` and `error_description`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, Literal

import jwt
from jwt.types import Options

from devstore.model import RefreshToken
from devstore.world import Shop, World

TOKEN_EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
ID_TOKEN: Final = "urn:ietf:params:oauth:token-type:id_token"
OFFLINE: Final = "urn:shopify:params:oauth:token-type:offline-access-token"
ONLINE: Final = "urn:shopify:params:oauth:token-type:online-access-token"
ACCESS_LIFETIME: Final = timedelta(seconds=3600)
REFRESH_LIFETIME: Final = timedelta(days=90)
REFRESH_GRACE: Final = timedelta(days=30)
CLIENT_CREDENTIALS_LIFETIME: Final = timedelta(seconds=86399)

BUYER_TOKEN_SECONDS: Final = 300

Answer = tuple[int, dict[str, Any]]
Surface = Literal["checkout", "customer_account"]
# The world's clock may stand anywhere, so the times are compared here and not by the library.
_CLAIMS: Final[Options] = {
    "require": ["exp", "nbf", "dest", "sub", "iss"],
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
}


def id_token(world: World, shop: Shop, *, user_id: int, now: datetime, lifetime: int = 60, **claims: Any) -> str:
    """An ID token (HS256 with the client secret) for a staff member; `claims` replace or add claims, for tests of refusal."""
    seconds = int(now.timestamp())
    with world.lock:
        told = {
            "iss": f"https://{shop.domain}/admin",
            "dest": f"https://{shop.domain}",
            "aud": world.config.client_id,
            "sub": str(user_id),
            "exp": seconds + lifetime,
            "nbf": seconds,
            "iat": seconds,
            "jti": world.uuid(),
            "sid": world.uuid(),
        }
    return jwt.encode(told | claims, world.config.client_secret, algorithm="HS256")


def buyer_token(
    world: World, shop: Shop, *, surface: Surface, customer_id: int | None, now: datetime, **claims: Any
) -> str:
    """An ID token that a UI extension gets at checkout or in customer accounts; `sub` is there for a signed-in customer only."""
    seconds = int(now.timestamp())
    with world.lock:
        told = {
            "dest": shop.domain,
            "aud": world.config.client_id,
            "exp": seconds + BUYER_TOKEN_SECONDS,
            "nbf": seconds,
            "iat": seconds,
            "jti": world.uuid(),
        }
    if surface == "checkout":
        told["iss"] = f"https://{shop.domain}/checkouts"
    if customer_id is not None:
        told["sub"] = f"gid://shopify/Customer/{customer_id}"
    return jwt.encode(told | claims, world.config.client_secret, algorithm="HS256")


def answer(shop: Shop, asked: dict[str, Any]) -> Answer:
    """POST /admin/oauth/access_token: the status and JSON body for one request."""
    config = shop.world.config
    if asked.get("client_id") != config.client_id or asked.get("client_secret") != config.client_secret:
        return _refused("invalid_client", "Client authentication failed.", status=401)
    with shop.world.lock:
        grant = asked.get("grant_type")
        if grant == TOKEN_EXCHANGE:
            return _exchange(shop, asked)
        if grant == "refresh_token":
            return _refresh(shop, str(asked.get("refresh_token", "")))
        if grant == "client_credentials":
            return _client_credentials(shop)
    return _refused("unsupported_grant_type", "The grant type is not supported.")


def _exchange(shop: Shop, asked: dict[str, Any]) -> Answer:
    if asked.get("subject_token_type") != ID_TOKEN or asked.get("requested_token_type") not in (OFFLINE, ONLINE):
        return _refused("invalid_request", "The token types are not supported.")
    if not _is_id_token(shop, str(asked.get("subject_token", ""))):
        return _refused("invalid_subject_token", "The subject token is invalid or has expired.")
    if not shop.is_installed:
        return _refused("invalid_request", "The app is not installed on this shop.")
    if asked.get("requested_token_type") == ONLINE:
        return _online(shop)
    if str(asked.get("expiring", 0)) not in ("1", "True", "true"):
        return 200, {"access_token": shop.give_token().access, "scope": _scope(shop)}
    return 200, _pair(shop, child_of=None)


def _is_id_token(shop: Shop, token: str) -> bool:
    config, now = shop.world.config, shop.world.now().timestamp()
    try:
        claims = jwt.decode(
            token,
            config.client_secret,
            algorithms=["HS256"],
            audience=config.client_id,
            options=_CLAIMS,
        )
    except jwt.InvalidTokenError:
        return False
    leeway = 10
    is_now = claims["nbf"] - leeway <= now < claims["exp"] + leeway
    return bool(claims["dest"] == f"https://{shop.domain}" and is_now)


def _refresh(shop: Shop, text: str) -> Answer:
    now = shop.world.now()
    token = shop.refresh_tokens.get(text)
    if token is None or token.is_spent or token.expires_at <= now or not shop.is_installed:
        return _refused("invalid_grant", "The refresh token is invalid or has expired.")
    if token.first_used_at is not None and token.first_used_at + REFRESH_GRACE <= now:
        return _refused("invalid_grant", "The refresh token is invalid or has expired.")
    token.first_used_at = token.first_used_at or now
    _spend_parent(shop, token)
    return 200, _pair(shop, child_of=text)


def _spend_parent(shop: Shop, token: RefreshToken) -> None:
    """Using a token ends the one it came from, and that one's other children."""
    if token.child_of is None:
        return
    for other in shop.refresh_tokens.values():
        if other is not token and token.child_of in (other.text, other.child_of):
            other.is_spent = True


def _pair(shop: Shop, child_of: str | None) -> dict[str, Any]:
    token = shop.give_token(lifetime=ACCESS_LIFETIME)
    refresh = RefreshToken(shop.world.token("shprt_"), shop.world.now() + REFRESH_LIFETIME, child_of)
    shop.refresh_tokens[refresh.text] = refresh
    return {
        "access_token": token.access,
        "scope": _scope(shop),
        "expires_in": int(ACCESS_LIFETIME.total_seconds()),
        "refresh_token": refresh.text,
        "refresh_token_expires_in": int(REFRESH_LIFETIME.total_seconds()),
    }


def _online(shop: Shop) -> Answer:
    token = shop.give_token(lifetime=timedelta(days=1))
    return 200, {
        "access_token": token.access,
        "scope": _scope(shop),
        "expires_in": 86399,
        "associated_user_scope": _scope(shop),
        "associated_user": {"id": 1, "account_owner": True, "locale": shop.locale},
    }


def _client_credentials(shop: Shop) -> Answer:
    if not shop.is_installed:
        return _refused("shop_not_permitted", "Client credentials cannot be performed on this shop.")
    token = shop.give_token(lifetime=CLIENT_CREDENTIALS_LIFETIME)
    seconds = int(CLIENT_CREDENTIALS_LIFETIME.total_seconds())
    return 200, {"access_token": token.access, "scope": _scope(shop), "expires_in": seconds}


def _scope(shop: Shop) -> str:
    return ",".join(sorted(shop.installation.scopes)) if shop.installation else ""


def _refused(error: str, description: str, *, status: int = 400) -> Answer:
    return status, {"error": error, "error_description": description}
