"""Who is looking: the shopper's cookies, signed by the dev store, and what they mean in one shop.

A storefront and the customer accounts live on different hosts, so signing in on one hands a short-lived ticket to the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from babel.dates import format_date
from flask import Request
from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from devstore.model import Customer
from devstore.storefront.carts import Basket, hundredths
from devstore.storefront.liquid_site import Speech, money
from devstore.world import Shop

LANGUAGES = {"en": "English", "de": "Deutsch", "fr": "Français"}
SHOPPER_COOKIE = "_shopper"
CART_COOKIE = "cart"
LANGUAGE_COOKIE = "localization"
TICKET_SECONDS = 60
# Signs cookies of a store on a laptop: it keeps tests honest about tampering and protects nothing else.
_COOKIE_KEY = "devstore-cookies"


@dataclass(frozen=True)
class Visit:
    """One request of a shopper to one shop."""

    shop: Shop
    customer: Customer | None
    basket: Basket
    speech: Speech
    host: str
    path: str

    @property
    def customer_id(self) -> int | None:
        """Id of the signed-in customer."""
        return None if self.customer is None else self.customer.id

    def money(self, amount: Decimal) -> str:
        """Return an amount of the shop's currency as the visitor reads it."""
        return money(hundredths(amount), self.speech)

    def date(self, at: datetime) -> str:
        """Return a day in the shop's time zone as the visitor reads it."""
        return str(format_date(at.astimezone(self.shop.timezone), "long", locale=self.speech.locale))


def signed_in(shop: Shop, request: Request) -> Customer | None:
    """Return the customer whose cookie the request carries; None for a guest, a forged cookie or a deleted customer."""
    try:
        customer_id = _cookies(shop).loads(request.cookies.get(SHOPPER_COOKIE, ""))
    except BadSignature:
        return None
    return shop.customers.get(customer_id)


def sign_in(shop: Shop, customer: Customer, response: Response) -> None:
    """Set the cookie that signs the customer in on this host."""
    response.set_cookie(SHOPPER_COOKIE, str(_cookies(shop).dumps(customer.id)), httponly=True, samesite="Lax")


def sign_out(response: Response) -> None:
    """Drop that cookie."""
    response.delete_cookie(SHOPPER_COOKIE)


def write_ticket(shop: Shop, customer: Customer) -> str:
    """Return a ticket that signs the customer in on another host of the same shop within a minute."""
    return str(_tickets(shop).dumps(customer.id))


def read_ticket(shop: Shop, ticket: str) -> Customer | None:
    """Return the customer of a fresh ticket of this shop, else None."""
    try:
        customer_id = _tickets(shop).loads(ticket, max_age=TICKET_SECONDS)
    except BadSignature:
        return None
    return shop.customers.get(customer_id)


def language(shop: Shop, customer: Customer | None, request: Request) -> str:
    """Choose the page's language: the visitor's choice, the customer's, the browser's, the shop's; else English."""
    wishes = [request.args.get("locale"), request.cookies.get(LANGUAGE_COOKIE), customer.locale if customer else None]
    for wish in wishes:
        short = (wish or "").partition("-")[0].lower()
        if short in LANGUAGES:
            return short
    fallback = shop.locale.partition("-")[0].lower()
    return request.accept_languages.best_match(list(LANGUAGES)) or (fallback if fallback in LANGUAGES else "en")


def local_path(wish: str | None, *, otherwise: str) -> str:
    """Return `wish` when it is a path on this host, else `otherwise`: a redirect never leaves the shop."""
    if wish and wish.startswith("/") and not wish.startswith(("//", "/\\")):
        return wish
    return otherwise


def _cookies(shop: Shop) -> URLSafeSerializer:
    return URLSafeSerializer(_COOKIE_KEY, salt=f"shopper:{shop.domain}")


def _tickets(shop: Shop) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(_COOKIE_KEY, salt=f"ticket:{shop.domain}")
