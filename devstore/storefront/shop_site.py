"""The shop itself, on {handle}.localhost: theme pages, the Ajax cart, discount links, assets and the app proxy.

The site is a small Flask application of its own; the blueprint hands it the requests that came to a shop's host.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flask import Flask, Response, abort, jsonify, redirect, request
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join
from werkzeug.wrappers import Response as AnyResponse

from devstore.model import Product
from devstore.storefront import checkout_pages, classic_accounts, extension_host, proxy
from devstore.storefront.carts import CartRefused, cart_json, codes_from, item_json, line_from, line_key, whole_number
from devstore.storefront.files import file_answer
from devstore.storefront.pictures import drawing
from devstore.storefront.scene import home_scene
from devstore.storefront.shoppers import CART_COOKIE, LANGUAGE_COOKIE, LANGUAGES, Visit, local_path, sign_in, sign_out
from devstore.storefront.state import HERE, THEMES, Storefront
from devstore.storefront.theme_pages import theme_page
from devstore.storefront.views import collection_of, collection_view, product_view
from devstore.world import Shop


def create_shop_site(store: Storefront) -> Flask:
    """Return the application that serves every shop of the world, chosen by the request's host."""
    site = Flask(__name__, template_folder="pages", static_folder=None)
    site.config["PROPAGATE_EXCEPTIONS"] = True  # a bug is the host application's to report
    _add_pages(site, store)
    _add_cart(site, store)
    _add_files(site, store)
    _add_sessions(site, store)
    proxy.add_routes(site, store)
    extension_host.add_checkout_routes(site, store, checkout_pages.add_routes(site, store))
    classic_accounts.add_routes(site, store)
    return site


# --- theme pages ------------------------------------------------------------------------------------------------------


def _add_pages(site: Flask, store: Storefront) -> None:
    @site.get("/")
    def home() -> Response:
        visit = store.current_visit()
        return theme_page(store, visit, "index", title=visit.shop.name)

    @site.get("/collections")
    def collections() -> Response:
        visit = store.current_visit()
        shown = [collection_view(visit.shop, one) for one in visit.shop.collections.values()]
        return theme_page(store, visit, "list-collections", title="Collections", objects={"shown_collections": shown})

    @site.get("/collections/<handle>")
    def collection(handle: str) -> Response:
        visit = store.current_visit()
        view = _collection(visit.shop, handle)
        return theme_page(store, visit, "collection", title=str(view["title"]), objects={"collection": view})

    @site.get("/products/<handle>")
    def product(handle: str) -> Response:
        visit = store.current_visit()
        found = _product(visit.shop, handle)
        view = product_view(visit.shop, found)
        chosen = request.args.get("variant", "")
        variants = {str(each["id"]): each for each in _listed(view["variants"])}
        view["selected_or_first_available_variant"] = variants.get(chosen, next(iter(variants.values())))
        related = [product_view(visit.shop, each) for each in _related(visit.shop, found)]
        return theme_page(store, visit, "product", title=found.title, objects={"product": view, "related": related})

    @site.get("/products/<handle>.js")
    def product_json(handle: str) -> dict[str, object]:
        visit = store.current_visit()
        return product_view(visit.shop, _product(visit.shop, handle))

    @site.get("/pages/<handle>")
    def page(handle: str) -> Response:
        title = handle.replace("-", " ").capitalize()
        return theme_page(
            store, store.current_visit(), "page", title=title, objects={"page": {"title": title, "handle": handle}}
        )

    @site.get("/cart")
    def cart() -> Response:
        return theme_page(store, store.current_visit(), "cart", title="Cart")

    @site.errorhandler(NotFound)
    def missing(_problem: NotFound) -> Response | tuple[str, int]:
        shop = store.shop_of(request.host)
        if shop is None:
            return "There is no such shop here.", 404
        return theme_page(store, store.visit(shop, request), "404", title="Not found", status=404)


def _product(shop: Shop, handle: str) -> Product:
    for product in shop.products.values():
        if product.handle == handle:
            return product
    return abort(404)


def _collection(shop: Shop, handle: str) -> dict[str, object]:
    if handle == "all":
        return collection_of("all", "All products", "", (product_view(shop, each) for each in shop.products.values()))
    for collection in shop.collections.values():
        if collection.handle == handle:
            return collection_view(shop, collection)
    return abort(404)


