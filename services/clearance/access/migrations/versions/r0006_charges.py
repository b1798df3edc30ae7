"""What API processes have charged to quotas, so that each knows of the others."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "charges",
        sa.Column("who", sa.String, nullable=False),
        sa.Column("process", sa.String, nullable=False),
        sa.Column("window", sa.Integer, nullable=False),
        sa.Column("used", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("who", "process", name="pk_charges"),
        comment="What each API process has charged to a quota in its last window.",
    )
