"""Counts over the whole store, for metrics. Each is read from an index, or from a table that is small."""

from typing import NamedTuple

from sqlalchemy import Connection, func, select

from clearance.store.schema import anomalies, declarations, event_heads
from clearance.store.viewer import Viewer, visible


class Totals(NamedTuple):
    """`declarations` by (status, office, open), pointers left out; open `anomalies` by (rule, severity)."""

    declarations: dict[tuple[str, str, bool], int]
    anomalies: dict[tuple[str, str], int]
    incomplete: int


def totals(connection: Connection, viewer: Viewer) -> Totals:
    """What the store holds now, of what the viewer may see."""
    standing = (declarations.c.status, declarations.c.office, declarations.c.open)
    wrong = (anomalies.c.rule, anomalies.c.severity)
    heads, seen = event_heads.c, visible(viewer, declarations.c.id)
    by_standing = select(*standing, func.count()).where(declarations.c.merged_into == "", *seen).group_by(*standing)
    still_open = [anomalies.c.state == "open", *visible(viewer, anomalies.c.declaration)]
    by_rule = select(*wrong, func.count()).where(*still_open).group_by(*wrong)
    gaps = [heads.history_incomplete, *visible(viewer, heads.declaration)]
    incomplete = select(func.count()).select_from(event_heads).where(*gaps)
    return Totals(
        {(status, office, is_open): count for status, office, is_open, count in connection.execute(by_standing)},
        {(rule, severity): count for rule, severity, count in connection.execute(by_rule)},
        connection.execute(incomplete).scalar_one(),
    )
