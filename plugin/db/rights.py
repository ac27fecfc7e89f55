"""Rights of the application on a tenant table: it sees one shop's rows, and may do to them what the migration says."""

from __future__ import annotations

from typing import Final, Literal

from alembic import op

OWN_SHOP: Final = "shop_id = nullif(current_setting('regulars.shop_id', true), '')::integer"

Right = Literal["INSERT", "UPDATE", "DELETE"]


def protect(table: str, *rights: Right) -> None:
    """Force row-level security on a new table and grant SELECT and those rights. A table that cannot be changed gets the guard."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_shop ON {table} USING ({OWN_SHOP}) WITH CHECK ({OWN_SHOP})")
    op.execute(f"GRANT {', '.join(('SELECT', *rights))} ON {table} TO regulars_app")
    if rights == ("INSERT",):
        op.execute(
            f"CREATE TRIGGER no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
