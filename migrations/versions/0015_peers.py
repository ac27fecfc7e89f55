"""What other loyalty programs give back, as the merchant found out: set beside the own program when it is rehearsed."""

from __future__ import annotations

from alembic import op

from plugin.db.rights import protect

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE peers (
  shop_id integer NOT NULL REFERENCES shops,
  place integer NOT NULL,
  name text NOT NULL,
  percent numeric NOT NULL,
  PRIMARY KEY (shop_id, place)
);
"""


def upgrade() -> None:
    op.execute(UP)
    protect("peers", "INSERT", "UPDATE", "DELETE")


def downgrade() -> None:
    op.execute("DROP TABLE peers")
