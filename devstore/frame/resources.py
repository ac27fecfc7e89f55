"""What the resource picker shows and returns: products, variants and collections in App Bridge's shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from devstore.model import Collection, Product, Variant, gid
from devstore.world import Shop


def products(shop: Shop) -> list[dict[str, Any]]:
    """Every product with its variants, by title."""
    return [_product(product) for product in sorted(shop.products.values(), key=lambda product: product.title)]


def variants(shop: Shop) -> list[dict[str, Any]]:
    """Every variant with its product's title, by product."""
    listed = sorted(shop.products.values(), key=lambda product: product.title)
    return [
        {
            **_variant(variant, product),
            "product": {"id": gid("Product", product.id), "title": product.title},
            "image": _images(product)[0] if product.image else None,
        }
        for product in listed
        for variant in product.variants
    ]


def collections(shop: Shop) -> list[dict[str, Any]]:
    """Every collection, by title."""
    return [_collection(one) for one in sorted(shop.collections.values(), key=lambda one: one.title)]


KINDS: Final[Mapping[str, Callable[[Shop], list[dict[str, Any]]]]] = {
    "product": products,
    "variant": variants,
    "collection": collections,
}


def _product(product: Product) -> dict[str, Any]:
    return {
        "id": gid("Product", product.id),
        "title": product.title,
        "handle": product.handle,
        "descriptionHtml": product.description,
        "vendor": product.vendor,
        "productType": product.product_type,
        "status": "ACTIVE",
        "tags": list(product.tags),
        "images": _images(product),
        "hasOnlyDefaultVariant": len(product.variants) == 1,
        "totalVariants": len(product.variants),
        "createdAt": product.created_at.isoformat(),
        "variants": [_variant(variant, product) for variant in product.variants],
    }


def _variant(variant: Variant, product: Product) -> dict[str, Any]:
    return {
        "id": gid("ProductVariant", variant.id),
        "title": variant.title,
        "displayName": f"{product.title} - {variant.title}",
        "price": str(variant.price),
        "compareAtPrice": None if variant.compare_at_price is None else str(variant.compare_at_price),
        "sku": variant.sku,
        "taxable": variant.is_taxable,
        "requiresShipping": variant.requires_shipping,
    }


def _collection(collection: Collection) -> dict[str, Any]:
    return {
        "id": gid("Collection", collection.id),
        "title": collection.title,
        "handle": collection.handle,
        "descriptionHtml": collection.description,
        "image": {"id": gid("Collection", collection.id), "originalSrc": collection.image}
        if collection.image
        else None,
        "productsCount": len(collection.product_ids),
    }


def _images(product: Product) -> list[dict[str, str]]:
    return (
        [{"id": gid("ImageSource", product.id), "originalSrc": product.image, "altText": product.title}]
        if product.image
        else []
    )
