"""What a backup is made of: a log on an embedded broker, folded and written as a tracker would."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.helpers.recordings import RECORDINGS

from clearance.contracts import topics
from clearance.edge.append import open_edge
from clearance.events.log.input_records import input_record
from clearance.events.log.inputs import Clock
from clearance.events.log.progress import STEP_VERSION, Progress, listed
from clearance.events.partition.batch import Batch, PartitionFold
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.kafka.topics import Identity, identify
from clearance.kafka.wire import (
    dead_letter_record,
    event_record,
    incoming_input,
    outgoing_input,
    progress_record,
    set_aside_record,
    status_record,
)
from clearance.recordings.read import read_recording
from clearance.settings.clock import utc_now
from clearance.settings.tables import default_tables

TABLES = default_tables()
PARTITIONS = topics()[BASE.inputs].partitions
STORIES = ("held-then-released", "inspection-notice-in-generation-a")


@dataclass
class Original:
    """The broker at `bootstrap` with `folds` of its partitions."""

    bootstrap: str
    reader: Any
    producer: Any
    folds: dict[int, PartitionFold] = field(default_factory=dict)

    async def fill(self, *stories: str) -> None:
        """Append what recordings tell, and a clock that ran ahead of its broker in each partition."""
        async with open_edge(self.bootstrap) as edge:
            arrivals = [one for story in stories for one in read_recording(RECORDINGS / story, "self")]
            assert [taken.result async for taken in edge.take_many(arrivals)]
        ahead = outgoing_input(input_record("", Clock(at=utc_now() + timedelta(days=3))))
        for number in range(PARTITIONS):
            await clients.write(self.producer, BASE.inputs, number, [ahead])

    async def fold(self, aside: Sequence[tuple[int, int]] = ()) -> None:
        """Fold all that is there, and what follows from it; these places are set aside first."""
        for number, offset in aside:
            line = set_aside_record(number, offset, 0, "it was in the way", utc_now())
            await clients.write(self.producer, BASE.set_aside, number, [line])
        for number in range(PARTITIONS):
            of_it = {offset: "it was in the way" for partition, offset in aside if partition == number}
            mine = clients.belongs_to(number, PARTITIONS)
            self.folds.setdefault(number, PartitionFold(TABLES, set_aside=of_it, mine=mine))
        identity = identify(self.bootstrap, topics())
        while any([await self._fold_one(number, identity) for number in range(PARTITIONS)]):
            pass

    async def _fold_one(self, number: int, identity: Identity) -> bool:
        fold = self.folds[number]
        _, end = await clients.ends(self.reader, BASE.inputs, number)
        if fold.position + 1 == end:
            return False
        lists = [some async for some in clients.read_stretch(self.reader, BASE.inputs, number, fold.position + 1, end)]
        await self._write(number, fold.fold([incoming_input(record) for some in lists for record in some]))
        await clients.write(self.producer, BASE.progress, number, [progress_record(_progress(number, fold, identity))])
        return True

    async def _write(self, number: int, batch: Batch) -> None:
        for send in batch.sends:
            record = outgoing_input(input_record(send.to, send.input))
            to = clients.partition_of(send.to.encode(), PARTITIONS)
            await clients.write(self.producer, BASE.inputs, to, [record])
        letters = [
            dead_letter_record(one.record, one.reason, one.stage, at=utc_now(), partition=number) for one in batch.dead
        ]
        for topic, records in (
            (BASE.events, [event_record(one) for one in batch.events]),
            (BASE.dead_letters, letters),
            (BASE.status, [status_record(one, TABLES) for one in batch.dirty.values()]),
        ):
            if records:
                await clients.write(self.producer, topic, number, records)


def _progress(number: int, fold: PartitionFold, identity: Identity) -> Progress:
    return Progress(
        epoch=0,
        partition=number,
        position=fold.position,
        stream_time=fold.stream_time,
        wall_time=utc_now(),
        ended_backfills=(),
        counts=listed(fold.counts),
        cluster_id=identity.cluster_id,
        topic_id=identity.topic_ids[BASE.inputs],
        topic_ids={name: identity.topic_ids[name] for name in BASE.relied_on()},
        step_version=STEP_VERSION,
        tables_version=TABLES.version,
    )
