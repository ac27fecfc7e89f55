"""What the Admin API shows: one mapping per GraphQL type, with a function for everything that is not plain.

graphql-core's own resolver reads mappings and calls functions with (info, **arguments), so nothing else is needed.
Amounts look as Shopify prints them here ("49.0", not "49.00"); instants end in Z.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

from graphql import GraphQLError

from devstore import search, wallet_views
from devstore.model import (
    DECIMALS,
    ZERO,
    Address,
    Allocation,
    Application,
    Collection,
    Customer,
    Discount,
    Installation,
    Line,
    Metafield,
    Order,
    Product,
    Refund,
    Segment,
    Transaction,
    Variant,
    gid,
    rounded,
    smallest_unit,
)
from devstore.world import Shop

Json = dict[str, Any]
MAX_PAGE: Final = 250
USAGE_LAG: Final = timedelta(minutes=10)
OLD_ORDERS: Final = timedelta(days=60)
APP_NAMESPACE: Final = "app--1"


class Views:
    """One shop as one app may see it. `scopes` are the granted ones; a write scope includes its read scope."""

    def __init__(self, shop: Shop, *, now: datetime, scopes: frozenset[str], hides: bool) -> None:
        self.shop = shop
        self.now = now
        self._hides = hides
        self._scopes = scopes | {f"read_{each[6:]}" for each in scopes if each.startswith("write_")}

    # What may be seen

    def need(self, scope: str, field: str) -> None:
        """Raises Shopify's access error when the app lacks the scope."""
        if scope not in self._scopes:
            raise GraphQLError(
                f"Access denied for {field} field. Required access: `{scope}` access scope.",
                extensions={
                    "code": "ACCESS_DENIED",
                    "documentation": "https://shopify.dev/api/usage/access-scopes",
                    "requiredAccess": f"`{scope}` access scope.",
                },
            )

    def visible_orders(self) -> Iterable[Order]:
        """Orders of the last sixty days, all of them with read_all_orders."""
        if "read_all_orders" in self._scopes:
            return self.shop.orders.values()
        since = self.now - OLD_ORDERS
        return [order for order in self.shop.orders.values() if order.created_at >= since]

    def _protected(self, field: str, value: Any) -> Callable[..., Any]:
        def shown(_info: Any) -> Any:
            if self._hides:
                raise GraphQLError(
                    f"This app is not approved to use the {field} field. See https://partners.shopify.com/protected-data",
                    extensions={"code": "ACCESS_DENIED"},
                )
            return value

        return shown

    # Money

    def money(self, amount: Decimal, currency: str | None = None) -> Json:
        """A MoneyV2."""
        return {"amount": _amount(amount), "currencyCode": currency or self.shop.currency}

    def bag(self, order: Order, amount: Decimal) -> Json:
        """A MoneyBag in the order's two currencies."""
        unit = smallest_unit(order.presentment_currency)
        foreign = amount if order.rate == 1 else rounded(amount * order.rate, unit)
        return {
            "shopMoney": self.money(amount, order.currency),
            "presentmentMoney": self.money(foreign, order.presentment_currency),
        }

    # Orders

    def order(self, order: Order) -> Json:
        """An Order."""

        def bag(of: Callable[[], Decimal]) -> Callable[..., Json]:
            return lambda _info: self.bag(order, of())

        return {
            "__typename": "Order",
            "id": gid("Order", order.id),
            "legacyResourceId": str(order.id),
            "name": order.name,
            "number": order.number,
            "test": order.is_test,
            "createdAt": _at(order.created_at),
            "processedAt": _at(order.processed_at),
            "updatedAt": _at(order.updated_at),
            "cancelledAt": _at(order.cancelled_at),
            "cancelReason": order.cancel_reason.upper() if order.cancel_reason else None,
            "closed": False,
            "closedAt": None,
            "confirmed": True,
            "edited": order.is_edited,
            "fullyPaid": order.paid_at is not None and not order.outstanding,
            "unpaid": order.paid_at is None,
            "displayFinancialStatus": order.financial_status.upper(),
            "displayFulfillmentStatus": "UNFULFILLED",
            "returnStatus": "NO_RETURN",
            "sourceName": order.source_name,
            "discountCode": order.codes[0] if order.codes else None,
            "discountCodes": order.codes,
            "app": lambda _info: {"id": gid("App", 580111), "name": "Online Store"},
            "retailLocation": lambda _info: self._location(order),
            "customer": lambda _info: self._customer_of(order),
            "customerLocale": order.customer_locale,
            "customAttributes": [{"key": key, "value": value} for key, value in order.attributes.items()],
            "email": self._protected("email", order.email),
            "phone": self._protected("phone", None),
            "clientIp": order.client_ip,
            "shippingAddress": lambda _info: self._address(order.id, order.shipping_address),
            "billingAddress": lambda _info: self._address(order.id, order.shipping_address),
            "note": order.note,
            "tags": order.tags,
            "purchasingEntity": lambda _info: self._purchaser(order),
            "currencyCode": order.currency,
            "presentmentCurrencyCode": order.presentment_currency,
            "taxesIncluded": order.is_tax_included,
            "taxLines": lambda _info: self._tax_lines(order, order.tax),
            "paymentGatewayNames": ["shopify_payments"] if order.paid_at else [],
            "statusPageUrl": self._protected("statusPageUrl", f"https://{self.shop.domain}/orders/{order.token}"),
            "subtotalLineItemsQuantity": sum(line.quantity for line in order.goods),
            "currentSubtotalLineItemsQuantity": sum(line.current_quantity for line in order.goods),
            "subtotalPriceSet": bag(lambda: order.subtotal),
            "currentSubtotalPriceSet": bag(lambda: order.current_subtotal),
            "totalPriceSet": bag(lambda: order.total),
            "originalTotalPriceSet": bag(lambda: order.total),
            "currentTotalPriceSet": bag(lambda: order.current_total),
            "totalTaxSet": bag(lambda: order.tax),
            "currentTotalTaxSet": bag(lambda: order.current_tax),
            "totalDiscountsSet": bag(lambda: order.discounts),
            "currentTotalDiscountsSet": bag(lambda: order.current_discounts),
            "totalShippingPriceSet": bag(lambda: order.shipping),
            "currentShippingPriceSet": bag(lambda: order.current_shipping),
            "totalReceivedSet": bag(lambda: order.received),
            "totalRefundedSet": bag(lambda: order.refunded),
            "totalRefundedShippingSet": bag(lambda: sum((each.shipping for each in order.refunds), ZERO)),
            "refundDiscrepancySet": bag(lambda: ZERO),
            "netPaymentSet": bag(lambda: order.received - order.refunded),
            "totalOutstandingSet": bag(lambda: order.outstanding),
            "totalTipReceivedSet": bag(lambda: order.tip),
            "lineItems": lambda _info, **page: connection(order.lines, page, lambda each: self.line(order, each)),
            "shippingLine": lambda _info: self._shipping_line(order),
            "shippingLines": lambda _info, **page: connection(
                [order] if order.shipping else [], page, self._shipping_line, key=lambda each: (each.shipping_line_id,)
            ),
            "discountApplications": lambda _info, **page: connection(
                list(enumerate(order.applications)),
                page,
                lambda each: self._application(order, each[1], each[0]),
                key=lambda each: (each[0],),
            ),
            "transactions": lambda _info, first=None, **_other: [
                self._transaction(order, each) for each in order.transactions[:first]
            ],
            "refunds": lambda _info, first=None: [self.refund(order, each) for each in order.refunds[:first]],
            "metafield": lambda _info, **_key: None,
        }

    def line(self, order: Order, line: Line) -> Json:
        """A LineItem."""
        unit = order.unit

        def bag(amount: Decimal) -> Callable[..., Json]:
            return lambda _info: self.bag(order, amount)

        own = sum((p.amount for p in line.allocations if order.applications[p.index].target_selection != "all"), ZERO)
        return {
            "__typename": "LineItem",
            "id": gid("LineItem", line.id),
            "title": line.title,
            "name": f"{line.title} - {line.variant_title}" if line.variant_title else line.title,
            "variantTitle": line.variant_title or None,
            "vendor": line.vendor or None,
            "sku": line.sku or None,
            "quantity": line.quantity,
            "currentQuantity": line.current_quantity,
            "refundableQuantity": line.current_quantity,
            "isGiftCard": line.is_gift_card,
            "requiresShipping": line.requires_shipping,
            "taxable": line.is_taxable,
            "customAttributes": [{"key": key, "value": value} for key, value in line.properties.items()],
            "product": lambda _info: self._product_of(line),
            "variant": lambda _info: self._variant_of(line),
            "sellingPlan": {"name": line.selling_plan.name, "sellingPlanId": gid("SellingPlan", line.selling_plan.id)}
            if line.selling_plan
            else None,
            "originalUnitPriceSet": bag(line.unit_price),
            "originalTotalSet": bag(line.gross),
            "discountedTotalSet": lambda _info, withCodeDiscounts=False: self.bag(  # noqa: N803 - GraphQL's name
                order, line.net if withCodeDiscounts else line.gross - own
            ),
            "discountedUnitPriceSet": bag(rounded((line.gross - own) / line.quantity, unit)),
            "discountedUnitPriceAfterAllDiscountsSet": bag(rounded(line.net / line.quantity, unit)),
            "totalDiscountSet": bag(own),
            "discountAllocations": lambda _info: [self._allocation(order, part) for part in line.allocations],
            "taxLines": lambda _info, first=None: self._tax_lines(order, line.tax)[:first],
        }

    def refund(self, order: Order, refund: Refund) -> Json:
        """A Refund."""
        return {
            "__typename": "Refund",
            "id": gid("Refund", refund.id),
            "legacyResourceId": str(refund.id),
            "order": lambda _info: self.order(order),
            "createdAt": _at(refund.created_at),
            "processedAt": _at(refund.created_at),
            "updatedAt": _at(refund.created_at),
            "note": refund.note,
            "totalRefundedSet": lambda _info: self.bag(order, refund.money),
            "refundLineItems": lambda _info, **page: connection(
                refund.lines,
                page,
                lambda each: {
                    "id": gid("RefundLineItem", each.id),
                    "lineItem": self.line(order, order.line(each.line_id)),
                    "quantity": each.quantity,
                    "restockType": each.restock_type.upper(),
                    "restocked": each.restock_type != "no_restock",
                    "priceSet": self.bag(order, order.line(each.line_id).unit_price),
                    "subtotalSet": self.bag(order, each.subtotal),
                    "totalTaxSet": self.bag(order, each.tax),
                },
            ),
            "refundShippingLines": lambda _info, **page: connection(
                [refund] if refund.shipping else [],
                page,
                lambda each: {
                    "id": gid("RefundShippingLine", each.shipping_id),
                    "shippingLine": self._shipping_line(order),
                    "subtotalAmountSet": self.bag(order, each.shipping),
                    "taxAmountSet": self.bag(order, ZERO),
                },
            ),
            "orderAdjustments": lambda _info, **page: connection(
                refund.adjustments,
                page,
                lambda each: {
                    "id": gid("OrderAdjustment", each.id),
                    "amountSet": self.bag(order, each.amount),
                    "taxAmountSet": self.bag(order, ZERO),
                    "reason": "REFUND_DISCREPANCY",
                },
            ),
            "transactions": lambda _info, **page: connection(
                refund.transactions, page, lambda each: self._transaction(order, each)
            ),
        }

    def _transaction(self, order: Order, transaction: Transaction) -> Json:
        return {
            "id": gid("OrderTransaction", transaction.id),
            "kind": transaction.kind.upper(),
            "status": "SUCCESS",
            "gateway": transaction.gateway,
            "test": order.is_test,
            "createdAt": _at(transaction.created_at),
            "processedAt": _at(transaction.created_at),
            "amountSet": self.bag(order, transaction.amount),
            "parentTransaction": None,
        }

    def _application(self, order: Order, each: Application, index: int) -> Json:
        kinds = {"discount_code": "DiscountCode", "automatic": "AutomaticDiscount", "manual": "ManualDiscount"}
        is_share = each.value_type == "percentage"
        return {
            "__typename": f"{kinds[each.type]}Application",
            "index": index,
            "code": each.code,
            "title": each.title,
            "description": None,
            "allocationMethod": each.allocation_method.upper(),
            "targetSelection": each.target_selection.upper(),
            "targetType": each.target_type.upper(),
            "value": {"__typename": "PricingPercentageValue", "percentage": float(each.value)}
            if is_share
            else {"__typename": "MoneyV2", **self.money(each.value, order.currency)},
        }

    def _allocation(self, order: Order, part: Allocation) -> Json:
        return {
            "allocatedAmountSet": self.bag(order, part.amount),
            "discountApplication": self._application(order, order.applications[part.index], part.index),
        }

    def _shipping_line(self, order: Order) -> Json | None:
        if not order.shipping:
            return None
        return {
            "id": gid("ShippingLine", order.shipping_line_id),
            "title": order.shipping_title,
            "code": order.shipping_title,
            "originalPriceSet": self.bag(order, order.shipping),
            "discountedPriceSet": self.bag(order, order.shipping - order.shipping_discount),
            "currentDiscountedPriceSet": self.bag(order, order.current_shipping),
            "discountAllocations": [self._allocation(order, part) for part in order.shipping_allocations],
        }

    def _tax_lines(self, order: Order, tax: Decimal) -> list[Json]:
        if not tax:
            return []
        rate = float(order.tax_rate)
        return [{"title": "Tax", "rate": rate, "ratePercentage": rate * 100, "priceSet": self.bag(order, tax)}]

    def _location(self, order: Order) -> Json | None:
        if order.location_id is None:
            return None
        self.need("read_locations", "retailLocation")
        return {"id": gid("Location", order.location_id), "name": "Store"}

    def _purchaser(self, order: Order) -> Json | None:
        if order.company_id is not None:
            company = {"id": gid("Company", order.company_id), "name": "Company"}
            return {"__typename": "PurchasingCompany", "company": company}
        return self._customer_of(order)

    def _customer_of(self, order: Order) -> Json | None:
        customer = self.shop.customers.get(order.customer_id) if order.customer_id is not None else None
        if customer is None:
            return None
        self.need("read_customers", "customer")
        return self.customer(customer)

    def _product_of(self, line: Line) -> Json | None:
        product = self.shop.products.get(line.product_id) if line.product_id is not None else None
        if product is None:
            return None
        self.need("read_products", "product")
        return self.product(product)

    def _variant_of(self, line: Line) -> Json | None:
        variant = self.shop.variants.get(line.variant_id) if line.variant_id is not None else None
        if variant is None:
            return None
        self.need("read_products", "variant")
        return self.variant(variant)

    # People

    def customer(self, customer: Customer) -> Json:
        """A Customer."""

        def orders() -> list[Order]:
            return [self.shop.orders[each] for each in self.shop.orders_of.get(customer.id, [])]

        return {
            "__typename": "Customer",
            "id": gid("Customer", customer.id),
            "legacyResourceId": str(customer.id),
            "createdAt": _at(customer.created_at),
            "updatedAt": _at(customer.updated_at),
            "state": customer.state.upper(),
            "tags": customer.tags,
            "locale": customer.locale,
            "note": customer.note,
            "verifiedEmail": customer.state == "enabled",
            "displayName": self._protected("displayName", customer.name),
            "firstName": self._protected("firstName", customer.first_name or None),
            "lastName": self._protected("lastName", customer.last_name or None),
            "numberOfOrders": lambda _info: str(len(orders())),
            "amountSpent": lambda _info: self.money(sum((each.received - each.refunded for each in orders()), ZERO)),
            "defaultEmailAddress": self._email(customer),
            "defaultPhoneNumber": self._phone(customer),
            "defaultAddress": lambda _info: self._address(customer.id, customer.address),
            "lastOrder": lambda _info: self.order(orders()[-1]) if orders() else None,
            "mergeable": lambda _info: self._mergeable(),
            "metafield": lambda _info, key, namespace=None: self._metafield(customer, namespace, key),
            "orders": lambda _info, **page: self.orders_page(page, orders()),
            "storeCreditAccounts": lambda _info, **page: wallet_views.accounts(self, customer.id, page),
        }

    def _email(self, customer: Customer) -> Json | None:
        if customer.email is None:
            return None
        return {
            "emailAddress": self._protected("emailAddress", customer.email),
            "marketingState": "SUBSCRIBED" if customer.accepts_marketing else "NOT_SUBSCRIBED",
            "marketingOptInLevel": "SINGLE_OPT_IN" if customer.accepts_marketing else None,
            "validFormat": True,
        }

    def _phone(self, customer: Customer) -> Json | None:
        if customer.phone is None:
            return None
        consent = {"state": "UNSUBSCRIBED", "optInLevel": None}
        return {"phoneNumber": self._protected("phoneNumber", customer.phone), "smsMarketingConsent": consent}

    def _address(self, owner_id: int, address: Address | None) -> Json | None:
        if address is None:
            return None
        name = f"{address.first_name} {address.last_name}".strip()
        return {
            "id": gid("MailingAddress", owner_id),
            "address1": self._protected("address1", address.address1 or None),
            "address2": self._protected("address2", address.address2 or None),
            "city": address.city or None,
            "country": address.country,
            "countryCodeV2": address.country_code,
            "firstName": self._protected("firstName", address.first_name or None),
            "lastName": self._protected("lastName", address.last_name or None),
            "name": self._protected("name", name or None),
            "phone": self._protected("phone", address.phone),
            "zip": self._protected("zip", address.zip or None),
        }

    def _mergeable(self) -> Json:
        self.need("read_customer_merge", "mergeable")
        return {"isMergeable": True, "reason": None}

    def _metafield(self, owner: Customer | Installation, namespace: str | None, key: str) -> Json | None:
        found = owner.metafields.get((app_namespace(namespace), key))
        return None if found is None else self.metafield(found)

    def metafield(self, metafield: Metafield) -> Json:
        """A Metafield."""
        is_json = metafield.type not in (
            "single_line_text_field",
            "multi_line_text_field",
            "id",
            "url",
            "date",
            "date_time",
        )
        return {
            "id": gid("Metafield", metafield.id),
            "namespace": metafield.namespace,
            "key": metafield.key,
            "type": metafield.type,
            "value": metafield.value,
            "jsonValue": json.loads(metafield.value) if is_json else metafield.value,
            "compareDigest": digest(metafield),
            "updatedAt": _at(metafield.updated_at),
        }

    # Discounts

    def discount_node(self, discount: Discount) -> Json:
        """A DiscountCodeNode (also serves as a DiscountNode)."""
        return {
            "__typename": "DiscountCodeNode",
            "id": gid("DiscountCodeNode", discount.id),
            "codeDiscount": lambda _info: self.discount(discount),
            "discount": lambda _info: self.discount(discount),
            "metafield": lambda _info, **_key: None,
        }

    def discount(self, discount: Discount) -> Json:
        """A DiscountCodeBasic or DiscountCodeFreeShipping."""
        uses = sum(use.at + USAGE_LAG <= self.now for use in discount.uses)
        classes = discount.combines_with
        code = {"id": gid("DiscountRedeemCode", discount.code_id), "code": discount.code, "asyncUsageCount": uses}
        return {
            "__typename": "DiscountCodeFreeShipping" if discount.kind == "free_shipping" else "DiscountCodeBasic",
            "title": discount.title,
            "status": discount.status(self.now),
            "startsAt": _at(discount.starts_at),
            "endsAt": _at(discount.ends_at),
            "createdAt": _at(discount.created_at),
            "updatedAt": _at(discount.updated_at),
            "usageLimit": discount.usage_limit,
            "asyncUsageCount": uses,
            "appliesOncePerCustomer": discount.is_once_per_customer,
            "appliesOnOneTimePurchase": discount.on_one_time_purchase,
            "appliesOnSubscription": discount.on_subscription,
            "recurringCycleLimit": discount.recurring_cycle_limit,
            "tags": list(discount.tags),
            "summary": discount.title,
            "shortSummary": discount.title,
            "discountClasses": [discount.discount_class],
            "combinesWith": {
                "orderDiscounts": "ORDER" in classes,
                "productDiscounts": "PRODUCT" in classes,
                "shippingDiscounts": "SHIPPING" in classes,
            },
            "codes": lambda _info, **page: connection([code], page, lambda each: each, key=lambda _each: (0,)),
            "codesCount": {"count": 1, "precision": "EXACT"},
            "context": lambda _info: self._discount_context(discount),
            "customerGets": lambda _info: self._customer_gets(discount),
            "minimumRequirement": self._minimum(discount),
            "maximumShippingPrice": None
            if discount.maximum_shipping_price is None
            else self.money(discount.maximum_shipping_price),
        }

    def _discount_context(self, discount: Discount) -> Json:
        if discount.customer_ids is None:
            return {"__typename": "DiscountBuyerSelectionAll", "all": "ALL"}
        self.need("read_customers", "customers")
        living = [self.shop.customers[each] for each in sorted(discount.customer_ids) if each in self.shop.customers]
        return {"__typename": "DiscountCustomers", "customers": [self.customer(each) for each in living]}

    def _customer_gets(self, discount: Discount) -> Json:
        if discount.kind == "percentage":
            value = {"__typename": "DiscountPercentage", "percentage": float(discount.value)}
        else:
            amount = self.money(discount.value)
            value = {"__typename": "DiscountAmount", "amount": amount, "appliesOnEachItem": discount.is_per_item}
        return {
            "appliesOnOneTimePurchase": discount.on_one_time_purchase,
            "appliesOnSubscription": discount.on_subscription,
            "value": value,
            "items": self._discount_items(discount),
        }

    def _discount_items(self, discount: Discount) -> Json:
        shop = self.shop
        if discount.collection_ids:
            collections = [shop.collections[each] for each in sorted(discount.collection_ids)]
            return {
                "__typename": "DiscountCollections",
                "collections": lambda _info, **page: connection(collections, page, self.collection),
            }
        if discount.is_entitled_only:
            products = [shop.products[each] for each in sorted(discount.product_ids)]
            variants = [shop.variants[each] for each in sorted(discount.variant_ids)]
            return {
                "__typename": "DiscountProducts",
                "products": lambda _info, **page: connection(products, page, self.product),
                "productVariants": lambda _info, **page: connection(variants, page, self.variant),
            }
        return {"__typename": "AllDiscountItems", "allItems": True}

    def _minimum(self, discount: Discount) -> Json | None:
        if discount.minimum_subtotal is not None:
            least = self.money(discount.minimum_subtotal)
            return {"__typename": "DiscountMinimumSubtotal", "greaterThanOrEqualToSubtotal": least}
        if discount.minimum_quantity is not None:
            quantity = str(discount.minimum_quantity)
            return {"__typename": "DiscountMinimumQuantity", "greaterThanOrEqualToQuantity": quantity}
        return None

    # The catalogue

    def product(self, product: Product) -> Json:
        """A Product."""
        return {
            "__typename": "Product",
            "id": gid("Product", product.id),
            "legacyResourceId": str(product.id),
            "title": product.title,
            "handle": product.handle,
            "description": lambda _info, truncateAt=None: product.description[:truncateAt],  # noqa: N803
            "vendor": product.vendor or self.shop.name,
            "productType": product.product_type,
            "status": "ACTIVE",
            "tags": product.tags,
            "isGiftCard": product.is_gift_card,
            "createdAt": _at(product.created_at),
            "updatedAt": _at(product.created_at),
            "inCollection": lambda _info, id: gid_in(id, "Collection", product.collection_ids),  # noqa: A006
            "collections": lambda _info, **page: connection(
                [self.shop.collections[each] for each in product.collection_ids], page, self.collection
            ),
            "variants": lambda _info, **page: connection(product.variants, page, self.variant),
            "metafield": lambda _info, **_key: None,
        }

    def variant(self, variant: Variant) -> Json:
        """A ProductVariant."""
        product = self.shop.products[variant.product_id]
        return {
            "__typename": "ProductVariant",
            "id": gid("ProductVariant", variant.id),
            "legacyResourceId": str(variant.id),
            "title": variant.title,
            "displayName": f"{product.title} - {variant.title}",
            "price": f"{variant.price:.{DECIMALS.get(self.shop.currency, 2)}f}",
            "sku": variant.sku,
            "taxable": variant.is_taxable,
            "product": lambda _info: self.product(product),
            "metafield": lambda _info, **_key: None,
        }

    def collection(self, collection: Collection) -> Json:
        """A Collection."""
        products = [self.shop.products[each] for each in collection.product_ids]
        return {
            "__typename": "Collection",
            "id": gid("Collection", collection.id),
            "legacyResourceId": str(collection.id),
            "title": collection.title,
            "handle": collection.handle,
            "updatedAt": _at(self.shop.created_at),
            "productsCount": {"count": len(products), "precision": "EXACT"},
            "hasProduct": lambda _info, id: gid_in(id, "Product", collection.product_ids),  # noqa: A006
            "products": lambda _info, **page: connection(products, page, self.product),
            "metafield": lambda _info, **_key: None,
        }

    # The shop and the app

    def _storefront_host(self) -> str:
        """Where browsers find the storefront: on this computer once the store is served, as the shop's domain would be."""
        port = self.shop.world.config.port
        return f"{self.shop.handle}.localhost:{port}" if port else self.shop.domain

    def shop_view(self) -> Json:
        """The Shop."""
        shop = self.shop
        return {
            "__typename": "Shop",
            "id": gid("Shop", shop.id),
            "name": shop.name,
            "email": shop.email,
            "contactEmail": shop.email,
            "url": f"https://{shop.domain}",
            "myshopifyDomain": shop.domain,
            "primaryDomain": {
                "id": gid("Domain", shop.id),
                "host": self._storefront_host(),
                "url": f"https://{shop.domain}",
            },
            "currencyCode": shop.currency,
            "enabledPresentmentCurrencies": [shop.currency, *shop.presentment_rates],
            "ianaTimezone": str(shop.timezone),
            "taxesIncluded": shop.prices_include_tax,
            "createdAt": _at(shop.created_at),
            "plan": {
                "publicDisplayName": shop.plan,
                "shopifyPlus": shop.is_plus,
                "partnerDevelopment": shop.is_development,
            },
            "customerAccountsV2": {
                "customerAccountsVersion": shop.customer_accounts,
                "url": f"https://shopify.com/{shop.id}/account",
                "loginRequiredAtCheckout": False,
                "loginLinksVisibleOnStorefrontAndCheckout": True,
            },
        }

    def installation(self) -> Json:
        """The AppInstallation of the app that asks."""
        installation = self.shop.installation
        assert installation is not None, "a token of an app that is not installed opens nothing"  # noqa: S101
        return {
            "id": gid("AppInstallation", installation.id),
            "accessScopes": [{"handle": each} for each in sorted(installation.scopes)],
            "activeSubscriptions": [],
            "app": {"id": gid("App", int(APP_NAMESPACE.removeprefix("app--")))},
            "metafield": lambda _info, key, namespace=None: self._metafield(installation, namespace, key),
        }

    # Lists

    def orders_page(self, page: Json, orders: Iterable[Order] | None = None) -> Json:
        """`orders(query, sortKey, first, after)`: see ORDER_TERMS for what a query may ask."""
        self.need("read_orders", "orders")
        chosen = self.orders_matching(page.get("query"), orders)
        return connection(chosen, page, self.order, key=_ORDER_KEYS.get(page.get("sortKey") or "PROCESSED_AT", _by_id))

    def orders_matching(self, query: str | None, orders: Iterable[Order] | None = None) -> list[Order]:
        """The orders a query finds."""
        holds = _matcher(query, ORDER_TERMS, lambda order: f"{order.name} {order.email or ''}", self.shop)
        return [order for order in (self.visible_orders() if orders is None else orders) if holds(order)]

    def customers_page(self, page: Json) -> Json:
        """`customers(query, first)`; free text finds names and e-mail addresses, unless they are withheld."""
        self.need("read_customers", "customers")
        return connection(self.customers_matching(page.get("query")), page, self.customer)

    def customers_matching(self, query: str | None) -> list[Customer]:
        """The customers a query finds."""
        if self._hides and any(
            term.field in ("", "email", "phone", "first_name", "last_name") for term in search.terms(query)
        ):
            return []
        holds = _matcher(
            query, CUSTOMER_TERMS, lambda each: f"{each.name} {each.email or ''} {each.phone or ''}", self.shop
        )
        return [customer for customer in self.shop.customers.values() if holds(customer)]

    def products_page(self, page: Json) -> Json:
        """`products(query, first)`."""
        self.need("read_products", "products")
        holds = _matcher(page.get("query"), PRODUCT_TERMS, lambda each: each.title, self.shop)
        return connection([each for each in self.shop.products.values() if holds(each)], page, self.product)

    def segments_page(self, page: Json) -> Json:
        """`segments(query, first)`: found by their names."""
        self.need("read_customers", "segments")
        holds = _matcher(page.get("query"), SEGMENT_TERMS, lambda each: each.name, self.shop)
        return connection([each for each in self.shop.segments.values() if holds(each)], page, self.segment)

    def segment(self, segment: Segment) -> Json:
        """A Segment."""
        return {
            "__typename": "Segment",
            "id": gid("Segment", segment.id),
            "name": segment.name,
            "query": segment.query,
            "creationDate": _at(segment.created_at),
            "lastEditDate": _at(segment.created_at),
        }

    def collections_page(self, page: Json) -> Json:
        """`collections(query, first)`."""
        self.need("read_products", "collections")
        holds = _matcher(page.get("query"), PRODUCT_TERMS, lambda each: each.title, self.shop)
        return connection([each for each in self.shop.collections.values() if holds(each)], page, self.collection)


