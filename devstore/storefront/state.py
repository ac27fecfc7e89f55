"""What the storefront remembers beside the world: carts, mail, themes, and which shops show the app's embeds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from flask import Request, abort, request

from devstore.config import Config
from devstore.storefront.carts import Baskets
from devstore.storefront.liquid_site import AppBlock, LiquidFolder, Speech, read_blocks
from devstore.storefront.mail import Mailbox
from devstore.storefront.shoppers import CART_COOKIE, Visit, language, signed_in
from devstore.world import Shop, World

HERE = Path(__file__).parent
EXTENSIONS = HERE.parents[1] / "extensions"
# The theme folder for each value of Shop.theme: "actions" offers Shopify's standard storefront actions.
THEMES: Mapping[str, str] = {"actions": "modern", "plain": "plain"}


@dataclass
class Storefront:
    """The state that all pages share; `extensions` is the folder with the app's theme app extensions."""

    world: World
    config: Config
    extensions: Path = EXTENSIONS
    mailbox: Mailbox = field(default_factory=Mailbox)
    baskets: Baskets = field(default_factory=Baskets)
    embeds_off: set[str] = field(default_factory=set)
    block_settings: dict[tuple[str, str], dict[str, object]] = field(default_factory=dict)
    _folders: dict[Path, LiquidFolder] = field(default_factory=dict)

    def visit(self, shop: Shop, request: Request) -> Visit:
        """Return who is looking at what, from the request's cookies."""
        customer = signed_in(shop, request)
        basket = self.baskets.get(shop, request.cookies.get(CART_COOKIE))
        speech = Speech(language(shop, customer, request), shop.currency)
        return Visit(shop, customer, basket, speech, request.host, request.path)

    def shop_of(self, host: str) -> Shop | None:
        """Return the shop that a host name means (brew.localhost, brew.myshopify.com), else None."""
        name, _, rest = host.partition(":")[0].lower().partition(".")
        if rest not in ("localhost", "myshopify.com"):
            return None
        return self.world.shops.get(f"{name}.myshopify.com")

    def current_visit(self) -> Visit:
        """Return the visit of Flask's current request; 404 when its host is no shop."""
        shop = self.shop_of(request.host)
        return abort(404) if shop is None else self.visit(shop, request)

    def theme(self, shop: Shop) -> LiquidFolder:
        """Return the shop's theme."""
        name = THEMES.get(shop.theme, "modern")
        return self._folder(HERE / "themes" / name, f"/cdn/shop/t/{name}/assets")

    def placed(self, shop: Shop, page: str) -> Sequence[str]:
        """The handles of the app blocks that the theme has on a page ("product", "page.rewards"), in its order."""
        theme = HERE / "themes" / THEMES.get(shop.theme, "modern")
        found: dict[str, list[str]] = json.loads((theme / "config" / "app_blocks.json").read_text("utf-8"))
        return found.get(page, [])

    def app_blocks(self, shop: Shop) -> Iterator[tuple[LiquidFolder, AppBlock]]:
        """Yield the installed app's theme blocks with the extension each belongs to; none while embeds are off."""
        if not shop.is_installed or shop.domain in self.embeds_off or not self.extensions.is_dir():
            return
        for extension in sorted(each for each in self.extensions.iterdir() if each.is_dir()):
            for block in read_blocks(extension):
                chosen = self.block_settings.get((shop.domain, block.handle), {})
                folder = self._folder(extension, f"/cdn/extensions/{extension.name}/assets")
                yield folder, replace(block, settings={**block.settings, **chosen})

    def _folder(self, root: Path, assets_at: str) -> LiquidFolder:
        return self._folders.setdefault(root, LiquidFolder(root, assets_at))
