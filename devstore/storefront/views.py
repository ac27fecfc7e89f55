"""The objects that Liquid templates see: shop, product, collection, cart, customer, in Shopify's names and units."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal

from devstore.model import ZERO, Collection, Customer, Metafield, Product, SellingPlan, Variant, rounded, smallest_unit
from devstore.storefront.carts import cart_json, hundredths, item_json
from devstore.storefront.catalogue import product as catalogue_product
from devstore.storefront.pictures import picture_path
from devstore.storefront.shoppers import LANGUAGES, Visit
from devstore.views import APP_NAMESPACE
from devstore.world import Shop

ROUTES: dict[str, str] = {
    "root_url": "/",
    "cart_url": "/cart",
    "cart_add_url": "/cart/add",
    "cart_change_url": "/cart/change",
    "cart_clear_url": "/cart/clear",
    "cart_update_url": "/cart/update",
    "account_url": "/account",
    "account_logout_url": "/account/logout",
    "account_register_url": "/account/register",
    "collections_url": "/collections",
    "all_products_collection_url": "/collections/all",
}


def page_objects(visit: Visit, *, page_type: str, title: str) -> dict[str, object]:
    """Return the objects every page has; `title` is the page's own."""
    shop = visit.shop
    products = {each.handle: product_view(shop, each) for each in shop.products.values()}
    return {
        "shop": shop_view(visit),
        "customer": None if visit.customer is None else customer_view(shop, visit.customer),
        "cart": cart_view(visit),
        "request": _request_view(visit, page_type),
        "localization": _localization_view(visit),
        "routes": ROUTES | _login_routes(visit),
        "settings": {},
        "all_products": products,
        "collections": {each.handle: collection_view(shop, each) for each in shop.collections.values()},
        "template": {"name": page_type, "directory": None, "suffix": None},
        "page_title": title,
        "canonical_url": f"http://{visit.host}{visit.path}",
        "page_speech": visit.speech,
    }


def shop_view(visit: Visit) -> dict[str, object]:
    """Return Liquid's `shop`."""
    shop = visit.shop
    return {
        "id": shop.id,
        "name": shop.name,
        "email": shop.email,
        "domain": visit.host,
        "permanent_domain": shop.domain,
        "url": f"http://{visit.host}",
        "secure_url": f"http://{visit.host}",
        "currency": shop.currency,
        "locale": shop.locale,
        "customer_accounts_enabled": True,
        "products_count": len(shop.products),
        "published_locales": [_language_view(code, visit) for code in LANGUAGES],
    }


def product_view(shop: Shop, product: Product) -> dict[str, object]:
    """Return Liquid's `product`; the catalogue's tagline is the metafield custom.tagline."""
    variants = [_variant_view(shop, product, each) for each in product.variants]
    prices = [hundredths(each.price) for each in product.variants]
    known = catalogue_product(product.handle)
    image = _image_view(product)
    return {
        "id": product.id,
        "title": product.title,
        "handle": product.handle,
        "url": f"/products/{product.handle}",
        "description": product.description,
        "vendor": product.vendor,
        "type": product.product_type,
        "tags": list(product.tags),
        "price": min(prices),
        "price_min": min(prices),
        "price_max": max(prices),
        "price_varies": min(prices) != max(prices),
        "compare_at_price": None,
        "available": True,
        "gift_card?": product.is_gift_card,
        "featured_image": image,
        "images": [image],
        "variants": variants,
        "selected_or_first_available_variant": variants[0],
        "first_available_variant": variants[0],
        "has_only_default_variant": len(variants) == 1 and variants[0]["title"] == "Default Title",
        "requires_selling_plan": False,
        "selling_plan_groups": [
            {"name": "Subscribe", "selling_plans": [{"id": one.id, "name": one.name} for one in product.selling_plans]}
        ]
        if product.selling_plans
        else [],
        "collections": [
            {"id": one, "handle": shop.collections[one].handle, "title": shop.collections[one].title}
            for one in product.collection_ids
        ],
        "metafields": {"custom": {"tagline": {"value": known.tagline if known else ""}}},
    }


def collection_view(shop: Shop, collection: Collection) -> dict[str, object]:
    """Return Liquid's `collection` with its products."""
    products = [product_view(shop, shop.products[one]) for one in collection.product_ids if one in shop.products]
    return collection_of(collection.handle, collection.title, collection.description, products) | {"id": collection.id}


def collection_of(
    handle: str, title: str, description: str, products: Iterable[Mapping[str, object]]
) -> dict[str, object]:
    """Return a collection view of products that are views already (the collection "all" is made so)."""
    listed = list(products)
    return {
        "handle": handle,
        "title": title,
        "description": description,
        "url": f"/collections/{handle}",
        "products": listed,
        "products_count": len(listed),
        "all_products_count": len(listed),
        "featured_image": listed[0]["featured_image"] if listed else None,
    }


