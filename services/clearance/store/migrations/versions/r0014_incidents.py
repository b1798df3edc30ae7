"""Incidents, and which declarations are in them: a store that was filled before reads what the log still holds."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("authority", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("group", sa.String, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("failing_since", INSTANT, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT),
        sa.Column("into", sa.String, nullable=False),
        sa.Column("lift", sa.Float, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("told_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_incidents"),
        comment="One incident for many: what its members share, as the analyst told it last; `group` is JSON.",
    )
    op.create_index("ix_incidents_opened_at_id", "incidents", ["opened_at", "id"])
    op.create_table(
        "incident_members",
        sa.Column("incident", sa.String, nullable=False),
        sa.Column("declaration", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("incident", "declaration", name="pk_incident_members"),
        comment="All declarations that ever were in an incident.",
    )
    op.create_index("ix_incident_members_declaration", "incident_members", ["declaration"])
