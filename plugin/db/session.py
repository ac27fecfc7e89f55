"""One transaction at a time, for one shop: every connection runs as `regulars_app`, and row-level security sees only that shop.

The edge (a request, a job, a command) opens `database.transaction(shop_id)`; leaving it commits. Nothing else commits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any, Final, LiteralString, cast

import psycopg
from psycopg.sql import SQL, Composable, Literal
from sqlalchemy import Engine, create_engine, event, orm
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from plugin.db.arrays import use_fast_arrays

APP_ROLE = "regulars_app"

RESTED_SECONDS: Final = 1.0
"""How long a connection may lie unused before it is asked whether it still lives."""

_BEGIN: Final = SQL("BEGIN")
_SNAPSHOT: Final = SQL("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
_SEE_SHOP: Final = SQL("SELECT set_config('regulars.shop_id', {}, true)")

_ENDINGS = "endings"
_KEPT = "kept"
_USED = "used"

DatabaseUnavailable = OperationalError
"""What a verb raises when PostgreSQL is down, restarting or choosing a deadlock's victim: nothing was committed; try again."""

DatabaseRefused = (
    psycopg.DataError,
    psycopg.IntegrityError,
    psycopg.ProgrammingError,
    psycopg.InternalError,
    psycopg.NotSupportedError,
    DBAPIError,
)
"""What PostgreSQL raises for values or statements it will not take, now or later (catch DatabaseUnavailable before these)."""


class Session(orm.Session):
    """An ORM session that knows its shop. `sql` runs a prepared statement on the same connection, in the same transaction."""

    shop_id: int
    _pipeline: psycopg.Pipeline | None = None

    def at_end(self, rank: int, name: str, deed: Callable[[], None]) -> None:
        """Have this done as the last thing before the commit, once for each name, in the order of rank and name.

        For rows that everything in a shop writes: locked last and for a moment, they make nobody wait, and nobody who has them wants
        another lock.
        """
        self.info.setdefault(_ENDINGS, {}).setdefault((rank, name), deed)

    def keep(self, row: object) -> None:
        """Hold a row until the transaction ends, so that whoever gets it again need not read it: a session forgets what nobody holds."""
        self.info.setdefault(_KEPT, []).append(row)

    def begin_with(self, statements: Sequence[Composable]) -> None:
        """Begin the transaction in the database, all these statements in one go: connections begin nothing by themselves."""
        try:
            self.raw.execute(SQL("; ").join(statements), prepare=False)
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise DatabaseUnavailable("BEGIN", None, error) from error

    def end(self) -> None:
        """Do what was left for the end."""
        endings: dict[tuple[int, str], Callable[[], None]] = self.info.get(_ENDINGS, {})
        while endings:
            endings.pop(min(endings))()

    def sql(self, statement: LiteralString, *params: Any, named: dict[str, Any] | None = None) -> list[Any]:
        """Run one statement with positional `%s` (or `named` `%(name)s`) parameters; its rows as tuples ([] when it returns none)."""
        try:
            cursor = self.raw.execute(statement, params if named is None else named, prepare=True)
            if self._pipeline is not None:
                self._pipeline.sync()
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise DatabaseUnavailable(statement, None, error) from error
        result = cursor.pgresult  # `cursor.description` would describe every column each time
        return cursor.fetchall() if result is not None and result.nfields else []

    def send(self, statement: LiteralString, *params: Any, check: Callable[[int], None] | None = None) -> None:
        """Run one statement whose rows nobody needs. Inside `pipelined` nobody waits for it.

        `check` gets the number of rows it concerned, once that is known, and may raise.
        """
        try:
            cursor = self.raw.execute(statement, params, prepare=True)
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise DatabaseUnavailable(statement, None, error) from error
        if self._pipeline is None:
            if check is not None:
                check(cursor.rowcount)
        elif check is not None:
            self._checks.append((cursor, check))

    @contextmanager
    def pipelined(self) -> Iterator[None]:
        """While the block runs, PostgreSQL works on what is sent as this process goes on; at its end all of it has been done.

        What a statement raises is raised by a later one, or at the end. A block inside a block is part of the outer one.
        """
        if self._pipeline is not None:
            yield
            return
        self._checks: list[tuple[psycopg.Cursor[Any], Callable[[int], None]]] = []
        try:
            with self.raw.pipeline() as self._pipeline:
                yield
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise DatabaseUnavailable("a pipeline", None, error) from error
        finally:
            self._pipeline = None
        for cursor, check in self._checks:
            check(cursor.rowcount)

    @property
    def raw(self) -> psycopg.Connection[Any]:
        """The psycopg connection under this session's transaction."""
        return cast("psycopg.Connection[Any]", self.connection().connection.driver_connection)


class Database:
    """A pool of connections to one PostgreSQL, each running as the application's role."""

    def __init__(self, url: str, *, pool_size: int = 8) -> None:
        self.url = url
        self.engine: Engine = create_engine(
            sqlalchemy_url(url),
            pool_size=pool_size,
            max_overflow=pool_size,
            connect_args={
                "connect_timeout": 5,
                "options": "-c timezone=UTC -c idle_in_transaction_session_timeout=60000",
            },
        )
        event.listen(self.engine, "connect", _become_app)
        event.listen(self.engine, "checkout", _look_alive)
        event.listen(self.engine, "checkin", _note_use)

    @contextmanager
    def transaction(
        self, shop_id: int | None = None, *, is_snapshot: bool = False, snapshot: str | None = None
    ) -> Iterator[Session]:
        """One transaction, seeing one shop's rows (or, with None, only what is not a shop's). Commits on leaving, rolls back on error.

        With `is_snapshot` it only reads, and sees one instant throughout; with `snapshot`, the instant that another such transaction,
        which is still open, sees (plugin.db.proof.shared_snapshot).
        """
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            session.shop_id = shop_id or 0
            beginning: list[Composable] = [_SNAPSHOT if is_snapshot else _BEGIN]
            if snapshot is not None:
                beginning.append(SQL("SET TRANSACTION SNAPSHOT {}").format(snapshot))
            session.begin_with([*beginning, _SEE_SHOP.format(Literal(str(shop_id) if shop_id else ""))])
            yield session
            session.end()

    def dispose(self, *, close: bool = True) -> None:
        """Forget pooled connections; after a fork with close=False, so that the parent keeps its own."""
        self.engine.dispose(close=close)

    def is_alive(self) -> bool:
        """True when a statement can be run now."""
        try:
            with self.transaction() as session:
                session.sql("SELECT 1")
        except (DBAPIError, psycopg.Error):
            return False
        return True


def sqlalchemy_url(url: str) -> str:
    """The URL with the psycopg 3 driver named, whatever form it was given in."""
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def _become_app(driver_connection: psycopg.Connection[Any], _record: object) -> None:
    """Give up the log-in role's rights for those of the application's role; `begin_with` begins transactions."""
    driver_connection.autocommit = True
    use_fast_arrays(driver_connection)
    driver_connection.execute("SET ROLE regulars_app")


def _look_alive(driver_connection: psycopg.Connection[Any], record: ConnectionPoolEntry, _proxy: object) -> None:
    """A connection that rested may be gone: the pool makes another one then."""
    if monotonic() - record.info.get(_USED, -RESTED_SECONDS) < RESTED_SECONDS:
        return
    try:
        driver_connection.execute("")
    except psycopg.Error as error:
        raise DisconnectionError from error


def _note_use(_driver_connection: object, record: ConnectionPoolEntry) -> None:
    record.info[_USED] = monotonic()