def cart_view(visit: Visit) -> dict[str, object]:
    """Return Liquid's `cart`: the Ajax API's cart plus what only Liquid has."""
    priced = visit.shop.price(visit.basket.cart, visit.customer_id, visit.basket.codes)
    body = cart_json(visit.shop, visit.basket, priced)
    refused = [{"code": one.code, "message": one.message} for one in priced.refused]
    items = [item_json(line) | {"product": product_view(visit.shop, line.product)} for line in priced.lines]
    return body | {
        "items": items,
        "currency": {"iso_code": visit.shop.currency},
        "taxes_included": visit.shop.prices_include_tax,
        "empty?": not priced.lines,
        "refused_codes": refused,
        "shipping_discount": hundredths(priced.shipping_discount),
        "discount_applications": [
            {"type": one.type, "title": one.code or one.title, "total_allocated_amount": hundredths(one.amount)}
            for one in priced.applications
        ],
    }


def customer_view(shop: Shop, customer: Customer) -> dict[str, object]:
    """Return Liquid's `customer`, the app's own metafields under "$app"."""
    orders = [shop.orders[one] for one in shop.orders_of.get(customer.id, []) if one in shop.orders]
    spent = sum((one.received - one.refunded for one in orders if one.cancelled_at is None), ZERO)
    return {
        "id": customer.id,
        "email": customer.email,
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "name": customer.name,
        "tags": list(customer.tags),
        "has_account": customer.state == "enabled",
        "accepts_marketing": customer.accepts_marketing,
        "orders_count": len(orders),
        "total_spent": hundredths(Decimal(spent)),
        "metafields": _metafields_view(customer.metafields),
        "b2b?": customer.company_id is not None,
    }


def app_view(shop: Shop) -> dict[str, object]:
    """Return Liquid's `app`: what the app wrote at its own installation, which only its own blocks see."""
    installation = shop.installation
    return {"metafields": _metafields_view(installation.metafields if installation is not None else {})}


def _metafields_view(owned: Mapping[tuple[str, str], Metafield]) -> dict[str, dict[str, dict[str, object]]]:
    """Metafields by namespace and key, their values as Liquid reads them; the app's own namespace is "$app"."""
    found: dict[str, dict[str, dict[str, object]]] = {}
    for (namespace, key), metafield in owned.items():
        known_as = namespace.replace(APP_NAMESPACE, "$app", 1).replace("$app--", "$app:", 1)
        is_data = metafield.type in ("json", "number_integer", "boolean")
        value = json.loads(metafield.value) if is_data else metafield.value
        found.setdefault(known_as, {})[key] = {"value": value, "type": metafield.type}
    return found


def _variant_view(shop: Shop, product: Product, variant: Variant) -> dict[str, object]:
    return {
        "id": variant.id,
        "title": variant.title,
        "price": hundredths(variant.price),
        "compare_at_price": None if variant.compare_at_price is None else hundredths(variant.compare_at_price),
        "sku": variant.sku,
        "available": True,
        "taxable": variant.is_taxable,
        "requires_shipping": variant.requires_shipping,
        "url": f"/products/{product.handle}?variant={variant.id}",
        "option1": variant.title,
        "options": [variant.title],
        "selling_plan_allocations": [
            {"selling_plan": {"id": plan.id, "name": plan.name}, "price": hundredths(_on_plan(shop, variant, plan))}
            for plan in product.selling_plans
        ],
    }


def _on_plan(shop: Shop, variant: Variant, plan: SellingPlan) -> Decimal:
    return rounded(variant.price * (100 - plan.percent_off) / 100, smallest_unit(shop.currency))


def _image_view(product: Product) -> dict[str, object]:
    return {"src": picture_path(product), "alt": product.title, "width": 800, "height": 800}


def _request_view(visit: Visit, page_type: str) -> dict[str, object]:
    return {
        "page_type": page_type,
        "path": visit.path,
        "host": visit.host,
        "origin": f"http://{visit.host}",
        "design_mode": False,
        "locale": _language_view(visit.speech.locale, visit),
    }


def _login_routes(visit: Visit) -> dict[str, str]:
    """Where to sign in. New accounts are addressed with language and country; classic ones are pages of the theme."""
    if visit.shop.customer_accounts == "CLASSIC":
        return dict.fromkeys(("account_login_url", "storefront_login_url"), "/account/login")
    market = f"locale={visit.speech.locale}&region_country={visit.shop.country}"
    return {
        "account_login_url": f"/customer_authentication/redirect?{market}",
        "storefront_login_url": f"/customer_authentication/login?{market}&ui_hint=full",
    }


def _localization_view(visit: Visit) -> dict[str, object]:
    country = {"iso_code": visit.shop.country, "currency": {"iso_code": visit.shop.currency}}
    return {
        "language": _language_view(visit.speech.locale, visit),
        "available_languages": [_language_view(code, visit) for code in LANGUAGES],
        "country": country,
        "available_countries": [country],
    }


def _language_view(code: str, visit: Visit) -> dict[str, object]:
    return {
        "iso_code": code,
        "endonym_name": LANGUAGES[code],
        "name": LANGUAGES[code],
        "primary": code == visit.shop.locale.partition("-")[0],
        "root_url": "/",
    }