def connection(
    items: Sequence[Any],
    page: Json,
    view: Callable[[Any], Any],
    key: Callable[[Any], tuple[Any, ...]] | None = None,
) -> Json:
    """A Relay connection over `items` in the order of `key`. Cursors hold the key, so pages survive changes between them."""
    first, last = page.get("first"), page.get("last")
    if (first is None) == (last is None):
        raise GraphQLError("you must provide one of first or last", extensions={"code": "BAD_REQUEST"})
    size = int(first if first is not None else last or 0)
    if not 0 <= size <= MAX_PAGE:
        raise GraphQLError(f"The page size must be between 0 and {MAX_PAGE}", extensions={"code": "BAD_REQUEST"})
    keyed = [(_cursor_key(key(item)) if key else (at,), item) for at, item in enumerate(items)]
    if key:
        keyed.sort(key=lambda each: each[0])
    if page.get("reverse"):
        keyed.reverse()
    keyed, has_before = _cut(keyed, page)
    total = len(keyed)
    keyed = keyed[:size] if first is not None else keyed[total - size :] if size else []
    cursors = [_cursor(each) for each, _ in keyed]
    return {
        "nodes": lambda _info: [view(item) for _, item in keyed],
        "edges": lambda _info: [
            {"cursor": cursor, "node": view(item)} for cursor, (_, item) in zip(cursors, keyed, strict=True)
        ],
        "pageInfo": {
            "hasNextPage": first is not None and total > size,
            "hasPreviousPage": has_before if first is not None else total > size,
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        },
    }


