"""SQL stands in plugin/db only: everywhere else rows are asked for in words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROWS = ROOT / "plugin" / "db"
STATEMENT = re.compile(r"\b(SELECT|UPDATE|TRUNCATE|INSERT INTO|DELETE FROM)\s")
ASKING = {"execute", "get", "get_one", "merge", "query", "scalar", "scalars", "sql"}


def sql_in(source: str) -> list[str]:
    """Where the source speaks SQL: a statement in a string, or a session that is asked for rows."""
    return [f"line {line}: {what}" for line, what in sorted(_found(ast.parse(source)))]


def _found(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and STATEMENT.search(node.value):
            yield node.lineno, "a statement"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ASKING:
            asked = ast.unparse(node.func.value)
            if node.func.attr in {"sql", "query"} or asked.rpartition(".")[2] in {"session", "raw"}:
                yield node.lineno, f"{asked}.{node.func.attr}()"


def outside_of_db() -> list[Path]:
    return [
        path
        for folder in ("plugin", "jobs", "webhooks", "devstore")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if ROWS not in path.parents
    ]


def test_no_module_outside_of_the_rows_speaks_sql() -> None:
    modules = outside_of_db()

    found = {path.relative_to(ROOT).as_posix(): lines for path in modules if (lines := sql_in(path.read_text("utf-8")))}

    assert len(modules) > 100
    assert found == {}


@pytest.mark.parametrize(
    "line",
    [
        "session.sql(statement, 1)",
        "self.session.query(Member)",
        "session.get(Member, 1)",
        "session.get_one(Member, 1)",
        "session.raw.execute(statement)",
        "text = 'SELECT pg_advisory_lock(1)'",
        "text = '''\n  INSERT INTO members VALUES (1)'''",
        "text = f'UPDATE {table}\\nSET n = 1'",
        "text = 'WITH a AS (DELETE FROM notes RETURNING 1) TABLE a'",
    ],
)
def test_sql_is_found(line: str) -> None:
    assert len(sql_in(line)) == 1


@pytest.mark.parametrize(
    "line",
    [
        "members.find(session, 1)",
        "session.add(row)",
        "headers.get('x')",
        "pipeline.execute()",
        "text = 'Select a reward from the list'",
        "text = 'UPDATED at once'",
    ],
)
def test_words_that_only_look_like_sql_are_left_alone(line: str) -> None:
    assert sql_in(line) == []
