"""The table of expectations from the parts of all partitions: as of the last day that each of them has told.

What a partition has told of a later day waits, so that the table of a day is the same whoever is ahead.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from clearance.events.learning.cohorts import Chain, Key, Stay
from clearance.events.learning.decay import DAY_ZERO
from clearance.events.learning.expectations import Expectations
from clearance.events.learning.learner import Learner
from clearance.events.learning.part import Part
from clearance.events.learning.sketch import EPOCH, MINUTE
from clearance.events.learning.tally import RUNNING
from clearance.events.values.buckets import middle

Slices = dict[tuple[int, str], Part]


def merged(parts: Iterable[Part], chain: Chain) -> Expectations | None:
    """What is known, by parts in any order, some of them repeated. Nothing where no day was told.

    The version is the number of the day. A partition that has told nothing is not waited for: it has no events.
    """
    every = [*parts]
    told: dict[int, datetime] = {}
    for part in every:
        told[part.partition] = max(part.hour, told.get(part.partition, part.hour))
    if not told:
        return None
    day = min(told.values()).date()
    learner = Learner(chain)
    for part in _latest(every, day).values():
        _count(learner, part)
    as_of = datetime(day.year, day.month, day.day, tzinfo=DAY_ZERO.tzinfo)
    return learner.table((as_of - DAY_ZERO).days, as_of)


def _latest(parts: Iterable[Part], day: date) -> Slices:
    """Of each slice the last part that was told up to this day."""
    found: Slices = {}
    for part in parts:
        place = part.partition, part.slice
        if part.hour.date() <= day and (place not in found or found[place].src < part.src):
            found[place] = part
    return found


def _count(learner: Learner, part: Part) -> None:
    for key, counts in part.cohorts:
        for number, times in counts:
            if part.slice == RUNNING:
                learner.begin(_stay(key, EPOCH + number * MINUTE), times)
            else:
                ended = datetime.fromisoformat(part.slice).replace(tzinfo=DAY_ZERO.tzinfo)
                learner.end(_stay(key, ended - timedelta(microseconds=int(middle(number)))), ended, times)


def _stay(key: Key, began: datetime) -> Stay:
    """One that is counted in the cohort, with a length in the middle of its bucket."""
    status, authority, office, direction, transport_mode, hours = key
    return Stay(status, authority, office, direction, transport_mode, hour_class=hours, began=began)