def _related(shop: Shop, product: Product) -> list[Product]:
    """Return up to four neighbours: first the same collection, then whatever follows in the catalogue."""
    others = [each for each in shop.products.values() if each.id != product.id]
    here = set(product.collection_ids)
    others.sort(key=lambda each: here.isdisjoint(each.collection_ids))
    return others[:4]


def _listed(value: object) -> list[Mapping[str, object]]:
    return value if isinstance(value, list) else []


# --- cart: forms and Ajax API --------------------------------------------------------------------------------------------


def _add_cart(site: Flask, store: Storefront) -> None:
    _add_cart_filling(site, store)
    _add_cart_changes(site, store)

    @site.errorhandler(CartRefused)
    def refuse(problem: CartRefused) -> tuple[dict[str, object], int]:
        body = {"status": problem.status, "message": problem.message, "description": problem.description}
        return body, problem.status


def _add_cart_filling(site: Flask, store: Storefront) -> None:
    @site.get("/cart.js")
    @site.get("/cart.json")
    def read() -> Response:
        return _cart_answer(store.current_visit())

    @site.post("/cart/add.js")
    @site.post("/cart/add.json")
    @site.post("/cart/add")
    def add() -> AnyResponse:
        visit = store.current_visit()
        data = _body()
        items = data.get("items", [data])
        if not isinstance(items, list) or not all(isinstance(each, Mapping) for each in items):
            raise CartRefused("Items must be a list of lines.")
        added = visit.basket.add(visit.shop, [line_from(each) for each in items])
        if not request.path.endswith((".js", ".json")):
            return _with_cart(visit, redirect(local_path(str(data.get("return_to", "")), otherwise="/cart"), 303))
        priced = visit.shop.price(visit.basket.cart, visit.customer_id, visit.basket.codes)
        shown = {line_key(line.cart_line): item_json(line) for line in priced.lines}
        lines = [shown[key] for key in added]
        return _with_cart(visit, jsonify({"items": lines} if "items" in data else lines[0]))


def _add_cart_changes(site: Flask, store: Storefront) -> None:
    @site.post("/cart/update.js")
    @site.post("/cart/update.json")
    @site.post("/cart/update")
    def update() -> AnyResponse:
        visit = store.current_visit()
        data = _body()
        _update(visit, data)
        if request.path.endswith((".js", ".json")):
            return _cart_answer(visit)
        return _with_cart(visit, redirect("/checkout" if "checkout" in data else "/cart", 303))

    @site.post("/cart/change.js")
    @site.post("/cart/change.json")
    @site.post("/cart/change")
    def change() -> AnyResponse:
        visit = store.current_visit()
        data = _body()
        visit.basket.set_quantity(_line_at(visit, data), whole_number(data.get("quantity", 0), "quantity"))
        if request.path.endswith((".js", ".json")):
            return _cart_answer(visit)
        return _with_cart(visit, redirect("/cart", 303))

    @site.post("/cart/clear.js")
    @site.post("/cart/clear")
    def clear() -> Response:
        visit = store.current_visit()
        visit.basket.empty()
        return _cart_answer(visit)

    @site.get("/discount/<code>")
    def discount(code: str) -> AnyResponse:
        visit = store.current_visit()
        visit.basket.codes = [code]
        return _with_cart(visit, redirect(local_path(request.args.get("redirect"), otherwise="/")))


def _line_at(visit: Visit, data: Mapping[str, object]) -> int:
    """Return the index of the line that a body names by `line` (counted from 1) or by `id` (a key or variant id)."""
    if data.get("line") is None:
        return visit.basket.find(str(data.get("id", "")))
    at = whole_number(data["line"], "line") - 1
    if not 0 <= at < len(visit.basket.cart.lines):
        raise CartRefused("There is no such line in the cart.", status=400, message="Bad Request")
    return at


def _update(visit: Visit, data: Mapping[str, object]) -> None:
    """Apply a body of /cart/update: everything is read before anything changes."""
    basket = visit.basket
    codes = None if "discount" not in data else codes_from(data["discount"])
    attributes = data.get("attributes", {})
    if not isinstance(attributes, Mapping):
        raise CartRefused("Attributes must be an object.")
    wanted = _quantities(visit, data.get("updates", {}))
    for at in sorted(wanted, reverse=True):
        basket.set_quantity(at, wanted[at])
    basket.cart.attributes.update({str(key): "" if value is None else str(value) for key, value in attributes.items()})
    basket.cart.attributes = {key: value for key, value in basket.cart.attributes.items() if value}
    if "note" in data:
        basket.cart.note = str(data["note"] or "")
    if codes is not None:
        basket.codes = codes


