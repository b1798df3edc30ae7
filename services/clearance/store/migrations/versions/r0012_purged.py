"""Up to where events have left the store. Nothing has before this."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "purged",
        sa.Column("partition", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("before", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("partition", name="pk_purged"),
        comment="The offset of each partition before which events have left the store (purging.py): for the feed.",
    )
