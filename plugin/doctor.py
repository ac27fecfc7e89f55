"""Installing one merchant's own app from the command line, and examining a shop from end to end. Reports inform; only refusals fail."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from plugin.admin import assets
from plugin.loyalty.errors import OutsideError, Refusal
from plugin.loyalty.outside import ShopInfo, Token
from plugin.services import health, members, shops, tokens
from plugin.services.perform import World
from plugin.services.ports import ShopifyShop
from plugin.services.shops import Shop
from plugin.settings import Settings
from plugin.shopify.shopify_api import missing_scopes
from plugin.shopify.verify import NotFromShopify, shop_domain

TOML = Path(__file__).resolve().parents[1] / "shopify.app.toml"
PROXY_SUBPATH = "loyalty"
CLOCK_TOLERANCE_SECONDS = 30.0


class NotAShopDomain(Refusal):
    """What was typed is no shop of Shopify's."""

    code = "not-a-shop-domain"
    sentence = "{domain} is not a shop's address; one reads like your-store.myshopify.com."


class ShopNotReached(Refusal):
    """Shopify would not let us into the shop."""

    code = "shop-not-reached"
    sentence = (
        "Shopify gave no access to {domain} ({why}). Install the app in that store, and check that SHOPIFY_API_KEY and "
        "SHOPIFY_API_SECRET are this app's; or give a token with --access-token."
    )


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's result in words that say what to do."""

    name: str
    is_ok: bool
    words: str


def add_shop(world: World, domain: str, *, access_token: str | None) -> tuple[Shop, ShopInfo]:
    """Get a token (client credentials, unless one is given), read the shop, install it live. Raises Refusal or OutsideError."""
    try:
        domain = shop_domain(domain)
    except NotFromShopify:
        raise NotAShopDomain(domain=domain) from None
    now = world.clock()
    try:
        if access_token is not None:
            token = Token(access_token, None, None, None, frozenset())
        else:
            token = world.token_source.client_credentials(domain, now)
        info = world.connect(domain, token.access).shop_info()
    except OutsideError as error:
        raise ShopNotReached(domain=domain, why=str(error)) from None
    with world.database.transaction() as session:
        shop = shops.enrol(session, domain, now=now)
    with world.database.transaction(shop.id) as session:
        shops.install(session, info, is_own_app=True, now=now)
        tokens.store(session, token, cipher=world.cipher, now=now)
    return shop, info


def report(settings: Settings, shop: Shop, info: ShopInfo) -> list[str]:
    """What `shops add` prints."""
    missing = missing_scopes(info.scopes, wanted_scopes())
    lines = [
        f"{shop.domain} is installed.",
        f"  name               {info.name}",
        f"  currency           {info.currency}",
        f"  time zone          {info.timezone}",
        f"  plan               {info.plan}",
        f"  customer accounts  {'new' if info.customer_accounts == 'NEW_CUSTOMER_ACCOUNTS' else 'legacy'}",
        f"  scopes missing     {', '.join(sorted(missing)) or 'none'}",
    ]
    if missing:
        lines.append(
            "Next: grant the missing scopes (run `shopify app deploy`, then open the app in the Shopify admin)."
        )
    else:
        lines.append(
            f"Next: open {settings.app_url}/ from the Shopify admin, or make an API key with `regulars api-keys create {shop.domain}`."
        )
    return lines


def wanted_scopes() -> frozenset[str]:
    """The scopes that shopify.app.toml asks for."""
    scopes = tomllib.loads(TOML.read_text(encoding="utf-8"))["access_scopes"]["scopes"]
    return frozenset(scope.strip() for scope in scopes.split(","))


