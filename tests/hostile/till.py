"""A till in a browser: the built POS extension on a page of its own, with as much of Shopify's POS around it as it uses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from playwright.sync_api import Page

from devstore import oauth
from devstore.model import Customer
from devstore.storefront.bundles import bundle, ui_extensions
from devstore.world import Shop

EXTENSIONS: Final = Path(__file__).parents[2] / "extensions"
TARGET: Final = "pos.home.modal.render"

_POS: Final = """
const filled = (sentence, values) => sentence.replace(/\\{\\{\\s*(\\w+)\\s*\\}\\}/g, (_, name) => String(values?.[name] ?? ''));
const targets = new Map();
globalThis.shopify = {
  extend: (target, render) => { targets.set(target, render); },
  session: {getSessionToken: async () => facts.token},
  locale: {current: {value: 'en'}},
  cart: {current: {value: {subtotal: '80.00', customer: {id: facts.customer}}}, addCartCodeDiscount: async () => {}},
  i18n: {
    translate: (key, values) => filled(facts.words[key] ?? key, values),
    formatNumber: (number) => new Intl.NumberFormat('en').format(number),
    formatCurrency: (number, options) => new Intl.NumberFormat('en', {style: 'currency', ...options}).format(number),
  },
};
"""


def open_till(page: Page, shop: Shop, customer: Customer, *, at: str, cdn: str) -> None:
    """Serve `customer` at a till that stands in for the page `at`, drawn with the dev store's own elements at `cdn`."""
    config = shop.world.config
    [extension] = [each for each in ui_extensions(EXTENSIONS) if any(target == TARGET for target, _ in each.modules)]
    token = oauth.id_token(shop.world, shop, user_id=1, now=shop.world.now())
    facts = json.dumps({"token": token, "customer": customer.id, "words": extension.words("en")})
    script = bundle(extension, config.app_url).replace("</", "<\\/")
    html = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        '<link rel="stylesheet" href="/_devstore/files/extension.css">'
        f'<script src="{cdn}/polaris.js"></script><body><script>const facts = {facts};{_POS}{script}'
        f"targets.get({json.dumps(TARGET)})();</script></body></html>"
    )
    page.goto(at)
    page.set_content(html)
