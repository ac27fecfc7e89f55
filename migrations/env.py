"""Alembic's entry: one connection as the database's owner, one transaction for all revisions."""

from alembic import context

from plugin.db.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transaction_per_migration=False,
    compare_server_default=False,
)
with context.begin_transaction():
    context.run_migrations()
