"""The Admin GraphQL API 2026-10, as far as an app like ours uses it, with Shopify's costs, refusals and answers.

A request is checked, paid for from the shop's leaky bucket, and executed under the world's lock. Costs follow Shopify's rules
in outline: 10 for a mutation, 1 for an object, a share of the page size for a connection, nothing for money and scalars.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any, Final

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLScalarType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    build_schema,
    execute_sync,
    get_named_type,
    is_leaf_type,
    parse,
    validate,
)

from devstore import discount_forms, wallet_views
from devstore.config import Config
from devstore.model import Customer, Discount, Installation, Metafield, Order, gid, numeric_id
from devstore.views import Views, app_namespace, digest
from devstore.world import Shop, World

Json = dict[str, Any]
MAX_COST: Final = 1000
MUTATION_COST: Final = 10
PAGE_SHARE: Final = 4
MAX_METAFIELDS: Final = 25
_FREE: Final = frozenset({"MoneyBag", "MoneyV2", "PageInfo", "Count", "Attribute", "DiscountUserError", "UserError"})


@dataclass(frozen=True, slots=True)
class Request:
    """A document that parsed and validated. `operations` are its root fields, which faults are aimed at."""

    document: DocumentNode
    operation: OperationDefinitionNode
    operations: tuple[str, ...]
    fragments: dict[str, FragmentDefinitionNode]


class Bucket:
    """The leaky bucket of one shop: `size` points, `rate` restored a second."""

    def __init__(self, size: float, rate: float, now: datetime) -> None:
        self.size, self.rate = size, rate
        self._level, self._at = size, now

    def available(self, now: datetime) -> float:
        """Points that can be spent at `now`."""
        seconds = max(0.0, (now - self._at).total_seconds())
        self._level, self._at = min(self.size, self._level + seconds * self.rate), max(now, self._at)
        return self._level

    def spend(self, points: float) -> None:
        """Take points out; the caller has looked at `available`."""
        self._level -= points


class AdminApi:
    """The API of all shops of a world. `clock` drives the rate limit (a server's wall clock, else the world's)."""

    def __init__(self, world: World, clock: Callable[[], datetime] | None = None) -> None:
        self.world = world
        self.schema = _shared_schema()
        self._clock = clock or world.now
        self._buckets: dict[str, Bucket] = {}
        self._parsed: dict[str, Request] = {}

    def operations(self, query: str) -> tuple[str, ...]:
        """The root fields a document asks for; empty when it does not parse or validate."""
        try:
            return self._prepare(query, None).operations
        except _Invalid:
            return ()

    def answer(self, shop: Shop, query: str, variables: Json | None = None, operation_name: str | None = None) -> Json:
        """Execute one request for an app whose token was accepted; the JSON body of the answer (always HTTP 200)."""
        with self.world.lock:
            config = self.world.config
            try:
                request = self._prepare(query, operation_name)
            except _Invalid as invalid:
                return {"errors": invalid.errors}
            cost = self._cost(request, variables or {})
            bucket, now = self._bucket(shop, config), self._clock()
            if cost > MAX_COST:
                return {"errors": [_too_expensive(cost)]}
            if config.is_throttling and bucket.available(now) < cost:
                return _throttled(cost, bucket, now)
            result = self._execute(shop, request, variables, operation_name)
            actual = (
                cost
                if result.data is None or request.operation.operation is OperationType.MUTATION
                else min(cost, _actual(result.data))
            )
            if config.is_throttling:
                bucket.spend(actual)
            body: Json = {}
            if result.errors:
                body["errors"] = [_told(each) for each in result.errors]
            body["data"] = result.data
            body["extensions"] = {"cost": _cost_report(cost, actual, bucket, now)}
            return body

    def throttled(self, shop: Shop) -> Json:
        """The answer to a request over the limit, for faults on demand."""
        return _throttled(MUTATION_COST, self._bucket(shop, self.world.config), self._clock())

    def _prepare(self, query: str, operation_name: str | None) -> Request:
        key = f"{operation_name or ''}\n{query}"
        known = self._parsed.get(key)
        if known is None:
            if len(self._parsed) > 500:  # noqa: PLR2004 - an app has a few dozen documents
                self._parsed.clear()
            known = self._parsed[key] = self._parse(query, operation_name)
        return known

    def _parse(self, query: str, operation_name: str | None) -> Request:
        try:
            document = parse(query)
        except GraphQLError as error:
            raise _Invalid([error.formatted]) from None
        errors = validate(self.schema, document)
        if errors:
            raise _Invalid([each.formatted for each in errors])
        found = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
        chosen = [each for each in found if operation_name is None or (each.name and each.name.value == operation_name)]
        if len(chosen) != 1:
            raise _Invalid([{"message": "Must provide operation name if query contains multiple operations."}])
        roots = tuple(each.name.value for each in chosen[0].selection_set.selections if isinstance(each, FieldNode))
        fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
        return Request(document, chosen[0], roots, fragments)

    def _execute(
        self, shop: Shop, request: Request, variables: Json | None, operation_name: str | None
    ) -> ExecutionResult:
        scopes = shop.installation.scopes if shop.installation else frozenset()
        views = Views(shop, now=self.world.now(), scopes=scopes, hides=self.world.config.withholds_protected_data)
        return execute_sync(
            self.schema,
            request.document,
            root_value=_queries(views) | _mutations(views),
            variable_values=variables,
            operation_name=operation_name,
        )

    def _bucket(self, shop: Shop, config: Config) -> Bucket:
        bucket = self._buckets.get(shop.domain)
        if bucket is None or (bucket.size, bucket.rate) != (config.bucket_size, config.restore_rate):
            bucket = self._buckets[shop.domain] = Bucket(config.bucket_size, config.restore_rate, self._clock())
        return bucket

    def _cost(self, request: Request, variables: Json) -> int:
        is_mutation = request.operation.operation is OperationType.MUTATION
        root = self.schema.mutation_type if is_mutation else self.schema.query_type
        assert root is not None, "the schema has both roots"  # noqa: S101
        inner = _selection_cost(self.schema, request, request.operation.selection_set, root, variables)
        return math.ceil(inner) + (MUTATION_COST if is_mutation else 0)


def _told(error: GraphQLError) -> Any:
    """An error as the answer shows it; a bug of the dev store crashes instead."""
    if error.original_error is not None and not isinstance(error.original_error, GraphQLError):
        raise error.original_error
    return error.formatted


class _Invalid(Exception):
    def __init__(self, errors: list[Any]) -> None:
        super().__init__("invalid document")
        self.errors = errors


def load_schema() -> GraphQLSchema:
    """The executable schema, with scalars that read and refuse as Shopify's do."""
    schema = build_schema((Path(__file__).parent / "schema.graphql").read_text(encoding="utf-8"))
    for name, read in (
        ("Decimal", _decimal),
        ("Money", _decimal),
        ("DateTime", _instant),
        ("UnsignedInt64", _unsigned),
        ("Date", _date),
    ):
        scalar = schema.type_map[name]
        assert isinstance(scalar, GraphQLScalarType), name  # noqa: S101
        scalar.coerce_input_value = read
    return schema


