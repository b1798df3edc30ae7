"""Anomalies are listed in the order of change, too."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_index("ix_anomalies_applied_at_id", "anomalies", ["applied_at", "id"])
