"""Settings: the change log, staff, requests about people's data, how long things are kept, and API keys that know their last use."""

from __future__ import annotations

from alembic import op

from plugin.db.rights import protect

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE changelog (
  shop_id integer NOT NULL REFERENCES shops,
  id bigint GENERATED ALWAYS AS IDENTITY,
  noted_at timestamptz NOT NULL,
  author text NOT NULL,
  deed text NOT NULL,
  subject text NOT NULL,
  facts jsonb NOT NULL,
  PRIMARY KEY (shop_id, id)
);
CREATE INDEX changelog_author ON changelog (shop_id, author, id);
CREATE INDEX changelog_subject ON changelog (shop_id, subject, id);
CREATE TABLE staff (
  shop_id integer NOT NULL REFERENCES shops,
  staff_id bigint NOT NULL,
  role text NOT NULL CHECK (role IN ('owner', 'manager', 'support', 'viewer')),
  label text NOT NULL,
  set_at timestamptz NOT NULL,
  PRIMARY KEY (shop_id, staff_id)
);
CREATE TABLE privacy_requests (
  shop_id integer NOT NULL REFERENCES shops,
  id bigint GENERATED ALWAYS AS IDENTITY,
  kind text NOT NULL CHECK (kind IN ('data', 'erasure')),
  asked_by text NOT NULL,
  request_id bigint,
  customer_id bigint,
  received_at timestamptz NOT NULL,
  done_at timestamptz,
  done_by text,
  figures jsonb NOT NULL,
  PRIMARY KEY (shop_id, id),
  UNIQUE (shop_id, kind, request_id)
);
CREATE TABLE retention (
  shop_id integer PRIMARY KEY REFERENCES shops,
  news_days smallint NOT NULL,
  bodies_days smallint NOT NULL,
  messages_days smallint NOT NULL
);
ALTER TABLE api_keys ADD access text NOT NULL DEFAULT 'everything' CHECK (access IN ('everything', 'reading'));
ALTER TABLE api_keys ADD last_used_at timestamptz;
"""

DOWN = """
ALTER TABLE api_keys DROP last_used_at;
ALTER TABLE api_keys DROP access;
DROP TABLE retention, privacy_requests, staff, changelog;
"""


def upgrade() -> None:
    op.execute(UP)
    protect("changelog", "INSERT")
    protect("staff", "INSERT", "UPDATE", "DELETE")
    protect("privacy_requests", "INSERT", "UPDATE")
    protect("retention", "INSERT", "UPDATE")


def downgrade() -> None:
    op.execute(DOWN)
