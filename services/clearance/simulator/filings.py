"""When declarations are filed: at random, more often in busy hours, on working days and in busy seasons."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from heapq import merge
from itertools import repeat
from random import Random

from msgspec import Struct

from clearance.simulator.almanac import Almanac
from clearance.simulator.chance import chance
from clearance.simulator.pacing import LAST_WORKING_DAY
from clearance.simulator.sections import Authority, Filings

DAY = timedelta(days=1)


def filings(
    seed: int,
    start: datetime,
    authorities: Mapping[Authority, Filings],
    per_day: float,
    almanac: Almanac | None = None,
) -> Iterator[tuple[datetime, Authority]]:
    """Times from `start` on, for ever, with the authority; `per_day` on the average working day, of all together.

    Without an almanac there are no holidays and no seasons."""
    total = sum(row.share for row in authorities.values())
    gaps = {name: DAY / (per_day * row.share / total) for name, row in authorities.items()}
    rates = {name: _rate(name, row, almanac) for name, row in authorities.items()}
    times = {name: _times(chance(seed, "filings", name), start, rates[name], gaps[name]) for name in authorities}
    return merge(*(zip(times[name], repeat(name)) for name in authorities))


class Rate(Struct, frozen=True):
    """How much is filed: `at` a moment, at the busiest and on the average of a working day, relative to each other."""

    at: Callable[[datetime], float]
    busiest: float
    mean: float


def _rate(authority: Authority, row: Filings, almanac: Almanac | None) -> Rate:
    mean = sum(row.hours) / 24
    if almanac is None:
        return Rate(partial(_weight, row), max(row.hours), mean)
    return Rate(lambda at: almanac.weight(authority, at, row), max(row.hours) * almanac.busiest, mean)


def _times(draw: Random, start: datetime, rate: Rate, gap: timedelta) -> Iterator[datetime]:
    """Moments that are `gap` apart on the average working day."""
    at, least = start, gap * (rate.mean / rate.busiest)
    while True:
        at += least * draw.expovariate(1.0)
        if draw.random() * rate.busiest < rate.at(at):
            yield at


def _weight(row: Filings, at: datetime) -> float:
    """Of the local hour; less at weekends."""
    local = at + timedelta(hours=row.utc_offset_hours)
    return row.hours[local.hour] * (1.0 if local.isoweekday() <= LAST_WORKING_DAY else row.weekend)
