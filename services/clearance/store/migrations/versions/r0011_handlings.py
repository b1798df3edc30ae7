"""What organisations have done about anomalies. Who acknowledged before is the operator; there is no history yet, until
a declaration changes or the store is rebuilt."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("anomalies", sa.Column("turns", sa.String, nullable=False, server_default="[]"))
    op.create_table(
        "handlings",
        sa.Column("anomaly", sa.String, nullable=False),
        sa.Column("organisation", sa.String, nullable=False),
        sa.Column("declaration", sa.String, nullable=False),
        sa.Column("closed", sa.String, nullable=False),
        sa.Column("acknowledged", sa.Boolean, nullable=False),
        sa.Column("assignee", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("anomaly", "organisation", name="pk_handlings"),
        comment="What each organisation has done about an anomaly, to find it by; the operator is ''.",
    )
    op.create_index("ix_handlings_declaration", "handlings", ["declaration"])
    op.create_index("ix_handlings_organisation_assignee", "handlings", ["organisation", "assignee"])
    op.execute(
        sa.text(
            "INSERT INTO handlings (anomaly, organisation, declaration, closed, acknowledged, assignee) "
            "SELECT id, '', declaration, '', true, '' FROM anomalies WHERE acknowledged_by <> ''"
        )
    )
