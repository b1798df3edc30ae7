"""Who might see a declaration once and may no more."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "former_parties",
        sa.Column("declaration", sa.String(), nullable=False),
        sa.Column("identifier", sa.String(), nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.PrimaryKeyConstraint("declaration", "identifier", name="pk_former_parties"),
        comment="Who might see a declaration once and may no more, and the event with which that ended.",
    )
