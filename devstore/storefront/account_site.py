"""New-style customer accounts, on accounts.localhost/{handle}: sign-in by a code that is sent by e-mail, then orders.

A sign-in here is handed to the shop by a ticket, and a shopper who is signed in at the shop is signed in here the same way.
Guests who bought with an e-mail address sign in with it later and find their orders.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from flask import Flask, abort, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from devstore.model import Customer
from devstore.storefront import extension_host
from devstore.storefront.account_views import order_list, order_page
from devstore.storefront.bundles import UiExtension, ui_extensions
from devstore.storefront.checkout_pages import EMAIL
from devstore.storefront.own_pages import shop_origin, shop_page
from devstore.storefront.shoppers import LANGUAGES, Visit, local_path, read_ticket, sign_in, sign_out, write_ticket
from devstore.storefront.state import Storefront
from devstore.storefront.words import speaker
from devstore.world import Shop

CODE_LIFE: Final = timedelta(minutes=10)
MOST_TRIES: Final = 5
PAGE_TARGET: Final = "customer-account.page.render"


@dataclass
class SentCode:
    """A sign-in code on its way: it dies when used, when old, or after too many wrong tries."""

    code: str
    ends_at: datetime
    tries: int = 0


def create_account_site(store: Storefront) -> Flask:
    """Return the application that serves accounts.localhost."""
    site = Flask(__name__, template_folder="pages", static_folder=None)
    site.config["PROPAGATE_EXCEPTIONS"] = True  # a bug is the host application's to report
    _add_sign_in(site, store, {})
    _add_sessions(site, store)
    _add_pages(site, store)
    extension_host.add_account_routes(site, store, lambda handle: _visit(store, handle))
    return site


def _add_sign_in(site: Flask, store: Storefront, sent: dict[tuple[str, str], SentCode]) -> None:
    @site.get("/<handle>/login")
    def login(handle: str) -> AnyResponse:
        visit = _visit(store, handle)
        return shop_page("login.html", visit, email=request.args.get("email", ""), return_to=_return_to())

    @site.post("/<handle>/login")
    def send_code(handle: str) -> AnyResponse:
        visit = _visit(store, handle)
        email = request.form.get("email", "").strip()
        if not EMAIL.fullmatch(email):
            problem = speaker(visit.speech.locale)("email_invalid")
            return shop_page("login.html", visit, status=422, email=email, return_to=_return_to(), problem=problem)
        code = f"{secrets.randbelow(1_000_000):06}"
        sent[visit.shop.domain, email.casefold()] = SentCode(code, store.world.now() + CODE_LIFE)
        _mail_code(store, visit, email, code)
        return shop_page("login_code.html", visit, email=email, return_to=_return_to())

    @site.post("/<handle>/login/code")
    def check_code(handle: str) -> AnyResponse:
        visit = _visit(store, handle)
        email = request.form.get("email", "").strip()
        key = (visit.shop.domain, email.casefold())
        if not _is_right(sent.get(key), request.form.get("code", ""), store.world.now()):
            problem = speaker(visit.speech.locale)("code_wrong")
            return shop_page("login_code.html", visit, status=422, email=email, return_to=_return_to(), problem=problem)
        del sent[key]
        customer = account_holder(visit.shop, email, locale=visit.speech.locale)
        query = urlencode({"ticket": write_ticket(visit.shop, customer), "next": _return_to() or ""})
        response = redirect(f"{shop_origin(visit)}/account/callback?{query}", 303)
        sign_in(visit.shop, customer, response)
        return response


def _add_sessions(site: Flask, store: Storefront) -> None:
    @site.get("/<handle>/session")
    def take_over(handle: str) -> AnyResponse:
        visit = _visit(store, handle)
        customer = read_ticket(visit.shop, request.args.get("ticket", ""))
        if customer is None:
            return redirect(f"/{handle}/login")
        response = redirect(local_path(request.args.get("next"), otherwise=f"/{handle}/orders"))
        sign_in(visit.shop, customer, response)
        return response

    @site.get("/<handle>/logout")
    def logout(handle: str) -> AnyResponse:
        visit = _visit(store, handle)
        response = redirect(f"{shop_origin(visit)}/account/signed-out")
        sign_out(response)
        return response


def _add_pages(site: Flask, store: Storefront) -> None:
    @site.get("/<handle>/")
    @site.get("/<handle>/account")
    def entrance(handle: str) -> AnyResponse:
        return redirect(f"/{handle}/orders")

    @site.get("/<handle>/orders")
    def orders(handle: str) -> AnyResponse:
        visit = _visit(store, handle)
        if visit.customer is None:
            return _ask_shop(visit)
        return order_list(visit, visit.customer, base=f"/{handle}/orders")

    @site.get("/<handle>/orders/<int:order_id>")
    def order(handle: str, order_id: int) -> AnyResponse:
        visit = _visit(store, handle)
        if visit.customer is None:
            return _ask_shop(visit)
        return order_page(visit, visit.customer, order_id, base=f"/{handle}/orders")

    @site.get("/<handle>/pages/<extension>")
    def extension_page(handle: str, extension: str) -> AnyResponse:
        visit = _visit(store, handle)
        if visit.customer is None:
            return _ask_shop(visit)
        if not any(extension == each.handle and target == PAGE_TARGET for each, target in _shown(store, visit)):
            abort(404)
        return shop_page("extension_page.html", visit, target=PAGE_TARGET)

    @site.route("/<handle>/profile", methods=["GET", "POST"])
    def profile(handle: str) -> AnyResponse:
        visit = _visit(store, handle)
        if visit.customer is None:
            return _ask_shop(visit)
        if request.method == "POST":
            _save_profile(visit, visit.customer)
            return redirect(f"/{handle}/profile?saved=1", 303)
        return shop_page("profile.html", visit, customer=visit.customer, is_saved="saved" in request.args)


def _visit(store: Storefront, handle: str) -> Visit:
    """Return the visit to a shop's accounts; 404 for no shop, or one that has classic accounts."""
    shop = store.world.shops.get(f"{handle}.myshopify.com")
    if shop is None or shop.customer_accounts == "CLASSIC":
        abort(404)
    return store.visit(shop, request)


