"""Bringing the schema up to date, and refusing to run on one whose protections are not in place."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, pool
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from plugin.db.session import APP_ROLE, Database, DatabaseUnavailable, sqlalchemy_url

NOT_TENANT = frozenset({"shops", "api_keys", "waiting", "alembic_version"})
MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
MINIMUM_SERVER = 150000
STARTING_SECONDS = 30.0


class UnsafeDatabase(Exception):
    """The database would not keep shops apart or entries unchanged; `problems` says what to put right."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def migrate(admin_url: str) -> None:
    """Apply every revision, as the owner. One at a time: a second caller waits on an advisory lock."""
    engine = create_engine(sqlalchemy_url(admin_url), poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT pg_advisory_lock(727405)")
        connection.commit()
        try:
            command.upgrade(alembic_config(connection), "head")
            connection.commit()
        finally:
            connection.rollback()
            connection.exec_driver_sql("SELECT pg_advisory_unlock(727405)")
            connection.commit()


def alembic_config(connection: object) -> Config:
    """Alembic's settings for this connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def head() -> str | None:
    """The newest revision this code knows."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


@retry(
    retry=retry_if_exception_type(DatabaseUnavailable),
    stop=stop_after_delay(STARTING_SECONDS),
    wait=wait_fixed(0.25),
    reraise=True,
)
def self_check(database: Database) -> None:
    """Refuse to start (UnsafeDatabase) unless the role, the policies, the triggers and the revision are what this code relies on.

    Waits for a database that does not answer yet: both may have been started, or have come back, together.
    Raises DatabaseUnavailable after STARTING_SECONDS.
    """
    problems: list[str] = []
    with database.transaction() as session:
        [(role, is_super, bypasses, server)] = session.sql(
            """
            SELECT current_user::text, rolsuper, rolbypassrls, current_setting('server_version_num')::int
            FROM pg_roles WHERE rolname = current_user
            """
        )
        if role != APP_ROLE or is_super or bypasses:
            problems.append(f"connections run as {role}, which can see past row-level security; run `regulars migrate`")
        if server < MINIMUM_SERVER:
            problems.append("PostgreSQL 15 or later is needed")
        [(found,)] = session.sql("SELECT to_regclass('shops') IS NOT NULL")
        if not found:
            raise UnsafeDatabase([*problems, "the schema is missing; run `regulars migrate`"])
        problems += [
            f"table {table} is not protected: {why}"
            for table, why in session.sql(
                """
                SELECT c.relname, CASE WHEN pg_get_userbyid(c.relowner) = current_user THEN 'owned by the application'
                       WHEN NOT c.relrowsecurity OR NOT c.relforcerowsecurity THEN 'row-level security is not forced' ELSE 'no policy' END
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND c.relname <> ALL(%s)
                  AND (pg_get_userbyid(c.relowner) = current_user OR NOT c.relrowsecurity OR NOT c.relforcerowsecurity
                       OR NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid))
                """,
                list(NOT_TENANT),
            )
        ]
        problems += [
            f"table {table} can be changed by the application"
            for (table,) in session.sql(
                """
                SELECT t FROM unnest(ARRAY['entries', 'lot_uses', 'programs', 'changelog']) t
                WHERE has_table_privilege(t, 'UPDATE') OR has_table_privilege(t, 'DELETE') OR has_table_privilege(t, 'TRUNCATE')
                   OR (SELECT count(*) FROM pg_trigger g WHERE g.tgrelid = t::regclass AND g.tgenabled = 'O' AND NOT g.tgisinternal) < 2
                """
            )
        ]
        [(revision,)] = session.sql("SELECT version_num FROM alembic_version")
        if revision != head():
            problems.append(f"the schema is at revision {revision}, this code needs {head()}; run `regulars migrate`")
    if problems:
        raise UnsafeDatabase(problems)
