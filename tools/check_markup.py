"""Polaris elements in our pages against the published manifest: unknown elements, unknown attributes, wrong values.

    python -m tools.check_markup FILE...

Works on rendered pages (tests call `problems_in`) and on Jinja templates, whose expressions count as unknown values.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

MANIFEST = (
    Path(__file__).resolve().parent.parent
    / "node_modules"
    / "@shopify"
    / "polaris-types"
    / "dist"
    / "custom-elements.json"
)

APP_BRIDGE_ELEMENTS = frozenset({"s-app-nav", "s-app-window"})
GLOBAL_ATTRIBUTES = frozenset(
    {"id", "class", "slot", "style", "hidden", "lang", "dir", "title", "name", "value", "checked", "selected"}
    | {"defaultvalue", "defaultchecked", "maxlength", "minlength", "pattern", "rel"}
)
EXPRESSION = re.compile(r"\{\{.*?\}\}", re.DOTALL)
STATEMENT = re.compile(r"\{[%#].*?[%#]\}", re.DOTALL)
ANY_VALUE = "\N{REPLACEMENT CHARACTER}"


def problems_in(html: str) -> list[str]:
    """`line N: <element> what is wrong`, for every s-* element of the page."""
    parser = _Parser()
    parser.feed(html)
    return parser.problems


def without_jinja(template: str) -> str:
    """The template with expressions as unknown values and without statements, on the same lines."""
    filled = EXPRESSION.sub(lambda found: ANY_VALUE + "\n" * found[0].count("\n"), template)
    return STATEMENT.sub(lambda found: "\n" * found[0].count("\n"), filled)


@cache
def elements() -> Mapping[str, Mapping[str, str]]:
    """Element -> attribute in lower case -> its type as TypeScript. FileNotFoundError before `make setup`."""
    manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    declarations = [found for module in manifest["modules"] for found in module["declarations"]]
    return {found["tagName"]: _attributes(found) for found in declarations if found.get("tagName")}


def _attributes(declaration: Mapping[str, Any]) -> dict[str, str]:
    fields = [member for member in declaration.get("members", []) if member.get("kind") == "field"]
    named = [*fields, *declaration.get("attributes", [])]
    return {entry["name"].lower(): (entry.get("type") or {}).get("text", "") for entry in named if entry.get("name")}


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.problems: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not tag.startswith("s-") or tag in APP_BRIDGE_ELEMENTS:
            return
        known = elements().get(tag)
        if known is None:
            self._report(tag, "is no Polaris element")
            return
        for name, value in attrs:
            if name in GLOBAL_ATTRIBUTES or name.startswith(("data-", "aria-", "on")) or ANY_VALUE in name:
                continue
            if name not in known:
                self._report(tag, f"has no attribute {name}")
            elif not _allows(known[name], value):
                self._report(tag, f'does not allow {name}="{value}": {known[name]}')

    def _report(self, tag: str, what: str) -> None:
        self.problems.append(f"line {self.getpos()[0]}: <{tag}> {what}")


def _allows(kind: str, value: str | None) -> bool:
    words = [word.strip() for word in kind.split("|")]
    if not kind or not all(word.startswith('"') for word in words) or (value and ANY_VALUE in value):
        return True
    return f'"{value or ""}"' in words


def main(arguments: list[str]) -> int:
    """Print the problems of the named files; 1 when there are any."""
    problems = [
        f"{name}: {problem}"
        for name in arguments
        for problem in problems_in(without_jinja(Path(name).read_text(encoding="utf-8")))
    ]
    for problem in problems:
        print(problem)
    print(f"{len(arguments)} pages, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
