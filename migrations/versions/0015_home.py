"""Not yet."""

from __future__ import annotations

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing: the index orders_placed comes with 0017."""


def downgrade() -> None:
    """Nothing."""
