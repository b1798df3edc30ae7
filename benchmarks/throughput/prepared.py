"""The log that every contestant folds, and what must follow from it.

Either the whole traffic of the simulator, a fixed seed: every format and command, numbers that find each other. Or
business receipts alone, nine tenths of what a single window sends, one after the other. The surprise: the links and
facts that the fold sends stand in the log already, each right after the input that caused it, as if a tracker had kept
up. What a contestant sends once more lands behind the prepared records and changes nothing, so that all of them give
the same events.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.message_to_status import CODES
from benchmarks.message_to_status import arrival as receipt
from msgspec.structs import replace

from clearance.contracts import topics
from clearance.edge.intake import records_of
from clearance.events.log.input_records import InputRecord, input_record
from clearance.events.log.inputs import Clock
from clearance.events.partition.batch import PartitionFold
from clearance.events.partition.replay import Arrival
from clearance.events.tables.tables import Tables
from clearance.events.values.errors import InvalidMessage
from clearance.kafka.clients import belongs_to, partition_of
from clearance.kafka.names import BASE
from clearance.settings.tables import default_tables
from clearance.simulator.traffic import MONDAY, traffic
from clearance.testing.oracle import Truth, fold

PARTITIONS = topics()[BASE.inputs].partitions


@dataclass(frozen=True)
class Prepared:
    """Records by partition, their number without and with what the fold adds, and the truth about them."""

    log: list[list[InputRecord]]
    truth: Truth
    arrivals: int

    @property
    def inputs(self) -> int:
        return sum(map(len, self.log))


class Log:
    """A log that is folded while it is written, so that it holds its own sends."""

    def __init__(self, tables: Tables) -> None:
        self.folds = [PartitionFold(tables, mine=belongs_to(one, PARTITIONS)) for one in range(PARTITIONS)]
        self.records: list[list[InputRecord]] = [[] for _ in range(PARTITIONS)]
        # simulated time: nobody adds clocks of his own, and no deadline fires
        for number in range(PARTITIONS):
            self._append(number, input_record("", Clock(at=MONDAY, external=True)))

    def add(self, record: InputRecord) -> None:
        """Append it, and all that follows from it."""
        waiting = deque([record])
        while waiting:
            following = waiting.popleft()
            sends = self._append(partition_of(following.key.encode(), PARTITIONS), following)
            waiting.extend(sends)

    def _append(self, number: int, record: InputRecord) -> list[InputRecord]:
        placed = replace(record, position=len(self.records[number]))
        self.records[number].append(placed)
        return [input_record(send.to, send.input) for send in self.folds[number].fold([placed]).sends]


def simulated(seed: int, per_day: float, tables: Tables) -> Iterator[Arrival]:
    """The whole traffic. The more declarations `per_day`, the fewer inputs of one declaration stand near each other."""
    return (one.arrival for one in traffic(seed, MONDAY, tables=tables, declarations_per_day=per_day))


def receipts(count: int) -> Iterator[Arrival]:
    """Five receipts of each of so many declarations, which take turns."""
    return (receipt(number, max(1, count // len(CODES))) for number in range(count))


def prepare(
    arriving: Iterator[Arrival], count: int, tables: Tables, advance: Callable[[], None] = lambda: None
) -> Prepared:
    """The log of the first `count` arrivals that can be filed. `advance` is called for each."""
    log, taken = Log(tables), 0
    while taken < count:
        try:
            records = records_of(next(arriving), default_tables())
        except InvalidMessage:  # the edge refuses it, and it never comes into the log
            continue
        for record in records:
            log.add(record)
        taken += 1
        advance()
    return Prepared(log.records, fold(log.records, tables), taken)