def digest(metafield: Metafield) -> str:
    """The compareDigest of a metafield."""
    return sha256(f"{metafield.type}:{metafield.value}".encode()).hexdigest()


def app_namespace(namespace: str | None) -> str:
    """The namespace with "$app" (also the default) written out."""
    if namespace is None or namespace == "$app":
        return APP_NAMESPACE
    return namespace.replace("$app:", f"{APP_NAMESPACE}--", 1)


def gid_in(value: str, kind: str, ids: Sequence[int]) -> bool:
    """True when the gid is of that kind and among the ids."""
    return any(value == gid(kind, each) for each in ids)


def _cut(keyed: list[tuple[Any, Any]], page: Json) -> tuple[list[tuple[Any, Any]], bool]:
    is_reverse = bool(page.get("reverse"))
    has_before = False
    if page.get("after") is not None:
        after = _key_of(page["after"])
        kept = [each for each in keyed if (each[0] < after if is_reverse else each[0] > after)]
        has_before, keyed = len(kept) < len(keyed), kept
    if page.get("before") is not None:
        before = _key_of(page["before"])
        keyed = [each for each in keyed if (each[0] > before if is_reverse else each[0] < before)]
    return keyed, has_before


def _cursor_key(key: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(each.timestamp() if isinstance(each, datetime) else each for each in key)


def _cursor(key: tuple[Any, ...]) -> str:
    return urlsafe_b64encode(json.dumps(key).encode()).decode()


def _key_of(cursor: str) -> tuple[Any, ...]:
    try:
        return tuple(json.loads(urlsafe_b64decode(cursor)))
    except (ValueError, TypeError):
        raise GraphQLError(f"Invalid cursor '{cursor}'", extensions={"code": "BAD_REQUEST"}) from None


def _amount(amount: Decimal) -> str:
    whole, _, cents = f"{amount:f}".partition(".")
    return f"{whole}.{cents.rstrip('0') or '0'}"


def _at(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _matcher(
    query: str | None, fields: dict[str, Callable[[Any], Any]], text: Callable[[Any], str], shop: Shop
) -> Callable[[Any], bool]:
    try:
        return search.matcher(query, fields, text, shop.timezone)
    except search.UnknownTerm as unknown:
        raise GraphQLError(f"The dev store does not know the search term {unknown}") from None


def _by_id(each: Any) -> tuple[Any, ...]:
    return (each.id,)


ORDER_TERMS: Final[dict[str, Callable[[Any], Any]]] = {
    "id": lambda order: order.id,
    "name": lambda order: order.name,
    "created_at": lambda order: order.created_at,
    "updated_at": lambda order: order.updated_at,
    "processed_at": lambda order: order.processed_at,
    "discount_code": lambda order: order.codes,
    "financial_status": lambda order: order.financial_status,
    "customer_id": lambda order: order.customer_id,
    "email": lambda order: order.email,
    "source_name": lambda order: order.source_name,
    "test": lambda order: order.is_test,
    "tag": lambda order: order.tags,
    "status": lambda order: ["any", "cancelled" if order.cancelled_at else "open"],
}
CUSTOMER_TERMS: Final[dict[str, Callable[[Any], Any]]] = {
    "id": lambda customer: customer.id,
    "email": lambda customer: customer.email,
    "phone": lambda customer: customer.phone,
    "first_name": lambda customer: customer.first_name,
    "last_name": lambda customer: customer.last_name,
    "tag": lambda customer: customer.tags,
    "state": lambda customer: customer.state,
    "created_at": lambda customer: customer.created_at,
    "updated_at": lambda customer: customer.updated_at,
}
PRODUCT_TERMS: Final[dict[str, Callable[[Any], Any]]] = {
    "id": lambda product: product.id,
    "title": lambda product: product.title,
    "handle": lambda product: product.handle,
    "tag": lambda product: product.tags,
    "gift_card": lambda product: product.is_gift_card,
    "status": lambda _product: "active",
}
SEGMENT_TERMS: Final[dict[str, Callable[[Any], Any]]] = {
    "id": lambda segment: segment.id,
    "name": lambda segment: segment.name,
}
_ORDER_KEYS: Final[dict[str, Callable[[Any], tuple[Any, ...]]]] = {
    "UPDATED_AT": lambda order: (order.updated_at, order.id),
    "CREATED_AT": lambda order: (order.created_at, order.id),
    "PROCESSED_AT": lambda order: (order.processed_at, order.id),
    "ID": _by_id,
    "ORDER_NUMBER": lambda order: (order.number,),
}
