"""Did Shopify send this? Every signature, token and shop domain is judged here, on raw bytes, before anything is parsed.

Pure functions: the secrets, the client id and `now` come in as arguments. Shopify's own packages are used, with stricter
checks of ours in front of them, because they accept more than they should (a buyer's token for a staff token, the first of two
customer ids). During a rotation the current secret is tried first, then the previous one.
"""

from __future__ import annotations

import base64
import functools
import hmac
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final, Literal
from urllib.parse import unquote_to_bytes

import jwt
from shopify_app import RequestInput, ShopifyApp

from plugin.loyalty.errors import Refusal
from plugin.shopify.shopify_api import sanitize_shop_domain

TokenKind = Literal["admin", "pos", "checkout", "customer_account"]

PROXY_TOLERANCE: Final = timedelta(seconds=90)
TOKEN_LEEWAY: Final = timedelta(seconds=10)
TOKEN_LIFETIMES: Final[Mapping[TokenKind, timedelta]] = {
    "admin": timedelta(minutes=1),
    "pos": timedelta(minutes=1),
    "checkout": timedelta(minutes=5),
    "customer_account": timedelta(minutes=5),
}

_SHOP = re.compile(r"[a-z0-9][a-z0-9-]{0,62}\.myshopify\.com")
_DIGITS = re.compile(r"[0-9]{1,20}")
_CUSTOMER_GID = re.compile(r"gid://shopify/Customer/([0-9]{1,20})")
_LARGEST_ID: Final = 2**63 - 1


class NotFromShopify(Refusal):
    """Shopify did not make this for our app. The fact `because` is for the log, never for whoever asked."""

    code: ClassVar[str] = "not_from_shopify"
    sentence: ClassVar[str] = "This request could not be verified."


# --- Webhooks and Flow actions ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WebhookHeaders:
    """What the headers of a delivery claim. They are not signed: take them as a hint.

    `topic`, `shop`, `webhook_id` and `signature` are empty when missing or malformed; `shop` is a full strict domain.
    """

    topic: str = ""
    shop: str = ""
    webhook_id: str = ""
    signature: str = ""
    event_id: str | None = None
    triggered_at: datetime | None = None


def webhook_headers(headers: Iterable[tuple[str, str]] | Iterable[tuple[bytes, bytes]]) -> WebhookHeaders:
    """Read Shopify's delivery headers from (name, value) pairs in any case, text (WSGI) or bytes (ASGI).

    Both families are understood, `x-shopify-*` and the newer `shopify-*`; where both are sent the newer one wins.
    """
    found: dict[str, str] = {}
    newer: set[str] = set()
    for name, raw in headers:
        field, is_newer = _HEADER_FIELDS.get(name.lower(), ("", False))
        if field and (is_newer or field not in newer):
            value = raw.decode("latin-1") if isinstance(raw, bytes) else raw
            found[field] = value if len(value) <= _LONGEST_HEADER and value.isascii() and value.isprintable() else ""
            if is_newer:
                newer.add(field)
    shop = found.get("shop", "").lower()
    return WebhookHeaders(
        topic=found.get("topic", ""),
        shop=shop if _is_shop_domain(shop) else "",
        webhook_id=found.get("webhook_id", ""),
        signature=found.get("signature", ""),
        event_id=found.get("event_id") or None,
        triggered_at=_instant(found.get("triggered_at", "")),
    )


def verify_webhook(body: bytes, header: str | bytes | None, secrets: Sequence[bytes]) -> bool:
    """True when `header` is the base64 HMAC-SHA256 of the raw `body` under one of `secrets` (current first).

    Never raises: a missing, truncated, re-encoded or non-ASCII header is simply not Shopify's. (The one-shot digest is as
    fast as a copied, keyed one: measured, 9 us for 8.5 KB, of which SHA-256 itself is 6.5.)
    """
    if not header:
        return False
    if isinstance(header, str):
        if not header.isascii():
            return False
        header = header.encode("ascii")
    return any(
        secret and hmac.compare_digest(base64.b64encode(hmac.digest(secret, body, "sha256")), header)
        for secret in secrets
    )


