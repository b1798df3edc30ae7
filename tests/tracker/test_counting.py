"""What the tracker counts of batches and partitions, and that its counters continue after a restart."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.helpers.arrivals import HOUR, acknowledged, by_hand, channel
from tests.helpers.partition_logs import TABLES, logged
from tests.helpers.recordings import STORIES
from tests.helpers.told import Told

from clearance.events.partition.batch import Batch, PartitionFold
from clearance.events.step.outputs import AnomalyOpened
from clearance.kafka.topics import Identity
from clearance.metrics import Board
from clearance.metrics.declared import PROCESS, TRACKER
from clearance.settings import clock
from clearance.tracker import counting as module
from clearance.tracker.counting import Counting
from clearance.tracker.owned import Owned

IDENTITY = Identity("cluster", {"declaration-inputs": "topic"})
NOW = datetime(2026, 6, 1, tzinfo=UTC)
SUCCESS = "clearance_last_success_timestamp_seconds"
DECLARED = (*PROCESS, *TRACKER)


def folded(*stories: str) -> tuple[Owned, Batch]:
    tracker = PartitionFold(TABLES)
    batch = tracker.fold(logged(*stories))
    return Owned(0, tracker, IDENTITY), batch


def counting(board: Board) -> Counting:
    """On a broker that is away."""
    return Counting(board, lambda: None)


def series(board: Board, name: str) -> dict[tuple[str, ...], float]:
    samples = [sample for family in board.collect() for sample in family.samples if sample.name == name]
    return {tuple(sample.labels.values()): sample.value for sample in samples}


def sum_of(board: Board, name: str) -> float:
    return sum(series(board, name).values())


def test_dead_letters_begin_at_0_so_that_the_first_one_is_a_rise() -> None:
    board = Board(DECLARED)
    counting(board)
    assert series(board, "clearance_dead_letters_total") == {("tracker",): 0}


def test_anomalies_of_each_rule_begin_at_0_so_that_a_burst_is_a_rise() -> None:
    board = Board(DECLARED)
    counting(board)
    shown = series(board, "clearance_anomalies_opened_total")
    assert {rule for rule, _ in shown} == {row.rule for row in TABLES.durations}
    assert {*shown.values()} == {0}


def test_it_counts_what_a_batch_gave() -> None:
    owned, batch = folded(*STORIES)
    board = Board(DECLARED)
    counting(board).batch(batch, [1000] * (owned.fold.position + 1), 3500.0, 0.25)
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


def test_it_counts_how_anomalies_were_settled() -> None:
    """What closed for all, and each word by which an organisation closed it for itself."""
    told = Told(channel("C"))
    [found] = [one for one in told.declarations[told.id].ledger.anomalies.values() if one.rule == "A07"]
    given = [
        acknowledged(found, HOUR, declaration=told.id),
        by_hand("false_positive", found, 2 * HOUR, declaration=told.id, organisation="acme"),
        by_hand("assign", found, 3 * HOUR, declaration=told.id, organisation="rival"),
        by_hand("resolve", found, 4 * HOUR, declaration=told.id),
    ]
    before = len(told.events)
    told.feed(given)
    board = Board(DECLARED)
    counting(board).batch(Batch(events=told.events[before:]), [], 0.0, 0.1)
    assert series(board, "clearance_anomalies_settled_total") == {("A07", "false_positive"): 1, ("A07", "resolved"): 1}


def test_an_event_that_a_faster_clock_wrote_took_no_time() -> None:
    board = Board(DECLARED)
    counting(board).batch(Batch(), [5000], 4000.0, 0.1)
    assert sum_of(board, "clearance_message_to_event_seconds_sum") == 0


def test_it_counts_inputs_over_all_partitions_that_are_owned() -> None:
    one, _ = folded("held-then-released")
    other, _ = folded("export-green")
    board = Board(DECLARED)
    ends = {0: one.fold.position + 6}
    feeding = Counting(board, lambda: ends)
    feeding.partitions({0: one, 1: other}, 3, None)
    inputs = one.fold.position + other.fold.position + 2
    assert sum_of(board, "clearance_inputs_total") == inputs
    assert board.value("clearance_inputs_total", "0", "cn", "DEC_RESULT", "applied") > 0
    assert [board.value("clearance_partitions", state) for state in ("running", "restoring")] == [2, 3]
    assert board.value("clearance_tracker_lag_records", "0") == 5
    assert board.value("clearance_tracker_position", "1") == other.fold.position
    ends = {1: 0}
    feeding.partitions({1: other}, 0, None)
    assert sum_of(board, "clearance_inputs_total") == other.fold.position + 1, "another worker counts the rest"
    assert sum_of(board, "clearance_tracker_lag_records") == 0, "never negative"


def test_counters_of_inputs_continue_from_what_a_restart_found() -> None:
    log = logged("both-generations-mixed")
    whole, _ = folded("both-generations-mixed")
    first = PartitionFold(TABLES)
    first.fold(log[:5])
    told = Owned(0, first, IDENTITY).progress(NOW)
    again = PartitionFold(TABLES, first.partition.states.values(), told)
    board = Board(DECLARED)
    counting(board).partitions({0: Owned(0, again, IDENTITY)}, 0, None)
    assert sum_of(board, "clearance_inputs_total") == 5
    again.fold(log)
    counting(board).partitions({0: Owned(0, again, IDENTITY)}, 0, None)
    expected = Board(DECLARED)
    counting(expected).partitions({0: whole}, 0, None)
    assert series(board, "clearance_inputs_total") == series(expected, "clearance_inputs_total")


def test_it_tells_how_long_a_restore_took() -> None:
    board = Board(DECLARED)
    told = counting(board)
    told.restored(7, 0.5)
    told.restored(3, 0.2)
    assert board.value("clearance_restore_records_total") == 10
    assert board.value("clearance_restore_seconds") == 0.2


def test_a_worker_that_hangs_shows_a_lag_that_grows_and_a_success_that_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that a scrape is told of it is worked out at the scrape: no tick comes any more."""
    owned, _ = folded("export-green")
    ends, moment = {0: owned.fold.position + 1}, [1000.0]
    for place in (module, clock):
        monkeypatch.setattr(place, "monotonic", lambda: moment[0])
    monkeypatch.setattr(clock, "utc_now", lambda: NOW + timedelta(seconds=moment[0]))
    board = Board(DECLARED)
    feeding = Counting(board, lambda: ends)
    owned.last_progress = 999.0
    feeding.partitions({0: owned}, 0, 0.25)
    began = board.value(SUCCESS)
    assert began == (NOW + timedelta(seconds=999)).timestamp()
    assert board.value("clearance_tracker_lag_records", "0") == 0
    moment[0], ends[0] = 1060.0, ends[0] + 40
    assert board.value(SUCCESS) == began
    assert board.value("clearance_tracker_lag_records", "0") == 40
    assert board.value("clearance_clock_skew_seconds") == 0.25


def test_nobody_knows_the_lag_while_the_broker_is_away() -> None:
    owned, _ = folded("export-green")
    board = Board(DECLARED)
    counting(board).partitions({0: owned}, 0, None)
    assert series(board, "clearance_tracker_lag_records") == {}


def test_a_tracker_is_ready_when_all_that_it_owns_is_read_back() -> None:
    told, (owned, _) = counting(Board(DECLARED)), folded("export-green")
    assert "owns no partition" in told.why_not_ready()
    told.partitions({0: owned}, 2, None)
    assert told.why_not_ready() == "2 partitions are being read back"
    told.partitions({0: owned}, 0, None)
    assert told.why_not_ready() == told.why_not_fresh() == ""


def test_a_tracker_of_parked_partitions_is_ready_and_not_fresh() -> None:
    told = counting(Board(DECLARED))
    told.parked([7, 3], [3, 7])
    assert told.why_not_ready() == ""
    assert "partitions 3, 7" in told.why_not_fresh()
