"""What order rules need beyond an order: how much of each campaign's budget is given away."""

from __future__ import annotations

from alembic import op

from plugin.db.rights import protect

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE rule_budgets (
  shop_id integer NOT NULL REFERENCES shops,
  rule_id text NOT NULL,
  spent bigint NOT NULL,
  PRIMARY KEY (shop_id, rule_id)
)
"""


def upgrade() -> None:
    op.execute(UP)
    protect("rule_budgets", "INSERT", "UPDATE")


def downgrade() -> None:
    op.execute("DROP TABLE rule_budgets")
