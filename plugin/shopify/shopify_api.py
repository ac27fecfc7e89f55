"""The three things we take from ShopifyAPI, typed: shop domains, access scopes and API versions.

ShopifyAPI carries no types and keeps its sessions in globals, so nothing else of it is imported anywhere (design 11).
"""

from __future__ import annotations

from collections.abc import Iterable

from shopify import ApiAccess, ApiVersion
from shopify.utils import shop_url


def sanitize_shop_domain(text: str) -> str | None:
    """The domain as ShopifyAPI understands `text`, lower case, or None when it is no shop."""
    domain: str | None = shop_url.sanitize_shop_domain(text)
    return domain


def granted_scopes(scopes: Iterable[str]) -> frozenset[str]:
    """Every scope that these grant: themselves, and the read scope that each write scope implies.

    Shopify lists only the write scope of a pair, so that comparing lists as texts finds scopes missing that are there.
    """
    held = frozenset(scope.strip() for scope in scopes if scope.strip())
    access = ApiAccess([scope for scope in held if ApiAccess.SCOPE_RE.match(scope)])
    implied = {scope.replace("write_", "read_", 1) for scope in held}
    return held | {scope for scope in implied if ApiAccess.SCOPE_RE.match(scope) and access.covers(ApiAccess([scope]))}


def missing_scopes(granted: Iterable[str], wanted: Iterable[str]) -> frozenset[str]:
    """The wanted access scopes that `granted` does not cover; a write scope covers its read scope."""
    access = ApiAccess(list(granted))
    return frozenset(scope for scope in wanted if not access.covers(ApiAccess([scope])))


def admin_api_base(origin: str, version: str) -> str:
    """The address of the Admin API of `version` at `origin` ("https://shop.myshopify.com"), without a trailing slash."""
    base: str = ApiVersion.coerce_to_version(version).api_path(origin)
    return base
