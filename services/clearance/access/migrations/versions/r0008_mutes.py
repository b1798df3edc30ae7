"""What organisations do not want to be told of."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "mutes",
        sa.Column("organisation", sa.String, nullable=False),
        sa.Column("rule", sa.String, nullable=False),
        sa.Column("until", INSTANT),
        sa.Column("set_at", INSTANT, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("organisation", "rule", name="pk_mutes"),
        comment="Rules of which an organisation is not told; the operator is ''.",
    )
