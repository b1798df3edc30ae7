"""The table of expectations in force. It comes with the next one that the analyst publishes, or with a rebuild."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(), "sqlite")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "expectations",
        sa.Column("version", BIG, nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("learned", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_expectations"),
        comment="The table of expectations in force, as the analyst published it: one row.",
    )
