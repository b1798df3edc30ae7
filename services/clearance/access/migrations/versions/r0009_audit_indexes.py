"""The audit log without the indexes that cost each answer more than they help a question (decision 90)."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    for column in ("at", "declaration"):
        op.drop_index(f"ix_audit_{column}", "audit")
