"""The app's own statements in pgbench: a verb is called once with a cursor that writes down what it sends, and that becomes a script.

So what pgbench repeats is what the program runs, parameters in their places, in one transaction under row-level security as
`regulars_app`, prepared; what differs from call to call (the member, the new ids) becomes a variable.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg.sql import Composable
from sqlalchemy import event

from bench.stage import postgres_tool
from plugin.db import Database, Session

Said = list[tuple[str, Any]]

BEGIN = "BEGIN"
"""The program sends it together with the statement that says the shop. pgbench prepares, and so sends it alone: one round trip more."""

_PLACE = re.compile(r"%\((\w+)\)s|%s")


@dataclass(frozen=True, slots=True)
class Timing:
    """What pgbench reports: transactions a second, milliseconds each, and how many it ran."""

    per_second: float
    latency_ms: float
    transactions: int


def recorded(database: Database, shop_id: int, verb: Callable[[Session], object]) -> Said:
    """Every statement of one transaction of the verb, with its parameters; the transaction is rolled back. Warm: the second call's."""
    said: Said = []

    class Recording(psycopg.Cursor[Any]):
        def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
            text = query.as_string(self) if isinstance(query, Composable) else query
            said.append((text.removeprefix(f"{BEGIN}; "), params))
            return super().execute(query, params, **options)

    def attach(connection: psycopg.Connection[Any], _record: object) -> None:
        connection.cursor_factory = Recording

    watched = Database(database.url)
    event.listen(watched.engine, "connect", attach)
    try:
        for _ in range(2):
            said.clear()
            with watched.transaction(shop_id) as session:
                said[:] = [one for one in said if "set_config" in one[0]]  # not the pool's own test of the connection
                verb(session)
                session.rollback()
    finally:
        watched.dispose()
    return said


def script(said: Said, variables: Mapping[Any, str], header: Sequence[str]) -> str:
    """A pgbench script of the recorded transaction; `variables` turns parameter values into SQL expressions."""
    statements = [_with_values(text, params, variables) for text, params in said]
    return "\n".join([*header, f"{BEGIN};", *(f"{' '.join(text.split())};" for text in statements), "COMMIT;", ""])


def run(url: str, text: str, path: Path, *, clients: int, seconds: float, as_app: bool, seed: int) -> Timing:
    """Run a script for so long with so many clients. Raises RuntimeError when a transaction failed."""
    path.write_text(text, encoding="utf-8")
    words = [
        postgres_tool("pgbench"),
        "-n",
        "-M",
        "prepared",
        "-f",
        str(path),
        "-c",
        str(clients),
        "-j",
        "1",
        "-T",
        str(max(1, round(seconds))),
    ]
    options = "-c timezone=UTC" + (" -c role=regulars_app" if as_app else "")
    done = subprocess.run(
        [*words, f"--random-seed={seed}", url],
        env={**os.environ, "PGOPTIONS": options},
        capture_output=True,
        text=True,
        check=False,
    )
    found = {name: re.search(pattern, done.stdout) for name, pattern in _REPORT.items()}
    if done.returncode != 0 or not all(found.values()):
        raise RuntimeError(f"pgbench: {done.stderr.strip()[-600:]}")
    numbers = {name: float(match[1]) for name, match in found.items() if match is not None}
    return Timing(numbers["per_second"], numbers["latency_ms"], int(numbers["transactions"]))


_REPORT = {
    "per_second": r"tps = ([0-9.]+)",
    "latency_ms": r"latency average = ([0-9.]+) ms",
    "transactions": r"number of transactions actually processed: ([0-9]+)",
}


def _with_values(text: str, params: Any, variables: Mapping[Any, str]) -> str:
    places = iter(params if isinstance(params, (list, tuple)) else ())

    def value(match: re.Match[str]) -> str:
        found = params[match[1]] if match[1] else next(places)
        return variables[found] if _is_hashable(found) and found in variables else _literal(found)

    return _PLACE.sub(value, text).replace("%%", "%")


def _is_hashable(value: Any) -> bool:
    return not isinstance(value, (list, dict))


def _literal(value: Any) -> str:
    match value:
        case None:
            return "NULL"
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case Decimal():
            return f"'{value}'::numeric"
        case datetime():
            return f"'{value.isoformat()}'::timestamptz"
        case UUID():
            return f"'{value}'::uuid"
        case bytes():
            return f"'\\x{value.hex()}'::bytea"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case _:
            raise TypeError(f"no literal for {type(value).__name__}")
