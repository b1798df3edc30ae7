"""The tracker's parts driven by a test, without Faust: restore a partition, fold what came, write what follows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from tests.helpers.partition_logs import TABLES
from tests.messages import beijing, dec_result

from clearance.contracts import topics
from clearance.events.log.input_records import InputRecord, message_record
from clearance.events.partition.batch import Batch, PartitionFold
from clearance.events.tables.tables import Tables
from clearance.kafka import clients
from clearance.kafka.names import BASE, Names
from clearance.kafka.topics import Identity, identify
from clearance.kafka.wire import Outgoing, incoming_input, outgoing_input
from clearance.stages.pulse import Pulse
from clearance.stages.stage import Restored
from clearance.stages.writing import Writer
from clearance.tracker.disk_index import DiskIndex
from clearance.tracker.healing import bring_back, heal, write_again
from clearance.tracker.owned import Owned
from clearance.tracker.preparing import prepare
from clearance.tracker.recall import Recall
from clearance.tracker.restore import restore

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PARTITIONS = topics()[BASE.inputs].partitions


@dataclass
class ByHand:
    """A broker with a producer and a reader on it."""

    bootstrap: str
    identity: Identity
    producer: AIOKafkaProducer
    reader: AIOKafkaConsumer
    recall: Recall

    async def append(self, partition: int, *records: InputRecord) -> None:
        """Inputs into the log."""
        await self.write(BASE.inputs, partition, *map(outgoing_input, records))

    async def write(self, topic: str, partition: int, *records: Outgoing) -> None:
        await clients.write(self.producer, topic, partition, records)

    async def read(self, topic: str, partition: int) -> list[Any]:
        """All records of a partition."""
        first, after = await clients.ends(self.reader, topic, partition)
        stretches = [one async for one in clients.read_stretch(self.reader, topic, partition, first, after)]
        return [record for records in stretches for record in records]

    async def restore(
        self,
        partition: int,
        tables: Tables = TABLES,
        identity: Identity | None = None,
        names: Names = BASE,
        index: DiskIndex | None = None,
    ) -> Restored[Owned]:
        return await restore(
            self.bootstrap,
            names,
            partition,
            PARTITIONS,
            tables=tables,
            identity=identity or self.identity,
            index=DiskIndex("", "a partition") if index is None else index,
        )

    async def fold(self, partition: int, owned: Owned) -> Batch:
        """Everything that has come since, folded and written as one batch."""
        records = [incoming_input(record) for record in await self.read(BASE.inputs, partition)]
        await self.bring_back(owned, *(record.key for record in records if record.position > owned.fold.position))
        batch = owned.fold.fold(records)
        await self.writer.batch(owned, prepare(owned, batch, PARTITIONS, AT))
        if owned.is_ahead:
            await self.writer.progress(owned, AT)
        return batch

    async def write_again(self, restored: Restored[Owned]) -> None:
        """What a restore found stale."""
        await write_again(restored.owned, self.recall, self.writer, restored.stale)

    async def heal(self, owned: Owned) -> int:
        return await heal(owned, self.recall, self.writer)

    async def bring_back(self, owned: Owned, *names: str) -> None:
        await bring_back(owned, self.recall, names)

    async def fold_anew(self, partition: int) -> PartitionFold:
        """The pure fold of the whole log."""
        fold = PartitionFold(TABLES)
        fold.fold(map(incoming_input, await self.read(BASE.inputs, partition)))
        return fold

    async def fold_all(self) -> None:
        """Every partition, until nothing is sent any more."""
        owned = {number: (await self.restore(number)).owned for number in range(PARTITIONS)}
        behind = {*owned}
        while behind:
            for number in behind:
                await self.fold(number, owned[number])
            ends = {number: (await clients.ends(self.reader, BASE.inputs, number))[1] for number in owned}
            behind = {number for number, end in ends.items() if owned[number].fold.position < end - 1}

    async def fold_one(self, partition: int) -> None:
        await self.fold(partition, (await self.restore(partition)).owned)

    async def states(self, partition: int) -> list[Any]:
        return await self.read(BASE.status, partition)

    @property
    def writer(self) -> Writer:
        return Writer(self.producer, Pulse(60.0))


@asynccontextmanager
async def by_hand(bootstrap: str) -> AsyncIterator[ByHand]:
    recall = Recall(bootstrap, BASE)
    await recall.start()
    await recall.end(0)  # aiokafka cannot stop a consumer that was given nothing to do
    try:
        async with clients.new_producer(bootstrap) as producer, clients.new_reader(bootstrap) as reader:
            yield ByHand(bootstrap, identify(bootstrap, BASE.cards()), producer, reader, recall)
    finally:
        await recall.stop()


@cache
def _by_partition() -> dict[int, list[str]]:
    found: dict[int, list[str]] = {number: [] for number in range(PARTITIONS)}
    for number in range(2000):
        key = f"cn:unified:I2026{number:013}"
        found[clients.partition_of(key.encode(), PARTITIONS)].append(key)
    return found


def keys(partition: int, start: int = 0, count: int = 1) -> list[str]:
    """Declarations that belong to this partition, from the one of this rank on; there are more than a hundred."""
    return _by_partition()[partition][start : start + count]


def receipt(key: str, code: str, minutes: int = 0) -> InputRecord:
    """A business receipt of a declaration, so many minutes after a Monday morning."""
    return receipt_at(key, code, AT + timedelta(minutes=minutes))


def receipt_at(key: str, code: str, at: datetime) -> InputRecord:
    """The same at any time."""
    data = dec_result(CUS_CIQ_NO=key.rpartition(":")[2], CHANNEL=code, NOTICE_DATE=beijing(at))
    return message_record(key, data, received_at=at)


def lives(start: int, count: int) -> dict[int, list[InputRecord]]:
    """Whole lives of so many declarations of each partition, beside each other."""
    return {
        partition: [
            receipt(key, code, minutes)
            for minutes, code in enumerate("7LJCPR")
            for key in keys(partition, start, count)
        ]
        for partition in range(PARTITIONS)
    }