def examine(world: World, settings: Settings, shop: Shop) -> list[Finding]:
    """Every check of one shop; none stops the others."""
    findings = []
    try:
        shopify = world.shopify(shop.id, shop.domain)
        info = shopify.shop_info()
        findings.append(Finding("token", True, f"Shopify answers as {info.name}."))
        missing = missing_scopes(info.scopes, wanted_scopes())
        findings.append(
            Finding(
                "scopes",
                not missing,
                "All scopes are granted."
                if not missing
                else f"Missing: {', '.join(sorted(missing))}. Run `shopify app deploy` and open the app.",
            )
        )
        findings.append(_names(world, shop, shopify))
    except (OutsideError, Refusal) as error:
        findings.append(
            Finding(
                "token",
                False,
                f"Shopify cannot be asked: {error}. Open the app in the Shopify admin, or run `regulars shops add` again.",
            )
        )
    findings.append(_admin())
    findings.append(_app_url(settings))
    findings.append(_proxy(settings, shop))
    findings.append(_last_webhook(world, shop))
    findings.append(_clock(world, settings, shop))
    return findings


def _names(world: World, shop: Shop, shopify: ShopifyShop) -> Finding:
    with world.database.transaction(shop.id) as session:
        customers = [view.customer_id for view in members.page(session, limit=5) if view.customer_id is not None]
    if not customers:
        return Finding("customer names", is_ok=True, words="There is no member yet to try it with.")
    if any(person.name is not None for person in shopify.people(customers).values()):
        return Finding("customer names", is_ok=True, words="Names can be read.")
    words = (
        "Names are withheld, so pages show customer numbers. Ask for access to protected customer data to see names."
    )
    return Finding("customer names", is_ok=True, words=words)


def _admin() -> Finding:
    words = assets.missing()
    return Finding("admin pages", words is None, words or "Every script is there.")


def _app_url(settings: Settings) -> Finding:
    try:
        answer = httpx.get(f"{settings.app_url}/healthz", timeout=5)
    except httpx.HTTPError as error:
        return Finding(
            "APP_URL",
            False,
            f"{settings.app_url} does not answer ({type(error).__name__}). Is `regulars web` running, and does the address lead to it?",
        )
    return Finding("APP_URL", answer.is_success, f"{settings.app_url} answers {answer.status_code}.")


def _proxy(settings: Settings, shop: Shop) -> Finding:
    origin = urlsplit(settings.origin_for(shop.domain))
    url = f"{origin.scheme}://{origin.netloc}/apps/{PROXY_SUBPATH}/program"
    try:
        answer = httpx.get(url, headers={"Host": shop.domain}, timeout=5, follow_redirects=True)
    except httpx.HTTPError as error:
        return Finding("app proxy", is_ok=False, words=f"The storefront does not answer ({type(error).__name__}).")
    if answer.headers.get("content-type", "").startswith("application/json"):
        return Finding("app proxy", is_ok=True, words="The storefront reaches the app.")
    words = (
        "The storefront does not reach the app: run `shopify app deploy`, and see that the store has no password page."
    )
    return Finding("app proxy", is_ok=False, words=words)


def _last_webhook(world: World, shop: Shop) -> Finding:
    with world.database.transaction(shop.id) as session:
        at = health.of_shop(session, now=world.clock()).last_webhook_at
    if at is None:
        return Finding("webhooks", False, "None has arrived yet: run `shopify app deploy`, then place an order.")
    return Finding("webhooks", True, f"The last one arrived at {at:%Y-%m-%d %H:%M:%S} UTC.")


def _clock(world: World, settings: Settings, shop: Shop) -> Finding:
    try:
        answer = httpx.head(settings.origin_for(shop.domain), timeout=5)
        theirs = parsedate_to_datetime(answer.headers["date"])
    except (httpx.HTTPError, KeyError, ValueError):
        return Finding("clock", True, "Shopify's clock could not be read.")
    off = abs((world.clock() - theirs) / timedelta(seconds=1))
    return Finding(
        "clock",
        off <= CLOCK_TOLERANCE_SECONDS,
        f"{off:.0f} s apart from Shopify's."
        + ("" if off <= CLOCK_TOLERANCE_SECONDS else " Set the server's clock (NTP)."),
    )
