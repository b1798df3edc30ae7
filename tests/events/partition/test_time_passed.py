"""That time has passed is told every five minutes of stream time, the same wherever a fold begins."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from clearance.events.log.input_records import InputRecord, input_record
from clearance.events.log.inputs import Clock
from clearance.events.log.progress import Progress
from clearance.events.partition.batch import PartitionFold
from clearance.events.partition.time_passed import TimePassed, time_passed
from clearance.settings.tables import default_tables

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTES = (-20, -1, 0, 5, 59, 60, 61, 30, 62, 200)


def clocks() -> list[InputRecord]:
    return [
        replace(input_record("", Clock(at=NINE + timedelta(minutes=minutes))), position=position)
        for position, minutes in enumerate(MINUTES)
    ]


def hours(begin: int, progress: Progress | None = None) -> list[TimePassed]:
    return PartitionFold(default_tables(), progress=progress).fold(clocks()[begin:]).hours


def test_each_step_is_told_by_the_clock_with_which_it_came() -> None:
    told = [(one.src, one.mark and (one.mark - NINE) // timedelta(minutes=1)) for one in hours(0)]
    assert told == [(1, -5), (2, 0), (3, 5), (4, 55), (5, 60), (8, 60), (9, 200)], "a clock went back at 7"
    assert all(one.hour <= (one.mark or NINE) < one.hour + timedelta(hours=1) for one in hours(0))


@pytest.mark.parametrize("begin", range(1, len(MINUTES)))
def test_a_fold_that_begins_at_its_progress_tells_the_same(begin: int) -> None:
    progress = Progress(
        epoch=0,
        partition=0,
        position=begin - 1,
        stream_time=NINE + timedelta(minutes=MINUTES[begin - 1]),
        wall_time=NINE,
        ended_backfills=(),
        counts=(),
        cluster_id="c",
        topic_id="t",
        step_version="4",
        tables_version="v",
    )
    assert hours(begin, progress) == [one for one in hours(0) if one.src >= begin]


def test_the_first_clock_begins_a_step_that_nobody_saw_whole() -> None:
    assert time_passed(None, 0, 0, NINE) is None
