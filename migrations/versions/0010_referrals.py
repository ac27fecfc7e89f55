"""Referrals: their states, the signals that speak against them, and clicks by channel."""

from __future__ import annotations

from alembic import op

from plugin.db.rights import protect

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE referrals
  DROP CONSTRAINT referrals_state_check,
  ADD CHECK (state IN ('claimed', 'ordered', 'review', 'holding', 'blocked', 'void')),
  ALTER COLUMN code DROP NOT NULL,
  ADD COLUMN channel text NOT NULL DEFAULT 'other',
  ADD COLUMN reason text,
  ADD COLUMN ordered_at timestamptz,
  ADD COLUMN checked_at timestamptz,
  ADD COLUMN is_withheld boolean NOT NULL DEFAULT false,
  ADD COLUMN bought_before boolean NOT NULL DEFAULT false,
  ADD COLUMN shared text[] NOT NULL DEFAULT '{}',
  ADD COLUMN signals text[] NOT NULL DEFAULT '{}',
  ADD COLUMN score integer NOT NULL DEFAULT 0,
  ADD COLUMN holds_until timestamptz,
  ADD COLUMN pays_advocate boolean NOT NULL DEFAULT false,
  ADD COLUMN decision text CHECK (decision IN ('approve', 'block')),
  ADD COLUMN decided_by text,
  ADD COLUMN decided_why text,
  ADD COLUMN decided_at timestamptz,
  ADD COLUMN advocate_redemption uuid,
  ADD COLUMN friend_redemption uuid,
  ADD COLUMN grants integer NOT NULL DEFAULT 0;
CREATE INDEX referrals_order ON referrals (shop_id, order_id) WHERE order_id IS NOT NULL;
CREATE INDEX referrals_friend ON referrals (shop_id, friend_id) WHERE friend_id IS NOT NULL;
CREATE INDEX referrals_state ON referrals (shop_id, state, claimed_at);
CREATE TABLE referral_clicks (
  shop_id integer NOT NULL REFERENCES shops,
  advocate_id bigint NOT NULL,
  day date NOT NULL,
  channel text NOT NULL,
  clicks bigint NOT NULL,
  PRIMARY KEY (shop_id, advocate_id, day, channel)
);
CREATE TABLE referred_friends (
  shop_id integer NOT NULL REFERENCES shops,
  hash bytea NOT NULL,
  order_id bigint NOT NULL,
  ordered_at timestamptz NOT NULL,
  PRIMARY KEY (shop_id, hash, order_id)
);
CREATE TABLE fingerprints (
  shop_id integer NOT NULL REFERENCES shops,
  subject text NOT NULL,
  kind text NOT NULL,
  hash bytea NOT NULL,
  seen_at timestamptz NOT NULL,
  PRIMARY KEY (shop_id, subject, kind, hash)
);
"""

DOWN = """
DROP TABLE fingerprints, referred_friends, referral_clicks;
DROP INDEX referrals_state, referrals_friend, referrals_order;
DELETE FROM referrals WHERE code IS NULL;
ALTER TABLE referrals DROP CONSTRAINT referrals_state_check;
UPDATE referrals SET state = 'ordered' WHERE state IN ('review', 'holding', 'blocked');
ALTER TABLE referrals
  ADD CHECK (state IN ('claimed', 'ordered', 'void')),
  ALTER COLUMN code SET NOT NULL,
  DROP COLUMN channel, DROP COLUMN reason, DROP COLUMN ordered_at, DROP COLUMN checked_at, DROP COLUMN is_withheld,
  DROP COLUMN bought_before, DROP COLUMN shared, DROP COLUMN signals, DROP COLUMN score, DROP COLUMN holds_until,
  DROP COLUMN pays_advocate, DROP COLUMN decision, DROP COLUMN decided_by, DROP COLUMN decided_why, DROP COLUMN decided_at,
  DROP COLUMN advocate_redemption, DROP COLUMN friend_redemption, DROP COLUMN grants;
"""


def upgrade() -> None:
    op.execute(UP)
    protect("referral_clicks", "INSERT", "UPDATE", "DELETE")
    protect("referred_friends", "INSERT")
    protect("fingerprints", "INSERT", "UPDATE", "DELETE")


def downgrade() -> None:
    op.execute(DOWN)
