"""Clearance times are counted by day and group. Those that are in the store already are counted now."""

import sqlalchemy as sa
from alembic import op

from clearance.store.schema import spans
from clearance.store.tally_writes import tally

revision = "0008"
down_revision = "0007"

GROUP = ("authority", "office", "direction", "transport_mode")
AT_ONCE = 10_000


def upgrade() -> None:
    op.create_table(
        "tallies",
        sa.Column("day", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("span", sa.String, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in GROUP),
        sa.Column("tally", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("day", "span", *GROUP, name="pk_tallies"),
        comment="The spans that began on each day since 1970 (UTC), counted by their lengths (tallies.py).",
        sqlite_with_rowid=False,
    )
    op.drop_index("ix_spans_span_begun_at", "spans")
    op.create_index("ix_spans_begun_at", "spans", ["begun_at"])
    for name in GROUP:
        op.add_column("spans", sa.Column(name, sa.String, nullable=False, server_default=""))
        op.execute(
            f"UPDATE spans SET {name} = (SELECT {name} FROM declarations WHERE id = spans.declaration)"  # noqa: S608
        )
    connection = op.get_bind()
    for rows in connection.execute(sa.select(spans)).mappings().partitions(AT_ONCE):
        tally(connection, [], [dict(row) for row in rows])
