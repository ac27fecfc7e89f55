"""Our own checks: they pass what is right and find what is wrong."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tools import check_graphql, check_markup

ROOT = Path(__file__).resolve().parents[2]
GRANTED = frozenset({"read_discounts", "write_discounts"})


def test_every_document_of_the_app_is_valid_for_the_scopes_it_asks_for() -> None:
    assert check_graphql.main(["plugin.shopify.documents"]) == 0
    assert len(list(check_graphql.documents_in("plugin.shopify.documents"))) >= 10


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ("query { shop { nam } }", "Cannot query field 'nam' on type 'Shop'"),
        ("query { shop { name }", "Syntax Error"),
        ("query { customers(first: 1) { nodes { id } } }", "needs the scope read_customers"),
        ('query { codeDiscountNode(id: "gid://shopify/DiscountCodeNode/1") { id } }', "codeDiscountNode is deprecated"),
    ],
)
def test_a_wrong_document_is_found(document: str, problem: str) -> None:
    found = check_graphql.problems_in(document, granted=GRANTED)

    assert [line for line in found if problem in line]


def test_a_right_document_passes() -> None:
    assert check_graphql.problems_in("query { shop { name currencyCode } }", granted=frozenset()) == []


@pytest.mark.parametrize(
    ("markup", "problem"),
    [
        ("<s-card></s-card>", "line 1: <s-card> is no Polaris element"),
        ("\n<s-button foo='1'></s-button>", "line 2: <s-button> has no attribute foo"),
        ('<s-button variant="primry"></s-button>', 'line 1: <s-button> does not allow variant="primry"'),
    ],
)
def test_wrong_markup_is_found(markup: str, problem: str) -> None:
    found = check_markup.problems_in(markup)

    assert len(found) == 1
    assert found[0].startswith(problem)


def test_right_markup_passes_also_as_a_template() -> None:
    template = """{# a comment #}
    <s-page heading="{{ title }}">{% if x %}<s-button variant="{{ kind }}" type="submit">Save</s-button>{% endif %}
    <s-app-nav></s-app-nav><p class="s-card">words</p></s-page>"""

    assert check_markup.problems_in(check_markup.without_jinja(template)) == []


def test_theme_check_stops_an_error_and_passes_what_is_right(tmp_path: Path) -> None:
    right = theme_extension(tmp_path / "right", key="points.title")
    wrong = theme_extension(tmp_path / "wrong", key="points.nope")

    passed = theme_check(right)
    stopped = theme_check(wrong)

    assert (passed.returncode, passed.stdout) == (0, "")
    assert stopped.returncode == 1
    assert "blocks/points.liquid:1: error: TranslationKeyExists" in stopped.stdout


def theme_extension(folder: Path, *, key: str) -> Path:
    schema = json.dumps({"name": "Points", "target": "section", "settings": []})
    block = f"<p>{{{{ '{key}' | t }}}}</p>\n{{% schema %}}\n{schema}\n{{% endschema %}}\n"
    for name in ("blocks", "locales"):
        (folder / name).mkdir(parents=True)
    (folder / "blocks" / "points.liquid").write_text(block, encoding="utf-8")
    (folder / "locales" / "en.default.json").write_text('{"points": {"title": "Points"}}', encoding="utf-8")
    return folder


def theme_check(folder: Path) -> subprocess.CompletedProcess[str]:
    command = ["node", str(ROOT / "tools" / "themecheck.mjs"), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("need_python.sh", "Regulars needs Python 3.11 or later"),
        ("need_node.sh", "Regulars needs Node 20 or later"),
    ],
)
def test_setup_says_what_is_missing(tmp_path: Path, script: str, sentence: str) -> None:
    (tmp_path / "bash").symlink_to("/bin/bash")

    done = subprocess.run(
        ["/bin/bash", str(ROOT / "tools" / script)],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert sentence in done.stderr


def test_an_old_python_or_node_is_not_good_enough(tmp_path: Path) -> None:
    for name in ("python3", "node"):
        (tmp_path / name).write_text("#!/bin/bash\n[ $1 = --version ] && echo v18.1.0\nexit 1\n", encoding="ascii")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "npm").symlink_to("/bin/true")

    answers = [
        subprocess.run(
            ["/bin/bash", str(ROOT / "tools" / script)],
            env={"PATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        for script in ("need_python.sh", "need_node.sh")
    ]

    assert [answer.returncode for answer in answers] == [1, 1]
    assert "this is v18.1.0" in answers[1].stderr
