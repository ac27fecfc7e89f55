"""The application's role, and the three tables that are read before a shop is known."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

UP = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'regulars_app') THEN
    CREATE ROLE regulars_app NOLOGIN NOBYPASSRLS;
  END IF;
END $$;
GRANT regulars_app TO current_user;

CREATE TABLE shops (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  domain text NOT NULL UNIQUE CHECK (domain ~ '^[a-z0-9][a-z0-9-]*\\.myshopify\\.com$'),
  status text NOT NULL CHECK (status IN ('installed', 'uninstalled', 'redacted')),
  created_at timestamptz NOT NULL
);
CREATE TABLE api_keys (
  hash bytea PRIMARY KEY,
  shop_id integer NOT NULL REFERENCES shops,
  label text NOT NULL,
  created_at timestamptz NOT NULL,
  revoked_at timestamptz
);
CREATE TABLE waiting (
  shop_id integer NOT NULL REFERENCES shops,
  kind text NOT NULL CHECK (kind IN ('inbox', 'outbox', 'due')),
  since timestamptz NOT NULL,
  PRIMARY KEY (shop_id, kind)
);
GRANT USAGE ON SCHEMA public TO regulars_app;
GRANT SELECT, INSERT, UPDATE ON shops, api_keys TO regulars_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON waiting TO regulars_app;
"""

DOWN = "DROP TABLE waiting, api_keys, shops"


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