# --- App proxy --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProxyRequest:
    """A storefront request that came through Shopify's app proxy. `customer_id` is None for a visitor who is not signed in."""

    shop: str
    customer_id: int | None
    params: Mapping[str, str]


def verify_app_proxy(
    raw_query: bytes | str, secrets: Sequence[bytes], now: datetime, *, names: AbstractSet[str] = frozenset()
) -> ProxyRequest:
    """Check the raw query string of an app-proxy request and read who is asking.

    `names` are the parameters of our own that this route reads; anything else is refused, because the signature has no
    separators and one signature therefore fits several parses. Raises NotFromShopify.
    """
    if any(_OWN_NAME.fullmatch(name) is None for name in names):
        msg = "proxy parameter names are lower-case letters and underscores, so that every sort order agrees"
        raise ValueError(msg)
    params = _proxy_params(raw_query, allowed=_PROXY_NAMES | names)
    signature = params.pop("signature", "")
    if not any(_is_proxy_signature(params, signature, secret) for secret in secrets if secret):
        raise NotFromShopify(because="app proxy: wrong signature")
    _check_proxy_timestamp(params.pop("timestamp", ""), now)
    shop = params.pop("shop", "")
    if not _is_shop_domain(shop):
        raise NotFromShopify(because="app proxy: not a shop domain")
    customer_id = _proxy_customer(params.pop("logged_in_customer_id", ""))
    params.pop("path_prefix", None)
    return ProxyRequest(shop=shop, customer_id=customer_id, params=params)


def app_proxy_signature(params: Mapping[str, str | Sequence[str]], secret: bytes) -> str:
    """The hex signature that Shopify puts on a proxied query (without `signature` itself). Repeated values join by comma."""
    pairs = sorted(f"{name}={value if isinstance(value, str) else ','.join(value)}" for name, value in params.items())
    return hmac.digest(secret, "".join(pairs).encode(), "sha256").hex()


# --- Session tokens ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says. Staff tokens have `staff_id` and `session_id`; buyers' tokens have `customer_id` when signed in."""

    kind: TokenKind
    shop: str
    token: str
    claims: Mapping[str, Any]
    staff_id: int | None = None
    session_id: str | None = None
    customer_id: int | None = None


def verify_token(
    token: str, kind: TokenKind, *, client_id: str, client_secret: str, old_client_secret: str | None, now: datetime
) -> Claims:
    """Check a session (ID) token of one surface and say who is asking. Raises NotFromShopify.

    Ours first: algorithm, exact audience, required claims and their types, lifetime caps, exact shop host, and the claims
    that tell staff from buyers. Then Shopify's own verifier for the same surface must agree.
    """
    if not token.isascii() or len(token) > _LONGEST_TOKEN:
        raise NotFromShopify(because="token: malformed")
    payload = _decode(token, [secret for secret in (client_secret, old_client_secret) if secret])
    if payload.get("aud") != client_id:
        raise NotFromShopify(because="token: another app's audience")
    _check_times(payload, TOKEN_LIFETIMES[kind], now)
    shop = _token_shop(payload)
    claims = _staff(payload, kind, shop, token) if kind in {"admin", "pos"} else _buyer(payload, kind, shop, token)
    _check_with_shopifyapp(token, kind, ShopifyApp(client_id, client_secret, old_client_secret))
    return claims


# --- Shop domains and framing -----------------------------------------------------------------------------------------


def shop_domain(text: str) -> str:
    """`text` when it is exactly a full shop domain ("name.myshopify.com", lower case). Raises NotFromShopify for anything else."""
    if not _is_shop_domain(text):
        raise NotFromShopify(because="not a shop domain")
    return text


def frame_ancestors(domain: str | None, *, also: Sequence[str] = ()) -> str:
    """The Content-Security-Policy directive that lets only this shop's admin frame a page; nobody when the shop is unknown.

    `also` are further origins (the dev store's admin, in development).
    """
    if domain is None:
        return "frame-ancestors 'none'"
    return " ".join(["frame-ancestors", f"https://{shop_domain(domain)}", "https://admin.shopify.com", *also])


