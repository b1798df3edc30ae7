"""Recipients of notices, how far each is told, and what it is to be told."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(), "sqlite")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "recipients",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("organisation", sa.String, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recipients"),
        comment="Who is told of anomalies, where and when; with what a robot asks for as secret.",
    )
    op.create_table(
        "followed",
        sa.Column("recipient", sa.String, nullable=False),
        sa.Column("cursor", sa.LargeBinary, nullable=False),
        sa.Column("looked_at", INSTANT, nullable=False),
        sa.Column("digest_at", INSTANT),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("not_before", INSTANT),
        sa.PrimaryKeyConstraint("recipient", name="pk_followed"),
        comment="How far a recipient is told, when its next digest is due, and until when nothing is tried.",
    )
    op.create_table(
        "notices",
        sa.Column("id", BIG, nullable=False, autoincrement=True),
        sa.Column("recipient", sa.String, nullable=False),
        sa.Column("matter", sa.String, nullable=False),
        sa.Column("change", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("noted_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("tried_at", INSTANT),
        sa.Column("reason", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.UniqueConstraint("recipient", "matter", "change"),
        comment="What recipients are to be told, and what became of it: each change of a matter once.",
    )
    op.create_index("ix_notices_state_due_at", "notices", ["state", "due_at"])
    op.create_index("ix_notices_noted_at", "notices", ["noted_at"])
