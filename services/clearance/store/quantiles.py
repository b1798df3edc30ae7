"""Clearance times by group, from the tallies of whole days and the spans of what is left of a period.

Medians and p90 lie within a hundredth of those of the sorted values, beginnings within a minute; counts and means are
exact. The surprise: of a day of which more than half is in the period, the rest is taken back instead.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, func, select
from sqlalchemy.sql.elements import ColumnElement

from clearance.events.values.buckets import middle
from clearance.store.rows import Times
from clearance.store.schema import spans, tallies
from clearance.store.tallies import EPOCH, MINUTE, Tally, between, decode
from clearance.store.viewer import EVERYBODY, Viewer, among

SMALLEST_COHORT = 5
"""Of fewer declarations an organisation is told nothing: the figures would be those of single ones."""
Key = tuple[str, ...]
Totals = dict[Key, Tally]
MEDIAN, P90 = (1, 2), (9, 10)
"""Shares as whole numbers, so that places are exact."""
DAY = timedelta(days=1)
ALL: Mapping[str, str] = {}


class Period(NamedTuple):
    """From `since` on and before `until`; None is without an end. `times` is -1 where it is to be taken back."""

    since: datetime | None
    until: datetime | None
    times: int = 1


def clearance_times(
    connection: Connection,
    viewer: Viewer,
    by: Sequence[str],
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Times]:
    """All spans that began from `since` on and before `until`, by span and by the dimensions `by`."""
    if since is not None and until is not None and until <= since:
        return []
    found: Totals = {}
    if viewer == EVERYBODY and not _is_short(since, until):
        first, parts = _day_and_rest(since, taken_back=-1)
        last, rest = _day_and_rest(until, taken_back=1)
        _add_days(connection, found, by, first=first, last=last)
        parts += rest
    else:
        parts = [Period(since, until)]
    for part in parts:
        _add_spans(connection, found, viewer, by, part)
    return _shown(found, viewer)


def times_of_cohort(connection: Connection, viewer: Viewer, span: str, cohort: Mapping[str, str]) -> Times | None:
    """One span of the declarations with these values of dimensions; None if none has begun it."""
    found: Totals = {}
    only = {"span": span, **cohort}
    if viewer == EVERYBODY:
        _add_days(connection, found, [*cohort], only=only)
    else:
        _add_spans(connection, found, viewer=viewer, by=[*cohort], part=Period(None, None), only=only)
    return next(iter(_shown(found, viewer)), None)


def _shown(found: Totals, viewer: Viewer) -> list[Times]:
    """What the viewer may know of the groups."""
    least = 0 if viewer == EVERYBODY else SMALLEST_COHORT
    times = [_times(key, one) for key, one in sorted(found.items()) if not one.is_empty]
    return [one for one in times if one.n + one.open >= least]


def _is_short(since: datetime | None, until: datetime | None) -> bool:
    """Whether a period has fewer spans than may have to be taken back of its days."""
    return since is not None and until is not None and until - since <= DAY / 2


def _day_and_rest(at: datetime | None, taken_back: int) -> tuple[int | None, list[Period]]:
    """The day at whose beginning a period is cut that is cut at a time, and what lies between the two: with the sign
    `taken_back` if that is the morning, else with the other one."""
    if at is None:
        return None, []
    day, past = divmod(at - EPOCH, DAY)
    start = EPOCH + day * DAY
    if not past:
        return day, []
    if past <= DAY / 2:
        return day, [Period(start, at, taken_back)]
    return day + 1, [Period(at, start + DAY, -taken_back)]


def _add_days(
    connection: Connection,
    found: Totals,
    by: Sequence[str],
    first: int | None = None,
    last: int | None = None,
    only: Mapping[str, str] = ALL,
) -> None:
    """All that began on the days from `first` to before `last`; `only` those with these values of columns."""
    limits = [
        *([] if first is None else [tallies.c.day >= first]),
        *([] if last is None else [tallies.c.day < last]),
        *(tallies.c[name] == value for name, value in only.items()),
    ]
    columns = [tallies.c.span, *(tallies.c[name] for name in by), tallies.c.tally]
    for *key, told in connection.execute(select(*columns).where(*limits)):
        _of(found, key).add(decode(told))


def _add_spans(
    connection: Connection,
    found: Totals,
    viewer: Viewer,
    by: Sequence[str],
    part: Period,
    only: Mapping[str, str] = ALL,
) -> None:
    """All that the viewer may see of what began in a part of the period; `only` those with these values of columns."""
    keys = [spans.c.span, *(spans.c[name] for name in by)]
    values = [spans.c[name] == value for name, value in only.items()]
    where = [*among(viewer, spans.c.declaration), *_begun(part), *values]
    ended = select(*keys, _gathered(connection)).where(spans.c.seconds.is_not(None), *where).group_by(*keys)
    for *key, lengths in connection.execute(ended):
        _of(found, key).count_ended(_decoded(lengths), part.times)
    others = select(*keys, spans.c.begun_at, spans.c.open).where(spans.c.seconds.is_(None), *where)
    for *key, begun_at, is_open in connection.execute(others):
        _of(found, key).count_unfinished(begun_at, is_open, part.times)


def _gathered(connection: Connection) -> ColumnElement[Any]:
    """The lengths of a group in one value: as rows they would take as long again. SQLite writes 15 digits: a length of
    thirty years to the microsecond."""
    of_sqlite = connection.dialect.name == "sqlite"
    return (func.json_group_array if of_sqlite else func.array_agg)(spans.c.seconds)


def _decoded(lengths: str | list[float]) -> list[float]:
    return msgspec.json.decode(lengths, type=list[float]) if isinstance(lengths, str) else lengths


def _begun(part: Period) -> Iterator[ColumnElement[bool]]:
    if part.since is not None:
        yield spans.c.begun_at >= part.since
    if part.until is not None:
        yield spans.c.begun_at < part.until


def _of(found: Totals, key: Sequence[str]) -> Tally:
    group = tuple(key)
    if (one := found.get(group)) is None:
        one = found[group] = Tally()
    return one


def _times(key: Key, one: Tally) -> Times:
    n, still = sum(one.lengths.values()), sum(one.running.values())
    return Times(
        span=key[0],
        group=key[1:],
        n=n,
        mean=one.microseconds / n / 1_000_000 if n else None,
        median=_length(one, MEDIAN),
        p90=_length(one, P90),
        open=still,
        open_since=_beginning(one),
        left_out=one.left_out,
    )


def _length(one: Tally, share: tuple[int, int]) -> float | None:
    """In seconds."""
    if (found := between(one.lengths, share)) is None:
        return None
    low, high, over = found
    return (middle(low) + (middle(high) - middle(low)) * over) / 1_000_000


def _beginning(one: Tally) -> datetime | None:
    """The minute since which half of the open ones have been running."""
    if (found := between(one.running, MEDIAN)) is None:
        return None
    low, high, over = found
    return EPOCH + MINUTE * (low + (high - low) * over)
