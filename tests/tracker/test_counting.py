"""What the tracker counts of batches and partitions, and that its counters continue after a restart."""

from datetime import UTC, datetime

from tests.helpers.partition_logs import TABLES, logged
from tests.helpers.recordings import STORIES

from clearance.events.partition.batch import Batch, PartitionFold
from clearance.events.step.outputs import AnomalyOpened
from clearance.kafka.topics import Identity
from clearance.metrics import Board
from clearance.metrics.declared import TRACKER
from clearance.tracker.counting import Counting
from clearance.tracker.owned import Owned

IDENTITY = Identity("cluster", {"declaration-inputs": "topic"})
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def folded(*stories: str) -> tuple[Owned, Batch]:
    tracker = PartitionFold(TABLES)
    batch = tracker.fold(logged(*stories))
    return Owned(0, tracker, IDENTITY), batch


def series(board: Board, name: str) -> dict[tuple[str, ...], float]:
    samples = [sample for family in board.collect() for sample in family.samples if sample.name == name]
    return {tuple(sample.labels.values()): sample.value for sample in samples}


def sum_of(board: Board, name: str) -> float:
    return sum(series(board, name).values())


def test_dead_letters_begin_at_0_so_that_the_first_one_is_a_rise() -> None:
    board = Board(TRACKER)
    Counting(board)
    assert series(board, "clearance_dead_letters_total") == {("tracker",): 0}


def test_it_counts_what_a_batch_gave() -> None:
    owned, batch = folded(*STORIES)
    board = Board(TRACKER)
    Counting(board).batch(batch, [1000] * (owned.fold.position + 1), 3500.0, 0.25)
    assert sum_of(board, "clearance_tracker_events_total") == len(batch.events)
    assert sum_of(board, "clearance_tracker_sends_total") == len(batch.sends)
    assert sum_of(board, "clearance_dead_letters_total") == len(batch.dead) > 0
    assert sum_of(board, "clearance_stage_seconds_count") == len(batch.spans) > 0
    assert sum_of(board, "clearance_stage_seconds_sum") == sum(span.seconds for span in batch.spans)
    opened = [one.data.anomaly for one in batch.events if isinstance(one.data, AnomalyOpened)]
    assert sum_of(board, "clearance_anomalies_opened_total") == len(opened) > 0
    assert board.value("clearance_anomalies_opened_total", opened[0].rule, opened[0].severity) > 0
    assert board.value("clearance_tracker_events_total", "anomaly.opened") == len(opened)
    assert board.value("clearance_tracker_batches_total") == 1
    assert board.quantile("clearance_message_to_event_seconds", 0.99) == 2.5
    assert board.quantile("clearance_tracker_batch_seconds", 0.5) == 0.25


def test_an_event_that_a_faster_clock_wrote_took_no_time() -> None:
    board = Board(TRACKER)
    Counting(board).batch(Batch(), [5000], 4000.0, 0.1)
    assert sum_of(board, "clearance_message_to_event_seconds_sum") == 0


def test_it_counts_inputs_over_all_partitions_that_are_owned() -> None:
    one, _ = folded("held-then-released")
    other, _ = folded("export-green")
    board = Board(TRACKER)
    counting = Counting(board)
    counting.partitions({0: one, 1: other}, 3, {0: one.fold.position + 6})
    inputs = one.fold.position + other.fold.position + 2
    assert sum_of(board, "clearance_inputs_total") == inputs
    assert board.value("clearance_inputs_total", "0", "cn", "DEC_RESULT", "applied") > 0
    assert [board.value("clearance_partitions", state) for state in ("running", "restoring")] == [2, 3]
    assert board.value("clearance_tracker_lag_records", "0") == 5
    assert board.value("clearance_tracker_position", "1") == other.fold.position
    counting.partitions({1: other}, 0, {1: 0})
    assert sum_of(board, "clearance_inputs_total") == other.fold.position + 1, "another worker counts the rest"
    assert sum_of(board, "clearance_tracker_lag_records") == 0, "never negative"


def test_counters_of_inputs_continue_from_what_a_restart_found() -> None:
    log = logged("both-generations-mixed")
    whole, _ = folded("both-generations-mixed")
    first = PartitionFold(TABLES)
    first.fold(log[:5])
    told = Owned(0, first, IDENTITY).progress(NOW)
    again = PartitionFold(TABLES, first.partition.states.values(), told)
    board = Board(TRACKER)
    Counting(board).partitions({0: Owned(0, again, IDENTITY)}, 0, {})
    assert sum_of(board, "clearance_inputs_total") == 5
    again.fold(log)
    Counting(board).partitions({0: Owned(0, again, IDENTITY)}, 0, {})
    expected = Board(TRACKER)
    Counting(expected).partitions({0: whole}, 0, {})
    assert series(board, "clearance_inputs_total") == series(expected, "clearance_inputs_total")


def test_it_tells_how_long_a_restore_took() -> None:
    board = Board(TRACKER)
    counting = Counting(board)
    counting.restored(7, 0.5)
    counting.restored(3, 0.2)
    assert board.value("clearance_restore_records_total") == 10
    assert board.value("clearance_restore_seconds") == 0.2
