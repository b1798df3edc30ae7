"""What organisations register."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "registrations",
        sa.Column("organisation", sa.String, nullable=False),
        sa.Column("declaration", sa.String, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("organisation", "declaration", name="pk_registrations"),
        comment="What an organisation has told of a declaration of its own, before customs or beside it.",
    )
    op.create_table(
        "marks",
        sa.Column("organisation", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("value", sa.String, nullable=False),
        sa.Column("declaration", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("organisation", "kind", "value", "declaration", name="pk_marks"),
        comment="Own references and labels of registrations, to find them by.",
    )