def _quantities(visit: Visit, updates: object) -> dict[int, int]:
    if isinstance(updates, list):
        return {at: whole_number(value, "quantity") for at, value in enumerate(updates[: len(visit.basket.cart.lines)])}
    if isinstance(updates, Mapping):
        return {visit.basket.find(str(key)): whole_number(value, "quantity") for key, value in updates.items()}
    raise CartRefused("Updates must be an object or a list.")


def _body() -> dict[str, object]:
    """Read the request's JSON, or its form with names like attributes[key] folded into objects."""
    if request.is_json:
        data = request.get_json(silent=True)
        if not isinstance(data, dict):
            raise CartRefused("The body is not a JSON object.", status=400, message="Bad Request")
        return data
    folded: dict[str, object] = {}
    for name, values in request.form.lists():
        key, bracket, inner = name.partition("[")
        if not bracket:
            folded[key] = values[-1]
        elif inner == "]":
            folded[key] = list(values)
        else:
            group = folded.setdefault(key, {})
            if isinstance(group, dict):
                group[inner.removesuffix("]")] = values[-1]
    return folded


def _cart_answer(visit: Visit) -> Response:
    priced = visit.shop.price(visit.basket.cart, visit.customer_id, visit.basket.codes)
    response = jsonify(cart_json(visit.shop, visit.basket, priced))
    response.headers["Cache-Control"] = "no-store"
    response.set_cookie(CART_COOKIE, visit.basket.token, samesite="Lax")
    return response


def _with_cart(visit: Visit, response: AnyResponse) -> AnyResponse:
    response.set_cookie(CART_COOKIE, visit.basket.token, samesite="Lax")
    return response


# --- files ---------------------------------------------------------------------------------------------------------------


def _add_files(site: Flask, store: Storefront) -> None:
    @site.get("/cdn/shop/t/<theme>/assets/<path:name>")
    def theme_asset(theme: str, name: str) -> Response:
        if theme not in THEMES.values():
            abort(404)
        return file_answer(HERE / "themes" / theme / "assets", name)

    @site.get("/cdn/extensions/<extension>/assets/<path:name>")
    def extension_asset(extension: str, name: str) -> Response:
        folder = safe_join(str(store.extensions), extension, "assets")
        return abort(404) if folder is None else file_answer(Path(folder), name)

    @site.get("/cdn/shop/<path:name>")
    def platform_file(name: str) -> Response:
        return file_answer(HERE / "platform", name)

    @site.get("/cdn/shop/files/<handle>.svg")
    def picture(handle: str) -> Response:
        response = Response(home_scene() if handle == "scene" else drawing(handle), mimetype="image/svg+xml")
        response.headers["Cache-Control"] = "public, max-age=3600"
        return response


# --- language and demo sign-in -----------------------------------------------------------------------------------------


def _add_sessions(site: Flask, store: Storefront) -> None:
    @site.post("/localization")
    def localization() -> AnyResponse:
        chosen = request.form.get("locale_code", "en")
        response = redirect(local_path(request.form.get("return_to"), otherwise="/"), 303)
        if chosen in LANGUAGES:
            response.set_cookie(LANGUAGE_COOKIE, chosen, samesite="Lax")
        return response

    @site.get("/_devstore/act-as")
    def act_as() -> AnyResponse:
        """Sign a customer in without asking; "guest" signs out and starts with an empty cart."""
        visit = store.current_visit()
        wish = request.args.get("customer", "guest")
        response = redirect(local_path(request.args.get("next"), otherwise="/"))
        response.delete_cookie(CART_COOKIE)
        response.delete_cookie(LANGUAGE_COOKIE)
        if wish in ("guest", ""):
            sign_out(response)
            return response
        customer = visit.shop.customers.get(int(wish)) if wish.isascii() and wish.isdigit() else None
        if customer is None:
            abort(404)
        sign_in(visit.shop, customer, response)
        return response
