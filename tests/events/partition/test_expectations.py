"""A partition judges by the newest table that it has folded, and no table changes a declaration."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import accumulate
from typing import NamedTuple

from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.helpers.extent import examples
from tests.helpers.input_records import AT, CN, RECEIPT, learned, table, told
from tests.helpers.partition_logs import TABLES
from tests.tracker.by_hand import receipt_at

from clearance.events.learning.cohorts import Key
from clearance.events.learning.expectations import Expectations, Learned
from clearance.events.log.input_records import InputRecord, input_record, message_record
from clearance.events.log.inputs import Clock
from clearance.events.log.progress import STEP_VERSION, Progress
from clearance.events.partition.batch import Batch, PartitionFold
from clearance.events.step.outputs import Event
from clearance.kafka.wire import status_head, status_record

MINUTE = timedelta(minutes=1)
MESSAGE = message_record(CN, RECEIPT, received_at=AT)


def records(versions: Sequence[int]) -> list[InputRecord]:
    """Tables in this order, behind a message."""
    every = [MESSAGE, *(input_record("", told(table(version))) for version in versions)]
    return [replace(record, position=position) for position, record in enumerate(every)]


def folded(versions: Sequence[int]) -> tuple[PartitionFold, Batch]:
    fold = PartitionFold(TABLES)
    return fold, fold.fold(records(versions))


def test_an_older_table_and_the_same_again_are_ignored() -> None:
    fold, batch = folded([3, 2, 3, 5, 4])
    assert fold.partition.expectations == batch.expectations == table(5)
    assert fold.counts["", "expectations", "applied"] == 2
    assert fold.counts["", "expectations", "ignored"] == 3


def test_no_table_changes_a_declaration() -> None:
    (fold, batch), (bare, before) = folded([3, 5]), folded([])
    assert (batch.events, batch.sends, batch.dirty, batch.dead) == (before.events, before.sends, before.dirty, [])
    assert dict(fold.partition.states) == dict(bare.partition.states)


def test_before_the_first_there_is_none() -> None:
    fold, batch = folded([])
    assert (fold.partition.expectations, fold.partition.expectations_version, batch.expectations) == (None, 0, None)


@drawn(st.lists(st.integers(1, 6), max_size=8), st.integers(0, 8))
def test_who_begins_again_with_the_table_in_force_ends_with_the_same(versions: list[int], cut: int) -> None:
    whole = folded(versions)[0]
    log, cut = records(versions), min(cut, len(versions))
    first = PartitionFold(TABLES)
    first.fold(log[: cut + 1])
    second = PartitionFold(TABLES, first.partition.states.values(), expectations=first.partition.expectations)
    second.position, second.counts = first.position, first.counts
    second.fold(log[cut + 1 :])
    assert second.partition.expectations == whole.partition.expectations
    assert second.counts == whole.counts


class Passing(NamedTuple):
    """What a log holds beside messages: so long passes, and a table says so for the stages, or none comes."""

    minutes: int
    tables: dict[str, int]


hours = st.integers(0, 30).map(lambda count: count * 3600)
passing = st.builds(
    Passing,
    st.integers(1, 300),
    st.just({}) | st.dictionaries(st.sampled_from(["received", "reviewed"]), hours, min_size=1),
)
received = st.builds(
    lambda number, code, late: receipt_at(f"cn:unified:I2026000000000000{number}", code, AT + late * MINUTE),
    st.integers(1, 5),
    st.sampled_from("7LLJP"),
    st.integers(0, 1200),
)


def log_of(story: Sequence[InputRecord | Passing]) -> list[InputRecord]:
    """The records of one partition."""
    times = accumulate((one.minutes if isinstance(one, Passing) else 0 for one in story), initial=0)
    found: list[InputRecord] = []
    for version, (one, minutes) in enumerate(zip(story, times, strict=False), 1):
        if isinstance(one, InputRecord):
            found.append(one)
            continue
        if one.tables:
            cohorts: dict[Key, Learned] = {
                (stage, "cn", "*", "*", "*", "*"): learned(length) for stage, length in one.tables.items()
            }
            found.append(input_record("", told(Expectations(version, AT, cohorts))))
        found.append(input_record("", Clock(at=AT + (minutes + one.minutes) * MINUTE)))
    return [replace(record, position=position) for position, record in enumerate(found)]


def progress_of(fold: PartitionFold) -> Progress:
    return Progress(
        epoch=0,
        partition=0,
        position=fold.position,
        stream_time=fold.stream_time,
        wall_time=AT,
        ended_backfills=(),
        counts=(),
        cluster_id="c",
        topic_id="t",
        step_version=STEP_VERSION,
        tables_version=TABLES.version,
    )


def restarted(fold: PartitionFold) -> PartitionFold:
    """As a tracker reads it back: states as bytes, and of what they wait for no more than their heads say."""
    again = PartitionFold(TABLES, progress=progress_of(fold), expectations=fold.partition.expectations)
    for name, state in fold.partition.states.items():
        record = status_record(state, TABLES)
        again.partition.remember(name, record.value or b"", *status_head(record.headers).waits)
    return again


@settings(deadline=None, max_examples=examples(150))
@drawn(st.lists(received | passing, min_size=8, max_size=25), st.sets(st.integers(0, 40), min_size=3))
def test_a_restart_anywhere_opens_the_same_at_the_same_clock(
    story: list[InputRecord | Passing], cuts: set[int]
) -> None:
    log = log_of(story)
    whole = PartitionFold(TABLES)
    wanted = [event for record in log for event in whole.fold([record]).events]
    fold, found = PartitionFold(TABLES), list[Event]()
    for place, record in enumerate(log):
        fold = restarted(fold) if place in cuts else fold
        found += fold.fold([record]).events
    assert found == wanted
    assert dict(fold.partition.states) == dict(whole.partition.states)


def opened(log: Sequence[InputRecord]) -> set[object]:
    """What is open in the end, with when it opened."""
    fold = PartitionFold(TABLES)
    fold.fold([replace(record, position=position) for position, record in enumerate(log)])
    return {
        (name, key) for name, state in fold.partition.states.items() for key in state.ledger.open if key[0] in STAYS
    }


STAYS = frozenset({"A03", "A04", "A05"})


@settings(deadline=None, max_examples=examples(60))
@drawn(st.data(), st.lists(received, min_size=2, max_size=8), st.dictionaries(st.sampled_from(["received"]), hours))
def test_by_one_table_the_order_of_arrival_changes_nothing_of_which_stays_are_too_long(
    data: st.DataObject, messages: list[InputRecord], lengths: dict[str, int]
) -> None:
    begin, end = log_of([Passing(1, lengths)])[:1], log_of([Passing(60 * 60, {})])
    shuffled = data.draw(st.permutations(messages))
    assert opened([*begin, *messages, *end]) == opened([*begin, *shuffled, *end])
