"""Tiers: what each order is worth to its member's standing, the terms that follow, pins, gifts, and paid memberships."""

from __future__ import annotations

from alembic import op

from plugin.db.rights import protect

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE order_worths (
  shop_id integer NOT NULL,
  order_id bigint NOT NULL,
  member_id bigint NOT NULL,
  placed_at timestamptz NOT NULL,
  spend numeric NOT NULL,
  points bigint NOT NULL,
  PRIMARY KEY (shop_id, order_id)
);
CREATE INDEX order_worths_member ON order_worths (shop_id, member_id);
CREATE TABLE tier_standings (
  shop_id integer NOT NULL,
  member_id bigint NOT NULL,
  counted_version integer NOT NULL,
  shown_tier text,
  shown_tag text,
  shown_points bigint,
  shown_at timestamptz,
  PRIMARY KEY (shop_id, member_id)
);
CREATE TABLE tier_terms (
  shop_id integer NOT NULL,
  member_id bigint NOT NULL,
  since timestamptz NOT NULL,
  until timestamptz,
  tier text NOT NULL,
  reason text NOT NULL CHECK (reason IN ('earned', 'pinned', 'membership', 'launch')),
  PRIMARY KEY (shop_id, member_id, since),
  CHECK (until > since)
);
CREATE TABLE tier_pins (
  shop_id integer NOT NULL,
  member_id bigint NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY,
  tier text,
  is_floor boolean NOT NULL,
  since timestamptz NOT NULL,
  until timestamptz,
  author text NOT NULL,
  words text NOT NULL,
  PRIMARY KEY (shop_id, member_id, id)
);
CREATE TABLE standing_gifts (
  shop_id integer NOT NULL,
  member_id bigint NOT NULL,
  gift text NOT NULL,
  is_wanted boolean NOT NULL,
  stands boolean NOT NULL,
  rev integer NOT NULL,
  points bigint NOT NULL,
  redemptions uuid[] NOT NULL,
  program_version integer NOT NULL,
  subject_id bigint NOT NULL,
  PRIMARY KEY (shop_id, member_id, gift)
);
CREATE INDEX standing_gifts_due ON standing_gifts (shop_id, member_id) WHERE is_wanted <> stands;
CREATE TABLE memberships (
  shop_id integer NOT NULL,
  order_id bigint NOT NULL,
  line_id bigint NOT NULL,
  member_id bigint NOT NULL,
  bought_at timestamptz NOT NULL,
  plan text NOT NULL,
  rank integer NOT NULL,
  tier text,
  months integer,
  units integer NOT NULL CHECK (units > 0),
  program_version integer NOT NULL,
  PRIMARY KEY (shop_id, order_id, line_id)
);
CREATE INDEX memberships_member ON memberships (shop_id, member_id);
"""

TABLES = ("order_worths", "tier_standings", "tier_terms", "tier_pins", "standing_gifts", "memberships")


def upgrade() -> None:
    op.execute(UP)
    for table in TABLES:
        protect(table, "INSERT", "UPDATE", "DELETE")


def downgrade() -> None:
    op.execute(f"DROP TABLE {', '.join(TABLES)}")
