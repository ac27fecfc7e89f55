"""Expiry, dividends, goodwill, partners and the launch."""

from __future__ import annotations

from alembic import op

from plugin.db.rights import protect

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE programs ADD COLUMN is_live boolean NOT NULL DEFAULT true;
ALTER TABLE programs ADD COLUMN counts_from timestamptz;
ALTER TABLE programs ADD COLUMN changes_expiry boolean NOT NULL DEFAULT false;
ALTER TABLE api_keys ADD COLUMN partner text;
ALTER TABLE shop_details ADD COLUMN currency_before text;
ALTER TABLE shop_details ADD COLUMN currency_changed_at timestamptz;
CREATE INDEX members_merged ON members (shop_id, merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE redates (
  shop_id integer NOT NULL,
  version integer NOT NULL,
  published_at timestamptz NOT NULL,
  done_to bigint NOT NULL,
  finished_at timestamptz,
  PRIMARY KEY (shop_id, version)
);
CREATE TABLE lot_dates (
  shop_id integer NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY,
  member_id bigint NOT NULL,
  opened_by integer NOT NULL,
  part smallint NOT NULL,
  version integer NOT NULL,
  from_at timestamptz,
  to_at timestamptz,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (shop_id, id)
);
CREATE INDEX lot_dates_lot ON lot_dates (shop_id, member_id, opened_by, part);
CREATE TABLE warnings (
  shop_id integer NOT NULL,
  member_id bigint NOT NULL,
  lapses_at timestamptz NOT NULL,
  days smallint NOT NULL,
  points bigint NOT NULL CHECK (points > 0),
  made_at timestamptz NOT NULL,
  told_at timestamptz,
  PRIMARY KEY (shop_id, member_id, lapses_at, days)
);
CREATE TABLE grants (
  shop_id integer NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY,
  member_id bigint NOT NULL,
  kind text NOT NULL CHECK (kind IN ('goodwill', 'partner', 'dividend')),
  code text NOT NULL,
  key text NOT NULL,
  title text NOT NULL,
  points bigint NOT NULL CHECK (points >= 0),
  taken_back bigint NOT NULL DEFAULT 0 CHECK (taken_back BETWEEN 0 AND points),
  amount numeric,
  link_id bigint,
  redemption_id uuid,
  granted_at timestamptz NOT NULL,
  PRIMARY KEY (shop_id, id),
  UNIQUE (shop_id, kind, key)
);
CREATE INDEX grants_budget ON grants (shop_id, kind, code, granted_at);
CREATE INDEX grants_member ON grants (shop_id, member_id, kind, code, granted_at);
CREATE TABLE partner_links (
  shop_id integer NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY,
  partner text NOT NULL,
  member_id bigint NOT NULL,
  linked_at timestamptz NOT NULL,
  ended_at timestamptz,
  PRIMARY KEY (shop_id, id)
);
CREATE UNIQUE INDEX partner_links_standing ON partner_links (shop_id, partner, member_id) WHERE ended_at IS NULL;
CREATE TABLE link_codes (
  shop_id integer NOT NULL,
  hash bytea NOT NULL,
  partner text NOT NULL,
  member_id bigint NOT NULL,
  ends_at timestamptz NOT NULL,
  PRIMARY KEY (shop_id, hash)
);
CREATE INDEX link_codes_member ON link_codes (shop_id, member_id);
CREATE TABLE launch_trials (
  shop_id integer NOT NULL,
  id uuid NOT NULL,
  document jsonb,
  version integer NOT NULL,
  asked_at timestamptz NOT NULL,
  finished_at timestamptz,
  outcome jsonb,
  PRIMARY KEY (shop_id, id)
);
"""

DOWN = """
DROP TABLE launch_trials, link_codes, partner_links, grants, warnings, lot_dates, redates;
DROP INDEX members_merged;
ALTER TABLE shop_details DROP COLUMN currency_before, DROP COLUMN currency_changed_at;
ALTER TABLE api_keys DROP COLUMN partner;
ALTER TABLE programs DROP COLUMN is_live, DROP COLUMN counts_from, DROP COLUMN changes_expiry;
"""


def upgrade() -> None:
    op.execute(UP)
    protect("redates", "INSERT", "UPDATE")
    protect("lot_dates", "INSERT")
    protect("warnings", "INSERT", "UPDATE", "DELETE")
    protect("grants", "INSERT", "UPDATE")
    protect("partner_links", "INSERT", "UPDATE", "DELETE")
    protect("link_codes", "INSERT", "UPDATE", "DELETE")
    protect("launch_trials", "INSERT", "UPDATE")


def downgrade() -> None:
    op.execute(DOWN)