@cache
def _shared_schema() -> GraphQLSchema:
    """One for all stores of a process: nothing in it changes, and building takes a third of a second."""
    return load_schema()


def _queries(views: Views) -> dict[str, Callable[..., Any]]:
    shop = views.shop

    def of_kind(kind: str, scope: str, known: Mapping[int, Any], view: Callable[[Any], Json]) -> Callable[..., Any]:
        def find(_info: Any, id: str) -> Json | None:  # noqa: A002 - GraphQL's name
            views.need(scope, kind[0].lower() + kind[1:])
            found = known.get(_number(id, kind))
            return None if found is None else view(found)

        return find

    def order(_info: Any, id: str) -> Json | None:  # noqa: A002
        views.need("read_orders", "order")
        found = shop.orders.get(_number(id, "Order"))
        return None if found is None or not _is_visible(views, found) else views.order(found)

    def discount_by_code(_info: Any, code: str) -> Json | None:
        views.need("read_discounts", "codeDiscountNodeByCode")
        found = shop.discount_by_code(code)
        return None if found is None else views.discount_node(found)

    def discount(_info: Any, id: str) -> Json | None:  # noqa: A002
        views.need("read_discounts", "discountNode")
        number = numeric_id(id)
        found = shop.discounts.get(number) if number is not None else None
        return None if found is None else views.discount_node(found) | {"__typename": "DiscountNode"}

    def customer_by(_info: Any, identifier: Json) -> Json | None:
        views.need("read_customers", "customerByIdentifier")
        if identifier.get("id"):
            found = shop.customers.get(_number(identifier["id"], "Customer"))
        elif identifier.get("emailAddress"):
            found = shop.customer_by_email(identifier["emailAddress"])
        else:
            raise GraphQLError("The dev store finds customers by id or e-mail address only")
        return None if found is None else views.customer(found)

    def segment_membership(_info: Any, customerId: str, segmentIds: list[str]) -> Json:  # noqa: N803 - GraphQL's names
        views.need("read_customers", "customerSegmentMembership")
        customer = _number(customerId, "Customer")
        asked = {each: shop.segments.get(_number(each, "Segment")) for each in segmentIds}
        return {
            "memberships": [
                {"segmentId": each, "isMember": customer in segment.customer_ids}
                for each, segment in asked.items()
                if segment is not None
            ]
        }

    def shop_locales(_info: Any, **_which: Any) -> list[Json]:
        views.need("read_locales", "shopLocales")
        return [
            {"locale": code, "name": code, "primary": code == shop.locale, "published": True}
            for code in (shop.locale, *shop.other_locales)
        ]

    return {
        "shop": lambda _info: views.shop_view(),
        "shopLocales": shop_locales,
        "currentAppInstallation": lambda _info: views.installation(),
        "order": order,
        "orders": lambda _info, **page: views.orders_page(page),
        "ordersCount": lambda _info, query=None, **_limit: _count(len(views.orders_matching(query))),
        "customer": of_kind("Customer", "read_customers", shop.customers, views.customer),
        "customers": lambda _info, **page: views.customers_page(page),
        "customersCount": lambda _info, query=None, **_limit: _count(len(views.customers_matching(query))),
        "customerByIdentifier": customer_by,
        "customerSegmentMembership": segment_membership,
        "segments": lambda _info, **page: views.segments_page(page),
        "product": of_kind("Product", "read_products", shop.products, views.product),
        "products": lambda _info, **page: views.products_page(page),
        "collection": of_kind("Collection", "read_products", shop.collections, views.collection),
        "collections": lambda _info, **page: views.collections_page(page),
        "codeDiscountNodeByCode": discount_by_code,
        "discountNode": discount,
        "node": lambda _info, id: _node(views, id),  # noqa: A006
        "nodes": lambda _info, ids: [_node(views, each) for each in ids],
        **wallet_views.queries(views),
    }


