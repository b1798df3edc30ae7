"""Anomalies of any state are listed by their limits and openings."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_index("ix_anomalies_limit_opened_at_id", "anomalies", ["limit", "opened_at", "id"])
