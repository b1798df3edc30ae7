"""Counts over the whole store, for metrics. Each is read from an index, or from a table that is small."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, case, func, or_, select

from clearance.events.anomalies.precision import SETTLED, Settled
from clearance.store.schema import anomalies, declarations, event_heads, handlings
from clearance.store.viewer import EVERYBODY, Viewer, among, has_few, visible


class Totals(NamedTuple):
    """`declarations` by (status, office, open), pointers left out; open `anomalies` by (rule, severity)."""

    declarations: dict[tuple[str, str, bool], int]
    anomalies: dict[tuple[str, str], int]
    incomplete: int


def settled_by_rule(connection: Connection, viewer: Viewer, since: datetime) -> dict[str, Settled]:
    """What became of the anomalies that opened since, by rule: as they stand for all, or as the viewer's organisation
    has closed them for itself; for everybody, as any has."""
    seen = among if has_few(connection, viewer) else visible
    own = [] if viewer == EVERYBODY else [handlings.c.organisation == viewer.organisation]
    hand = select(handlings.c.anomaly).where(handlings.c.anomaly == anomalies.c.id, *own).correlate(anomalies)
    is_false = or_(anomalies.c.state == "false_positive", hand.where(handlings.c.closed == "false_positive").exists())
    is_settled = or_(anomalies.c.state.in_(SETTLED), hand.where(handlings.c.closed > "").exists())
    wanted = (anomalies.c.opened_at >= since, is_settled, *seen(viewer, anomalies.c.declaration))
    query = select(anomalies.c.rule, func.count(), func.sum(case((is_false, 1), else_=0))).where(*wanted)
    return {rule: Settled(*counts) for rule, *counts in connection.execute(query.group_by(anomalies.c.rule))}


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
