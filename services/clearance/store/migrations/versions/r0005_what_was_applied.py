"""What the last batches changed, for readers that follow; and events in the order in which they lie in the log."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(), "sqlite")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "applied",
        sa.Column("number", BIG, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("batch", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_applied"),
        comment="What the last batches changed, for readers that keep things in memory; kept for a minute.",
    )
    op.create_index("ix_applied_at", "applied", ["at"])
    op.create_index("ix_events_partition_offset", "events", ["partition", "offset"])
