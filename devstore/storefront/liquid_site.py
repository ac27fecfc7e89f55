"""Liquid as Shopify renders it: themes and app extensions are folders, and the page's objects are plain mappings.

A `LiquidFolder` is one theme or one theme app extension. It knows its templates, snippets, locales and assets, so
`asset_url`, `t` and `render` mean the folder they stand in, as they do at Shopify.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TextIO, cast

from babel.numbers import format_currency
from liquid import CachingFileSystemLoader, Environment, RenderContext
from liquid.ast import BlockNode, Node
from liquid.filter import with_context
from liquid.parser import get_parser
from liquid.stream import TokenStream
from liquid.tag import Tag
from liquid.token import TOKEN_TAG, Token
from liquid.undefined import Undefined

SCHEMA = re.compile(r"{%-?\s*schema\s*-?%}(?P<json>.*?){%-?\s*endschema\s*-?%}", re.DOTALL)
BUNDLED = re.compile(r"{%-?\s*(?P<kind>javascript|stylesheet)\s*-?%}.*?{%-?\s*end(?P=kind)\s*-?%}", re.DOTALL)
PLACEHOLDER = re.compile(r"{{\s*(\w+)\s*}}")


@dataclass(frozen=True)
class Speech:
    """How a page speaks: `locale` for words ("de"), `currency` for money ("EUR")."""

    locale: str
    currency: str


@dataclass
class LiquidFolder:
    """A theme or an extension on disk; `assets_at` is the URL path under which its assets are served."""

    root: Path
    assets_at: str
    _environment: Environment = field(init=False, repr=False)
    _locales: dict[str, tuple[int, Mapping[str, object]]] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        loader = CachingFileSystemLoader([self.root / "snippets", self.root], ext=".liquid", auto_reload=True)
        environment = Environment(loader=loader)
        for name, function in _FILTERS.items():
            environment.add_filter(name, function)
        environment.add_filter("asset_url", self._asset_url)
        environment.add_filter("t", self._translate)
        environment.add_filter("translate", self._translate)
        environment.add_tag(_StyleTag)
        self._environment = environment

    def render(self, template: str, page: Mapping[str, object]) -> str:
        """Render `templates/index` (a path below the root, no suffix) with the page's objects."""
        return self._environment.get_template(template).render(**page)

    def render_source(self, source: str, page: Mapping[str, object]) -> str:
        """Render Liquid given as text; `render` and `asset_url` mean this folder."""
        return self._environment.from_string(source).render(**page)

    def words(self, locale: str) -> Mapping[str, object]:
        """Return the folder's locale file for `locale`, read again when it changed on disk; {} where there is none."""
        for name in (f"{locale}.json", f"{locale}.default.json"):
            path = self.root / "locales" / name
            if path.is_file():
                return self._read_locale(path)
        return {}

    def _read_locale(self, path: Path) -> Mapping[str, object]:
        changed = path.stat().st_mtime_ns
        known = self._locales.get(path.name)
        if known is None or known[0] != changed:
            known = (changed, json.loads(path.read_text("utf-8")))
            self._locales[path.name] = known
        return known[1]

    def _asset_url(self, name: object) -> str:
        return f"{self.assets_at}/{name}"

    @with_context
    def _translate(self, key: object, *, context: RenderContext, **names: object) -> str:
        locale = speech_of(context).locale
        for language in (locale, locale.partition("-")[0], self._default_locale()):
            text = _phrase(self.words(language), str(key), names.get("count"))
            if text is not None:
                return PLACEHOLDER.sub(
                    lambda match: _shown(names.get(match[1], ""), raw=str(key).endswith("_html")), text
                )
        return f"Translation missing: {locale}.{key}"

    def _default_locale(self) -> str:
        for path in (self.root / "locales").glob("*.default.json"):
            return path.name.partition(".")[0]
        return "en"


@dataclass(frozen=True)
class AppBlock:
    """One block file of a theme app extension: where it goes and the defaults of its settings."""

    handle: str
    target: str
    templates: tuple[str, ...] | None
    settings: Mapping[str, object]
    source: str
    stylesheet: str | None = None
    """An asset of the extension that Shopify puts into the head of every page that has the block."""


def read_blocks(extension: Path) -> list[AppBlock]:
    """Return the blocks of a theme app extension, by file name; [] when the folder has none.

    Raises ValueError when a block has no schema or its schema is not JSON: Shopify refuses to deploy those.
    """
    return [_read_block(path) for path in sorted((extension / "blocks").glob("*.liquid"))]


def speech_of(context: RenderContext) -> Speech:
    """Return the speech of the page that is being rendered."""
    return cast(Speech, context.globals["page_speech"])


