"""A log that was simulated says so when messages come in that no clock will follow."""

from typing import Any, NamedTuple

from structlog.testing import capture_logs
from tests.helpers.partition_logs import TABLES

from clearance.events.partition.batch import PartitionFold
from clearance.kafka.topics import Identity
from clearance.tracker.owned import Owned
from clearance.tracker.simulated import SILENT_MS, without_clock

STOPPED = 1_000_000


class Record(NamedTuple):
    """As a reader gives it."""

    headers: tuple[tuple[str, bytes], ...]
    timestamp: int


def record(kind: str, timestamp: int) -> Any:
    return Record((("kind", kind.encode()),), timestamp)


def owned() -> Owned:
    identity = Identity("cluster", {"declaration-inputs": "topic"})
    return Owned(0, PartitionFold(TABLES), identity, simulated_until_ms=STOPPED)


def test_while_the_simulator_passes_time_its_messages_are_as_they_should_be() -> None:
    part = owned()
    later = STOPPED + 10 * SILENT_MS
    with capture_logs() as logs:
        assert without_clock(part, [record("message", STOPPED + SILENT_MS)]) == 0
        assert without_clock(part, [record("clock", later), record("message", later + 1)]) == 0
    assert logs == []


def test_a_message_after_it_has_stopped_is_told_of_once() -> None:
    part = owned()
    late = record("message", STOPPED + SILENT_MS + 1)
    with capture_logs() as logs:
        assert without_clock(part, [late, record("command", late.timestamp), late]) == 2
        assert without_clock(part, [late]) == 1
    [told] = logs
    assert (told["event"], told["messages"]) == ("messages_in_a_simulated_log", 2)
    assert "never fire" in told["reason"]
