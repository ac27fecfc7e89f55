"""/account on the shop's host: the doors to new-style accounts, or the whole of classic ones (e-mail and password).

Classic accounts know passwords only as long as the dev store runs; registering with a guest's e-mail address gives that
guest an account, as at Shopify after its activation mail.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode, urlsplit

from flask import Flask, redirect, request
from werkzeug.security import check_password_hash, generate_password_hash
from werkzeug.wrappers import Response as AnyResponse

from devstore.model import Customer
from devstore.storefront.account_site import account_holder
from devstore.storefront.account_views import order_list, order_page
from devstore.storefront.checkout_pages import EMAIL
from devstore.storefront.own_pages import accounts_origin, shop_page
from devstore.storefront.shoppers import Visit, local_path, read_ticket, sign_in, sign_out, write_ticket
from devstore.storefront.state import Storefront
from devstore.storefront.words import speaker

SHORTEST_PASSWORD: Final = 5
_HASHING: Final = "pbkdf2:sha256:1000"  # a laptop's store: quick enough for tests


def add_routes(site: Flask, store: Storefront) -> None:
    """Add /account to a shop site."""
    passwords: dict[int, str] = {}
    _add_doors(site, store)
    _add_pages(site, store)
    _add_forms(site, store, passwords)


def _add_doors(site: Flask, store: Storefront) -> None:
    @site.get("/account/callback")
    def callback() -> AnyResponse:
        visit = store.current_visit()
        customer = read_ticket(visit.shop, request.args.get("ticket", ""))
        if customer is None:
            return redirect("/account/login")
        wish = local_path(request.args.get("next"), otherwise="")
        response = redirect(wish or f"{accounts_origin(visit)}/orders")
        sign_in(visit.shop, customer, response)
        return response

    @site.get("/account/handoff")
    def handoff() -> AnyResponse:
        visit = store.current_visit()
        if visit.customer is None:
            return redirect(f"{accounts_origin(visit)}/login")
        query = urlencode({"ticket": write_ticket(visit.shop, visit.customer), "next": request.args.get("next", "")})
        return redirect(f"{accounts_origin(visit)}/session?{query}")

    @site.get("/account/signed-out")
    def signed_out() -> AnyResponse:
        response = redirect("/")
        sign_out(response)
        return response

    @site.get("/account/logout")
    def logout() -> AnyResponse:
        visit = store.current_visit()
        response = redirect("/" if _is_classic(visit) else f"{accounts_origin(visit)}/logout")
        sign_out(response)
        return response


def _add_pages(site: Flask, store: Storefront) -> None:
    @site.get("/account")
    def account() -> AnyResponse:
        visit = store.current_visit()
        if visit.customer is None:
            return redirect("/account/login")
        if not _is_classic(visit):
            return redirect(f"/account/handoff?{urlencode({'next': f'/{visit.shop.handle}/orders'})}")
        return order_list(visit, visit.customer, base="/account/orders")

    @site.get("/account/orders/<int:order_id>")
    def order(order_id: int) -> AnyResponse:
        visit = store.current_visit()
        if visit.customer is None:
            return redirect("/account/login")
        return order_page(visit, visit.customer, order_id, base="/account/orders")

    @site.get("/account/login")
    @site.get("/account/register")
    @site.get("/customer_authentication/login")
    @site.get("/customer_authentication/redirect")
    def login() -> AnyResponse:
        visit = store.current_visit()
        return_to = _wished_return(visit)
        if _is_classic(visit):
            return _form(visit, is_new=request.path.endswith("register"), return_to=return_to)
        query = f"?{urlencode({'return_to': return_to})}" if return_to else ""
        return redirect(f"{accounts_origin(visit)}/login{query}")


def _add_forms(site: Flask, store: Storefront, passwords: dict[int, str]) -> None:
    @site.post("/account/login")
    def check() -> AnyResponse:
        visit = store.current_visit()
        customer = _known(visit, request.form.get("email", "").strip())
        known = passwords.get(customer.id, "") if customer else ""
        if customer is None or not check_password_hash(known, request.form.get("password", "")):
            return _form(visit, is_new=False, return_to=_return_to(), problem="login_wrong")
        return _welcome(visit, customer)

    @site.post("/account/register")
    def register() -> AnyResponse:
        visit = store.current_visit()
        email, password = request.form.get("email", "").strip(), request.form.get("password", "")
        known = _known(visit, email)
        if not EMAIL.fullmatch(email):
            return _form(visit, is_new=True, return_to=_return_to(), problem="email_invalid")
        if len(password) < SHORTEST_PASSWORD:
            return _form(visit, is_new=True, return_to=_return_to(), problem="password_short")
        if known is not None and known.id in passwords:
            return _form(visit, is_new=True, return_to=_return_to(), problem="email_taken")
        customer = account_holder(visit.shop, email, locale=visit.speech.locale)
        passwords[customer.id] = generate_password_hash(password, _HASHING)
        return _welcome(visit, customer)


def _known(visit: Visit, email: str) -> Customer | None:
    with visit.shop.world.lock:
        return visit.shop.customer_by_email(email) if email else None


def _welcome(visit: Visit, customer: Customer) -> AnyResponse:
    response = redirect(_return_to() or "/account", 303)
    sign_in(visit.shop, customer, response)
    return response


def _form(visit: Visit, *, is_new: bool, return_to: str, problem: str | None = None) -> AnyResponse:
    return shop_page(
        "classic_login.html",
        visit,
        status=422 if problem else 200,
        is_new=is_new,
        return_to=return_to,
        email=request.form.get("email", ""),
        problem=speaker(visit.speech.locale)(problem) if problem else None,
    )


def _wished_return(visit: Visit) -> str:
    """Return where to go after signing in: as asked, else back to the page whose storefront sign-in link was followed.

    Classic accounts know `return_url` and `checkout_url`, new ones `return_to`; the old address forgets it on the way to new ones.
    """
    if _is_classic(visit):
        return local_path(request.args.get("return_url") or request.args.get("checkout_url"), otherwise="")
    if request.path != "/customer_authentication/login":
        return ""
    asked = local_path(request.args.get("return_to"), otherwise="")
    if asked:
        return asked
    came_from = urlsplit(request.referrer or "")
    page = f"{came_from.path}?{came_from.query}" if came_from.query else came_from.path
    return local_path(page if came_from.netloc == request.host else None, otherwise="/")


def _return_to() -> str:
    return local_path(request.form.get("return_to"), otherwise="")


def _is_classic(visit: Visit) -> bool:
    return visit.shop.customer_accounts == "CLASSIC"
