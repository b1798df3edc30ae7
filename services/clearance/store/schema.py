"""The tables. All but `events` and `messages` are derived from status records: one declaration is never half new.

The surprise: rows and the positions up to which the log has been applied change in one transaction, so a crash can
neither lose a record nor apply one twice.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

NAMES = {"ix": "ix_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s"}
metadata = MetaData(naming_convention=NAMES)


class Instant(TypeDecorator[datetime]):
    """Aware UTC in and out. SQLite keeps no times: there it is text, all of one length, so that it sorts."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return (value if value.tzinfo is UTC else value.astimezone(UTC)).isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return datetime.fromisoformat(value) if isinstance(value, str) else value.astimezone(UTC)


Big = BigInteger().with_variant(Integer, "sqlite")

source = Table(
    "source",
    metadata,
    Column("cluster_id", String, primary_key=True),
    comment="The one Kafka cluster that everything here was read from; another one means: rebuild.",
)

positions = Table(
    "positions",
    metadata,
    Column("topic", String, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("topic_id", String, nullable=False),
    Column("next_offset", Big, nullable=False),
    comment="The next record to read of each partition; written with the rows that the ones before it gave.",
)

progress = Table(
    "progress",
    metadata,
    Column("partition", Integer, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("position", Big, nullable=False),
    Column("stream_time", Instant),
    Column("wall_time", Instant, nullable=False),
    Column("external_clock", Boolean, nullable=False),
    Column("applied_at", Instant, nullable=False),
    Column("parked_since", Instant),
    comment="How far each partition is folded; `wall_time` says up to when, for freshness.",
)

declarations = Table(
    "declarations",
    metadata,
    Column("id", String, primary_key=True),
    Column("partition", Integer, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("src", Big, nullable=False),
    Column("seq", Big, nullable=False),
    Column("authority", String, nullable=False),
    Column("status", String, nullable=False),
    Column("group", String, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("direction", String, nullable=False),
    Column("office", String, nullable=False),
    Column("transport_mode", String, nullable=False),
    Column("merged_into", String, nullable=False),
    Column("since", Instant),
    Column("applied_at", Instant, nullable=False),
    Column("parts", LargeBinary, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Index(None, "applied_at", "id"),
    Index(None, "status", "applied_at"),
    Index(None, "office", "applied_at"),
    Index(None, "merged_into", "status", "office", "open"),
    comment="The last state of each number, as it was written, and what is searched by; `parts`: see derived.py.",
)

numbers = Table(
    "numbers",
    metadata,
    Column("declaration", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("value", String, primary_key=True),
    Index(None, "value"),
    comment="Every number that a declaration carries, to find it by.",
)

parties = Table(
    "parties",
    metadata,
    Column("declaration", String, primary_key=True),
    Column("identifier", String, primary_key=True),
    Column("seq", Big, nullable=False),
    Index(None, "identifier", "declaration"),
    comment="Who may see a declaration (parties.py), and the event with which they came to.",
)

former_parties = Table(
    "former_parties",
    metadata,
    Column("declaration", String, primary_key=True),
    Column("identifier", String, primary_key=True),
    Column("seq", Big, nullable=False),
    comment="Who might see a declaration once and may no more, and the event with which that ended.",
)

anomalies = Table(
    "anomalies",
    metadata,
    Column("id", String, primary_key=True),
    Column("declaration", String, nullable=False),
    Column("rule", String, nullable=False),
    Column("severity", String, nullable=False),
    Column("level", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("since", Instant, nullable=False),
    Column("limit", Instant),
    Column("says", String, nullable=False),
    Column("about", String, nullable=False),
    Column("receipts", LargeBinary, nullable=False),
    Column("lines", String, nullable=False),
    Column("acknowledged_by", String, nullable=False),
    Column("turns", String, nullable=False),
    Column("office", String, nullable=False),
    Column("direction", String, nullable=False),
    Column("applied_at", Instant, nullable=False),
    Index(None, "declaration"),
    Index(None, "state", "opened_at"),
    Index(None, "state", "limit"),
    Index(None, "limit", "opened_at", "id"),
    Index(None, "applied_at", "id"),
    comment="Everything that was ever found wrong. `opened_at` is the deadline, `receipts` are ids in JSON.",
)

handlings = Table(
    "handlings",
    metadata,
    Column("anomaly", String, primary_key=True),
    Column("organisation", String, primary_key=True),
    Column("declaration", String, nullable=False),
    Column("closed", String, nullable=False),
    Column("acknowledged", Boolean, nullable=False),
    Column("assignee", String, nullable=False),
    Index(None, "declaration"),
    Index(None, "organisation", "assignee"),
    comment="What each organisation has done about an anomaly, to find it by; the operator is ''.",
)

spans = Table(
    "spans",
    metadata,
    Column("declaration", String, primary_key=True),
    Column("span", String, primary_key=True),
    Column("begun_at", Instant, nullable=False),
    Column("seconds", Float),
    Column("open", Boolean, nullable=False),
    Column("authority", String, nullable=False),
    Column("office", String, nullable=False),
    Column("direction", String, nullable=False),
    Column("transport_mode", String, nullable=False),
    Index(None, "begun_at"),
    comment="Clearance times that have begun (events/clearance_times.py): ended with their length, open, given up.",
)

tallies = Table(
    "tallies",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("span", String, primary_key=True),
    Column("authority", String, primary_key=True),
    Column("office", String, primary_key=True),
    Column("direction", String, primary_key=True),
    Column("transport_mode", String, primary_key=True),
    Column("tally", LargeBinary, nullable=False),
    comment="The spans that began on each day since 1970 (UTC), counted by their lengths (tallies.py).",
    sqlite_with_rowid=False,
)

events = Table(
    "events",
    metadata,
    Column("declaration", String, primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("seq", Big, primary_key=True),
    Column("partition", Integer, nullable=False),
    Column("offset", Big, nullable=False),
    Column("type", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("command_id", String),
    Column("value", LargeBinary, nullable=False),
    Index(None, "partition", "offset"),
    Index(
        None, "command_id", sqlite_where=text("command_id IS NOT NULL"), postgresql_where=text("command_id IS NOT NULL")
    ),
    comment="What happened, in order and without holes; the value as it was written.",
)

messages = Table(
    "messages",
    metadata,
    Column("declaration", String, primary_key=True),
    Column("message_id", String, primary_key=True),
    Column("partition", Integer, nullable=False),
    Column("offset", Big, nullable=False),
    Column("format", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("organisation", String, nullable=False),
    Index(None, "message_id"),
    comment="Where the first copy of each message lies in the inputs of this epoch; the bytes stay in the log.",
)

expectations = Table(
    "expectations",
    metadata,
    Column("version", Big, primary_key=True, autoincrement=False),
    Column("as_of", Instant, nullable=False),
    Column("learned", LargeBinary, nullable=False),
    comment="The table of expectations in force, as the analyst published it: one row.",
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", String, primary_key=True),
    Column("authority", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("group", String, nullable=False),
    Column("since", Instant, nullable=False),
    Column("failing_since", Instant, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("into", String, nullable=False),
    Column("lift", Float, nullable=False),
    Column("size", Integer, nullable=False),
    Column("told_at", Instant, nullable=False),
    Index(None, "opened_at", "id"),
    comment="One incident for many: what its members share, as the analyst told it last; `group` is JSON.",
)

incident_members = Table(
    "incident_members",
    metadata,
    Column("incident", String, primary_key=True),
    Column("declaration", String, primary_key=True),
    Index(None, "declaration"),
    comment="All declarations that ever were in an incident.",
)

event_heads = Table(
    "event_heads",
    metadata,
    Column("declaration", String, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("seq", Big, nullable=False),
    Column("history_incomplete", Boolean, nullable=False),
    comment="The last event applied of each declaration; incomplete if some before it were purged unread.",
)

purged = Table(
    "purged",
    metadata,
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("before", Big, nullable=False),
    comment="The offset of each partition before which events have left the store (purging.py): for the feed.",
)

applied = Table(
    "applied",
    metadata,
    Column("number", Big, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("batch", LargeBinary, nullable=False),
    Index(None, "at"),
    comment="What the last batches changed, for readers that keep things in memory; kept for a minute.",
)
