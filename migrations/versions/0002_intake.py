"""A shop's details, tokens, deliveries, orders and program versions."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE shop_details (
  shop_id integer PRIMARY KEY REFERENCES shops,
  shopify_id bigint NOT NULL,
  name text NOT NULL,
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  timezone text NOT NULL,
  plan text NOT NULL,
  customer_accounts text NOT NULL,
  locale text NOT NULL,
  locales text[] NOT NULL DEFAULT '{}',
  primary_host text NOT NULL,
  scopes text[] NOT NULL,
  is_own_app boolean NOT NULL,
  installed_at timestamptz NOT NULL,
  uninstalled_at timestamptz,
  spending_stopped_at timestamptz,
  reconciled_to timestamptz NOT NULL,
  reconciled_at timestamptz,
  drift bigint NOT NULL DEFAULT 0,
  app_seen_at timestamptz
);
CREATE TABLE shop_tokens (
  shop_id integer PRIMARY KEY REFERENCES shops,
  access bytea NOT NULL,
  refresh bytea,
  expires_at timestamptz,
  refresh_expires_at timestamptz,
  needs_reopen boolean NOT NULL,
  leased_until timestamptz,
  updated_at timestamptz NOT NULL
);
CREATE TABLE inbox (
  shop_id integer NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY,
  webhook_id text NOT NULL,
  event_id text,
  topic text NOT NULL,
  object_id bigint,
  triggered_at timestamptz,
  received_at timestamptz NOT NULL,
  body_hash bytea NOT NULL,
  facts bytea,
  raw bytea,
  done_at timestamptz,
  set_aside_at timestamptz,
  reason text,
  PRIMARY KEY (shop_id, id),
  UNIQUE (shop_id, webhook_id)
);
CREATE INDEX inbox_waiting ON inbox (shop_id, id) WHERE done_at IS NULL AND set_aside_at IS NULL;
CREATE INDEX inbox_set_aside ON inbox (shop_id, id) WHERE set_aside_at IS NOT NULL;
CREATE TABLE drains (
  shop_id integer PRIMARY KEY REFERENCES shops,
  first_id bigint NOT NULL,
  last_id bigint NOT NULL,
  deaths smallint NOT NULL,
  started_at timestamptz NOT NULL
);
CREATE TABLE programs (
  shop_id integer NOT NULL REFERENCES shops,
  version integer NOT NULL,
  document jsonb NOT NULL,
  published_at timestamptz NOT NULL,
  published_by text NOT NULL,
  PRIMARY KEY (shop_id, version)
);
CREATE TABLE orders (
  id bigint NOT NULL,
  member_id bigint,
  processed_at timestamptz,
  settled_at timestamptz,
  shop_id integer NOT NULL,
  rev integer NOT NULL,
  program_version integer,
  is_paid boolean NOT NULL,
  has_referral boolean NOT NULL,
  waits_for text CHECK (waits_for IN ('facts', 'pins')),
  facts bytea NOT NULL,
  pins bytea,
  posted bytea,
  PRIMARY KEY (shop_id, id)
);
CREATE INDEX orders_member ON orders (shop_id, member_id, processed_at);
CREATE INDEX orders_referral ON orders (shop_id, member_id) WHERE has_referral;
ALTER TABLE orders SET (fillfactor = 85);
"""

DOWN = "DROP TABLE orders, programs, drains, inbox, shop_tokens, shop_details"


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
