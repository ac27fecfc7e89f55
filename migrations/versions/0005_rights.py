"""Rights: one shop sees its own rows only, the ledger is insert-only, and only shop/redact deletes."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

CHANGING = (
    "shop_details",
    "shop_tokens",
    "inbox",
    "drains",
    "members",
    "lots",
    "notes",
    "orders",
    "redemptions",
    "referrals",
    "outbox",
    "requests",
)
INSERT_ONLY = ("programs", "entries", "lot_uses", "tombstones", "audits")
DELETABLE = ("shop_tokens", "inbox", "drains", "notes", "outbox", "requests")
TENANT = (*CHANGING, *INSERT_ONLY, "receipts")
OWN_SHOP = "shop_id = nullif(current_setting('regulars.shop_id', true), '')::integer"

GUARD = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('regulars.redacting', true) = 'on' AND current_user <> 'regulars_app' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION '% on % is not allowed: entries are never changed, a mistake gets a counter-entry', TG_OP, TG_TABLE_NAME;
END $$;
"""

REDACT = """
CREATE FUNCTION redact_shop(redacted_at timestamptz) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
  shop integer := nullif(current_setting('regulars.shop_id', true), '')::integer;
  n_entries bigint;
  n_members bigint;
  t text;
BEGIN
  IF shop IS NULL THEN
    RAISE EXCEPTION 'redact_shop needs regulars.shop_id';
  END IF;
  SELECT count(*) INTO n_entries FROM entries WHERE shop_id = shop;
  SELECT count(*) INTO n_members FROM members WHERE shop_id = shop;
  PERFORM set_config('regulars.redacting', 'on', true);
  -- Every table of a shop, those that point at members before members.
  FOR t IN SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'shop_id'
           WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> 'receipts'
           ORDER BY EXISTS (SELECT FROM pg_constraint f WHERE f.confrelid = c.oid AND f.contype = 'f'), c.relname
  LOOP
    EXECUTE format('DELETE FROM %I WHERE shop_id = $1', t) USING shop;
  END LOOP;
  PERFORM set_config('regulars.redacting', 'off', true);
  UPDATE shops SET status = 'redacted' WHERE id = shop;
  INSERT INTO receipts VALUES (shop, redacted_at, n_entries, n_members)
    ON CONFLICT (shop_id) DO UPDATE SET redacted_at = excluded.redacted_at,
      entries = receipts.entries + excluded.entries, members = receipts.members + excluded.members;
END $$;
REVOKE ALL ON FUNCTION redact_shop(timestamptz) FROM public;
GRANT EXECUTE ON FUNCTION redact_shop(timestamptz) TO regulars_app;
"""


def upgrade() -> None:
    for table in TENANT:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        if table == "inbox":
            op.execute("CREATE POLICY any_shop_delivers ON inbox FOR INSERT WITH CHECK (true)")
            for action in ("SELECT", "UPDATE", "DELETE"):
                op.execute(f"CREATE POLICY own_shop_{action.lower()} ON inbox FOR {action} USING ({OWN_SHOP})")
        else:
            op.execute(f"CREATE POLICY own_shop ON {table} USING ({OWN_SHOP}) WITH CHECK ({OWN_SHOP})")
        op.execute(f"GRANT SELECT ON {table} TO regulars_app")
    for table in (*CHANGING, *INSERT_ONLY):
        op.execute(f"GRANT INSERT ON {table} TO regulars_app")
    for table in CHANGING:
        op.execute(f"GRANT UPDATE ON {table} TO regulars_app")
    for table in DELETABLE:
        op.execute(f"GRANT DELETE ON {table} TO regulars_app")
    op.execute(GUARD)
    for table in INSERT_ONLY:
        op.execute(
            f"CREATE TRIGGER no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(REDACT)
    op.execute("GRANT SELECT ON alembic_version TO regulars_app")


def downgrade() -> None:
    op.execute("DROP FUNCTION redact_shop(timestamptz)")
    for table in INSERT_ONLY:
        op.execute(f"DROP TRIGGER no_truncate ON {table}")
        op.execute(f"DROP TRIGGER no_change ON {table}")
    op.execute("DROP FUNCTION refuse_change()")
    for table in TENANT:
        op.execute(f"REVOKE ALL ON {table} FROM regulars_app")
        if table == "inbox":
            for policy in ("any_shop_delivers", "own_shop_select", "own_shop_update", "own_shop_delete"):
                op.execute(f"DROP POLICY {policy} ON inbox")
        else:
            op.execute(f"DROP POLICY own_shop ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
