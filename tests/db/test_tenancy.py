"""Shops are kept apart by PostgreSQL itself, and nobody can change what an entry says."""

from __future__ import annotations

import psycopg
import pytest
from alembic import command
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError

from plugin import embedded
from plugin.db import Database
from plugin.db.migrate import NOT_TENANT, UnsafeDatabase, alembic_config, self_check
from plugin.db.session import sqlalchemy_url
from plugin.db.tables import Base
from plugin.services.perform import World
from tests.conftest import TestShop, make_shop
from tests.services.stories import order
from tests.services.test_settle import settled

TENANT = sorted(set(Base.metadata.tables) - NOT_TENANT)


@pytest.fixture
def two_shops(world: World) -> tuple[TestShop, TestShop]:
    ours, theirs = make_shop(world), make_shop(world)
    settled(world, ours, order(1, "50.00"))
    settled(world, theirs, order(2, "70.00"))
    return ours, theirs


@pytest.mark.parametrize("table", TENANT)
def test_without_a_shop_or_in_another_shop_no_row_is_seen(
    world: World, two_shops: tuple[TestShop, TestShop], table: str
) -> None:
    ours, _ = two_shops

    with world.database.transaction() as session:
        assert session.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0
    with world.database.transaction(ours.id) as session:
        assert session.execute(text(f"SELECT count(*) FROM {table} WHERE shop_id <> {ours.id}")).scalar() == 0


def test_a_row_of_another_shop_cannot_be_written(world: World, two_shops: tuple[TestShop, TestShop]) -> None:
    ours, theirs = two_shops

    with pytest.raises(psycopg.errors.InsufficientPrivilege), world.database.transaction(ours.id) as session:
        session.sql("INSERT INTO members (shop_id, customer_id, created_at) VALUES (%s, 1, now())", theirs.id)


def test_the_shop_is_forgotten_when_its_transaction_ends(world: World, two_shops: tuple[TestShop, TestShop]) -> None:
    single = Database(world.database.url, pool_size=1)

    with single.transaction(two_shops[0].id) as session:
        seen = session.sql("SELECT count(*) FROM members")
    with single.transaction() as session:
        after = session.sql("SELECT count(*) FROM members")
    single.dispose()

    assert (seen[0][0], after[0][0]) == (1, 0)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET points = 1",
        "DELETE FROM entries",
        "TRUNCATE entries",
        "UPDATE lot_uses SET open = 1",
        "DELETE FROM programs",
    ],
)
def test_the_application_may_not_change_what_was_entered(
    world: World, two_shops: tuple[TestShop, TestShop], statement: str
) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        world.database.transaction(two_shops[0].id) as session,
    ):
        session.execute(text(statement))


@pytest.mark.parametrize("statement", ["UPDATE entries SET points = 1", "DELETE FROM entries", "TRUNCATE entries"])
def test_not_even_the_owner_changes_an_entry_by_accident(
    servers: embedded.Running, two_shops: tuple[TestShop, TestShop], statement: str
) -> None:
    with (
        psycopg.connect(servers.database_url) as owner,
        pytest.raises(psycopg.errors.RaiseException, match="never changed"),
    ):
        owner.execute(statement)


def test_every_unique_key_and_foreign_key_of_a_shops_tables_begins_with_the_shop(
    servers: embedded.Running, database: Database
) -> None:
    with psycopg.connect(servers.database_url) as owner:
        leading = owner.execute(
            """
            SELECT c.relname, i.indexrelid::regclass::text,
                   (SELECT attname FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = i.indkey[0])
            FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'public' AND i.indisunique AND c.relname = ANY(%s)
            """,
            [TENANT],
        ).fetchall()
        foreign = owner.execute(
            """
            SELECT conrelid::regclass::text, (SELECT attname FROM pg_attribute a WHERE a.attrelid = conrelid AND a.attnum = conkey[1])
            FROM pg_constraint WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s)
            """,
            [TENANT],
        ).fetchall()

    assert {name for name, _, first in leading if first != "shop_id"} == set()
    assert {name for name, first in foreign if first != "shop_id"} == set()


def test_the_models_and_the_migrated_schema_are_the_same(servers: embedded.Running, database: Database) -> None:
    engine = create_engine(sqlalchemy_url(servers.database_url))

    with engine.connect() as connection:
        command.check(alembic_config(connection))
    engine.dispose()


def test_the_start_is_refused_when_a_table_lost_its_protection(servers: embedded.Running, database: Database) -> None:
    self_check(database)
    with psycopg.connect(servers.database_url, autocommit=True) as owner:
        owner.execute("ALTER TABLE notes NO FORCE ROW LEVEL SECURITY")
        try:
            with pytest.raises(UnsafeDatabase, match="notes is not protected"):
                self_check(database)
        finally:
            owner.execute("ALTER TABLE notes FORCE ROW LEVEL SECURITY")


def test_the_start_is_refused_with_a_role_that_sees_past_the_policies(
    servers: embedded.Running, database: Database
) -> None:
    class Privileged(Database):
        def __init__(self, url: str) -> None:
            super().__init__(url)
            self.engine = create_engine(sqlalchemy_url(url))

    privileged = Privileged(servers.database_url)

    with pytest.raises(UnsafeDatabase, match="see past row-level security"):
        self_check(privileged)
    privileged.dispose()
