"""A store that holds what arrivals come to: folded and written by the product's own code, without a broker between."""

from collections.abc import Iterable

from clearance.contracts import topic
from clearance.edge.intake import records_of
from clearance.events.log.input_records import InputRecord, input_record
from clearance.events.partition.batch import PartitionFold
from clearance.events.partition.replay import Arrival
from clearance.kafka.clients import partition_of
from clearance.kafka.wire import event_record, status_record
from clearance.settings.clock import utc_now
from clearance.settings.tables import default_tables
from clearance.store.connect import migrate, open_store
from clearance.store.consumed_records import ConsumedEvent, ConsumedState, consumed_event, consumed_state
from clearance.store.positions import Bounds, Log, resume
from clearance.store.writes import Batch, Writer

PARTITIONS = topic("declaration-inputs").partitions
PLACE = ("declaration-status", 0)
LOG = Log(
    "benchmark", {"declaration-status": "topic"}, {PLACE: Bounds(0, 2**62)}, "declaration-inputs", "analyst-incidents"
)


class FoldedStore:
    """The one writer of the store at `url`, which it makes."""

    def __init__(self, url: str) -> None:
        engine = open_store(url)
        migrate(engine)
        self._writer = Writer(engine, resume(engine, LOG, rebuild=True).positions)
        self._folds = [PartitionFold(default_tables()) for _ in range(PARTITIONS)]
        self._inputs, self._told = [0] * PARTITIONS, [0] * PARTITIONS
        self._events: list[ConsumedEvent] = []
        self._states: dict[str, ConsumedState] = {}

    def take(self, arrivals: Iterable[Arrival]) -> None:
        """Fold them and all that folding them sends, and write what follows in one transaction."""
        for arrival in arrivals:
            for record in records_of(arrival, default_tables()):
                self._fold(record)
        moved = {PLACE: self._writer.positions[PLACE] + 1}
        self._writer.write(Batch(self._events, [*self._states.values()], [], moved), utc_now(), whole=())
        self._events, self._states = [], {}

    def _fold(self, record: InputRecord) -> None:
        partition = partition_of(record.key.encode(), PARTITIONS)
        placed = InputRecord(record.key, record.value, record.headers, self._inputs[partition])
        self._inputs[partition] += 1
        batch = self._folds[partition].fold([placed])
        for event in batch.events:
            value = event_record(event).value or b""
            self._events.append(consumed_event(value, partition, self._told[partition]))
            self._told[partition] += 1
        for name, state in batch.dirty.items():
            self._states[name] = consumed_state(status_record(state, default_tables()).value or b"", partition)
        for send in batch.sends:
            self._fold(input_record(send.to, send.input))