def money(subunits: object, speech: Speech, *, with_code: bool = False) -> str:
    """Return an amount in Liquid's hundredths ("1950" is 19.50) as a reader of `speech` expects it."""
    try:
        amount = Decimal(str(subunits)) / 100
    except InvalidOperation:
        amount = Decimal(0)
    text = str(format_currency(amount, speech.currency, locale=speech.locale.replace("-", "_")))
    return f"{text} {speech.currency}" if with_code else text


def _read_block(path: Path) -> AppBlock:
    source = path.read_text("utf-8")
    found = SCHEMA.search(source)
    if found is None:
        raise ValueError(f"{path.name} has no schema")
    schema = json.loads(found["json"])
    enabled = schema.get("enabled_on", {}).get("templates")
    defaults = {one["id"]: one["default"] for one in schema.get("settings", []) if "id" in one and "default" in one}
    return AppBlock(
        handle=path.stem,
        target=str(schema.get("target", "section")),
        templates=None if enabled is None or enabled == ["*"] else tuple(enabled),
        settings=defaults,
        source=BUNDLED.sub("", SCHEMA.sub("", source)),
        stylesheet=schema.get("stylesheet"),
    )


def _phrase(words: Mapping[str, object], key: str, count: object) -> str | None:
    found: object = words
    for part in key.split("."):
        if not isinstance(found, Mapping) or part not in found:
            return None
        found = found[part]
    if isinstance(found, Mapping):
        found = found.get("one" if count == 1 else "other", found.get("other"))
    return None if found is None else str(found)


def _shown(value: object, *, raw: bool) -> str:
    return str(value) if raw else html.escape(str(value))


# --- filters of Shopify that python-liquid does not have ----------------------------------------------------------------


@with_context
def _money(subunits: object, *, context: RenderContext) -> str:
    return money(subunits, speech_of(context))


@with_context
def _money_with_currency(subunits: object, *, context: RenderContext) -> str:
    return money(subunits, speech_of(context), with_code=True)


@with_context
def _money_without_trailing_zeros(subunits: object, *, context: RenderContext) -> str:
    return re.sub(r"([.,]00)(?=\D*$)", "", money(subunits, speech_of(context)))


def _as_json(value: object) -> str:
    text = json.dumps(None if isinstance(value, Undefined) else value, ensure_ascii=False, default=str)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _stylesheet_tag(url: object) -> str:
    return f'<link href="{html.escape(str(url))}" rel="stylesheet" type="text/css" media="all">'


def _script_tag(url: object) -> str:
    return f'<script src="{html.escape(str(url))}" type="text/javascript"></script>'


def _image_url(image: object, **_size: object) -> str:
    if isinstance(image, Mapping):
        return str(image.get("src") or image.get("featured_image") or "")
    return "" if isinstance(image, Undefined) or image is None else str(image)


def _image_tag(url: object, **attributes: object) -> str:
    pairs = "".join(f' {name}="{html.escape(str(value))}"' for name, value in attributes.items() if name != "widths")
    return f'<img src="{html.escape(str(url))}"{pairs}>'


def _handleize(text: object) -> str:
    return re.sub(r"[^a-z0-9]+", "-", str(text).lower()).strip("-")


def _pluralize(count: object, one: object, other: object) -> str:
    return str(one if count == 1 else other)


_FILTERS: Mapping[str, Callable[..., object]] = {
    "money": _money,
    "money_with_currency": _money_with_currency,
    "money_without_trailing_zeros": _money_without_trailing_zeros,
    "json": _as_json,
    "stylesheet_tag": _stylesheet_tag,
    "script_tag": _script_tag,
    "image_url": _image_url,
    "img_url": _image_url,
    "image_tag": _image_tag,
    "handleize": _handleize,
    "handle": _handleize,
    "pluralize": _pluralize,
}


class _StyleNode(Node):
    """`{% style %}`: Liquid inside a style element."""

    def __init__(self, token: Token, block: BlockNode) -> None:
        super().__init__(token)
        self.block = block

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        """Write the style element."""
        written = buffer.write("<style data-shopify>")
        written += self.block.render(context, buffer)
        return written + buffer.write("</style>")

    def children(self, static_context: RenderContext, *, include_partials: bool = True) -> Sequence[Node]:  # noqa: ARG002
        """Return the nodes inside the tag."""
        return [self.block]


class _StyleTag(Tag):
    """Parser of `{% style %}`."""

    name = "style"
    end = "endstyle"

    def parse(self, stream: TokenStream) -> Node:
        """Parse up to `endstyle`."""
        token = stream.eat(TOKEN_TAG)
        block = get_parser(self.env).parse_block(stream, end=(self.end,))
        stream.expect(TOKEN_TAG, value=self.end)
        return _StyleNode(token, block)
