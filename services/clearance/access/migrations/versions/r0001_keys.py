"""Organisations, their identifiers, and keys."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(), "sqlite")


def upgrade() -> None:
    version = op.create_table(
        "version",
        sa.Column("one", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("one", name="pk_version"),
        comment="How often keys, organisations and identifiers have changed.",
    )
    op.bulk_insert(version, [{"one": 1, "number": 0}])
    op.create_table(
        "organisations",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_organisations"),
        comment="Who may be given keys.",
    )
    op.create_table(
        "identifiers",
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("value", sa.String, nullable=False),
        sa.Column("organisation", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("kind", "value", name="pk_identifiers"),
        comment="What names an organisation in messages; each names one.",
    )
    op.create_table(
        "keys",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("holder", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("scopes", sa.String, nullable=False),
        sa.Column("note", sa.String, nullable=False),
        sa.Column("issued_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT),
        sa.Column("revoked_at", INSTANT),
        sa.Column("last_used_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_keys"),
        comment="Keys of the API, by their keyed hash; never the keys.",
    )
