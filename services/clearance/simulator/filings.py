"""When declarations are filed: at random, more often in busy hours and on working days."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from heapq import merge

from clearance.simulator.chance import chance
from clearance.simulator.sections import Authority, Filings

DAY = timedelta(days=1)
WEEKEND = 6
"""ISO number of its first day."""


def filings(
    seed: int, start: datetime, authorities: Mapping[Authority, Filings], per_day: float
) -> Iterator[tuple[datetime, Authority]]:
    """Times from `start` on, for ever, with the authority; `per_day` on the average working day, of all together."""
    total = sum(row.share for row in authorities.values())
    return merge(*(_of_one(seed, start, name, row, per_day * row.share / total) for name, row in authorities.items()))


def _of_one(
    seed: int, start: datetime, authority: Authority, row: Filings, per_day: float
) -> Iterator[tuple[datetime, Authority]]:
    draw = chance(seed, "filings", authority)
    busiest = max(row.hours)
    mean_gap = DAY * (sum(row.hours) / 24 / busiest) / per_day
    at = start
    while True:
        at += mean_gap * draw.expovariate(1.0)
        if draw.random() * busiest < _weight(row, at):
            yield at, authority


def _weight(row: Filings, at: datetime) -> float:
    """Of the local hour; less at weekends."""
    local = at + timedelta(hours=row.utc_offset_hours)
    return row.hours[local.hour] * (row.weekend if local.isoweekday() >= WEEKEND else 1.0)
