"""The first tables.

Written out, not taken from `clearance.store.schema`, because that goes on and this stays as it was.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(), "sqlite")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAMED = sa.text("command_id IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "anomalies",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("declaration", sa.String, nullable=False),
        sa.Column("rule", sa.String, nullable=False),
        sa.Column("severity", sa.String, nullable=False),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("receipts", sa.LargeBinary, nullable=False),
        sa.Column("acknowledged_by", sa.String, nullable=False),
        sa.Column("office", sa.String, nullable=False),
        sa.Column("direction", sa.String, nullable=False),
        sa.Column("applied_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_anomalies"),
        comment="Everything that was ever found wrong. `opened_at` is the deadline, `receipts` are ids in JSON.",
    )
    op.create_index("ix_anomalies_declaration", "anomalies", ["declaration"])
    op.create_index("ix_anomalies_state_opened_at", "anomalies", ["state", "opened_at"])
    op.create_table(
        "declarations",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("src", BIG, nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.Column("authority", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("group", sa.String, nullable=False),
        sa.Column("open", sa.Boolean, nullable=False),
        sa.Column("direction", sa.String, nullable=False),
        sa.Column("office", sa.String, nullable=False),
        sa.Column("transport_mode", sa.String, nullable=False),
        sa.Column("merged_into", sa.String, nullable=False),
        sa.Column("since", INSTANT),
        sa.Column("applied_at", INSTANT, nullable=False),
        sa.Column("parts", sa.LargeBinary, nullable=False),
        sa.Column("record", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_declarations"),
        comment="The last state of each number, as it was written, and what is searched by; `parts`: see derived.py.",
    )
    op.create_index("ix_declarations_applied_at_id", "declarations", ["applied_at", "id"])
    op.create_index(
        "ix_declarations_merged_into_status_office_open", "declarations", ["merged_into", "status", "office", "open"]
    )
    op.create_index("ix_declarations_office_applied_at", "declarations", ["office", "applied_at"])
    op.create_index("ix_declarations_status_applied_at", "declarations", ["status", "applied_at"])
    op.create_table(
        "event_heads",
        sa.Column("declaration", sa.String, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.Column("history_incomplete", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("declaration", name="pk_event_heads"),
        comment="The last event applied of each declaration; incomplete if some before it were purged unread.",
    )
    op.create_table(
        "events",
        sa.Column("declaration", sa.String, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("offset", BIG, nullable=False),
        sa.Column("type", sa.String, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("command_id", sa.String),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("declaration", "epoch", "seq", name="pk_events"),
        comment="What happened, in order and without holes; the value as it was written.",
    )
    op.create_index("ix_events_command_id", "events", ["command_id"], sqlite_where=NAMED, postgresql_where=NAMED)
    op.create_table(
        "numbers",
        sa.Column("declaration", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("value", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("declaration", "kind", "value", name="pk_numbers"),
        comment="Every number that a declaration carries, to find it by.",
    )
    op.create_index("ix_numbers_value", "numbers", ["value"])
    op.create_table(
        "positions",
        sa.Column("topic", sa.String, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("topic_id", sa.String, nullable=False),
        sa.Column("next_offset", BIG, nullable=False),
        sa.PrimaryKeyConstraint("topic", "partition", name="pk_positions"),
        comment="The next record to read of each partition; written with the rows that the ones before it gave.",
    )
    op.create_table(
        "progress",
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("position", BIG, nullable=False),
        sa.Column("stream_time", INSTANT),
        sa.Column("wall_time", INSTANT, nullable=False),
        sa.Column("external_clock", sa.Boolean, nullable=False),
        sa.Column("applied_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("partition", name="pk_progress"),
        comment="How far each partition is folded; `wall_time` says up to when, for freshness.",
    )
    op.create_table(
        "source",
        sa.Column("cluster_id", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("cluster_id", name="pk_source"),
        comment="The one Kafka cluster that everything here was read from; another one means: rebuild.",
    )
    op.create_table(
        "spans",
        sa.Column("declaration", sa.String, nullable=False),
        sa.Column("span", sa.String, nullable=False),
        sa.Column("begun_at", INSTANT, nullable=False),
        sa.Column("seconds", sa.Float),
        sa.Column("open", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("declaration", "span", name="pk_spans"),
        comment="Clearance times that have begun (events/clearance_times.py): ended with their length, open, given up.",
    )
    op.create_index("ix_spans_span_begun_at", "spans", ["span", "begun_at"])
