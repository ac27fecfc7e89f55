"""Members, and the ledger: insert-only entries, lots, and what entries did to lots."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE members (
  shop_id integer NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY,
  customer_id bigint,
  pending bigint NOT NULL DEFAULT 0 CHECK (pending >= 0),
  available bigint NOT NULL DEFAULT 0,
  held bigint NOT NULL DEFAULT 0 CHECK (held >= 0),
  seq integer NOT NULL DEFAULT 0,
  next_due_at timestamptz,
  referral_code text,
  joined_at timestamptz,
  created_at timestamptz NOT NULL,
  merged_into bigint,
  erased_at timestamptz,
  PRIMARY KEY (shop_id, id),
  UNIQUE (shop_id, customer_id)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX members_referral_code ON members (shop_id, referral_code) WHERE referral_code IS NOT NULL;
CREATE INDEX members_due ON members (shop_id, next_due_at) WHERE next_due_at IS NOT NULL;

CREATE TABLE entries (
  member_id bigint NOT NULL,
  points bigint NOT NULL CHECK (points > 0),
  occurred_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  pending bigint NOT NULL,
  available bigint NOT NULL,
  held bigint NOT NULL,
  order_id bigint,
  key uuid NOT NULL,
  shop_id integer NOT NULL,
  seq integer NOT NULL,
  program_version integer NOT NULL,
  move smallint NOT NULL CHECK (move BETWEEN 1 AND 21),
  reason smallint NOT NULL,
  redemption_id uuid,
  amount numeric,
  subject_id bigint,
  PRIMARY KEY (shop_id, member_id, seq),
  UNIQUE (shop_id, key)
);
CREATE TABLE lots (
  member_id bigint NOT NULL,
  points bigint NOT NULL CHECK (points > 0),
  pending bigint NOT NULL CHECK (pending >= 0),
  open bigint NOT NULL CHECK (open >= 0),
  expired bigint NOT NULL CHECK (expired >= 0),
  available_at timestamptz NOT NULL,
  shop_id integer NOT NULL,
  opened_by integer NOT NULL,
  part smallint NOT NULL,
  expires_at timestamptz,
  order_id bigint,
  PRIMARY KEY (shop_id, member_id, opened_by, part)
) WITH (fillfactor = 90);
CREATE TABLE lot_uses (
  member_id bigint NOT NULL,
  pending bigint NOT NULL,
  open bigint NOT NULL,
  expired bigint NOT NULL,
  shop_id integer NOT NULL,
  seq integer NOT NULL,
  opened_by integer NOT NULL,
  part smallint NOT NULL,
  PRIMARY KEY (shop_id, member_id, seq, opened_by, part)
);
CREATE TABLE notes (
  shop_id integer NOT NULL REFERENCES shops,
  member_id bigint NOT NULL,
  seq integer NOT NULL,
  author text NOT NULL,
  words text NOT NULL,
  PRIMARY KEY (shop_id, member_id, seq)
);
CREATE TABLE tombstones (
  shop_id integer NOT NULL REFERENCES shops,
  hash bytea NOT NULL,
  erased_at timestamptz NOT NULL,
  PRIMARY KEY (shop_id, hash)
);
CREATE TABLE audits (
  shop_id integer NOT NULL REFERENCES shops,
  id bigint GENERATED ALWAYS AS IDENTITY,
  started_at timestamptz NOT NULL,
  finished_at timestamptz NOT NULL,
  entries bigint NOT NULL,
  members bigint NOT NULL,
  is_ok boolean NOT NULL,
  findings jsonb NOT NULL,
  PRIMARY KEY (shop_id, id)
);
CREATE TABLE receipts (
  shop_id integer NOT NULL REFERENCES shops,
  redacted_at timestamptz NOT NULL,
  entries bigint NOT NULL,
  members bigint NOT NULL,
  PRIMARY KEY (shop_id)
);
"""

DOWN = "DROP TABLE receipts, audits, tombstones, notes, lot_uses, lots, entries, members"


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
