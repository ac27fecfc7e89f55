"""Pages that are Shopify's own and not the theme's: checkout and customer accounts, in the visitor's language."""

from __future__ import annotations

from flask import Response, make_response, render_template, request

from devstore.storefront.pictures import picture_path
from devstore.storefront.shoppers import LANGUAGES, Visit
from devstore.storefront.words import speaker


def shop_page(template: str, visit: Visit, *, status: int = 200, **objects: object) -> Response:
    """Render a page of `pages/` for a visit; never cached, for it shows one shopper's data."""
    html = render_template(
        template,
        visit=visit,
        shop=visit.shop,
        say=speaker(visit.speech.locale),
        picture=picture_path,
        languages=LANGUAGES,
        urls={"shop": shop_origin(visit), "accounts": accounts_origin(visit)},
        **objects,
    )
    response = make_response(html, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def shop_origin(visit: Visit) -> str:
    """Return the origin of the shop's storefront, on the port this request came to."""
    return f"http://{visit.shop.handle}.localhost{_port(request.host)}"


def accounts_origin(visit: Visit) -> str:
    """Return the address of the shop's new-style customer accounts."""
    return f"http://accounts.localhost{_port(request.host)}/{visit.shop.handle}"


def _port(host: str) -> str:
    _, colon, port = host.partition(":")
    return f"{colon}{port}"
