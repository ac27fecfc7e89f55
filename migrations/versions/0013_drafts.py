"""The draft of a program, and rehearsals of it."""

from __future__ import annotations

from alembic import op

from plugin.db.rights import protect

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE drafts (
  shop_id integer PRIMARY KEY REFERENCES shops,
  revision integer NOT NULL,
  document jsonb,
  based_on integer NOT NULL,
  saved_at timestamptz NOT NULL,
  saved_by text NOT NULL
);
CREATE TABLE rehearsals (
  shop_id integer NOT NULL REFERENCES shops,
  id uuid NOT NULL,
  document jsonb NOT NULL,
  live_version integer NOT NULL,
  since timestamptz NOT NULL,
  until timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN ('asked', 'running', 'done')),
  done integer NOT NULL DEFAULT 0,
  total integer,
  asked_at timestamptz NOT NULL,
  asked_by text NOT NULL,
  touched_at timestamptz NOT NULL,
  finished_at timestamptz,
  outcome jsonb,
  PRIMARY KEY (shop_id, id)
);
CREATE INDEX rehearsals_asked ON rehearsals (shop_id, asked_at);
CREATE TABLE rehearsal_orders (
  shop_id integer NOT NULL,
  rehearsal_id uuid NOT NULL,
  id bigint NOT NULL,
  customer_id bigint NOT NULL,
  processed_at timestamptz NOT NULL,
  facts bytea NOT NULL,
  PRIMARY KEY (shop_id, rehearsal_id, id),
  FOREIGN KEY (shop_id, rehearsal_id) REFERENCES rehearsals (shop_id, id) ON DELETE CASCADE
);
"""

DOWN = "DROP TABLE rehearsal_orders, rehearsals, drafts"


def upgrade() -> None:
    op.execute(UP)
    protect("drafts", "INSERT", "UPDATE")
    protect("rehearsals", "INSERT", "UPDATE", "DELETE")
    protect("rehearsal_orders", "INSERT", "DELETE")


def downgrade() -> None:
    op.execute(DOWN)
