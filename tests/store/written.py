"""The topics that a projector reads, as trackers write them that are killed, paused, and wake up too late."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

from sqlalchemy import Engine, select
from tests.helpers.partition_logs import TABLES, logged
from tests.helpers.recordings import STORIES

from clearance.events.log.progress import Progress, encode_progress
from clearance.events.partition.batch import Batch as Folded
from clearance.events.partition.batch import PartitionFold
from clearance.events.step.declaration import Declaration
from clearance.events.step.outputs import Event
from clearance.kafka.names import BASE
from clearance.kafka.wire import event_record, status_record
from clearance.projector.decoding import decode
from clearance.store.positions import Bounds, Log, Place, Positions
from clearance.store.schema import former_parties, metadata, parties
from clearance.store.writes import Batch

TOPICS = (BASE.events, BASE.status, BASE.progress, BASE.inputs)
WALL = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
STORIES_OF = (tuple(STORIES[0::3]), tuple(STORIES[1::3]), tuple(STORIES[2::3]))
"""By partition."""


@dataclass(frozen=True)
class Record:
    """What a reader gets of a record."""

    offset: int
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    key: bytes | None = None
    timestamp: int = int(WALL.timestamp() * 1000)


@dataclass(eq=False)
class Written:
    """The topics; `states` and `events` are the truth, the plain fold of the log, and `messages` the first copies."""

    records: dict[Place, list[Record]] = field(default_factory=dict)
    states: dict[str, Declaration] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def append(
        self,
        topic: str,
        partition: int,
        value: bytes | None,
        headers: tuple[tuple[str, bytes], ...] = (),
        key: bytes | None = None,
    ) -> None:
        records = self.records.setdefault((topic, partition), [])
        records.append(Record(len(records), value, headers, key))

    def log(self, cluster: str = "cluster", ids: str = "") -> Log:
        """As a broker describes it."""
        bounds = {place: Bounds(0, len(records)) for place, records in self.records.items()}
        return Log(cluster, {topic: f"{topic}{ids}" for topic in TOPICS}, bounds, BASE.inputs, BASE.incidents)

    def batch(self, start: Positions, to: Positions) -> Batch:
        """What lies between two positions."""
        return decode({place: self.records[place][start[place] : end] for place, end in to.items()}, BASE).batch

    def and_then(self, more: dict[Place, list[Record]]) -> "Written":
        """With these values appended once more."""
        longer = Written({place: list(records) for place, records in self.records.items()}, self.states, self.events)
        for place, records in more.items():
            for record in records:
                longer.append(*place, record.value, record.headers, record.key)
        return longer

    @property
    def ends(self) -> Positions:
        return {place: len(records) for place, records in self.records.items()}


@cache
def written(seed: int, partitions: int = 3) -> Written:
    """Recordings, folded in batches of any size; some batches are written again, at once or much later."""
    chance, whole = random.Random(seed), Written()  # noqa: S311 # a schedule, not a secret
    for partition in range(partitions):
        tracker, log = PartitionFold(TABLES), logged(*STORIES_OF[partition])
        late: list[tuple[Folded, int]] = []
        while tracker.position + 1 < len(log):
            start = tracker.position + 1
            folded = tracker.fold(log[start : start + chance.choice((1, 3, 40, 200))])
            late.append((folded, tracker.position))
            whole.events += folded.events
            _write(whole, partition, *late[-1])
            for _ in range(chance.choice((0, 0, 0, 1, 2))):
                _write(whole, partition, *chance.choice(late[-9:]))
        for one in log:
            whole.append(BASE.inputs, partition, one.value, one.headers, one.key.encode() or None)
        whole.states |= tracker.partition.states
    return whole


def _write(whole: Written, partition: int, folded: Folded, position: int) -> None:
    for event in folded.events:
        whole.append(BASE.events, partition, event_record(event).value)
    for state in folded.dirty.values():
        whole.append(BASE.status, partition, status_record(state, TABLES).value)
    whole.append(BASE.progress, partition, encode_progress(progress(partition, position)))


def progress(partition: int, position: int, wall: datetime = WALL) -> Progress:
    return Progress(
        epoch=0,
        partition=partition,
        position=position,
        stream_time=WALL,
        wall_time=wall,
        ended_backfills=(),
        counts=(),
        cluster_id="cluster",
        topic_id="declaration-inputs",
        step_version="1",
        tables_version="0" * 12,
    )


Content = dict[str, set[tuple[object, ...]]]


def content(engine: Engine) -> Content:
    """Everything in the store but when it was applied, in which batches, and where the store stands.

    Nor with which event a party came or went: of several states at once a store takes the last.
    """
    found: Content = {}
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            if table.name not in ("source", "positions", "applied"):
                columns = [one for one in table.columns if one.name not in ("applied_at", "offset")]
                columns = [one for one in columns if one.table not in (parties, former_parties) or one.name != "seq"]
                found[table.name] = {tuple(row) for row in connection.execute(select(*columns))}
    return found
