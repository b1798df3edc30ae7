"""The whole product without processes: a log, the fold of each partition, and a store that holds what follows.

It is the `Log` that the API appends to. What is appended is folded by the code that the tracker uses; `decides = False`
is a tracker that does not come to it, `away = True` a broker that is gone.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, delete, select

from clearance.contracts import topic
from clearance.edge.intake import records_of
from clearance.edge.outcomes import TakenArrival
from clearance.events.incidents.lookout import IncidentTold
from clearance.events.learning.expectations import Expectations
from clearance.events.log.input_records import InputRecord, input_record
from clearance.events.log.inputs import Clock
from clearance.events.log.progress import STEP_VERSION, Progress
from clearance.events.partition.batch import Batch, PartitionFold
from clearance.events.partition.replay import Arrival
from clearance.events.step.declaration import Declaration
from clearance.events.values.errors import InvalidMessage
from clearance.kafka.clients import partition_of
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import BASE
from clearance.kafka.places import Place
from clearance.kafka.wire import event_record, status_record
from clearance.operations.message_reading import MessagePurged
from clearance.recordings.read import read_recording
from clearance.settings.clock import utc_now
from clearance.settings.tables import default_tables
from clearance.store import writes
from clearance.store.consumed_records import (
    ConsumedEvent,
    ConsumedMessage,
    ConsumedState,
    consumed_event,
    consumed_message,
    consumed_state,
)
from clearance.store.positions import Bounds, Log, resume
from clearance.store.schema import declarations, progress
from clearance.store.writes import Writer

RECORDINGS = Path(__file__).parents[1] / "recordings"
TABLES = default_tables()
PARTITIONS = topic("declaration-inputs").partitions
ANYWHERE = ("declaration-status", 0)
LOG = Log(
    "cluster",
    {"declaration-status": "topic"},
    {ANYWHERE: Bounds(0, 1_000_000)},
    "declaration-inputs",
    "analyst-incidents",
)
APPLIED = datetime(2026, 11, 1, tzinfo=UTC)
"""When the store took in the first input, by a clock of its own that goes on by a second with each."""


class System:
    """Over a store at the current schema."""

    skew: float | None = None

    def __init__(self, store: Engine) -> None:
        self.store = store
        self._begin(rebuild=False)

    def start_anew(self) -> None:
        """An empty log, and a store of nothing."""
        self._begin(rebuild=True)

    def _begin(self, rebuild: bool) -> None:
        self.log: list[list[InputRecord]] = [[] for _ in range(PARTITIONS)]
        self.hold_states = False  # events come, their states do not yet
        self._held_back: list[ConsumedState] = []
        self.decides, self.away, self.purged = True, False, False
        self.taken_before_away = -1
        self._folds = [PartitionFold(TABLES) for _ in range(PARTITIONS)]
        self._told = [0] * PARTITIONS  # events, of each partition
        self._applied = APPLIED
        self._writer = Writer(self.store, resume(self.store, LOG, rebuild).positions)
        self._progress(utc_now())

    def play(self, *recordings: str) -> "System":
        """Recordings of `tests/recordings`, one after the other."""
        for name in recordings:
            self.take(read_recording(RECORDINGS / name, "demo-broker"))
        return self

    def arrivals_of(self, recording: str) -> Iterable[Arrival]:
        """Of a recording, to be taken in part."""
        return read_recording(RECORDINGS / recording, "demo-broker")

    def take(self, arrivals: Iterable[Arrival]) -> "System":
        """What arrived, with the clock that passes meanwhile; what is no message is left out."""
        for arrival in arrivals:
            self._tick(arrival.at)
            try:
                records = [] if arrival.refusal else records_of(arrival, default_tables())
            except InvalidMessage:
                continue
            for record in records:
                self._append(record)
        self._progress(utc_now())
        return self

    def pass_time(self, at: datetime) -> None:
        self._tick(at)
        self._progress(utc_now())

    def _tick(self, at: datetime) -> None:
        for partition in range(PARTITIONS):
            self._place(input_record("", Clock(at=at)), partition)

    async def append(self, record: InputRecord) -> Place:
        """As the API's log."""
        if self.away:
            raise BrokerError("the broker is away")
        return Place(BASE.inputs, *self._append(record))

    async def take_many(self, arrivals: Iterable[Arrival]) -> AsyncIterator[TakenArrival]:
        """As the API's log; after `taken_before_away` arrivals the broker goes away."""
        for arrival in arrivals:
            self.away = self.away or self.taken_before_away == 0
            self.taken_before_away -= 1
            if self.away:
                raise BrokerError("the broker is away")
            try:
                records = records_of(arrival, TABLES)
            except InvalidMessage as error:
                yield TakenArrival(arrival, "refused", reason=error.reason)
                continue
            places = tuple(Place(BASE.inputs, *self._append(record)) for record in records)
            yield TakenArrival(arrival, "appended", places, tuple(record.key for record in records))

    def states(self) -> list[Declaration]:
        """What has been folded."""
        return [state for fold in self._folds for state in fold.partition.states.values()]

    def purge(self) -> int:
        """What is over leaves the store, whatever was applied last stays."""
        return self._writer.purge(self._applied, self._applied)

    def lose_the_store(self) -> None:
        """Its file becomes unreadable, as on a disk that is gone."""
        self.store.dispose()
        Path(str(self.store.url.database)).write_bytes(b"no database" * 1000)

    def touch(self, declaration: str) -> None:
        """The declaration changes: it moves to the top of lists."""
        self._applied += timedelta(seconds=1)
        with self.store.begin() as connection:
            changed = declarations.update().where(declarations.c.id == declaration).values(applied_at=self._applied)
            connection.execute(changed)

    def decide(self) -> None:
        """Fold what is in the log and has not been folded."""
        for partition, records in enumerate(self.log):
            self._fold(partition, records)

    def aged(self, seconds: float) -> None:
        """The tracker's last progress was so long ago."""
        self._progress(utc_now() - timedelta(seconds=seconds))

    def park(self, name: str, at: datetime, aged_seconds: float = 0) -> None:
        """The partition of a declaration is parked, and what it is as of was so long ago."""
        parked = {"parked_since": at, "wall_time": utc_now() - timedelta(seconds=aged_seconds)}
        with self.store.begin() as connection:
            [partition] = connection.execute(select(declarations.c.partition).where(declarations.c.id == name)).one()
            connection.execute(progress.update().where(progress.c.partition == partition).values(parked))

    def _append(self, record: InputRecord) -> tuple[int, int]:
        return self._place(record, partition_of(record.key.encode(), PARTITIONS))

    def _place(self, record: InputRecord, partition: int) -> tuple[int, int]:
        offset = len(self.log[partition])
        self.log[partition].append(InputRecord(record.key, record.value, record.headers, offset))
        message = consumed_message(self.log[partition][offset], partition, TABLES)
        messages = [] if message is None else [message]
        if self.decides:
            self._fold(partition, self.log[partition][offset:], messages)
        elif messages:
            self._write(messages=messages)
        return partition, offset

    def _fold(self, partition: int, records: list[InputRecord], messages: Sequence[ConsumedMessage] = ()) -> None:
        batch = self._folds[partition].fold(records)
        if batch.dirty or batch.events or messages:
            self._project(partition, batch, messages)
        for send in batch.sends:
            self._append(input_record(send.to, send.input))

    def _project(self, partition: int, batch: Batch, messages: Sequence[ConsumedMessage]) -> None:
        """What the projector does with the records of a batch."""
        self._applied += timedelta(seconds=1)
        told = []
        for event in batch.events:
            told.append(consumed_event(event_record(event).value or b"", partition, self._told[partition]))
            self._told[partition] += 1
        held = [consumed_state(status_record(state, TABLES).value or b"", partition) for state in batch.dirty.values()]
        if self.hold_states:
            self._held_back += held
            held = []
        self._write(told, held, messages)

    def release_states(self) -> None:
        """The states come that were held back."""
        self.hold_states, held, self._held_back = False, self._held_back, []
        self._write((), held)

    def incident(self, told: IncidentTold) -> None:
        """The analyst tells of an incident."""
        moved = {ANYWHERE: self._writer.positions[ANYWHERE] + 1}
        self._applied += timedelta(seconds=1)
        self._writer.write(writes.Batch([], [], [], moved, incidents=[told]), self._applied, whole=())

    def _write(
        self,
        told: Sequence[ConsumedEvent] = (),
        held: Sequence[ConsumedState] = (),
        messages: Sequence[ConsumedMessage] = (),
    ) -> None:
        moved = {ANYWHERE: self._writer.positions[ANYWHERE] + 1}
        self._writer.write(writes.Batch(told, held, [], moved, messages), self._applied, whole=())

    def learn(self, table: Expectations) -> None:
        """The analyst publishes a table of expectations."""
        moved = {ANYWHERE: self._writer.positions[ANYWHERE] + 1}
        self._writer.write(writes.Batch([], [], [], moved, expectations=[table]), self._applied, whole=())

    def catch_up(self) -> None:
        """The projector learns how far all is folded, and says so to who follows it."""
        told = [
            Progress(
                epoch=0,
                partition=partition,
                position=fold.position,
                stream_time=fold.stream_time,
                wall_time=utc_now(),
                ended_backfills=(),
                counts=(),
                cluster_id="cluster",
                topic_id="topic",
                step_version=STEP_VERSION,
                tables_version=TABLES.version,
            )
            for partition, fold in enumerate(self._folds)
        ]
        moved = {ANYWHERE: self._writer.positions[ANYWHERE] + 1}
        self._writer.write(writes.Batch([], [], told, moved), self._applied, whole=())

    async def read_original(self, place: Place, message_id: str) -> InputRecord:
        """As the API reads from the log; `purged` is one in which nothing is left."""
        if self.away:
            raise BrokerError("the broker is away")
        if self.purged:
            raise MessagePurged(f"{place}: there is no such record")
        return self.log[place.partition][place.offset]

    def _progress(self, wall_time: datetime) -> None:
        rows = [
            {
                "partition": partition,
                "epoch": 0,
                "position": fold.position,
                "stream_time": fold.stream_time,
                "wall_time": wall_time,
                "external_clock": False,
                "applied_at": wall_time,
            }
            for partition, fold in enumerate(self._folds)
        ]
        with self.store.begin() as connection:
            connection.execute(delete(progress))
            connection.execute(progress.insert(), rows)
