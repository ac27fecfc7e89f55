"""Every GraphQL document of the app against Shopify's published schema, and against the scopes the app asks for.

    python -m tools.check_graphql MODULE...

Documents are the public string constants of the named modules that hold an operation.
"""

from __future__ import annotations

import importlib
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_client_schema,
    get_named_type,
    parse,
    validate,
    visit,
)

from tools import check_toml, shopify_schema

OPERATION = re.compile(r"^\s*(query|mutation)\b[^{]*\{", re.MULTILINE)
# Where Shopify says "this scope or that one", its data lists all of them; these stand for what we never ask for.
ALTERNATIVE_SCOPES = frozenset(
    {"read_marketplace_orders", "read_quick_sale", "read_inventory", "read_locations", "read_markets_home"}
)


def documents_in(module_name: str) -> Iterator[tuple[str, str]]:
    """(place, document) for each document of a module, such as `plugin.shopify.documents`."""
    for name, value in vars(importlib.import_module(module_name)).items():
        if name.isupper() and not name.startswith("_") and isinstance(value, str) and OPERATION.search(value):
            yield f"{module_name}.{name}", value


def problems_in(source: str, *, granted: frozenset[str]) -> list[str]:
    """What Shopify would refuse in this document, for an app that was granted these scopes."""
    try:
        document = parse(source)
    except GraphQLError as error:
        return [error.message]
    errors = [error.message for error in validate(_schema(), document)]
    if errors:
        return errors
    visitor = _Fields(TypeInfo(_schema()))
    visit(document, TypeInfoVisitor(visitor.types, visitor))
    missing = visitor.scopes - granted - ALTERNATIVE_SCOPES
    return [f"needs the scope {scope}" for scope in sorted(missing)] + sorted(visitor.deprecated)


@cache
def _schema() -> GraphQLSchema:
    introspection = shopify_schema.document()["data"]
    # Shopify's schema breaks a rule that graphql-core checks and Shopify's server does not.
    return build_client_schema(introspection, assume_valid=True)


class _Fields(Visitor):
    """Collects what the visited fields need."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.types = types
        self.scopes: set[str] = set()
        self.deprecated: set[str] = set()
        self._needed = shopify_schema.scopes_by_field()

    def enter_field(self, node: FieldNode, *_: object) -> None:
        """graphql-core calls this for every field."""
        parent, field = self.types.get_parent_type(), self.types.get_field_def()
        if parent is None or field is None:
            return
        name = node.name.value
        self.scopes |= self._needed.get((parent.name, name), frozenset())
        self.scopes |= self._needed.get((get_named_type(field.type).name, None), frozenset())
        if field.deprecation_reason:
            self.deprecated.add(f"{parent.name}.{name} is deprecated: {field.deprecation_reason}")


def main(arguments: list[str]) -> int:
    """Print the problems of all documents of the named modules; 1 when there are any."""
    config = tomllib.loads((shopify_schema.ROOT / "shopify.app.toml").read_text(encoding="utf-8"))
    granted = check_toml.scopes_of(config)
    documents = [document for module_name in arguments for document in documents_in(module_name)]
    problems = [
        f"{place}: {problem}" for place, document in documents for problem in problems_in(document, granted=granted)
    ]
    for problem in problems:
        print(problem)
    print(f"{len(documents)} GraphQL documents, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
