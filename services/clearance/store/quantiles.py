"""Clearance times by group, counted and ranked in the database; the quantiles are exact.

A quantile lies at `share * (n - 1)` of the sorted values, between two of them if that is no whole number (as
`percentile_cont` has it). SQLite has no quantiles: each value gets its place, and only the two at each share are read.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, case, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from clearance.store.rows import Times
from clearance.store.schema import declarations, spans
from clearance.store.viewer import EVERYBODY, Viewer, among

SMALLEST_COHORT = 5
"""Of fewer declarations an organisation is told nothing: the figures would be those of single ones."""
V = TypeVar("V", float, datetime)
Key = tuple[str, ...]
Columns = Sequence[ColumnElement[Any]]
Where = Sequence[ColumnElement[bool]]
MEDIAN, P90 = (1, 2), (9, 10)
"""Shares as whole numbers, so that places are computed alike in every database."""
DIMENSIONS = ("authority", "office", "direction", "transport_mode")
"""By which times can be grouped: columns of `declarations`."""


def clearance_times(
    connection: Connection,
    viewer: Viewer,
    by: Sequence[str],
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Times]:
    """All spans that began from `since` on and before `until`, by span and by the dimensions `by`."""
    keys = [spans.c.span, *(declarations.c[name] for name in by)]
    begun = [
        *among(viewer, spans.c.declaration),
        *([] if since is None else [spans.c.begun_at >= since]),
        *([] if until is None else [spans.c.begun_at < until]),
    ]
    return _times(connection, viewer, keys, begun)


def times_of_cohort(connection: Connection, viewer: Viewer, span: str, cohort: Mapping[str, str]) -> Times | None:
    """One span of the declarations with these values of dimensions; None if none has begun it."""
    columns = [declarations.c[name] for name in cohort]
    where = [column == value for column, value in zip(columns, cohort.values(), strict=True)]
    begun = [*among(viewer, spans.c.declaration), spans.c.span == span, *where]
    return next(iter(_times(connection, viewer, [spans.c.span, *columns], begun)), None)


def _times(connection: Connection, viewer: Viewer, keys: Columns, begun: Where) -> list[Times]:
    """Of the spans that are chosen, by group."""
    ended = _quantiles(connection, keys, spans.c.seconds, [spans.c.seconds.is_not(None), *begun], (MEDIAN, P90))
    running = _quantiles(connection, keys, spans.c.begun_at, [spans.c.open, *begun], (MEDIAN,))
    found = []
    for key, (n, mean, still, left_out) in _counts(connection, keys, begun).items():
        if viewer != EVERYBODY and n + still < SMALLEST_COHORT:
            continue
        median, p90 = ended.get(key, (None, None))
        [open_since] = running.get(key, (None,))
        found.append(
            Times(
                span=key[0],
                group=key[1:],
                n=n,
                mean=mean,
                median=median,
                p90=p90,
                open=still,
                open_since=open_since,
                left_out=left_out,
            )
        )
    return found


def _read(columns: Columns, where: Where, by: Columns) -> Select[Any]:
    """Columns of spans; with what they are grouped by, where that is of the declaration. Pointers have no spans."""
    joined = spans.join(declarations, declarations.c.id == spans.c.declaration) if len(by) > 1 else spans
    return select(*columns).select_from(joined).where(*where)


def _counts(connection: Connection, keys: Columns, where: Where) -> dict[Key, tuple[int, float | None, int, int]]:
    """By group: how many have ended, their mean length, how many are open, how many are neither."""
    ended, running = func.count(spans.c.seconds), func.sum(case((spans.c.open, 1), else_=0))
    columns = (*keys, ended, func.avg(spans.c.seconds), running, func.count() - ended - running)
    rows = connection.execute(_read(columns, where, keys).group_by(*keys).order_by(*keys))
    return {tuple(key): (n, mean, still, left_out) for *key, n, mean, still, left_out in rows}


def _quantiles(
    connection: Connection,
    keys: Columns,
    value: ColumnElement[V],
    where: Where,
    shares: tuple[tuple[int, int], ...],
) -> dict[Key, tuple[V, ...]]:
    """The values at the shares, by group."""
    place = func.row_number().over(partition_by=keys, order_by=value) - 1
    n = func.count().over(partition_by=keys)
    named: list[ColumnElement[Any]] = [column.label(f"key_{at}") for at, column in enumerate(keys)]
    ranked = _read([*named, place.label("place"), n.label("n"), value.label("value")], where, keys).subquery()
    low = [(ranked.c.n - 1) * over // of for over, of in shares]
    near = or_(*(ranked.c.place.in_((at, at + 1)) for at in low))
    found: dict[Key, tuple[int, dict[int, V]]] = {}
    for *key, at, count, one in connection.execute(select(ranked).where(near)):
        found.setdefault(tuple(key), (count, {}))[1][at] = one
    return {
        group: tuple(_between(values, count, share) for share in shares) for group, (count, values) in found.items()
    }


def _between(values: dict[int, V], n: int, share: tuple[int, int]) -> V:
    low, rest = divmod((n - 1) * share[0], share[1])
    if not rest:
        return values[low]
    return values[low] + (values[low + 1] - values[low]) * (rest / share[1])
