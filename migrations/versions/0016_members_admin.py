"""What staff do for members: segments, changes of many members at once, members who do not earn, and answers that wait for one."""

from __future__ import annotations

from alembic import op

from plugin.db.rights import protect

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE segments (
  shop_id integer NOT NULL REFERENCES shops,
  id bigint GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  mark text NOT NULL,
  wanted jsonb NOT NULL,
  made_at timestamptz NOT NULL,
  made_by text NOT NULL,
  PRIMARY KEY (shop_id, id),
  UNIQUE (shop_id, mark)
);
CREATE TABLE bulks (
  shop_id integer NOT NULL REFERENCES shops,
  id uuid NOT NULL,
  deed text NOT NULL CHECK (deed IN ('points', 'pin', 'block', 'unblock')),
  wanted jsonb NOT NULL,
  picked bigint[] NOT NULL,
  points bigint,
  tier text,
  until timestamptz,
  words text NOT NULL,
  shown text,
  state text NOT NULL CHECK (state IN ('draft', 'running', 'done', 'undoing', 'undone')),
  made_at timestamptz NOT NULL,
  made_by text NOT NULL,
  started_at timestamptz,
  finished_at timestamptz,
  undone_by text,
  figures jsonb,
  counted_at timestamptz,
  members integer,
  worked integer NOT NULL DEFAULT 0,
  changed integer NOT NULL DEFAULT 0,
  moved bigint NOT NULL DEFAULT 0,
  returned bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (shop_id, id)
);
CREATE INDEX bulks_made ON bulks (shop_id, made_at);
CREATE TABLE bulk_members (
  shop_id integer NOT NULL,
  bulk_id uuid NOT NULL,
  member_id bigint NOT NULL,
  state text NOT NULL CHECK (state IN ('waiting', 'done', 'left', 'undone', 'kept')),
  moved bigint NOT NULL DEFAULT 0,
  had_tier text,
  had_until timestamptz,
  had_pin boolean NOT NULL DEFAULT false,
  PRIMARY KEY (shop_id, bulk_id, member_id),
  FOREIGN KEY (shop_id, bulk_id) REFERENCES bulks (shop_id, id)
);
CREATE INDEX bulk_members_state ON bulk_members (shop_id, bulk_id, state, member_id);
CREATE TABLE member_blocks (
  shop_id integer NOT NULL,
  member_id bigint NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY,
  since timestamptz NOT NULL,
  until timestamptz,
  author text NOT NULL,
  words text NOT NULL,
  PRIMARY KEY (shop_id, member_id, id)
);
CREATE UNIQUE INDEX member_blocks_standing ON member_blocks (shop_id, member_id) WHERE until IS NULL;
CREATE TABLE feedback (
  shop_id integer NOT NULL,
  activity_id bigint NOT NULL,
  state text NOT NULL CHECK (state IN ('answered', 'closed')),
  words text NOT NULL,
  author text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (shop_id, activity_id),
  FOREIGN KEY (shop_id, activity_id) REFERENCES activities (shop_id, id)
);
CREATE INDEX activities_surveys ON activities (shop_id, id) WHERE kind = 'survey';
CREATE INDEX redemptions_open ON redemptions (shop_id, member_id) WHERE state IN ('held', 'issued', 'suspended');
ALTER TABLE notes ADD shown text;
ALTER TABLE orders ADD name text;
CREATE INDEX orders_placed ON orders (shop_id, processed_at, member_id) WHERE is_paid;
CREATE INDEX tier_terms_tier ON tier_terms (shop_id, tier, member_id);
CREATE INDEX orders_name ON orders (shop_id, name) WHERE name IS NOT NULL;
ALTER TABLE members
  ADD since timestamptz GENERATED ALWAYS AS (coalesce(joined_at, created_at)) STORED,
  ADD rung smallint GENERATED ALWAYS AS (CASE WHEN available < 0 THEN -1 WHEN available < 1024 THEN 0
    ELSE 55 - position(B'1' IN available::bit(64)) END) STORED;
CREATE INDEX members_since ON members (shop_id, since, id);
CREATE INDEX members_rung ON members (shop_id, rung, id);
"""

DOWN = """
ALTER TABLE members DROP since, DROP rung;
ALTER TABLE orders DROP name;
ALTER TABLE notes DROP shown;
DROP INDEX redemptions_open, activities_surveys, tier_terms_tier, orders_placed;
DROP TABLE feedback, member_blocks, bulk_members, bulks, segments;
"""


def upgrade() -> None:
    op.execute(UP)
    protect("segments", "INSERT", "UPDATE", "DELETE")
    protect("bulks", "INSERT", "UPDATE", "DELETE")
    protect("bulk_members", "INSERT", "UPDATE", "DELETE")
    protect("member_blocks", "INSERT", "UPDATE", "DELETE")
    protect("feedback", "INSERT", "UPDATE", "DELETE")


def downgrade() -> None:
    op.execute(DOWN)
