"""Anomalies know until when, and what their words are made of. Rows that are there already know neither, until their
declaration changes or the store is rebuilt."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(), "sqlite")


def upgrade() -> None:
    op.add_column("anomalies", sa.Column("limit", INSTANT))
    op.add_column("anomalies", sa.Column("says", sa.String, nullable=False, server_default=""))
    op.add_column("anomalies", sa.Column("about", sa.String, nullable=False, server_default="{}"))
    op.add_column("anomalies", sa.Column("lines", sa.String, nullable=False, server_default="[]"))
    op.drop_column("anomalies", "text")
    op.create_index("ix_anomalies_state_limit", "anomalies", ["state", "limit"])
