"""What each Polaris element accepts, compiled from Shopify's published manifest into one compact table for the browser.

The manifest (`custom-elements.json` of the npm package @shopify/polaris-types) names every element, attribute, slot and
permitted value. The stand-in elements read the compiled table to define their properties and to mark mistakes in red.

    python -m devstore.frame.facts node_modules/@shopify/polaris-types/dist/custom-elements.json
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parent / "cdn" / "polaris" / "facts.js"

# These take CSS lengths or free text besides the keywords that the manifest prints for them.
_OPEN_ENDED = frozenset({"autocomplete", "aspectratio", "gridcolumn", "gridrow", "placeitems", "placecontent"})
_LENGTH_KEYWORDS = frozenset({"auto", "none", "0"})


@dataclass(frozen=True)
class Element:
    """One element: its attributes (property name, kind, permitted values) and its slots."""

    tag: str
    attributes: tuple["Attribute", ...]
    slots: tuple[str, ...]


@dataclass(frozen=True)
class Attribute:
    """One attribute under its property name; `values` is empty when anything is accepted."""

    name: str
    kind: str  # "text", "flag" or "number"
    values: tuple[str, ...]


def read_manifest(manifest: Mapping[str, Any]) -> list[Element]:
    """The elements of a parsed manifest, in its order."""
    return [_element(declaration) for declaration in _declarations(manifest)]


def compile_table(manifest: Mapping[str, Any]) -> str:
    """JavaScript text that defines FACTS (tag -> [attributes, slots]) and VALUES (shared lists of permitted values)."""
    lists: dict[tuple[str, ...], str] = {}
    rows = []
    for element in read_manifest(manifest):
        attributes = " ".join(_token(attribute, lists) for attribute in element.attributes)
        rows.append(f"  {json.dumps(element.tag)}: [{json.dumps(attributes)}, {json.dumps(' '.join(element.slots))}],")
    values = [f"  {name}: {json.dumps(' '.join(values))}," for values, name in lists.items()]
    return "\n".join(
        [
            "// Compiled by devstore/frame/facts.py from Shopify's published element manifest. Do not edit by hand.",
            "// Attribute tokens: name, name! (true or false), name# (number), name=list (one of VALUES[list]); '*' is the default slot.",
            "const VALUES = {",
            *values,
            "};",
            "const FACTS = {",
            *rows,
            "};",
            "",
        ]
    )


def _declarations(manifest: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for module in manifest["modules"]:
        yield from (declaration for declaration in module["declarations"] if declaration.get("tagName"))


def _element(declaration: Mapping[str, Any]) -> Element:
    fields = {member["name"].lower(): member["name"] for member in declaration.get("members", []) if member.get("name")}
    attributes: dict[str, Attribute] = {}
    for entry in declaration.get("attributes", []):
        name = entry["name"]
        # `value` and `checked` come twice (the default and the live property); methods and children are no attributes.
        kind_text = entry.get("type", {}).get("text", "")
        if name in attributes or name == "children" or "=>" in kind_text:
            continue
        attributes[name] = Attribute(fields.get(name, name), _kind(kind_text), _permitted(name, kind_text))
    slots = tuple(slot["name"] or "*" for slot in declaration.get("slots", []))
    return Element(declaration["tagName"], tuple(attributes.values()), slots)


def _kind(text: str) -> str:
    return {"boolean": "flag", "number": "number"}.get(text, "text")


def _permitted(name: str, text: str) -> tuple[str, ...]:
    options = [option.strip() for option in text.split("|")]
    is_closed = all(re.fullmatch(r'"[^"]*"', option) for option in options)
    values = tuple(option.strip('"') for option in options if option != '""')
    if not is_closed or name in _OPEN_ENDED or any(" " in value for value in values):
        return ()
    if name.endswith(("size", "margin")) and set(values) <= _LENGTH_KEYWORDS:
        return ()
    return tuple(sorted(values))


def _token(attribute: Attribute, lists: dict[tuple[str, ...], str]) -> str:
    if attribute.values:
        return f"{attribute.name}={lists.setdefault(attribute.values, f'v{len(lists)}')}"
    return attribute.name + {"text": "", "flag": "!", "number": "#"}[attribute.kind]


if __name__ == "__main__":
    TABLE.write_text(compile_table(json.loads(Path(sys.argv[1]).read_text())))
