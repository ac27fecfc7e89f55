"""Internal words stay inside: what merchants and shoppers read has none of them. docs/glossary.md says which they are."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from plugin.loyalty.ledger import Reason
from plugin.loyalty.words import reason_text
from tests.docs.pages import ROOT, read, table

READ_ATTRIBUTES = {
    "accessibilitylabel",
    "alt",
    "details",
    "error",
    "heading",
    "label",
    "placeholder",
    "subheading",
    "title",
}
TEMPLATES = sorted((ROOT / "plugin").rglob("*.html"))
SENTENCES = [*sorted((ROOT / "plugin/admin").rglob("*.py")), ROOT / "plugin/storefront/sentences/en.py"]
TEXTS = sorted(ROOT.glob("extensions/*/locales/en.default*.json"))


def internal_words() -> list[str]:
    """The words of the glossary's first column that are marked internal."""
    words: list[str] = []
    for cell, *_ in table(read("docs/glossary.md"), "Word"):
        marked = re.match(r"(.*?)\(\*internal\*(?:: (.*))?\)", cell)
        if marked is not None:
            words += [word.strip() for word in (marked[2] or marked[1]).split(",")]
    return words


INTERNAL = re.compile(
    rf"\b(?:{'|'.join(re.escape(word) for word in internal_words())})(?:s|d|ed|ing)?\b", re.IGNORECASE
)


def test_the_glossary_marks_the_ledgers_words() -> None:
    assert {"vest", "claw back", "lot", "ledger", "drift", "set aside"} <= set(internal_words())


def test_reasons_are_in_plain_words() -> None:
    said = [reason_text(reason, order="#1001") for reason in Reason]

    assert [words for words in said if INTERNAL.search(words)] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=[each.name for each in TEMPLATES])
def test_pages_are_in_plain_words(template: Path) -> None:
    page = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", template.read_text(encoding="utf-8"), flags=re.DOTALL)

    reader = _Reader()
    reader.feed(page)

    assert [words for words in reader.said if INTERNAL.search(words)] == []


@pytest.mark.parametrize("module", SENTENCES, ids=[each.name for each in SENTENCES])
def test_sentences_of_doors_are_in_plain_words(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))

    said = [re.sub(r"\{\w+\}", "", words) for words in _constants(tree) if re.match(r"[A-Z][a-z]+ ", words)]

    assert [words for words in said if INTERNAL.search(words)] == []


def test_an_internal_word_would_be_noticed() -> None:
    reader = _Reader()

    reader.feed('<s-section heading="Drift"><p>Your points vest tomorrow.</p><a href="/audit">Open</a></s-section>')

    assert [words for words in reader.said if INTERNAL.search(words)] == ["Drift", "Your points vest tomorrow."]


@pytest.mark.parametrize("texts", TEXTS, ids=[each.name for each in TEXTS])
def test_the_panel_is_in_plain_words(texts: Path) -> None:
    said = list(_strings(json.loads(texts.read_text(encoding="utf-8"))))

    assert said
    assert [words for words in said if INTERNAL.search(words)] == []
    assert [words for words in said if "regulars" in words.lower()] == []


class _Reader(HTMLParser):
    """Collects what people read: text, and the attributes that are shown."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.said += [value for name, value in attrs if name in READ_ATTRIBUTES and value]

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.said.append(" ".join(data.split()))


def _constants(tree: ast.Module) -> list[str]:
    """Every string in the code that is not a docstring."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
    ]


def _strings(document: Any) -> Iterator[str]:
    if isinstance(document, dict):
        for value in document.values():
            yield from _strings(value)
    elif isinstance(document, str):
        yield document