def _mutations(views: Views) -> dict[str, Callable[..., Any]]:
    def write(argument: str, *, is_free_shipping: bool) -> Callable[..., Json]:
        def mutate(_info: Any, id: str | None = None, **given: Json) -> Json:  # noqa: A002
            views.need("write_discounts", argument)
            existing = None
            if id is not None:
                existing = _discount(views.shop, id)
                if existing is None or (existing.kind == "free_shipping") != is_free_shipping:
                    return {"codeDiscountNode": None, "userErrors": [_NO_DISCOUNT]}
            form = discount_forms.Form(views.shop, argument, given[argument], existing)
            written = discount_forms.write(form, is_free_shipping=is_free_shipping)
            return {"codeDiscountNode": written and views.discount_node(written), "userErrors": form.errors}

        return mutate

    basic = write("basicCodeDiscount", is_free_shipping=False)
    free_shipping = write("freeShippingCodeDiscount", is_free_shipping=True)
    return {
        "discountCodeBasicCreate": basic,
        "discountCodeBasicUpdate": basic,
        "discountCodeFreeShippingCreate": free_shipping,
        "discountCodeFreeShippingUpdate": free_shipping,
        "discountCodeDeactivate": lambda _info, id: _switch(views, id, is_on=False),  # noqa: A006
        "discountCodeActivate": lambda _info, id: _switch(views, id, is_on=True),  # noqa: A006
        "discountCodeDelete": lambda _info, id: _delete(views, id),  # noqa: A006
        "metafieldsSet": lambda _info, metafields: _set_metafields(views, metafields),
        "customerEmailMarketingConsentUpdate": lambda _info, input: _consent(views, input),  # noqa: A006
        "tagsAdd": lambda _info, id, tags: _tag(views, id, added=tags, removed=()),  # noqa: A006
        "tagsRemove": lambda _info, id, tags: _tag(views, id, added=(), removed=tags),  # noqa: A006
        **wallet_views.mutations(views),
    }


