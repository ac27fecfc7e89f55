"""Households, gifts and causes: pools and causes are accounts of the same ledger, with nobody behind them."""

from __future__ import annotations

from alembic import op

from plugin.db.rights import protect

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE members
  ADD kind text NOT NULL DEFAULT 'member' CHECK (kind IN ('member', 'household', 'cause')),
  ADD pool_id bigint,
  ADD CHECK (kind = 'member' OR customer_id IS NULL);
CREATE INDEX members_pool ON members (shop_id, pool_id) WHERE pool_id IS NOT NULL;
ALTER TABLE redemptions ADD acting_id bigint;
CREATE INDEX redemptions_acting ON redemptions (shop_id, acting_id, created_at) WHERE acting_id IS NOT NULL;

CREATE TABLE households (
  shop_id integer NOT NULL,
  account_id bigint NOT NULL,
  owner_id bigint NOT NULL,
  created_at timestamptz NOT NULL,
  closed_at timestamptz,
  PRIMARY KEY (shop_id, account_id)
);
CREATE TABLE household_members (
  shop_id integer NOT NULL,
  member_id bigint NOT NULL,
  account_id bigint NOT NULL,
  put_in bigint NOT NULL DEFAULT 0 CHECK (put_in >= 0),
  from_seq integer NOT NULL,
  joined_at timestamptz NOT NULL,
  PRIMARY KEY (shop_id, member_id)
);
CREATE INDEX household_members_account ON household_members (shop_id, account_id);
CREATE TABLE household_invitations (
  shop_id integer NOT NULL,
  code_hash bytea NOT NULL,
  account_id bigint NOT NULL,
  member_id bigint,
  created_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  PRIMARY KEY (shop_id, code_hash)
);
CREATE INDEX household_invitations_account ON household_invitations (shop_id, account_id);
CREATE TABLE gifts (
  shop_id integer NOT NULL,
  id uuid NOT NULL,
  number bigint GENERATED ALWAYS AS IDENTITY,
  giver_id bigint NOT NULL,
  recipient_id bigint,
  state text NOT NULL CHECK (state IN ('offered', 'accepted', 'returned')),
  points bigint NOT NULL CHECK (points > 0),
  code_hash bytea NOT NULL,
  message text,
  program_version integer NOT NULL,
  created_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  closed_at timestamptz,
  PRIMARY KEY (shop_id, id),
  UNIQUE (shop_id, code_hash)
);
CREATE INDEX gifts_giver ON gifts (shop_id, giver_id, created_at);
CREATE INDEX gifts_recipient ON gifts (shop_id, recipient_id, created_at) WHERE recipient_id IS NOT NULL;
CREATE TABLE causes (
  shop_id integer NOT NULL,
  account_id bigint NOT NULL,
  cause_id text NOT NULL,
  title text NOT NULL,
  PRIMARY KEY (shop_id, account_id),
  UNIQUE (shop_id, cause_id)
);
CREATE TABLE cause_choices (
  shop_id integer NOT NULL,
  member_id bigint NOT NULL,
  chosen_at timestamptz NOT NULL,
  account_id bigint,
  PRIMARY KEY (shop_id, member_id, chosen_at)
);
CREATE TABLE cause_matches (
  shop_id integer NOT NULL,
  order_id bigint NOT NULL,
  account_id bigint NOT NULL,
  amount numeric NOT NULL,
  PRIMARY KEY (shop_id, order_id)
);
CREATE INDEX cause_matches_account ON cause_matches (shop_id, account_id);
CREATE TABLE donations (
  shop_id integer NOT NULL,
  id uuid NOT NULL,
  member_id bigint NOT NULL,
  account_id bigint NOT NULL,
  points bigint NOT NULL CHECK (points > 0),
  created_at timestamptz NOT NULL,
  returned_at timestamptz,
  PRIMARY KEY (shop_id, id)
);
CREATE INDEX donations_member ON donations (shop_id, member_id, created_at);
CREATE INDEX donations_account ON donations (shop_id, account_id);
"""

DOWN = """
DROP TABLE donations, cause_matches, cause_choices, causes, gifts, household_invitations, household_members, households;
ALTER TABLE redemptions DROP acting_id;
ALTER TABLE members DROP pool_id, DROP kind;
"""


def upgrade() -> None:
    op.execute(UP)
    for table in ("households", "gifts", "causes", "cause_matches", "donations"):
        protect(table, "INSERT", "UPDATE")
    for table in ("household_members", "household_invitations", "cause_choices"):
        protect(table, "INSERT", "UPDATE", "DELETE")


def downgrade() -> None:
    op.execute(DOWN)
