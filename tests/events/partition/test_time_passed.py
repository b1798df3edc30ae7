"""That time has passed is told at each hour of stream time, the same wherever a fold begins."""

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


def test_each_hour_is_told_by_the_clock_with_which_it_came() -> None:
    told = [(one.src, (one.hour - NINE) // timedelta(hours=1)) for one in hours(0)]
    assert told == [(2, 0), (5, 1), (8, 1), (9, 3)], "one that was told again after a clock went back is told again"


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


def test_the_first_clock_begins_an_hour_that_nobody_saw_whole() -> None:
    assert time_passed(None, 0, 0, NINE) is None
