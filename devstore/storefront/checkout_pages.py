"""The checkout: one page with contact, delivery, payment and the discount code field, then a thank-you page.

A checkout remembers what it showed: a code that applied when the shopper saw it is honoured when they pay. Refused codes
are named with their reason and dropped, as Shopify's checkout does. The express checkout takes no codes at all.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from babel import Locale
from flask import Flask, Response, abort, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from devstore.model import Customer, Order, Refusal
from devstore.pricing import Priced
from devstore.storefront.carts import Basket
from devstore.storefront.own_pages import shop_page
from devstore.storefront.shoppers import Visit
from devstore.storefront.state import Storefront
from devstore.storefront.words import speaker
from devstore.world import Shop

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
CARD_DECLINED = "2"
# Filled in beforehand, so that trying the shop takes no typing.
ADDRESSES: Mapping[str, dict[str, str]] = {
    "US": {"address1": "12 Alder Street", "city": "Portland", "zip": "97205"},
    "DE": {"address1": "Lindenweg 12", "city": "Freiburg", "zip": "79098"},
    "FR": {"address1": "12 rue des Tilleuls", "city": "Lyon", "zip": "69002"},
    "JP": {"address1": "5-12-3 Nakano", "city": "Tokyo", "zip": "164-0001"},
}
COUNTRIES = ("US", "CA", "GB", "DE", "FR", "AT", "CH", "JP")


@dataclass
class Checkout:
    """One running checkout: what was typed so far, which codes stand, and the price last shown."""

    token: str
    shop: Shop
    basket: Basket
    customer_id: int | None
    fields: dict[str, str]
    codes: list[str] = field(default_factory=list)
    shown: Priced | None = None
    order_id: int | None = None
    is_express: bool = False

    def buyer(self) -> Customer | None:
        """Return the customer the order will belong to: the signed-in one, else the one with the e-mail address."""
        if self.customer_id is not None:
            return self.shop.customers.get(self.customer_id)
        email = self.fields.get("email", "")
        with self.shop.world.lock:
            return self.shop.customer_by_email(email) if email else None

    def reprice(self) -> list[Refusal]:
        """Price the cart with the codes that stand, drop the refused ones and return them with their reasons."""
        buyer = self.buyer()
        buyer_id = None if buyer is None else buyer.id
        priced = self.shop.price(
            self.basket.cart, buyer_id, self.codes, is_accelerated=self.is_express, earlier=self.shown
        )
        refused = list(priced.refused)
        if refused:
            lost = {each.code.upper() for each in refused}
            self.codes = [code for code in self.codes if code.upper() not in lost]
            priced = self.shop.price(
                self.basket.cart, buyer_id, self.codes, is_accelerated=self.is_express, earlier=self.shown
            )
        self.shown = priced
        return refused


Find = Callable[[str, Visit], Checkout]
"""Looks a running checkout up by its token; 404 when the visitor's shop has none of that name."""


def add_routes(site: Flask, store: Storefront) -> Find:
    """Add the checkout to a shop site; how to look a running one up."""
    running: dict[str, Checkout] = {}

    def find(token: str, visit: Visit) -> Checkout:
        checkout = running.get(token)
        if checkout is None or checkout.shop is not visit.shop:
            abort(404)
        return checkout

    _add_doors(site, store, running)
    _add_pages(site, store, find)
    return find


def _add_doors(site: Flask, store: Storefront, running: dict[str, Checkout]) -> None:
    def open_checkout(*, is_express: bool) -> AnyResponse:
        visit = store.current_visit()
        if not visit.basket.cart.lines:
            return redirect("/cart", 303)
        checkout = _start(visit, is_express=is_express)
        running[checkout.token] = checkout
        return redirect(f"/checkouts/cn/{checkout.token}", 303)

    @site.route("/checkout", methods=["GET", "POST"])
    def checkout_start() -> AnyResponse:
        return open_checkout(is_express=False)

    @site.post("/checkout/express")
    def express_start() -> AnyResponse:
        return open_checkout(is_express=True)


def _add_pages(site: Flask, store: Storefront, find: Find) -> None:
    @site.get("/checkouts/cn/<token>")
    def checkout_page(token: str) -> AnyResponse:
        visit = store.current_visit()
        checkout = find(token, visit)
        if checkout.order_id is not None:
            return redirect(f"/checkouts/cn/{token}/thank-you")
        if not checkout.basket.cart.lines:
            return redirect("/cart", 303)
        return _page(checkout, visit, refused=checkout.reprice())

    @site.post("/checkouts/cn/<token>")
    def checkout_act(token: str) -> AnyResponse:
        visit = store.current_visit()
        checkout = find(token, visit)
        if checkout.order_id is not None:
            return redirect(f"/checkouts/cn/{token}/thank-you", 303)
        return _act(store, checkout, visit)

    @site.get("/checkouts/cn/<token>/thank-you")
    def thank_you(token: str) -> AnyResponse:
        visit = store.current_visit()
        checkout = find(token, visit)
        if checkout.order_id is None:
            return redirect(f"/checkouts/cn/{token}")
        return shop_page("thank_you.html", visit, order=checkout.shop.order(checkout.order_id), checkout=checkout)