def _switch(views: Views, discount_gid: str, *, is_on: bool) -> Json:
    views.need("write_discounts", "discountCodeActivate" if is_on else "discountCodeDeactivate")
    discount = _discount(views.shop, discount_gid)
    if discount is None:
        return {"codeDiscountNode": None, "userErrors": [_NO_DISCOUNT]}
    if is_on:
        discount.is_deactivated, discount.ends_at = False, None
        discount.starts_at, discount.updated_at = min(discount.starts_at, views.now), views.now
    else:
        views.shop.deactivate_discount(discount.id)
    return {"codeDiscountNode": views.discount_node(discount), "userErrors": []}


def _delete(views: Views, discount_gid: str) -> Json:
    views.need("write_discounts", "discountCodeDelete")
    discount = _discount(views.shop, discount_gid)
    if discount is None:
        return {"deletedCodeDiscountId": None, "userErrors": [_NO_DISCOUNT]}
    del views.shop.discounts[discount.id]
    if discount.code is not None:
        del views.shop.codes[discount.code.upper()]
    return {"deletedCodeDiscountId": gid("DiscountCodeNode", discount.id), "userErrors": []}


def _set_metafields(views: Views, given: list[Json]) -> Json:
    """All or none, as at Shopify; only customers and the app's installation carry metafields here."""
    if len(given) > MAX_METAFIELDS:
        return {"metafields": None, "userErrors": [_metafield_error("LESS_THAN_OR_EQUAL_TO", "Too many metafields", 0)]}
    errors, ready = [], []
    for at, each in enumerate(given):
        owner = _metafield_owner(views, each["ownerId"])
        place = (app_namespace(each.get("namespace")), each["key"])
        if owner is None:
            errors.append(_metafield_error("INVALID", "Owner does not exist", at))
            continue
        known = owner.metafields.get(place)
        if each.get("compareDigest") is not None and (known is None or digest(known) != each["compareDigest"]):
            errors.append(_metafield_error("STALE_OBJECT", "The resource has been updated since it was loaded", at))
        kind = each.get("type") or (known.type if known else None)
        if kind is None:
            errors.append(_metafield_error("BLANK", "Type can't be blank", at))
        else:
            world = views.shop.world
            number = known.id if known else world.next_id("metafield")
            ready.append((owner, place, Metafield(number, *place, kind, each["value"], views.now)))
    if errors:
        return {"metafields": None, "userErrors": errors}
    for owner, place, metafield in ready:
        owner.metafields[place] = metafield
    return {"metafields": [views.metafield(metafield) for _, _, metafield in ready], "userErrors": []}


def _metafield_owner(views: Views, owner_id: str) -> Customer | Installation | None:
    installation, customer_id = views.shop.installation, numeric_id(owner_id, "Customer")
    if customer_id is not None:
        views.need("write_customers", "metafieldsSet")
        return views.shop.customers.get(customer_id)
    is_ours = installation is not None and numeric_id(owner_id, "AppInstallation") == installation.id
    return installation if is_ours else None


