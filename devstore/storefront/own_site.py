"""Pages of the dev store itself, under /_devstore on any host: the start page, the mail sink, and the storefront's switches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, jsonify, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from devstore.model import Customer
from devstore.storefront.files import file_answer
from devstore.storefront.mail import Message
from devstore.storefront.pictures import drawing
from devstore.storefront.scene import home_scene
from devstore.storefront.state import HERE, THEMES, Storefront
from devstore.world import Impossible, Shop

NEW_MEMBER = "demo:new-member"
REGULAR = "demo:regular"
ORDERS_SHOWN = 50


@dataclass(frozen=True)
class Role:
    """Someone the start page lets you be: `customer` None is a guest, `url` where it leads."""

    title: str
    text: str
    customer: Customer | None
    url: str


def add_routes(blueprint: Blueprint, store: Storefront) -> None:
    """Add the dev store's own pages to the blueprint."""
    _add_start(blueprint, store)
    _add_orders(blueprint, store)
    _add_mail(blueprint, store)
    _add_switches(blueprint, store)


# --- start page -------------------------------------------------------------------------------------------------------


def _add_start(blueprint: Blueprint, store: Storefront) -> None:
    @blueprint.get("/_devstore/")
    def entrance() -> AnyResponse:
        return redirect("/_devstore/start")

    @blueprint.get("/_devstore/start")
    def start() -> str:
        _, colon, port = request.host.partition(":")
        tail = f"{colon}{port}"
        shops = [(shop, list(_roles(shop, tail))) for shop in store.world.shops.values()]
        return render_template(
            "start.html", shops=shops, config=store.config, port=tail, mails=len(list(store.mailbox.newest_first()))
        )

    @blueprint.get("/_devstore/files/<path:name>")
    def own_file(name: str) -> AnyResponse:
        return file_answer(HERE / "platform", name)

    @blueprint.get("/_devstore/art/<handle>.svg")
    def art(handle: str) -> Response:
        return Response(home_scene() if handle == "scene" else drawing(handle), mimetype="image/svg+xml")


def _roles(shop: Shop, port: str) -> Iterator[Role]:
    origin = f"http://{shop.handle}.localhost{port}"
    act_as = f"{origin}/_devstore/act-as?customer="
    yield Role("A guest", "Nobody yet: browse, fill a cart, check out with an e-mail address.", None, f"{act_as}guest")
    for tag, title, text in (
        (NEW_MEMBER, "A new member", "Has just bought for the first time."),
        (REGULAR, "A long-time member", "A year of orders behind them and points to spend."),
    ):
        customer = _tagged(shop, tag)
        if customer is not None:
            yield Role(title, text, customer, f"{act_as}{customer.id}")


def _tagged(shop: Shop, tag: str) -> Customer | None:
    return next((each for each in list(shop.customers.values()) if tag in each.tags), None)


# --- orders, as the merchant sees them --------------------------------------------------------------------------------


def _add_orders(blueprint: Blueprint, store: Storefront) -> None:
    @blueprint.get("/_devstore/orders/<handle>")
    def orders(handle: str) -> str:
        shop = _shop(store, handle)
        newest = sorted(shop.orders.values(), key=lambda order: order.id, reverse=True)[:ORDERS_SHOWN]
        return render_template("merchant_orders.html", shop=shop, orders=newest, problem=request.args.get("problem"))

    @blueprint.post("/_devstore/orders/<handle>/<int:order_id>")
    def act(handle: str, order_id: int) -> AnyResponse:
        """Refund a unit of a line (`line`), refund everything, or cancel: what Shopify's admin does to an order."""
        shop = _shop(store, handle)
        page = f"/_devstore/orders/{shop.handle}"
        try:
            _act(
                shop,
                order_id,
                line_id=request.form.get("line", type=int),
                is_cancel=request.form.get("act") == "cancel",
            )
        except Impossible as problem:
            return redirect(f"{page}?{urlencode({'problem': str(problem)})}", 303)
        return redirect(page, 303)


def _act(shop: Shop, order_id: int, *, line_id: int | None, is_cancel: bool) -> None:
    if line_id is not None:
        shop.refund(order_id, {line_id: 1})
    elif is_cancel:
        shop.cancel(order_id)
    else:
        shop.refund(order_id)


# --- mail -------------------------------------------------------------------------------------------------------------


def _add_mail(blueprint: Blueprint, store: Storefront) -> None:
    @blueprint.get("/_devstore/mail")
    def mail() -> str:
        messages = list(store.mailbox.newest_first(to=request.args.get("to")))
        number = request.args.get("message", "")
        opened = store.mailbox.message(int(number)) if number.isascii() and number.isdigit() else None
        return render_template("mail.html", messages=messages, opened=opened, to=request.args.get("to", ""))

    @blueprint.get("/_devstore/mail.json")
    def mail_json() -> Response:
        messages = store.mailbox.newest_first(to=request.args.get("to"))
        return jsonify({"messages": [_message_json(each) for each in messages]})

    @blueprint.post("/_devstore/mail")
    def receive() -> AnyResponse:
        """Take a message in: JSON with to, subject, text and optionally from."""
        data = request.get_json(silent=True)
        if not isinstance(data, dict) or not all(isinstance(data.get(key), str) for key in ("to", "subject", "text")):
            return make_response(jsonify({"error": "send JSON with to, subject and text"}), 422)
        message = store.mailbox.deliver(
            sender=str(data.get("from", store.config.app_name)),
            to=data["to"],
            subject=data["subject"],
            text=data["text"],
            now=store.world.now(),
        )
        return jsonify(_message_json(message))


def _message_json(message: Message) -> dict[str, object]:
    return {
        "number": message.number,
        "sent_at": message.sent_at.isoformat(),
        "from": message.sender,
        "to": message.to,
        "subject": message.subject,
        "text": message.text,
    }


# --- switches ---------------------------------------------------------------------------------------------------------


def _add_switches(blueprint: Blueprint, store: Storefront) -> None:
    @blueprint.get("/_devstore/storefront/<handle>")
    def switches(handle: str) -> Response:
        return jsonify(_switches(_shop(store, handle), store))

    @blueprint.put("/_devstore/storefront/<handle>")
    def switch(handle: str) -> Response:
        """Do what a merchant does in the theme editor: {"embeds_on": bool, "theme": "actions" | "plain", "settings": {block: {…}}}."""
        shop = _shop(store, handle)
        data = request.get_json(silent=True)
        if not isinstance(data, dict):
            abort(422)
        if "theme" in data:
            if data["theme"] not in THEMES:
                abort(422)
            shop.theme = data["theme"]
        if data.get("embeds_on") is True:
            store.embeds_off.discard(shop.domain)
        elif data.get("embeds_on") is False:
            store.embeds_off.add(shop.domain)
        for block, chosen in dict(data.get("settings", {})).items():
            store.block_settings[shop.domain, block] = dict(chosen)
        return jsonify(_switches(shop, store))


def _shop(store: Storefront, handle: str) -> Shop:
    try:
        return store.world.shop(handle)
    except KeyError:
        return abort(404)


def _switches(shop: Shop, store: Storefront) -> dict[str, object]:
    return {"shop": shop.domain, "theme": shop.theme, "embeds_on": shop.domain not in store.embeds_off}
