"""States that leave memory and come back: what is touched is there, what is not may be away."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.tracker.by_hand import AT, keys, receipt

from clearance.events.log.input_records import InputRecord, input_record, message_record
from clearance.events.log.inputs import BackfillEnd, Clock
from clearance.events.partition.batch import PartitionFold
from clearance.events.partition.index import Entry, MemoryIndex
from clearance.events.partition.memory import Away, States, Unreadable
from clearance.events.step.state_records import encode_state
from clearance.settings.tables import default_tables

TABLES = default_tables()
KEY = keys(0)[0]


def folded(*records: InputRecord, fold: PartitionFold | None = None) -> PartitionFold:
    """These inputs after those that have been folded."""
    fold = fold or PartitionFold(TABLES)
    for record in records:
        fold.fold([InputRecord(record.key, record.value, record.headers, fold.position + 1)])
    return fold


def of_history(code: str, minutes: int) -> InputRecord:
    one = receipt(KEY, code, minutes)
    return message_record(KEY, one.value, received_at=AT + timedelta(minutes=minutes), backfill="b")


def leaves(fold: PartitionFold) -> bool:
    src = fold.partition.states[KEY].src
    fold.partition.states.index.enter({KEY: Entry(src, 7, over=True)})
    return fold.partition.let_go(KEY, src)


def test_an_input_for_a_state_away_from_memory_is_refused() -> None:
    fold = folded(*(receipt(KEY, code, minutes) for minutes, code in enumerate("7LJPR")))
    assert leaves(fold)
    assert fold.partition.states.away([KEY, "cn:unified:I20260000009999999"]) == {KEY: 7}
    with pytest.raises(Away, match="offset 7"):
        folded(receipt(KEY, "C", 2), fold=fold)


def test_a_state_that_has_changed_since_stays_in_memory() -> None:
    fold = folded(*(receipt(KEY, code, minutes) for minutes, code in enumerate("7LJPR")))
    before = fold.partition.states[KEY].src
    folded(receipt(KEY, "C", 2), fold=fold)
    assert not fold.partition.let_go(KEY, before)


def test_the_end_of_a_backfill_touches_only_who_waits_for_it() -> None:
    fold = folded(of_history("7", 0), *(receipt(KEY, code, minutes) for minutes, code in enumerate("LJPR", 1)))
    assert fold.partition.states[KEY].backfill == "", "it has lived on since"
    assert leaves(fold)
    folded(input_record("", BackfillEnd(at=AT, backfill="b")), fold=fold)
    assert fold.partition.states.away([KEY]) == {KEY: 7}


def test_bytes_are_decoded_when_they_are_asked_for() -> None:
    state = folded(receipt(KEY, "7")).partition.states[KEY]
    fold = PartitionFold(TABLES)
    fold.partition.remember(KEY, encode_state(state, TABLES), state.deadline)
    assert fold.partition.due() == state.deadline
    assert fold.partition.states[KEY] == state


def test_a_deadline_fires_on_bytes_as_on_a_state() -> None:
    state = folded(receipt(KEY, "7")).partition.states[KEY]
    assert state.deadline is not None
    late = input_record("", Clock(at=state.deadline + timedelta(days=1), external=True))
    whole, lazy = PartitionFold(TABLES, [state]), PartitionFold(TABLES)
    lazy.partition.remember(KEY, encode_state(state, TABLES), state.deadline)
    for fold in (whole, lazy):
        fold.position = 5
        folded(late, fold=fold)
    assert lazy.partition.states[KEY].ledger.anomalies
    assert dict(lazy.partition.states) == dict(whole.partition.states)


def test_bytes_that_are_no_state_are_named() -> None:
    fold = PartitionFold(TABLES)
    fold.partition.remember(KEY, b"nonsense")
    with pytest.raises(Unreadable, match=KEY):
        fold.partition.states[KEY]


def test_it_counts_the_states_away_from_memory() -> None:
    states = States(lambda data: pytest.fail("nothing is decoded"), MemoryIndex())
    states.index.enter({"a": Entry(1, 0, over=True), "b": Entry(2, 1, over=False)})
    states.remember("b", b"")
    assert (len(states), states.gone) == (1, 1)
    states.remember("a", b"")
    assert (len(states), states.gone) == (2, 0)


def test_deadlines_that_moved_do_not_pile_up() -> None:
    fold = folded(receipt(KEY, "7"))
    for day in range(5_000):
        fold.partition._arm(KEY, datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=day), None)
    assert len(fold.partition._deadlines) < 2_000
    assert fold.partition.due() == datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=4_999)
