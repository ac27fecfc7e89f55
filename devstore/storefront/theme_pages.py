"""A page of the shop: a theme's template inside its layout, with the app's blocks where Shopify would put them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from flask import Response, request

from devstore.storefront.liquid_site import AppBlock, LiquidFolder
from devstore.storefront.shoppers import CART_COOKIE, LANGUAGE_COOKIE, Visit
from devstore.storefront.state import Storefront
from devstore.storefront.views import app_view, page_objects

ACTIONS_SCRIPT: Final = '<script src="/cdn/shop/standard-actions.js" defer></script>'


def theme_page(
    store: Storefront,
    visit: Visit,
    template: str,
    *,
    title: str,
    status: int = 200,
    objects: Mapping[str, object] | None = None,
) -> Response:
    """Render `templates/<template>` in the shop's theme and answer with it."""
    theme = store.theme(visit.shop)
    page = page_objects(visit, page_type=template, title=title) | dict(objects or {})
    blocks = _render_blocks(store, visit, template, page)
    page["content_for_header"] = _header(visit, template) + blocks["head"]
    page["app_blocks"] = blocks["section"]
    page["content_for_layout"] = theme.render(f"templates/{template}", page)
    html = theme.render("layout/theme", page).replace("</body>", f"{blocks['body']}</body>")
    response = Response(html, status=status, mimetype="text/html")
    response.set_cookie(CART_COOKIE, visit.basket.token, samesite="Lax")
    if request.args.get("locale") == visit.speech.locale:
        response.set_cookie(LANGUAGE_COOKIE, visit.speech.locale, samesite="Lax")
    response.headers["Cache-Control"] = "private, no-cache"  # browsers may keep a page for the way back
    return response


def _render_blocks(store: Storefront, visit: Visit, template: str, page: Mapping[str, object]) -> dict[str, str]:
    """Embeds on every page they are for, and in the section's place the blocks that the theme has on this page, in its order."""
    places = {"head": "", "body": "", "section": ""}
    known = {block.handle: (extension, block) for extension, block in store.app_blocks(visit.shop)}
    embeds = [handle for handle, (_, block) in known.items() if block.target != "section"]
    for number, handle in enumerate([*embeds, *store.placed(visit.shop, _page_name(template, page))]):
        if handle in known:
            extension, block = known[handle]
            if block.templates is None or template in block.templates:
                html = _render_block(store, visit, (extension, block), page, number=number)
                places[block.target] += html
                if block.stylesheet is not None:
                    sheet = f'<link rel="stylesheet" href="{extension.assets_at}/{block.stylesheet}">'
                    places["head"] += sheet if sheet not in places["head"] else ""
    return places


def _page_name(template: str, page: Mapping[str, object]) -> str:
    """The template, a page's with its handle: "page.rewards"."""
    view = page.get("page")
    return f"{template}.{view['handle']}" if isinstance(view, Mapping) else template


def _render_block(
    store: Storefront, visit: Visit, chosen: tuple[LiquidFolder, AppBlock], page: Mapping[str, object], *, number: int
) -> str:
    extension, block = chosen
    block_id = f"{1_000_000 + number}"
    view = {
        "id": block_id,
        "type": f"shopify://apps/{store.config.app_handle}/blocks/{block.handle}/{extension.root.name}",
        "settings": dict(block.settings),
        "shopify_attributes": "",
    }
    html = extension.render_source(block.source, dict(page) | {"block": view, "app": app_view(visit.shop)})
    if block.target == "head":
        return html
    return f'<div id="shopify-block-{block_id}" class="shopify-block shopify-app-block">{html}</div>'


def _header(visit: Visit, template: str) -> str:
    """Return what Shopify injects into every page's head: the global `Shopify` object and its scripts."""
    speech = visit.speech
    facts = {
        "shop": visit.shop.domain,
        "locale": speech.locale,
        "currency": {"active": speech.currency, "rate": "1.0"},
        "country": visit.shop.country,
        "theme": {"name": visit.shop.theme, "role": "main"},
        "routes": {"root": "/"},
    }
    text = json.dumps(facts).replace("<", "\\u003c")
    script = f"<script>window.Shopify = Object.assign(window.Shopify || {{}}, {text});</script>"
    customer = "null" if visit.customer is None else str(visit.customer.id)
    meta = f"<script>window.__st = {{p: {json.dumps(template)}, cid: {customer}}};</script>"
    return script + meta + (ACTIONS_SCRIPT if visit.shop.theme == "actions" else "")
