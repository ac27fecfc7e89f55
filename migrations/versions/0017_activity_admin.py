"""The shop's bookings as one stream, newest first.

The index is on the hour in which an entry was recorded, not on the instant: a B-tree stores equal values once, so column and index
together cost fifteen bytes an entry instead of thirty, and an hour's entries are sorted as they are read. It is a column and no
expression, because row-level security lets only leakproof operators into an index, and date_trunc is none.
"""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE entries ADD recorded_hour integer
  GENERATED ALWAYS AS (floor(date_part('epoch', recorded_at AT TIME ZONE 'UTC') / 3600)::integer) STORED;
CREATE INDEX entries_hour ON entries (shop_id, recorded_hour);
CREATE INDEX redemptions_newest ON redemptions (shop_id, created_at);
CREATE INDEX referrals_claimed ON referrals (shop_id, claimed_at);
CREATE INDEX messages_left_out ON messages (shop_id, id) WHERE state = 'left_out';
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(
        "DROP INDEX messages_left_out, referrals_claimed, redemptions_newest; ALTER TABLE entries DROP recorded_hour"
    )