# --- Helpers ----------------------------------------------------------------------------------------------------------

_HEADER_NAMES: Final = {
    "shopify-topic": "topic",
    "shopify-shop-domain": "shop",
    "shopify-webhook-id": "webhook_id",
    "shopify-hmac-sha256": "signature",
    "shopify-event-id": "event_id",
    "shopify-triggered-at": "triggered_at",
}
_HEADER_FIELDS: Final[Mapping[str | bytes, tuple[str, bool]]] = {
    key: (field, is_newer)
    for name, field in _HEADER_NAMES.items()
    for spelled, is_newer in ((name, True), (f"x-{name}", False))
    for key in (spelled, spelled.encode())
}
_LONGEST_HEADER: Final = 255
_LONGEST_QUERY: Final = 4096
_LONGEST_VALUE: Final = 128
_LONGEST_TOKEN: Final = 4096
_LONGEST_LIFETIME_SECONDS: Final = 3600
_PROXY_NAMES: Final = frozenset({"shop", "path_prefix", "timestamp", "logged_in_customer_id", "signature"})
_OWN_NAME = re.compile(r"[a-z][a-z_]*")
_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


def _instant(text: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text)
        return instant.astimezone(UTC) if instant.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


@functools.lru_cache(maxsize=4096)
def _is_shop_domain(text: str) -> bool:
    return _SHOP.fullmatch(text) is not None and sanitize_shop_domain(text) == text


def _proxy_params(raw_query: bytes | str, *, allowed: AbstractSet[str]) -> dict[str, str]:
    raw = raw_query.encode("utf-8", "surrogatepass") if isinstance(raw_query, str) else raw_query
    if len(raw) > _LONGEST_QUERY or not raw.isascii() or _BROKEN_ESCAPE.search(raw):
        raise NotFromShopify(because="app proxy: malformed query")
    params: dict[str, str] = {}
    for piece in raw.split(b"&"):
        raw_name, _, raw_value = piece.partition(b"=")
        name, value = _proxy_text(raw_name), _proxy_text(raw_value)
        if name not in allowed:
            raise NotFromShopify(because="app proxy: unexpected parameter")
        if name in params:
            raise NotFromShopify(because="app proxy: repeated parameter")
        if len(value) > _LONGEST_VALUE or "=" in value or "&" in value or _CONTROLS.search(value):
            raise NotFromShopify(because="app proxy: value that could be read in two ways")
        params[name] = value
    return params


def _proxy_text(raw: bytes) -> str:
    try:
        return unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8")
    except UnicodeDecodeError:
        raise NotFromShopify(because="app proxy: not UTF-8") from None


def _is_proxy_signature(params: Mapping[str, str], signature: str, secret: bytes) -> bool:
    return hmac.compare_digest(app_proxy_signature(params, secret).encode(), signature.encode())


def _check_proxy_timestamp(text: str, now: datetime) -> None:
    if _TIMESTAMP.fullmatch(text) is None or abs(now.timestamp() - int(text)) > PROXY_TOLERANCE.total_seconds():
        raise NotFromShopify(because="app proxy: stale or malformed timestamp")


def _proxy_customer(text: str) -> int | None:
    if text == "":
        return None
    customer_id = int(text) if _DIGITS.fullmatch(text) else 0
    if not 0 < customer_id <= _LARGEST_ID:
        raise NotFromShopify(because="app proxy: malformed customer id")
    return customer_id


def _decode(token: str, secrets: Sequence[str]) -> dict[str, Any]:
    """The payload of a token signed with HS256 under one of `secrets`; its times are judged by `_check_times`, not here."""
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError:
        raise NotFromShopify(because="token: malformed") from None
    if header.get("alg") != "HS256":
        raise NotFromShopify(because="token: another algorithm")
    untimed = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False, "verify_sub": False}
    for secret in secrets:
        try:
            payload: dict[str, Any] = jwt.decode(token, secret, algorithms=["HS256"], options=untimed)  # type: ignore[arg-type]
        except jwt.InvalidTokenError:
            continue
        return payload
    raise NotFromShopify(because="token: wrong signature")


