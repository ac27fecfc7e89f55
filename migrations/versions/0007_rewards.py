"""Rewards of every kind: what each redemption promised, stock, tasks for people, and what staff take back."""

from __future__ import annotations

from alembic import op

from plugin.db.rights import protect

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE redemptions ADD COLUMN terms jsonb, ADD COLUMN is_counted boolean NOT NULL DEFAULT false, ADD COLUMN tried_at timestamptz;
CREATE INDEX redemptions_counted ON redemptions (shop_id, reward_id) WHERE is_counted AND state NOT IN ('released', 'failed');
CREATE TABLE tasks (
  shop_id integer NOT NULL REFERENCES shops,
  redemption_id uuid NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'done', 'cancelled')),
  opened_at timestamptz NOT NULL,
  closed_at timestamptz,
  closed_by text,
  note text,
  PRIMARY KEY (shop_id, redemption_id),
  FOREIGN KEY (shop_id, redemption_id) REFERENCES redemptions (shop_id, id)
);
CREATE INDEX tasks_open ON tasks (shop_id, opened_at, redemption_id) WHERE state = 'open';
CREATE TABLE gift_recipients (
  shop_id integer NOT NULL REFERENCES shops,
  redemption_id uuid NOT NULL,
  email text NOT NULL,
  name text,
  message text,
  PRIMARY KEY (shop_id, redemption_id),
  FOREIGN KEY (shop_id, redemption_id) REFERENCES redemptions (shop_id, id)
);
CREATE TABLE take_backs (
  shop_id integer NOT NULL REFERENCES shops,
  redemption_id uuid NOT NULL,
  author text NOT NULL,
  words text,
  asked_at timestamptz NOT NULL,
  tried_at timestamptz,
  amount numeric,
  PRIMARY KEY (shop_id, redemption_id),
  FOREIGN KEY (shop_id, redemption_id) REFERENCES redemptions (shop_id, id)
);
"""

DOWN = """
DROP TABLE take_backs, gift_recipients, tasks;
DROP INDEX redemptions_counted;
ALTER TABLE redemptions DROP COLUMN terms, DROP COLUMN is_counted, DROP COLUMN tried_at;
"""


def upgrade() -> None:
    op.execute(UP)
    protect("tasks", "INSERT", "UPDATE")
    protect("gift_recipients", "INSERT", "DELETE")
    protect("take_backs", "INSERT", "UPDATE", "DELETE")


def downgrade() -> None:
    op.execute(DOWN)
