"""Clearance times are counted by day and group. Those that are in the store already are counted now.

How they are counted is written out too, as it was then. One day is counted after the other, and of the spans a page is
in memory.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(), "sqlite")
GROUP = ("authority", "office", "direction", "transport_mode")
AT_ONCE = 10_000
LEADING_BITS = 7
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

declarations = sa.table("declarations", *map(sa.column, ("id", *GROUP)))
spans = sa.table(
    "spans",
    sa.column("begun_at", INSTANT),
    sa.column("open", sa.Boolean),
    *map(sa.column, ("declaration", "span", "seconds", *GROUP)),
)


def upgrade() -> None:
    tallies = op.create_table(
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
    values = {name: declarations.c[name] for name in GROUP}
    op.execute(sa.update(spans).values(values).where(spans.c.declaration == declarations.c.id))
    rows = op.get_bind().execute(sa.select(spans).order_by(spans.c.begun_at), execution_options={"yield_per": AT_ONCE})
    for day, of_day in groupby(rows, lambda row: (_begun_at(row) - EPOCH) // DAY):
        op.bulk_insert(tallies, [{"day": day, **row} for row in _tallies(of_day)])


def _tallies(of_day: Iterable[Any]) -> list[dict[str, Any]]:
    found: dict[tuple[str, ...], list[Any]] = {}
    for row in of_day:
        _count(found.setdefault((row.span, *(getattr(row, name) for name in GROUP)), [0, 0, Counter(), Counter()]), row)
    return [{**dict(zip(("span", *GROUP), key, strict=True)), "tally": _encode(*one)} for key, one in found.items()]


def _count(tally: list[Any], row: Any) -> None:
    """Into the sum of microseconds, the number of what is neither ended nor open, the ended by the bucket of their
    lengths, and the open by the minute in which they began."""
    if row.seconds is not None:
        length = round(row.seconds * 1_000_000)
        tally[0] += length
        tally[2][_bucket(length)] += 1
    elif row.open:
        tally[3][(_begun_at(row) - EPOCH) // MINUTE] += 1
    else:
        tally[1] += 1


def _begun_at(row: Any) -> datetime:
    return datetime.fromisoformat(row.begun_at) if isinstance(row.begun_at, str) else row.begun_at


def _bucket(length: int) -> int:
    shift = max(0, length.bit_length() - LEADING_BITS)
    return (shift << LEADING_BITS) + (length >> shift)


def _encode(microseconds: int, left_out: int, lengths: Counter[int], running: Counter[int]) -> bytes:
    return msgspec.msgpack.encode(
        [microseconds, left_out, dict(sorted(lengths.items())), dict(sorted(running.items()))]
    )
