"""Which picture a product of a shop has: its own, the catalogue's drawing, or a drawing made up from its handle."""

from __future__ import annotations

import hashlib

from devstore.model import Product
from devstore.storefront.art import Picture, draw
from devstore.storefront.catalogue import product as catalogue_product

_KINDS = ("bag", "tin", "jar", "canister", "mug", "gift_box")
_COLOURS = (
    ("#f3e3cf", "#d98a4b", "#5b7f63"),
    ("#e4eadf", "#5f7f6a", "#e9b44c"),
    ("#f3dde0", "#8c3b4a", "#e9a6a6"),
    ("#dfe6e3", "#2f5d56", "#c9a227"),
    ("#dde1ea", "#333f5c", "#d9b65a"),
    ("#efe6da", "#8a6a4f", "#d98a4b"),
)


def picture_path(product: Product) -> str:
    """Return where the storefront shows the product's picture: its own image, else a drawing by handle."""
    return product.image or f"/cdn/shop/files/{product.handle}.svg"


def drawing(handle: str) -> str:
    """Return the SVG for a product handle; handles the catalogue does not know get a drawing of their own."""
    known = catalogue_product(handle)
    if known is not None:
        return draw(known.art, title=known.title)
    chosen = int.from_bytes(hashlib.sha256(handle.encode()).digest()[:4], "big")
    ground, main, accent = _COLOURS[chosen % len(_COLOURS)]
    words = handle.replace("-", " ").title()
    return draw(Picture(_KINDS[chosen // 7 % len(_KINDS)], ground, main, accent, words[:16], "", "leaf"), title=words)