def _act(store: Storefront, checkout: Checkout, visit: Visit) -> AnyResponse:
    """Do what the pressed button says, with everything typed so far remembered."""
    checkout.fields.update({key: value.strip() for key, value in request.form.items()})
    if "apply" in request.form:
        checkout.fields.pop("discount", None)
        return _page(checkout, visit, refused=enter_code(checkout, request.form.get("discount", "")))
    if removed := request.form.get("remove"):
        return _page(checkout, visit, refused=remove_code(checkout, removed))
    return _pay(store, checkout, visit)


def _start(visit: Visit, *, is_express: bool) -> Checkout:
    customer = visit.customer
    fields = {"country": visit.shop.country, "card": "1"} | ADDRESSES.get(visit.shop.country, ADDRESSES["US"])
    if customer is not None:
        fields |= {"email": customer.email or "", "first_name": customer.first_name, "last_name": customer.last_name}
    checkout = Checkout(
        secrets.token_hex(16), visit.shop, visit.basket, visit.customer_id, fields, is_express=is_express
    )
    checkout.codes = list(visit.basket.codes)
    return checkout


def enter_code(checkout: Checkout, code: str) -> list[Refusal]:
    """Try a code; the refusals of all that do not apply, which are dropped."""
    code = code.strip()
    if code and code.upper() not in {known.upper() for known in checkout.codes}:
        checkout.codes.append(code)
    refused = checkout.reprice()
    checkout.basket.codes = list(checkout.codes)
    return refused


def remove_code(checkout: Checkout, code: str) -> list[Refusal]:
    """Take a code out; the refusals of others that do not apply without it."""
    checkout.codes = [known for known in checkout.codes if known != code]
    checkout.basket.codes = list(checkout.codes)
    checkout.shown = None
    return checkout.reprice()


def _pay(store: Storefront, checkout: Checkout, visit: Visit) -> AnyResponse:
    """Turn the checkout into an order, or show what is missing."""
    say = speaker(visit.speech.locale)
    problems = _problems(checkout, say)
    refused = checkout.reprice()
    if problems or refused:
        return _page(checkout, visit, refused=refused, problems=problems, status=422)
    outcome = _order(checkout, visit)
    if isinstance(outcome, Refusal):
        return _page(checkout, visit, refused=[outcome], status=422)
    _confirm(store, outcome, visit)
    return redirect(f"/checkouts/cn/{checkout.token}/thank-you", 303)


def _problems(checkout: Checkout, say: Callable[..., str]) -> dict[str, str]:
    """Return what is wrong with the typed fields, by field name."""
    problems: dict[str, str] = {}
    if not EMAIL.fullmatch(checkout.fields.get("email", "")):
        problems["email"] = say("email_invalid")
    if not checkout.is_express:
        for name in ("last_name", "address1", "city", "zip"):
            if not checkout.fields.get(name):
                problems[name] = say("field_missing")
    if checkout.fields.get("card") == CARD_DECLINED:
        problems["card"] = say("card_declined")
    return problems


def _order(checkout: Checkout, visit: Visit) -> Order | Refusal:
    """Buy the cart, once however often the button was pressed; a guest's customer record is made with the typed name."""
    shop, fields = checkout.shop, checkout.fields
    with shop.world.lock:
        if checkout.order_id is not None:
            return shop.order(checkout.order_id)
        if checkout.buyer() is None:
            shop.add_customer(
                fields["email"],
                first_name=fields.get("first_name", ""),
                last_name=fields.get("last_name", ""),
                state="disabled",
                locale=visit.speech.locale,
            )
        outcome = shop.checkout(
            checkout.basket.cart,
            checkout.customer_id,
            fields["email"],
            checkout.codes,
            is_accelerated=checkout.is_express,
            locale=visit.speech.locale,
            earlier=checkout.shown,
        )
        if isinstance(outcome, Order):
            checkout.order_id = outcome.id
            checkout.basket.empty()
        return outcome


def _confirm(store: Storefront, order: Order, visit: Visit) -> None:
    say = speaker(visit.speech.locale)
    lines = "\n".join(f"  {line.quantity} x {line.title}  {visit.money(line.net)}" for line in order.lines)
    text = say("mail_order", name=order.name, lines=lines, total=visit.money(order.total), shop=visit.shop.name)
    store.mailbox.deliver(
        sender=visit.shop.name,
        to=order.email or "",
        subject=say("mail_order_subject", name=order.name),
        text=text,
        now=store.world.now(),
    )


def _countries(visit: Visit) -> list[tuple[str, str]]:
    """Return codes and names of the countries to ship to, in the visitor's language."""
    names = Locale.parse(visit.speech.locale).territories
    codes = dict.fromkeys([visit.shop.country, *COUNTRIES])
    return [(code, str(names.get(code, code))) for code in codes]


def _page(
    checkout: Checkout,
    visit: Visit,
    *,
    refused: list[Refusal],
    problems: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    template = "express.html" if checkout.is_express else "checkout.html"
    return shop_page(
        template,
        visit,
        status=status,
        checkout=checkout,
        priced=checkout.shown,
        refused=refused,
        problems=problems or {},
        countries=_countries(visit),
    )
