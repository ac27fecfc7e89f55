"""The admin frames the app on another site: each open gets a signed address, each later call a fresh 60-second ID token.

http://admin.localhost:PORT/store/{handle}/apps/{app}/{path}   the app at {path}, inside the admin
/cdn/app-bridge.js, /cdn/polaris.js                            what the app's pages load instead of Shopify's CDN
/_devstore/elements                                            every Polaris element on one page
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, send_from_directory, url_for
from werkzeug.wrappers import Response as AnyResponse

from devstore import oauth
from devstore.config import OPTIONAL_SCOPES, Config
from devstore.frame import resources
from devstore.world import Shop, World

HERE: Final = Path(__file__).parent
ADMIN_HOST: Final = "admin.localhost"
STAFF: Final = {"id": 70200300401, "name": "Robin Vale", "email": "robin@example.com", "accountAccess": "Full access"}
# One script for the page, several files for the reader; the order is the order of use.
POLARIS_PARTS: Final = (
    "facts", "element", "icons", "layout", "text", "actions", "fields", "choices", "overlays", "tables", "media", "dates",
    "colors", "problems",
)  # fmt: skip


def create_blueprint(world: World, config: Config) -> Blueprint:
    """Routes of the admin and the stand-in scripts. `config.app_url` is read at every request: the app may start later."""
    frame = Blueprint("frame", __name__, template_folder="pages", static_folder=None)
    _add_pages(frame, world, config)
    _add_answers(frame, world, config)
    _add_scripts(frame, config)
    return frame


def _add_pages(frame: Blueprint, world: World, config: Config) -> None:
    @frame.get("/store/<handle>/apps/<app>/", defaults={"path": ""})
    @frame.get("/store/<handle>/apps/<app>/<path:path>")
    def app_page(handle: str, app: str, path: str) -> str:
        shop = _shop(world, handle)
        if app != config.app_handle:
            abort(404)
        if not shop.is_installed:
            return render_template("install.html", shop=shop, config=config, scopes=sorted(config.scopes))
        query = list(request.args.items(multi=True))
        return render_template("admin.html", shop=shop, config=config, boot=_boot(world, config, shop, path, query))

    @frame.get("/store/<handle>")
    @frame.get("/store/<handle>/")
    def store(handle: str) -> AnyResponse:
        return redirect(url_for("frame.app_page", handle=_shop(world, handle).handle, app=config.app_handle))

    @frame.post("/store/<handle>/install")
    def install(handle: str) -> AnyResponse:
        shop = _shop(world, handle)
        if not shop.is_installed:
            shop.install()
        return redirect(url_for("frame.app_page", handle=shop.handle, app=config.app_handle), code=303)

    @frame.get("/_devstore/elements")
    def elements() -> str:
        return render_template("elements.html", store_url=f"http://{request.host}/_devstore/")


def _add_answers(frame: Blueprint, world: World, config: Config) -> None:
    """What the frame's script asks for on behalf of the app."""

    @frame.get("/store/<handle>/id_token")
    def id_token(handle: str) -> Response:
        shop = _shop(world, handle)
        if not shop.is_installed:
            abort(403)
        return _fresh({"id_token": _id_token(world, shop)})

    @frame.get("/store/<handle>/resources/<kind>")
    def list_resources(handle: str, kind: str) -> Response:
        shop = _shop(world, handle)
        if kind not in resources.KINDS:
            abort(404)
        with world.lock:
            return _fresh(resources.KINDS[kind](shop))

    @frame.post("/store/<handle>/scopes")
    def grant_scopes(handle: str) -> Response:
        """The merchant says yes to what the app asks for in place."""
        shop = _shop(world, handle)
        asked = set((request.get_json(silent=True) or {}).get("scopes", ()))
        if shop.installation is None or not asked <= set(OPTIONAL_SCOPES):
            abort(400)
        shop.set_scopes(shop.installation.scopes | asked)
        return _fresh(_scopes(config, shop))

    @frame.get("/store/<handle>/extensions")
    def extensions(handle: str) -> Response:
        # The dev store's themes carry the app's block, switched on.
        _shop(world, handle)
        block = {"target": "body", "handle": "embed", "name": config.app_name, "status": "active", "activations": []}
        return _fresh([{"handle": config.app_handle, "type": "theme_app_extension", "activations": [block]}])


