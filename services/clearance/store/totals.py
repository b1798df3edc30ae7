"""Counts over the whole store, for metrics. Each is read from an index, or from a table that is small."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from clearance.store.schema import anomalies, declarations, event_heads, progress


class Totals(NamedTuple):
    """`declarations` by (status, office, open), pointers left out; open `anomalies` by (rule, severity);
    `folded_at` is the oldest of the last progress of the partitions, None without any."""

    declarations: dict[tuple[str, str, bool], int]
    anomalies: dict[tuple[str, str], int]
    incomplete: int
    folded_at: datetime | None


def totals(connection: Connection) -> Totals:
    """What the store holds now."""
    standing = (declarations.c.status, declarations.c.office, declarations.c.open)
    wrong = (anomalies.c.rule, anomalies.c.severity)
    by_standing = select(*standing, func.count()).where(declarations.c.merged_into == "").group_by(*standing)
    by_rule = select(*wrong, func.count()).where(anomalies.c.state == "open").group_by(*wrong)
    incomplete = select(func.count()).select_from(event_heads).where(event_heads.c.history_incomplete)
    return Totals(
        {(status, office, is_open): count for status, office, is_open, count in connection.execute(by_standing)},
        {(rule, severity): count for rule, severity, count in connection.execute(by_rule)},
        connection.execute(incomplete).scalar_one(),
        connection.execute(select(func.min(progress.c.wall_time))).scalar(),
    )
