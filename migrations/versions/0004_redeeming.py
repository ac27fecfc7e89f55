"""Redemptions, referrals, the outbox, and clients' idempotency keys."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE redemptions (
  shop_id integer NOT NULL,
  id uuid NOT NULL,
  member_id bigint NOT NULL,
  state text NOT NULL CHECK (state IN ('held', 'issued', 'used', 'released', 'suspended', 'failed')),
  reward_id text NOT NULL,
  kind text NOT NULL,
  title text NOT NULL,
  points bigint NOT NULL CHECK (points >= 0),
  value numeric,
  currency text NOT NULL,
  code text NOT NULL,
  minimum_spend numeric NOT NULL,
  combines text NOT NULL,
  program_version integer NOT NULL,
  created_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  issued_at timestamptz,
  closed_at timestamptz,
  cancelled_at timestamptz,
  discount_gid text,
  order_id bigint,
  restored bigint NOT NULL DEFAULT 0 CHECK (restored BETWEEN 0 AND points),
  failure text,
  PRIMARY KEY (shop_id, id),
  UNIQUE (shop_id, code)
);
CREATE INDEX redemptions_member ON redemptions (shop_id, member_id, created_at);
CREATE TABLE referrals (
  shop_id integer NOT NULL,
  id uuid NOT NULL,
  advocate_id bigint NOT NULL,
  friend_id bigint,
  state text NOT NULL CHECK (state IN ('claimed', 'ordered', 'void')),
  code text NOT NULL,
  kind text NOT NULL,
  value numeric,
  minimum_spend numeric NOT NULL,
  claimed_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  discount_gid text,
  order_id bigint,
  PRIMARY KEY (shop_id, id),
  UNIQUE (shop_id, code),
  FOREIGN KEY (shop_id, advocate_id) REFERENCES members (shop_id, id)
);
CREATE INDEX referrals_advocate ON referrals (shop_id, advocate_id, claimed_at);
CREATE TABLE outbox (
  shop_id integer NOT NULL,
  kind text NOT NULL,
  subject text NOT NULL,
  created_at timestamptz NOT NULL,
  next_try_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  leased_until timestamptz,
  reason text,
  PRIMARY KEY (shop_id, kind, subject)
);
CREATE INDEX outbox_due ON outbox (shop_id, next_try_at);
CREATE TABLE requests (
  shop_id integer NOT NULL REFERENCES shops,
  caller text NOT NULL,
  route text NOT NULL,
  key text NOT NULL,
  request_hash bytea NOT NULL,
  subject text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (shop_id, caller, route, key)
);
"""

DOWN = "DROP TABLE requests, outbox, referrals, redemptions"


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
