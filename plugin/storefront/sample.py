"""The real panel, looked at from the admin: its own files and its own pages, drawn from the draft for a sample member.

GET /preview/<token>/                a page with nothing but the panel, opened
GET /preview/<token>/panel/<page>    what the panel asks for; as a guest with `as=guest` in the page's address
POST there                           refused: nothing happens in a preview
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, jsonify, render_template, request, send_from_directory, url_for

from plugin.loyalty.errors import Refusal
from plugin.loyalty.program import Program, parse
from plugin.loyalty.words import language_of
from plugin.services import drafts, sample, shops
from plugin.services.perform import World
from plugin.services.takers import Standing
from plugin.settings import Settings
from plugin.shopify.verify import frame_ancestors
from plugin.storefront import refusals
from plugin.storefront.answers import Document
from plugin.storefront.door import LANGUAGE, Asked, Bell, Door
from plugin.storefront.nonce import Visitor
from plugin.storefront.panel import pages, visit
from plugin.storefront.waiting import WaitingRoom

ADDRESS: Final = "/preview"
THEME: Final = Path(__file__).resolve().parents[2] / "extensions" / "regulars-theme"
_TEXT: Final = re.compile(r'"(\w+)": \{\{ \'([\w.]+)\' \| t \| json \}\}')


class OnlyLooking(Refusal):
    """Somebody pressed a button that would do something."""

    code = "only-looking"
    sentence = "This is a preview: nothing happens here."


def create_blueprint(world: World, settings: Settings, bell: Bell) -> Blueprint:
    """The preview, to be registered under ADDRESS."""
    blueprint = Blueprint(
        "preview", __name__, template_folder="templates", static_folder="static", static_url_path="/own"
    )
    door = Door(world, settings, bell, WaitingRoom())
    key = settings.derived_key(sample.KEY)

    @blueprint.get("/assets/<path:name>")
    def asset(name: str) -> Response:
        return send_from_directory(THEME / "assets", name, max_age=0)

    def shop_of(token: str) -> shops.Shop:
        domain = sample.domain_of(key, token, now=world.clock())
        with world.database.transaction() as session:
            return shops.find(session, domain)

    @blueprint.get("/<token>/")
    def page(token: str) -> str:
        shop = shop_of(token)
        with world.database.transaction(shop.id) as session:
            details = shops.details(session)
            draft = parse(drafts.read(session).document)
        g.preview_domain = shop.domain
        g.language = language = language_of(request.args.get(LANGUAGE) or details.locale)
        who = "guest" if request.args.get("as") == "guest" else "member"
        config = _config(draft, f"{ADDRESS}/{token}/{who}", language)
        return render_template("preview.html", language=language, shop=details.name, config=config)

    @blueprint.get("/<token>/<who>/panel/<path:name>")
    def panel(token: str, who: str, name: str) -> Document:
        return _page(door, shop_of(token), name, is_guest=who == "guest")

    @blueprint.post("/<token>/<who>/<path:name>")
    def nothing(token: str, who: str, name: str) -> Response:  # noqa: ARG001 - whatever it is, it is not done
        raise OnlyLooking

    @blueprint.errorhandler(Refusal)
    def refuse(refusal: Refusal) -> tuple[Response, int]:
        if isinstance(refusal, (OnlyLooking, sample.LookOver)):
            return jsonify(error={"code": refusal.code, "message": str(refusal)}), 409
        body, status = refusals.answer(refusal, program=None, language=g.get("language", "en"))
        return jsonify(body), status

    @blueprint.after_request
    def guard(response: Response) -> Response:
        domain = g.get("preview_domain")
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        if request.endpoint not in {"preview.asset", "preview.static"}:
            response.headers["Cache-Control"] = "private, no-store"
        if domain is not None:
            response.headers["Content-Security-Policy"] = _policy(settings, domain)
        return response

    return blueprint


def _page(door: Door, shop: shops.Shop, name: str, *, is_guest: bool) -> Document:
    """One page of the panel as the sample member, or somebody who is not signed in, will see it."""
    world = door.world
    g.language = language = language_of(request.args.get(LANGUAGE))
    asked = Asked(shop, Visitor(shop.id, None if is_guest else sample.CUSTOMER_ID), language, {})
    with sample.staged(world.database, shop.id, keys=world.keys, now=world.clock()) as session:
        visiting = visit.begin(door, asked, session, Standing())
        drawn = pages.draw(visiting, name)
        beside = pages.beside(visiting, drawn)
        return {"nonce": "-", "is_signed_in": visiting.is_signed_in, "page": drawn, "beside": beside}


def _config(draft: Program, proxy: str, language: str) -> dict[str, Any]:
    """The settings that the theme's block hands to the panel, as they are when it is switched on."""
    return {
        "proxy": proxy,
        "language": language,
        "program": {"name": draft.name, "accent": draft.branding.accent, "icon": draft.branding.icon},
        "cartUrl": "#",
        "cartUpdateUrl": "#",
        "loginUrl": "#",
        "panelUrl": url_for("preview.asset", name="panel.js"),
        "styleUrl": url_for("preview.asset", name="panel.css"),
        "accent": "",
        "position": "end",
        "lift": 20,
        "showLauncher": True,
        "label": "",
        "icon": draft.branding.icon,
        "texts": _texts(language),
    }


def _texts(language: str) -> dict[str, str]:
    """The texts that the theme renders into the panel, from its own files."""
    path = THEME / "locales" / f"{language}.json"
    path = path if path.exists() else THEME / "locales" / "en.default.json"
    table = json.loads(path.read_text(encoding="utf-8"))
    snippet = (THEME / "snippets" / "texts.liquid").read_text(encoding="utf-8")
    return {name: _at(table, key) for name, key in _TEXT.findall(snippet)}


def _at(table: Any, path: str) -> str:
    for name in path.split("."):
        table = table[name]
    return str(table)


def _policy(settings: Settings, domain: str) -> str:
    """Only our own pages inside the shop's admin frame it, and it loads nothing but the panel's own files."""
    also = ["'self'"]
    if settings.is_development and settings.shopify_origin is not None:
        port = urlsplit(settings.shopify_origin.replace("{shop}", "shop")).port
        also.append(f"http://admin.localhost:{port}" if port else "http://admin.localhost")
    ancestors = frame_ancestors(domain, also=also)
    return f"default-src 'self'; style-src 'self' 'unsafe-inline'; img-src https: data:; {ancestors}"