def _check_times(payload: Mapping[str, Any], lifetime: timedelta, now: datetime) -> None:
    times = [payload.get(name) for name in ("exp", "nbf", "iat")]
    expires, not_before, issued = (value if type(value) is int else None for value in times)
    if expires is None or not_before is None or issued is None:
        raise NotFromShopify(because="token: exp, nbf or iat missing")
    if not isinstance(payload.get("jti"), str) or not payload["jti"]:
        raise NotFromShopify(because="token: jti missing")
    if expires - issued > _LONGEST_LIFETIME_SECONDS:
        raise NotFromShopify(because="token: lives too long")
    instant, leeway = now.timestamp(), TOKEN_LEEWAY.total_seconds()
    if instant > min(expires, issued + lifetime.total_seconds()) + leeway:
        raise NotFromShopify(because="token: expired")
    if instant < max(not_before, issued) - leeway:
        raise NotFromShopify(because="token: not valid yet")


def _token_shop(payload: Mapping[str, Any]) -> str:
    dest = payload.get("dest")
    shop = dest.removeprefix("https://") if isinstance(dest, str) else ""
    if not _is_shop_domain(shop):
        raise NotFromShopify(because="token: dest is not a shop")
    return shop


def _staff(payload: Mapping[str, Any], kind: TokenKind, shop: str, token: str) -> Claims:
    if payload.get("iss") != f"https://{shop}/admin" or payload.get("dest") != f"https://{shop}":
        raise NotFromShopify(because="token: not issued by the shop's admin")
    subject, session_id = payload.get("sub"), payload.get("sid")
    if not isinstance(subject, str) or _DIGITS.fullmatch(subject) is None:
        raise NotFromShopify(because="token: no staff member")
    if not isinstance(session_id, str) or not session_id:
        raise NotFromShopify(because="token: no admin session")
    return Claims(kind, shop, token, payload, staff_id=int(subject), session_id=session_id)


def _buyer(payload: Mapping[str, Any], kind: TokenKind, shop: str, token: str) -> Claims:
    """Shopify documents no issuer for buyers' tokens, so one may be absent; an admin's or another shop's is refused."""
    if "sid" in payload:
        raise NotFromShopify(because="token: an admin session where a buyer is meant")
    issuer = payload.get("iss", f"https://{shop}/")
    if not isinstance(issuer, str) or not issuer.startswith("https://") or issuer.rstrip("/").endswith("/admin"):
        raise NotFromShopify(because="token: not a buyer's issuer")
    host, _, path = issuer.removeprefix("https://").partition("/")
    if (host.endswith(".myshopify.com") and host != shop) or (path == "checkouts" and kind != "checkout"):
        raise NotFromShopify(because="token: another surface's issuer")
    subject = payload.get("sub")
    if subject is None:
        return Claims(kind, shop, token, payload)
    match = _CUSTOMER_GID.fullmatch(subject) if isinstance(subject, str) else None
    if match is None or not 0 < int(match[1]) <= _LARGEST_ID:
        raise NotFromShopify(because="token: sub is not a customer")
    return Claims(kind, shop, token, payload, customer_id=int(match[1]))


def _check_with_shopifyapp(token: str, kind: TokenKind, app: ShopifyApp) -> None:
    """Shopify's own verdict. It looks at the wall clock, so "expired" is left to `_check_times`, which was asked with `now`."""
    verifiers: dict[TokenKind, Callable[[RequestInput], Any]] = {
        "admin": app.verify_admin_ui_ext_req,
        "pos": app.verify_pos_ui_ext_req,
        "checkout": app.verify_checkout_ui_ext_req,
        "customer_account": app.verify_customer_account_ui_ext_req,
    }
    request: RequestInput = {
        "method": "GET",
        "url": "https://app.invalid/",
        "headers": {"Authorization": f"Bearer {token}"},
        "body": "",
    }
    result = verifiers[kind](request)
    if not result.ok and result.log.code != "expired_id_token":
        raise NotFromShopify(because=f"token: shopifyapp says {result.log.code}")
