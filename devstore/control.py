"""The control API (/_devstore/api/...): everything a merchant, a shopper or fate can do to the dev store, as JSON.

For tests, the demo and the store's own pages; `client.py` is its Python side. What cannot be done is a 422 with a sentence.
Amounts are strings, instants ISO 8601. `GET .../discounts` is the referee: which code was used by whom, in which order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

import msgspec
from flask import Blueprint, Response, request

from devstore import oauth, payloads
from devstore.config import Config
from devstore.delivery import Delivery
from devstore.faults import FAULT_KINDS, DeliveryFaults, Fault
from devstore.model import Cart, CartLine, Customer, Discount, Order, Product, Refusal, SellingPlan
from devstore.pricing import Priced
from devstore.world import Impossible, Shop

if TYPE_CHECKING:
    from devstore.store import Store

Json = dict[str, Any]
PREFIX: Final = "/_devstore/api"
_AMOUNTS: Final = frozenset({
    "price", "tax_rate", "shipping_price", "free_shipping_from", "value", "minimum_subtotal", "maximum_shipping_price",
    "tip", "amount", "shipping",
})  # fmt: skip
_SETTABLE: Final = frozenset({
    "name", "currency", "email", "locale", "country", "plan", "is_plus", "is_development", "customer_accounts", "theme",
    "has_checkout_extensions", "tax_rate", "prices_include_tax", "shipping_price", "free_shipping_from", "presentment_rates",
})  # fmt: skip


def create_blueprint(store: Store) -> Blueprint:
    """The routes of the control API for one store."""
    blueprint = Blueprint("control", __name__, url_prefix=PREFIX)
    for add_routes in _PARTS:
        add_routes(blueprint, store)

    def refuse(error: Exception) -> Response:
        return _json({"error": f"unknown {error}" if isinstance(error, KeyError) else str(error)}, 422)

    for kind in (ValueError, KeyError, TypeError, InvalidOperation, Impossible):
        blueprint.register_error_handler(kind, refuse)
    return blueprint


def _add_store_routes(blueprint: Blueprint, store: Store) -> None:
    world = store.world

    @blueprint.get("/ready")
    def ready() -> Response:
        return _json({"ready": True, "shops": sorted(world.shops)})

    @blueprint.get("/clock")
    def clock() -> Response:
        return _json({"at": world.now()})

    @blueprint.put("/clock")
    def set_clock() -> Response:
        asked = _body()
        if "advance_seconds" in asked:
            world.advance(timedelta(seconds=float(asked["advance_seconds"])))
        else:
            world.set_clock(None if asked["at"] is None else _instant(asked["at"]))
        return _json({"at": world.now()})

    @blueprint.get("/config")
    def config() -> Response:
        return _json(_config(world.config))

    @blueprint.patch("/config")
    def set_config() -> Response:
        for key, value in _body().items():
            if key not in {each.name for each in fields(Config)}:
                raise Impossible(f"the configuration has no {key}")
            setattr(world.config, key, _config_value(key, value))
        return _json(_config(world.config))


def _add_fault_routes(blueprint: Blueprint, store: Store) -> None:
    @blueprint.get("/faults")
    def faults() -> Response:
        deliveries = asdict(store.faults.deliveries)
        return _json({"faults": [asdict(each) for each in store.faults.rules()], "deliveries": deliveries})

    @blueprint.post("/faults")
    def add_fault() -> Response:
        fault = Fault(**_body())
        if fault.kind not in FAULT_KINDS:
            raise Impossible(f"a fault is one of {', '.join(FAULT_KINDS)}")
        store.faults.add(fault)
        return _json(asdict(fault), 201)

    @blueprint.delete("/faults")
    def clear_faults() -> Response:
        store.faults.clear()
        return _json({})

    @blueprint.put("/faults/deliveries")
    def set_delivery_faults() -> Response:
        store.faults.deliveries = DeliveryFaults(**_body())
        return _json(asdict(store.faults.deliveries))


def _add_shop_routes(blueprint: Blueprint, store: Store) -> None:
    world = store.world

    @blueprint.get("/shops")
    def shops() -> Response:
        return _json({"shops": [_shop(each) for each in list(world.shops.values())]})

    @blueprint.post("/shops")
    def add_shop() -> Response:
        asked = _amounts(_body())
        return _json(_shop(world.add_shop(asked.pop("domain"), **asked)), 201)

    @blueprint.get("/shops/<shop>")
    def shop(shop: str) -> Response:
        return _json(_shop(world.shop(shop)))

    @blueprint.patch("/shops/<shop>")
    def update_shop(shop: str) -> Response:
        asked = _amounts(_body())
        if unknown := asked.keys() - _SETTABLE:
            raise Impossible(f"a shop has no {', '.join(sorted(unknown))}")
        world.shop(shop).update(**asked)
        return _json(_shop(world.shop(shop)))

    @blueprint.post("/shops/<shop>/<act>")
    def shop_act(shop: str, act: str) -> Response:
        acts: dict[str, Callable[[Shop, Json], Any]] = {
            "install": lambda one, asked: one.install(asked.get("scopes")),
            "uninstall": lambda one, _asked: one.uninstall(),
            "scopes": lambda one, asked: one.set_scopes(asked["scopes"]),
            "redact": lambda one, _asked: one.redact_shop(),
        }
        if act not in acts:
            raise Impossible(f"a shop cannot {act}")
        acts[act](world.shop(shop), _body())
        return _json(_shop(world.shop(shop)))

    @blueprint.post("/shops/<shop>/tokens")
    def give_token(shop: str) -> Response:
        return _json({"access_token": world.shop(shop).give_token(_body().get("access_token")).access}, 201)

    @blueprint.post("/shops/<shop>/id-tokens")
    def give_id_token(shop: str) -> Response:
        asked = _body()
        lifetime = int(asked.get("lifetime", 60))
        staff = int(asked.get("user_id", 1))
        token = oauth.id_token(world, world.shop(shop), user_id=staff, now=world.now(), lifetime=lifetime)
        return _json({"id_token": token}, 201)


def _add_catalogue_routes(blueprint: Blueprint, store: Store) -> None:
    world = store.world

    @blueprint.get("/shops/<shop>/products")
    def products(shop: str) -> Response:
        return _json({"products": [_product(each) for each in list(world.shop(shop).products.values())]})

    @blueprint.post("/shops/<shop>/products")
    def add_product(shop: str) -> Response:
        asked = _amounts(_body())
        if asked.get("subscription"):
            asked["subscription"] = SellingPlan(**asked["subscription"])
        return _json(_product(world.shop(shop).add_product(asked.pop("title"), asked.pop("price"), **asked)), 201)

    @blueprint.get("/shops/<shop>/collections")
    def collections(shop: str) -> Response:
        return _json({"collections": [asdict(each) for each in list(world.shop(shop).collections.values())]})

    @blueprint.post("/shops/<shop>/collections")
    def add_collection(shop: str) -> Response:
        asked = _body()
        return _json(asdict(world.shop(shop).add_collection(asked.pop("title"), **asked)), 201)


def _add_customer_routes(blueprint: Blueprint, store: Store) -> None:
    world = store.world

    @blueprint.get("/shops/<shop>/customers")
    def customers(shop: str) -> Response:
        where = world.shop(shop)
        return _json({"customers": [_customer(where, each) for each in list(where.customers.values())]})

    @blueprint.post("/shops/<shop>/customers")
    def add_customer(shop: str) -> Response:
        asked, where = _body(), world.shop(shop)
        return _json(_customer(where, where.add_customer(asked.pop("email", None), **asked)), 201)

    @blueprint.patch("/shops/<shop>/customers/<int:customer_id>")
    def update_customer(shop: str, customer_id: int) -> Response:
        where = world.shop(shop)
        return _json(_customer(where, where.update_customer(customer_id, **_body())))

    @blueprint.delete("/shops/<shop>/customers/<int:customer_id>")
    def delete_customer(shop: str, customer_id: int) -> Response:
        world.shop(shop).delete_customer(customer_id)
        return _json({})

    @blueprint.post("/shops/<shop>/customers/<int:customer_id>/<act>")
    def customer_act(shop: str, customer_id: int, act: str) -> Response:
        where = world.shop(shop)
        if act == "merge":
            return _json(_customer(where, where.merge_customers(keep_id=int(_body()["into"]), drop_id=customer_id)))
        if act == "data-request":
            where.request_data(customer_id)
        elif act == "redact":
            where.redact_customer(customer_id)
        else:
            raise Impossible(f"a customer cannot {act}")
        return _json({})


def _add_order_routes(blueprint: Blueprint, store: Store) -> None:
    world = store.world

    @blueprint.get("/shops/<shop>/orders")
    def orders(shop: str) -> Response:
        where = world.shop(shop)
        return _json({"orders": [payloads.order(where, each, Config()) for each in list(where.orders.values())]})

    @blueprint.get("/shops/<shop>/orders/<int:order_id>")
    def order(shop: str, order_id: int) -> Response:
        return _order(world.shop(shop), world.shop(shop).order(order_id))

    @blueprint.post("/shops/<shop>/price")
    def price(shop: str) -> Response:
        asked, where = _body(), world.shop(shop)
        return _json(_priced(where.price(_cart(where, asked), asked.get("customer_id"), asked.get("codes", ()))))

    @blueprint.post("/shops/<shop>/orders")
    def checkout(shop: str) -> Response:
        asked, where = _amounts(_body()), world.shop(shop)
        cart = _cart(where, asked)
        for key in ("lines", "attributes", "note"):
            asked.pop(key, None)
        outcome = where.checkout(cart, **asked)
        if isinstance(outcome, Refusal):
            return _json({"error": outcome.message, "refusal": asdict(outcome)}, 422)
        return _order(where, outcome, 201)

    @blueprint.delete("/shops/<shop>/orders/<int:order_id>")
    def delete(shop: str, order_id: int) -> Response:
        world.shop(shop).delete_order(order_id)
        return _json({})

    @blueprint.post("/shops/<shop>/orders/<int:order_id>/<act>")
    def order_act(shop: str, order_id: int, act: str) -> Response:
        where = world.shop(shop)
        if act not in _ORDER_ACTS:
            raise Impossible(f"an order cannot {act}")
        _ORDER_ACTS[act](where, order_id, _amounts(_body()))
        return _order(where, where.order(order_id))


def _refund(shop: Shop, order_id: int, asked: Json) -> None:
    lines = asked.pop("lines", None)
    shop.refund(order_id, None if lines is None else {int(key): count for key, count in lines.items()}, **asked)


def _edit(shop: Shop, order_id: int, asked: Json) -> None:
    removed = {int(key): quantity for key, quantity in asked.get("remove", {}).items()}
    is_shown_as_refund = bool(asked.get("is_shown_as_refund"))
    shop.edit(order_id, add=_lines(shop, asked.get("add", ())), remove=removed, is_shown_as_refund=is_shown_as_refund)


_ORDER_ACTS: Final[dict[str, Callable[[Shop, int, Json], Any]]] = {
    "pay": lambda shop, order_id, _asked: shop.pay(order_id),
    "refund": _refund,
    "cancel": lambda shop, order_id, asked: shop.cancel(order_id, **asked),
    "edit": _edit,
    "customer": lambda shop, order_id, asked: shop.set_customer(order_id, asked["customer_id"]),
}


def _add_discount_routes(blueprint: Blueprint, store: Store) -> None:
    world = store.world

    @blueprint.get("/shops/<shop>/discounts")
    def discounts(shop: str) -> Response:
        now = world.now()
        return _json({"discounts": [_discount(each, now) for each in list(world.shop(shop).discounts.values())]})

    @blueprint.post("/shops/<shop>/discounts")
    def add_discount(shop: str) -> Response:
        asked = _amounts(_body())
        for key in ("customer_ids", "product_ids", "variant_ids", "collection_ids", "combines_with"):
            if asked.get(key) is not None:
                asked[key] = frozenset(asked[key])
        for key in ("starts_at", "ends_at"):
            if asked.get(key) is not None:
                asked[key] = _instant(asked[key])
        made = world.shop(shop).write_discount(asked.pop("code", None), **asked)
        return _json(_discount(made, world.now()), 201)

    @blueprint.post("/shops/<shop>/discounts/<int:discount_id>/deactivate")
    def deactivate(shop: str, discount_id: int) -> Response:
        return _json(_discount(world.shop(shop).deactivate_discount(discount_id), world.now()))


def _add_delivery_routes(blueprint: Blueprint, store: Store) -> None:
    @blueprint.get("/deliveries")
    def deliveries() -> Response:
        wanted = {key: request.args[key] for key in ("state", "topic") if key in request.args}
        found = [each for each in list(store.deliveries.log) if all(getattr(each, k) == v for k, v in wanted.items())]
        shown = [_delivery(each, with_body="body" in request.args) for each in found]
        return _json({"deliveries": shown, "waiting": store.deliveries.waiting()})

    @blueprint.post("/deliveries/<webhook_id>/again")
    def again(webhook_id: str) -> Response:
        if not store.deliveries.send_again(webhook_id):
            raise Impossible(f"no delivery {webhook_id} is logged")
        return _json({})

    @blueprint.post("/deliveries/deliver")
    def deliver() -> Response:
        return _json({"sent": store.deliveries.deliver_due()})

    @blueprint.put("/deliveries/paused")
    def pause() -> Response:
        store.deliveries.is_paused = bool(_body()["paused"])
        return _json({"paused": store.deliveries.is_paused})


def _cart(shop: Shop, asked: Json) -> Cart:
    return Cart(_lines(shop, asked["lines"]), dict(asked.get("attributes", {})), asked.get("note", ""))


def _lines(shop: Shop, asked: Any) -> list[CartLine]:
    """Lines by `variant_id`, or by `product` (a handle: its first variant)."""
    lines = []
    for each in asked:
        told = _amounts(each)
        if "product" in told:
            told["variant_id"] = _by_handle(shop, told.pop("product")).variants[0].id
        line = CartLine(**told)
        if line.variant_id not in shop.variants or line.quantity < 1:
            raise Impossible(f"variant {line.variant_id} x {line.quantity} cannot be bought")
        lines.append(line)
    return lines


def _by_handle(shop: Shop, handle: str) -> Product:
    for product in shop.products.values():
        if product.handle == handle:
            return product
    raise Impossible(f"there is no product {handle}")


def _order(shop: Shop, order: Order, status: int = 200) -> Response:
    return _json({"order": payloads.order(shop, order, Config())}, status)


def _shop(shop: Shop) -> Json:
    told = {key: getattr(shop, key) for key in ("id", "domain", "handle", "name", "last_number", *_SETTABLE)}
    scopes = sorted(shop.installation.scopes) if shop.installation else []
    return told | {"timezone": str(shop.timezone), "is_installed": shop.is_installed, "scopes": scopes}


def _product(product: Product) -> Json:
    return asdict(product)


def _customer(shop: Shop, customer: Customer) -> Json:
    metafields = {f"{namespace}.{key}": each.value for (namespace, key), each in customer.metafields.items()}
    told = {each.name: getattr(customer, each.name) for each in fields(customer) if each.name != "metafields"}
    return told | {"metafields": metafields, "order_ids": list(shop.orders_of.get(customer.id, []))}


def _discount(discount: Discount, now: datetime) -> Json:
    told = asdict(discount)
    return told | {
        "status": discount.status(now),
        "discount_class": discount.discount_class,
        "use_count": len(discount.uses),
    }


def _priced(priced: Priced) -> Json:
    return {
        "subtotal": priced.subtotal,
        "shipping": priced.shipping,
        "shipping_discount": priced.shipping_discount,
        "tax": priced.tax,
        "total": priced.total,
        "applied": [each.code for each in priced.applied],
        "applications": [asdict(each) for each in priced.applications],
        "refused": [asdict(each) for each in priced.refused],
        "lines": [
            {
                "variant_id": each.variant.id,
                "quantity": each.cart_line.quantity,
                "gross": each.gross,
                "net": each.net,
                "allocations": [asdict(part) for part in each.allocations],
            }
            for each in priced.lines
        ],
    }


def _delivery(delivery: Delivery, *, with_body: bool) -> Json:
    told: Json = {
        "webhook_id": delivery.webhook_id,
        "event_id": delivery.event.event_id,
        "topic": delivery.topic,
        "shop": delivery.event.shop.domain,
        "triggered_at": delivery.event.at,
        "state": delivery.state,
        "attempts": [asdict(each) for each in delivery.attempts],
    }
    return told | {"body": delivery.body.decode()} if with_body else told


def _config(config: Config) -> Json:
    told = {each.name: getattr(config, each.name) for each in fields(config) if each.name != "client_secret"}
    return told | {"topics": sorted(config.topics) if config.topics is not None else None}


def _config_value(key: str, value: Any) -> Any:
    if key == "topics":
        return None if value is None else frozenset(value)
    if key == "scopes":
        return tuple(value)
    if key == "include_fields":
        return {topic: tuple(names) for topic, names in value.items()}
    return value


def _amounts(asked: Json) -> Json:
    """The same with amounts read as Decimal."""
    told: Json = {key: Decimal(str(v)) if key in _AMOUNTS and v is not None else v for key, v in asked.items()}
    if "presentment_rates" in told:
        told["presentment_rates"] = {key: Decimal(str(rate)) for key, rate in told["presentment_rates"].items()}
    return told


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise Impossible(f"{text} has no time zone")
    return at


def _body() -> Json:
    raw = request.get_data(cache=True)
    asked = msgspec.json.decode(raw) if raw else {}
    if not isinstance(asked, dict):
        raise Impossible("the body must be a JSON object")
    return asked


def _json(body: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, content_type="application/json")


_PARTS: Final = (
    _add_store_routes,
    _add_fault_routes,
    _add_shop_routes,
    _add_catalogue_routes,
    _add_customer_routes,
    _add_order_routes,
    _add_discount_routes,
    _add_delivery_routes,
)