def _shown(store: Storefront, visit: Visit) -> list[tuple[UiExtension, str]]:
    """The app's extensions in this shop with each of their targets."""
    if not visit.shop.is_installed:
        return []
    return [(each, target) for each in ui_extensions(store.extensions) for target, _ in each.modules]


def account_holder(shop: Shop, email: str, *, locale: str) -> Customer:
    """Return the customer of that e-mail address with an account: a guest's record gets one, a new one is made."""
    with shop.world.lock:
        customer = shop.customer_by_email(email)
        if customer is None:
            return shop.add_customer(email, locale=locale)
        if customer.state != "enabled":
            shop.update_customer(customer.id, state="enabled")
        return customer


def _is_right(known: SentCode | None, typed: str, now: datetime) -> bool:
    if known is None or known.ends_at <= now or known.tries >= MOST_TRIES:
        return False
    known.tries += 1
    return secrets.compare_digest(known.code.encode(), typed.strip().encode())


def _mail_code(store: Storefront, visit: Visit, email: str, code: str) -> None:
    say = speaker(visit.speech.locale)
    store.mailbox.deliver(
        sender=visit.shop.name,
        to=email,
        subject=say("mail_code_subject", code=code, shop=visit.shop.name),
        text=say("mail_code", code=code, shop=visit.shop.name),
        now=store.world.now(),
    )


def _ask_shop(visit: Visit) -> AnyResponse:
    """Send the browser to the shop: it comes back with a ticket when the shopper is signed in there."""
    query = urlencode({"next": visit.path})
    return redirect(f"{shop_origin(visit)}/account/handoff?{query}")


def _save_profile(visit: Visit, customer: Customer) -> None:
    locale = request.form.get("locale", customer.locale)
    visit.shop.update_customer(
        customer.id,
        first_name=request.form.get("first_name", "").strip(),
        last_name=request.form.get("last_name", "").strip(),
        locale=locale if locale in LANGUAGES else customer.locale,
    )


def _return_to() -> str | None:
    """Return the path on the shop to go back to after signing in."""
    wish = request.values.get("return_to")
    return local_path(wish, otherwise="") or None
