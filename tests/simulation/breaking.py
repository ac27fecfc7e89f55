"""Where a process can die: every commit and every call to Shopify is a named point, found by wrapping, not by hooks in the app.

At each point the chosen fate may be nothing, the death of the process, a lost database connection, or somebody else's turn.
"""

from __future__ import annotations

import inspect
import linecache
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import _GeneratorContextManager, contextmanager
from types import FrameType
from typing import Any, Literal

from plugin.db import Database, DatabaseUnavailable, Session

Fate = Literal["go on", "die", "lose the database", "let others work"]


class Crash(BaseException):
    """The process died here: nothing may catch this but the simulation."""


class Points:
    """Counts every point that was reached or died at, and asks the seed what happens there."""

    def __init__(self) -> None:
        self.reached: Counter[str] = Counter()
        self.died: Counter[str] = Counter()
        self.is_quiet = True
        self.choose: Callable[[str, tuple[Fate, ...]], Fate] = lambda _name, _fates: "go on"
        self.others: Callable[[str], None] = lambda _name: None

    def reach(self, name: str, *fates: Fate) -> None:
        """The code under test is at `name`, where one of `fates` may meet it. Raises Crash or DatabaseUnavailable."""
        if self.is_quiet:
            return
        self.reached[name] += 1
        fate = self.choose(name, fates)
        if fate == "die":
            self.died[name] += 1
            raise Crash(name)
        if fate == "lose the database":
            raise DatabaseUnavailable("simulated", None, ConnectionError("the connection was lost"))
        if fate == "let others work":
            self.others(name)


class BreakableDatabase(Database):
    """The real database; each transaction has a point before its commit and one after, named by the verb and its n-th transaction.

    `neighbour` is a shop played before on it, and the digest of its rows.
    """

    def __init__(self, url: str) -> None:
        super().__init__(url, pool_size=4)
        self.points = Points()
        self.open_transactions = 0
        self.neighbour: tuple[int, str] | None = None

    def transaction(
        self, shop_id: int | None = None, *, is_snapshot: bool = False, snapshot: str | None = None
    ) -> _GeneratorContextManager[Session]:
        return self._breakable(place(sys._getframe(1)), shop_id, is_snapshot, snapshot)

    def close(self) -> None:
        self.dispose()

    @contextmanager
    def _breakable(
        self,
        name: str,
        shop_id: int | None,
        is_snapshot: bool,  # noqa: FBT001
        snapshot: str | None,
    ) -> Iterator[Session]:
        with super().transaction(shop_id, is_snapshot=is_snapshot, snapshot=snapshot) as session:
            self.open_transactions += 1
            try:
                yield session
                self.points.reach(f"{name} before commit", "die", "lose the database")
            finally:
                self.open_transactions -= 1
        alone: tuple[Fate, ...] = ("let others work",) if self.open_transactions == 0 else ()
        self.points.reach(f"{name} after commit", "die", "lose the database", *alone)


class Breakable:
    """Shopify's adapter (or token source) with a point before each call and one after it was applied."""

    def __init__(self, inner: Any, database: BreakableDatabase, word: str = "shopify") -> None:
        self._inner = inner
        self._database = database
        self._word = word

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if not callable(method):
            return method
        where = place(sys._getframe(1)).partition("#")[0]

        def call(*args: Any, **more: Any) -> Any:
            self._check(name)
            self._database.points.reach(f"{where} {self._word}.{name} before", "die", "let others work")
            answer = method(*args, **more)
            if inspect.isgenerator(answer):
                return self._pages(where, name, answer)
            self._database.points.reach(f"{where} {self._word}.{name} after", "die", "let others work")
            return answer

        return call

    def _pages(self, where: str, name: str, pages: Iterator[Any]) -> Iterator[Any]:
        for page in pages:
            self._database.points.reach(f"{where} {self._word}.{name} page", "die", "let others work")
            yield page
            self._check(name)

    def _check(self, name: str) -> None:
        if self._database.open_transactions:
            raise AssertionError(f"{name} was called while a database transaction is open")


def place(frame: FrameType) -> str:
    """module.function#n: the caller's n-th transaction, counted in its source."""
    code, line = frame.f_code, frame.f_lineno
    known = _places.get((code.co_filename, line))
    if known is None:
        module = str(frame.f_globals.get("__name__", "?")).rpartition(".")[2]
        last = max((at for _, _, at in code.co_lines() if at is not None), default=line)
        uses = [
            at
            for at in range(code.co_firstlineno, last + 1)
            if ".transaction(" in linecache.getline(code.co_filename, at)
        ]
        number = sum(at <= line for at in uses)
        name = code.co_qualname if hasattr(code, "co_qualname") else code.co_name
        known = _places[code.co_filename, line] = f"{module}.{name.rpartition('.')[2]}#{number}"
    return known


_places: dict[tuple[str, int], str] = {}
