"""The schema of the dev store is Shopify's, with parts left out and nothing changed."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    Undefined,
    build_client_schema,
    is_specified_scalar_type,
)

from devstore.admin_api import load_schema

PUBLISHED = Path(__file__).parents[2] / "node_modules/@shopify/dev-mcp/dist/data/admin_2026-10.json.gz"


def own_types() -> list[str]:
    types = load_schema().type_map.values()
    return sorted(each.name for each in types if not each.name.startswith("__") and not is_specified_scalar_type(each))


@pytest.fixture(scope="module")
def ours() -> GraphQLSchema:
    return load_schema()


@pytest.fixture(scope="module")
def theirs() -> GraphQLSchema:
    if not PUBLISHED.exists():
        pytest.fail("Shopify's published schema is not here: run `make setup`, which installs @shopify/dev-mcp.")
    published = json.loads(gzip.decompress(PUBLISHED.read_bytes()))["data"]
    return build_client_schema(published, assume_valid=True)


@pytest.mark.parametrize("name", own_types())
def test_type_is_shopifys(name: str, ours: GraphQLSchema, theirs: GraphQLSchema) -> None:
    mine, published = ours.type_map[name], theirs.type_map.get(name)

    assert published is not None, f"Shopify has no type {name}"
    assert differences(mine, published) == []


def test_a_changed_nullability_would_be_seen(ours: GraphQLSchema, theirs: GraphQLSchema) -> None:
    changed = load_schema().type_map["Order"]
    assert isinstance(changed, GraphQLObjectType)
    changed.fields["email"].type = GraphQLNonNull(changed.fields["email"].type)

    found = differences(changed, theirs.type_map["Order"])

    assert found == ["Order.email is String! and not String"]


def test_a_left_out_required_argument_would_be_seen(theirs: GraphQLSchema) -> None:
    changed = load_schema().type_map["QueryRoot"]
    assert isinstance(changed, GraphQLObjectType)
    del changed.fields["order"].args["id"]

    found = differences(changed, theirs.type_map["QueryRoot"])

    assert found == ["QueryRoot.order lacks the required argument id"]


def differences(mine: GraphQLNamedType, published: GraphQLNamedType) -> list[str]:
    """Everything that `mine` says otherwise than `published`; leaving things out is allowed where a client cannot tell."""
    if type(mine) is not type(published):
        return [f"{mine.name} is a {type(mine).__name__} and not a {type(published).__name__}"]
    if isinstance(mine, GraphQLEnumType) and isinstance(published, GraphQLEnumType):
        return [f"{mine.name} has a value {each}" for each in mine.values if each not in published.values]
    if isinstance(mine, GraphQLUnionType) and isinstance(published, GraphQLUnionType):
        known = {each.name for each in published.types}
        return [f"{mine.name} has a member {each.name}" for each in mine.types if each.name not in known]
    if isinstance(mine, GraphQLInputObjectType) and isinstance(published, GraphQLInputObjectType):
        found = [] if mine.is_one_of == published.is_one_of else [f"{mine.name} differs in @oneOf"]
        return found + inputs(mine.name, "field", mine.fields, published.fields)
    if isinstance(mine, GraphQLObjectType | GraphQLInterfaceType) and isinstance(
        published, GraphQLObjectType | GraphQLInterfaceType
    ):
        return fields(mine, published)
    return []


def fields(
    mine: GraphQLObjectType | GraphQLInterfaceType, published: GraphQLObjectType | GraphQLInterfaceType
) -> list[str]:
    found = []
    implemented = {each.name for each in published.interfaces}
    found += [f"{mine.name} implements {each.name}" for each in mine.interfaces if each.name not in implemented]
    for name, field in mine.fields.items():
        place = f"{mine.name}.{name}"
        if name not in published.fields:
            found.append(f"{place} is not Shopify's")
            continue
        other = published.fields[name]
        if str(field.type) != str(other.type):
            found.append(f"{place} is {field.type} and not {other.type}")
        found += inputs(place, "argument", field.args, other.args)
    return found


def inputs(place: str, kind: str, mine: dict[str, Any], published: dict[str, Any]) -> list[str]:
    found = []
    for name, given in mine.items():
        other = published.get(name)
        if other is None:
            found.append(f"{place} has an {kind} {name}")
        elif (str(given.type), default(given)) != (str(other.type), default(other)):
            found.append(f"{place} has {name}: {given.type} and not {other.type}, or another default")
    for name, other in published.items():
        if name not in mine and isinstance(other.type, GraphQLNonNull) and default(other) is None:
            found.append(f"{place} lacks the required {kind} {name}")
    return found


def default(given: GraphQLArgument | GraphQLInputField) -> str | None:
    """The default value as text; None when there is none."""
    literal = getattr(given.default, "literal", None)
    if literal is not None:
        return str(getattr(literal, "value", None))
    return None if given.default_value is Undefined else str(given.default_value)