def _consent(views: Views, wanted: Any) -> Json:
    views.need("write_customers", "customerEmailMarketingConsentUpdate")
    number = numeric_id(wanted["customerId"], "Customer")
    customer = views.shop.customers.get(number) if number is not None else None
    state = wanted["emailMarketingConsent"]["marketingState"]
    problem = None
    if customer is None:
        problem = (["input", "customerId"], "The customer does not exist")
    elif not customer.email:
        problem = (["input", "customerId"], "The customer must have an email address")
    elif state not in {"SUBSCRIBED", "UNSUBSCRIBED", "PENDING"}:
        problem = (["input", "emailMarketingConsent", "marketingState"], "This state cannot be set")
    if customer is None or problem is not None:
        field, message = problem or ([], "")
        return {"customer": None, "userErrors": [{"code": "INVALID", "field": field, "message": message}]}
    views.shop.update_customer(customer.id, accepts_marketing=state == "SUBSCRIBED")
    return {"customer": views.customer(customer), "userErrors": []}


def _tag(views: Views, owner: str, *, added: Any, removed: Any) -> Json:
    number = numeric_id(owner)
    customer = views.shop.customers.get(number) if number is not None and "/Customer/" in owner else None
    order = views.shop.orders.get(number) if number is not None and "/Order/" in owner else None
    holder = customer or order
    if holder is None:
        return {"node": None, "userErrors": [{"field": ["id"], "message": "The resource does not exist"}]}
    views.need("write_orders" if order else "write_customers", "tagsAdd")
    tags = [each for each in dict.fromkeys([*holder.tags, *added]) if each not in removed]
    if customer is not None and tags != customer.tags:
        views.shop.update_customer(customer.id, tags=tags)
    elif order is not None:
        order.tags = tags
    return {"node": _node(views, owner), "userErrors": []}


def _node(views: Views, node_gid: str) -> Json | None:
    number = numeric_id(node_gid)
    kind = node_gid.rpartition("/")[0].rpartition("/")[2]
    if number is None or not node_gid.startswith("gid://shopify/"):
        raise GraphQLError(f"Invalid global id '{node_gid}'", extensions={"code": "argumentLiteralsIncompatible"})
    shop = views.shop
    places: dict[str, tuple[str, Mapping[int, Any], Callable[[Any], Json]]] = {
        "Order": ("read_orders", shop.orders, views.order),
        "Customer": ("read_customers", shop.customers, views.customer),
        "Product": ("read_products", shop.products, views.product),
        "ProductVariant": ("read_products", shop.variants, views.variant),
        "Collection": ("read_products", shop.collections, views.collection),
        "Segment": ("read_customers", shop.segments, views.segment),
        "DiscountCodeNode": ("read_discounts", shop.discounts, views.discount_node),
    }
    if kind == "Refund":
        return _refund(views, number)
    if kind not in places:
        return None
    scope, known, view = places[kind]
    views.need(scope, "node")
    found = known.get(number)
    if found is None or (isinstance(found, Order) and not _is_visible(views, found)):
        return None
    return view(found)


def _refund(views: Views, number: int) -> Json | None:
    views.need("read_orders", "node")
    for order in views.visible_orders():
        for refund in order.refunds:
            if refund.id == number:
                return views.refund(order, refund)
    return None


def _is_visible(views: Views, order: Order) -> bool:
    return order in views.visible_orders()


def _discount(shop: Shop, discount_gid: str) -> Discount | None:
    number = numeric_id(discount_gid, "DiscountCodeNode")
    return shop.discounts.get(number) if number is not None else None


def _number(value: str, kind: str) -> int:
    number = numeric_id(value, kind)
    if number is None:
        raise GraphQLError(f"Invalid global id '{value}'", extensions={"code": "argumentLiteralsIncompatible"})
    return number


def _count(number: int) -> Json:
    return {"count": number, "precision": "EXACT"}


