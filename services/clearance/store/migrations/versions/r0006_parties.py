"""Who may see a declaration. The rows of what is in the store already come with its next state, or by a rebuild."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "parties",
        sa.Column("declaration", sa.String, nullable=False),
        sa.Column("identifier", sa.String, nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.PrimaryKeyConstraint("declaration", "identifier", name="pk_parties"),
        comment="Who may see a declaration (parties.py), and the event with which they came to.",
    )
    op.create_index("ix_parties_identifier_declaration", "parties", ["identifier", "declaration"])
