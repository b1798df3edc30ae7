"""The index of messages. The projector fills it from the beginning of the inputs, also in a store that is in use."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(), "sqlite")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "messages",
        sa.Column("declaration", sa.String, nullable=False),
        sa.Column("message_id", sa.String, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("offset", BIG, nullable=False),
        sa.Column("format", sa.String, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("organisation", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("declaration", "message_id", name="pk_messages"),
        comment="Where the first copy of each message lies in the inputs of this epoch; the bytes stay in the log.",
    )
    op.create_index("ix_messages_message_id", "messages", ["message_id"])