def _add_scripts(frame: Blueprint, config: Config) -> None:
    @frame.get("/cdn/app-bridge.js")
    def app_bridge() -> Response:
        return _script((HERE / "cdn" / "app-bridge.js").read_text())

    @frame.get("/cdn/polaris.js")
    def polaris() -> Response:
        time.sleep(config.polaris_seconds)
        return _script(polaris_script())

    @frame.get("/_devstore/frame/<path:name>")
    def asset(name: str) -> Response:
        return send_from_directory(HERE / "static", name, max_age=0)


@cache
def polaris_script() -> str:
    """The whole polaris.js: its parts in one closed scope."""
    parts = [(HERE / "cdn" / "polaris" / f"{part}.js").read_text() for part in POLARIS_PARTS]
    return "(() => {\n'use strict';\n" + "\n".join(parts) + "\n})();\n"


def _shop(world: World, handle: str) -> Shop:
    if request.host.partition(":")[0] != ADMIN_HOST:
        abort(404)
    try:
        return world.shop(handle)
    except KeyError:
        abort(404)


def _scopes(config: Config, shop: Shop) -> dict[str, list[str]]:
    granted = sorted(shop.installation.scopes) if shop.installation else []
    return {"granted": granted, "required": sorted(config.scopes), "optional": sorted(OPTIONAL_SCOPES)}


def _boot(world: World, config: Config, shop: Shop, path: str, query: list[tuple[str, str]]) -> dict[str, Any]:
    """What the frame's script starts with; `src` is the first address of the app's iframe."""
    host = base64.urlsafe_b64encode(f"{request.host}/store/{shop.handle}".encode()).decode().rstrip("=")
    base = f"/store/{shop.handle}"
    return {
        "appUrl": config.app_url.rstrip("/"),
        "appName": config.app_name,
        "appBase": f"{base}/apps/{config.app_handle}",
        "base": base,
        "src": _app_address(world, config, shop, path, query, host) if config.app_url else "",
        "shop": shop.domain,
        "host": host,
        "currency": shop.currency,
        "user": STAFF,
        "scopes": _scopes(config, shop),
        "storefront": f"http://{shop.handle}.localhost:{_port()}/",
    }


def _app_address(world: World, config: Config, shop: Shop, path: str, query: list[tuple[str, str]], host: str) -> str:
    signed = {
        "embedded": "1",
        "host": host,
        "id_token": _id_token(world, shop),
        "locale": shop.locale,
        "session": hashlib.sha256(shop.domain.encode()).hexdigest(),
        "shop": shop.domain,
        "timestamp": str(int(world.now().timestamp())),
    }
    own = [(name, value) for name, value in query if name not in signed and name != "hmac"]
    text = "&".join(f"{name}={value}" for name, value in sorted([*own, *signed.items()]))
    digest = hmac.new(config.client_secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    return f"{config.app_url.rstrip('/')}/{path}?{urlencode([*own, *signed.items(), ('hmac', digest)])}"


def _id_token(world: World, shop: Shop) -> str:
    return oauth.id_token(world, shop, user_id=int(str(STAFF["id"])), now=world.now())


def _port() -> str:
    return request.host.partition(":")[2] or "80"


def _fresh(value: Any) -> Response:
    answer = jsonify(value)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _script(text: str) -> Response:
    # The app's pages load this from another origin and site.
    headers = {
        "Cache-Control": "no-cache",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Access-Control-Allow-Origin": "*",
    }
    answer = Response(text, mimetype="text/javascript", headers=headers)
    answer.add_etag()
    answer.make_conditional(request)
    return answer
