"""When the tracker appends a clock to a partition, and when it tells its progress."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec
import pytest
from tests.helpers.partition_logs import TABLES, logged, written
from tests.messages import dec_result

from clearance.events.log.input_records import InputRecord, input_record
from clearance.events.log.inputs import Clock
from clearance.events.log.progress import STEP_VERSION, InputCount, Progress
from clearance.events.partition.batch import PartitionFold
from clearance.events.partition.replay import Arrival
from clearance.events.partition.time_passed import STEP, mark_of
from clearance.kafka.names import Names
from clearance.kafka.topics import Identity
from clearance.stages.owned import PROGRESS_EVERY
from clearance.tracker.owned import BETWEEN_CLOCKS, Owned

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
MOMENT = 1000.0
"""Now by the monotonic clock [s]."""
IDENTITY = Identity("a cluster", {"declaration-inputs": "a topic", "declaration-inputs.e2": "a topic"})
RECEIVED = dec_result(CUS_CIQ_NO="I20260000000000001", CHANNEL="7", NOTICE_DATE="2026-03-02T17:00:00")


class Case(NamedTuple):
    """What is known of a partition, and whether it wants a clock. Times are before now; None: never."""

    wanted: bool
    folded: bool = True  # a message
    deadline: timedelta | None = None
    stream: timedelta | None = None  # of the last clock folded
    own_clock: timedelta | None = None  # of the last clock that this worker appended
    unfolded: bool = False  # whether it is not folded yet
    external: bool = False  # whether the last clock folded was a simulator's


CASES = {
    "an empty partition": Case(False, folded=False),
    "a partition that never had a clock": Case(True),
    "a clock in this step": Case(False, stream=timedelta()),
    "a clock in the step before": Case(True, stream=SECOND),
    "a clock of ours in this step, a minute ago by a wall that went back": Case(
        False, stream=-MINUTE, own_clock=MINUTE
    ),
    "a clock of ours a while ago, the folded one long ago": Case(False, stream=60 * MINUTE, own_clock=59 * SECOND),
    "a clock of ours a minute ago": Case(True, stream=60 * MINUTE, own_clock=MINUTE),
    "a deadline to come": Case(False, deadline=-SECOND, stream=timedelta()),
    "a deadline now": Case(True, deadline=timedelta(), stream=timedelta()),
    "a deadline past": Case(True, deadline=MINUTE, stream=timedelta()),
    "a deadline past and a clock of ours unfolded": Case(False, deadline=MINUTE, own_clock=5 * MINUTE, unfolded=True),
    "a step passed and a clock of ours unfolded": Case(False, stream=MINUTE, own_clock=MINUTE, unfolded=True),
    "a simulator's time": Case(False, stream=60 * MINUTE, external=True),
    "a deadline past in a simulator's time": Case(False, deadline=MINUTE, stream=60 * MINUTE, external=True),
    "a simulator's time that is ahead": Case(False, stream=-60 * MINUTE, external=True),
    "a clock of the future": Case(True, stream=-60 * MINUTE),  # the wall was ahead, and so was the broker
    "a clock of ours of the future, a while ago": Case(False, stream=-60 * MINUTE, own_clock=30 * SECOND),
    "a clock of ours that was ignored": Case(False, deadline=MINUTE, stream=60 * MINUTE, own_clock=30 * SECOND),
    "one that was ignored a minute ago": Case(True, deadline=MINUTE, stream=60 * MINUTE, own_clock=MINUTE),
}


def owned(case: Case) -> Owned:
    tracker = PartitionFold(TABLES)
    if case.folded:
        tracker.fold(written([Arrival(name="7", at=NOW - timedelta(hours=3), data=RECEIVED)])[:1])
    if case.stream is not None:
        tracker.fold([placed(Clock(at=NOW - case.stream, external=case.external), tracker.position + 1)])
    deadline = None if case.deadline is None else NOW - case.deadline
    tracker.partition.due = lambda: deadline  # type: ignore[method-assign] # the case says it
    mine = Owned(0, tracker, IDENTITY)
    if case.own_clock is not None:
        mine.last_clock, mine.clock_at = NOW - case.own_clock, tracker.position + case.unfolded
        mine.last_clock_at = MOMENT - case.own_clock.total_seconds()
    return mine


def placed(clock: Clock, position: int) -> InputRecord:
    record = input_record("", clock)
    return InputRecord("", record.value, record.headers, position)


@pytest.mark.parametrize("what", CASES)
def test_it_wants_a_clock(what: str) -> None:
    assert owned(CASES[what]).wants_clock(NOW, MOMENT) == CASES[what].wanted


def test_a_clock_is_due_when_the_fold_says_so() -> None:
    """The deadline of the case above is made up; here it is that of a declaration."""
    tracker = PartitionFold(TABLES)
    tracker.fold(logged("stuck-submitted")[:1])
    due = tracker.partition.due()
    assert due is not None
    tracker.fold([placed(Clock(at=due - 5 * SECOND), tracker.position + 1)])
    mine = Owned(0, tracker, IDENTITY, last_clock=due - 5 * SECOND, last_clock_at=MOMENT - 5)
    assert [mine.wants_clock(due - SECOND, MOMENT - 1), mine.wants_clock(due, MOMENT)] == [False, True]


def test_one_clock_answers_a_deadline() -> None:
    """Folded, it is due no longer, so that no second one follows at the next tick."""
    tracker = PartitionFold(TABLES)
    tracker.fold(logged("stuck-submitted")[:1])
    mine = Owned(0, tracker, IDENTITY)
    now = tracker.partition.due()
    assert now is not None
    mine.last_clock, mine.last_clock_at, mine.clock_at = now, MOMENT, tracker.position + 1
    tracker.fold([placed(Clock(at=now), tracker.position + 1)])
    assert not mine.wants_clock(now + SECOND, MOMENT + 1)


@pytest.mark.parametrize(
    ("last", "wanted"),
    [(None, True), (PROGRESS_EVERY, True), (PROGRESS_EVERY - 0.001, False), (0.0, False)],
)
def test_it_wants_to_tell_its_progress(last: float | None, wanted: bool) -> None:
    mine = Owned(0, PartitionFold(TABLES), IDENTITY, last_progress=None if last is None else MOMENT - last)
    assert mine.wants_progress(MOMENT) == wanted


def test_clocks_that_no_deadline_asks_for_are_a_minute_apart_and_progress_is_told_once_a_second() -> None:
    assert (BETWEEN_CLOCKS, PROGRESS_EVERY) == (MINUTE, 1.0)


def test_progress_says_up_to_when_inputs_are_folded() -> None:
    tracker = PartitionFold(TABLES)
    tracker.fold(logged("backfill-complete"))
    owned = Owned(5, tracker, IDENTITY, last_input=NOW - timedelta(hours=1))
    owned.end = tracker.position + 1
    assert owned.progress(NOW).caught_up_at == NOW, "none is left"
    owned.end = tracker.position + 2
    assert owned.progress(NOW).caught_up_at == NOW - timedelta(hours=1), "one is left"


def test_progress_says_all_that_a_restart_needs() -> None:
    tracker = PartitionFold(TABLES)
    tracker.fold(logged("backfill-complete"))
    told = Owned(5, tracker, IDENTITY, Names.of(2)).progress(NOW)
    assert told == Progress(
        epoch=2,
        partition=5,
        position=tracker.position,
        stream_time=tracker.stream_time,
        wall_time=NOW,
        ended_backfills=tuple(sorted(tracker.partition.ended)),
        counts=told.counts,
        cluster_id="a cluster",
        topic_id="a topic",
        step_version=STEP_VERSION,
        tables_version=TABLES.version,
        caught_up_at=NOW,
        topic_ids={**IDENTITY.topic_ids},
    )
    assert told.ended_backfills
    assert {InputCount("", "backfill-end", "applied", 1)} < {*told.counts}
    assert sum(one.count for one in told.counts) == tracker.position + 1


def test_a_clock_of_a_later_epoch_is_awaited_by_its_time_and_for_a_minute() -> None:
    """It goes through the base log, so its offset says nothing; and the feeder that brings it may be gone."""
    tracker = PartitionFold(TABLES)
    tracker.fold(logged("stuck-submitted")[:1])
    due = tracker.partition.due()
    assert due is not None
    mine = Owned(0, tracker, IDENTITY, Names.of(2), clock_at=10**6)
    assert mine.wants_clock(due, MOMENT)
    mine.last_clock, mine.last_clock_at = due, MOMENT
    assert not mine.wants_clock(due + SECOND, MOMENT + 1)
    assert mine.wants_clock(due + BETWEEN_CLOCKS, MOMENT + 60)
    tracker.fold([placed(Clock(at=due), tracker.position + 1)])
    assert not mine.wants_clock(due + SECOND, MOMENT + 1)
    assert mine.wants_clock(due + STEP, MOMENT + 300)


def test_a_wall_that_jumps_an_hour_and_back_makes_no_flood_and_no_silence() -> None:
    """Two minutes of ticks, in the middle one of which the wall is an hour ahead and the broker's clock is right."""
    tracker = PartitionFold(TABLES)
    tracker.fold(logged("stuck-submitted")[:1])
    due = tracker.partition.due()
    assert due is not None
    mine, appended = Owned(0, tracker, IDENTITY), dict[int, int]()
    for tick in range(6 * 60):
        real, moment = due - MINUTE + tick * SECOND / 2, MOMENT + tick / 2
        wall = real + (timedelta(hours=1) if tick in range(60, 180) else timedelta())
        if mine.wants_clock(wall, moment):
            mine.last_clock, mine.last_clock_at = wall, moment
            mine.clock_at = tracker.position + 1
            clock = placed(Clock(at=wall), mine.clock_at)
            tracker.fold([msgspec.structs.replace(clock, timestamp_ms=int(real.timestamp() * 1000))])
            appended[tick] = tracker.position
    assert len(appended) <= 5, "no more than one a minute, and one for what is due"
    assert tracker.stream_time is not None
    assert tracker.partition.due() is None or tracker.partition.due() > due, "the deadline has fired"  # type: ignore[operator]


def test_every_clock_says_something_and_none_is_missing() -> None:
    """A day of ticks of a partition, from one receipt on: each clock fires a deadline or tells that a step has passed,
    all deadlines fire within a tick, and every step is told."""
    tracker = PartitionFold(TABLES)
    tracker.fold(logged("stuck-submitted")[:1])
    first = tracker.partition.due()
    assert first is not None
    mine, silent, late, marks = Owned(0, tracker, IDENTITY), 0, 0, []
    for tick in range(24 * 60 * 60):
        now, moment = first - 7 * MINUTE + tick * SECOND, MOMENT + tick
        due = tracker.partition.due()
        late += due is not None and due < now - SECOND
        if mine.wants_clock(now, moment):
            mine.last_clock, mine.last_clock_at, mine.clock_at = now, moment, tracker.position + 1
            said = tracker.fold([placed(Clock(at=now), mine.clock_at)])
            silent += not (said.events or said.hours)
            marks += [one.mark for one in said.hours]
    assert (silent, late) == (1, 0), "the first begins a step that nobody saw whole"
    begun = mark_of(first - 7 * MINUTE)
    assert marks == [begun + step * STEP for step in range(1, len(marks) + 1)]
    assert len(marks) in (287, 288)