def _metafield_error(code: str, message: str, at: int) -> Json:
    return {"code": code, "message": message, "field": ["metafields", str(at)], "elementIndex": at}


_NO_DISCOUNT: Final = discount_forms.user_error("INVALID", "Discount does not exist.", "id")


# What a request costs


def _selection_cost(
    schema: GraphQLSchema, request: Request, selected: SelectionSetNode, parent: Any, variables: Json
) -> float:
    total = 0.0
    for each in selected.selections:
        if isinstance(each, FieldNode):
            total += _field_cost(schema, request, each, parent, variables)
        elif isinstance(each, InlineFragmentNode):
            inner = schema.type_map[each.type_condition.name.value] if each.type_condition else parent
            total += _selection_cost(schema, request, each.selection_set, inner, variables)
        elif isinstance(each, FragmentSpreadNode):
            fragment = request.fragments[each.name.value]
            inner = schema.type_map[fragment.type_condition.name.value]
            total += _selection_cost(schema, request, fragment.selection_set, inner, variables)
    return total


def _field_cost(schema: GraphQLSchema, request: Request, node: FieldNode, parent: Any, variables: Json) -> float:
    if node.selection_set is None or not hasattr(parent, "fields"):
        return 0.0
    named = get_named_type(parent.fields[node.name.value].type)
    if is_leaf_type(named) or named.name in _FREE:
        return 0.0
    inner = _selection_cost(schema, request, node.selection_set, named, variables)
    if named.name.endswith("Connection"):
        return 2 + max(1.0, inner) * _page_size(node, variables) / PAGE_SHARE
    if named.name.endswith(("Edge", "Payload")):
        return inner
    return 1.0 + inner


def _page_size(node: FieldNode, variables: Json) -> int:
    for argument in node.arguments or ():
        if argument.name.value in ("first", "last"):
            value = argument.value
            if isinstance(value, IntValueNode):
                return int(value.value)
            if isinstance(value, VariableNode) and isinstance(given := variables.get(value.name.value), int):
                return given
    return 1


def _actual(data: Any) -> int:
    return max(1, math.ceil(_things(data)))


def _things(data: Any) -> float:
    if isinstance(data, dict):
        return sum(_things(each) for each in data.values()) + (0 if "amount" in data else 0.25)
    return sum(_things(each) for each in data) if isinstance(data, list) else 0.0


def _cost_report(requested: int, actual: int | None, bucket: Bucket, now: datetime) -> Json:
    return {
        "requestedQueryCost": requested,
        "actualQueryCost": actual,
        "throttleStatus": {
            "maximumAvailable": bucket.size,
            "currentlyAvailable": math.floor(bucket.available(now)),
            "restoreRate": bucket.rate,
        },
    }


def _throttled(cost: int, bucket: Bucket, now: datetime) -> Json:
    error = {
        "message": "Throttled",
        "extensions": {"code": "THROTTLED", "documentation": "https://shopify.dev/api/usage/rate-limits"},
    }
    return {"errors": [error], "extensions": {"cost": _cost_report(cost, None, bucket, now)}}


def _too_expensive(cost: int) -> Json:
    return {
        "message": f"Query cost is {cost}, which exceeds the single query max cost limit ({MAX_COST}).",
        "extensions": {"code": "MAX_COST_EXCEEDED", "cost": cost, "maxCost": MAX_COST},
    }


# Scalars


def _decimal(value: Any) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise GraphQLError(f"invalid decimal '{value}'") from None
    if isinstance(value, bool) or not number.is_finite():
        raise GraphQLError(f"invalid decimal '{value}'")
    return number


def _instant(value: Any) -> datetime:
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise GraphQLError(f"invalid DateTime '{value}'") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _date(value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise GraphQLError(f"invalid Date '{value}'") from None


def _unsigned(value: Any) -> int:
    text = str(value)
    if not (text.isascii() and text.isdigit()):
        raise GraphQLError(f"invalid UnsignedInt64 '{value}'")
    return int(text)
