"""What is in doubt may be sent once more: batches say since when, and each such row is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEY = ("edition_id", "subscriber_id", "occasion")


def upgrade() -> None:
    """Make them; what is in doubt already stays the operator's to decide."""
    op.add_column("batches", sa.Column("doubtful_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "resends",
        *(sa.Column(name, sa.Integer(), nullable=False) for name in KEY),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            KEY, [f"deliveries.{name}" for name in KEY], name=op.f("fk_resends_" + "_".join(KEY))
        ),
        sa.PrimaryKeyConstraint(*KEY, name=op.f("pk_resends")),
    )
    op.create_index(
        "ix_batches_doubtful_at",
        "batches",
        ["doubtful_at"],
        sqlite_where=sa.text("doubtful_at IS NOT NULL"),
        postgresql_where=sa.text("doubtful_at IS NOT NULL"),
    )


def downgrade() -> None:
    """Forget both; what was sent once more may then be sent again."""
    op.drop_index("ix_batches_doubtful_at", "batches")
    op.drop_table("resends")
    op.drop_column("batches", "doubtful_at")
