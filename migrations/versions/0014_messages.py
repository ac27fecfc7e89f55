"""Messages to members, and the addresses that want none."""

from __future__ import annotations

from alembic import op

from plugin.db.rights import protect

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE messages (
  shop_id integer NOT NULL REFERENCES shops,
  id bigint GENERATED ALWAYS AS IDENTITY,
  member_id bigint NOT NULL,
  kind text NOT NULL,
  cause text NOT NULL,
  facts jsonb NOT NULL,
  state text NOT NULL CHECK (state IN ('queued', 'sent', 'left_out')),
  made_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  done_at timestamptz,
  why text,
  PRIMARY KEY (shop_id, id),
  UNIQUE (shop_id, member_id, kind, cause)
);
CREATE INDEX messages_queued ON messages (shop_id, member_id) WHERE state = 'queued';
CREATE TABLE suppressions (
  shop_id integer NOT NULL REFERENCES shops,
  mark bytea NOT NULL,
  is_marketing_only boolean NOT NULL,
  since timestamptz NOT NULL,
  PRIMARY KEY (shop_id, mark)
);
"""


def upgrade() -> None:
    op.execute(UP)
    protect("messages", "INSERT", "UPDATE", "DELETE")
    protect("suppressions", "INSERT", "UPDATE", "DELETE")


def downgrade() -> None:
    op.execute("DROP TABLE suppressions, messages")
