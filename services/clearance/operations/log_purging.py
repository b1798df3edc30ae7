"""The oldest records of the inputs or of the events are deleted, as far as whoever follows them has read them.

A purge is prepared, so that whoever asks for it can be shown what goes, and then made. The surprise: of each partition
of the events the last one stays, whatever its age, since a tracker of another version looks at it.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from aiokafka import AIOKafkaConsumer, TopicPartition

from clearance.archive.manifest import archive_of
from clearance.archive.verifying import verify_partition
from clearance.kafka import clients
from clearance.kafka.admin import Admin
from clearance.kafka.names import BASE, Names, epoch_of
from clearance.kafka.progress_reading import highest_progress, progress_of
from clearance.kafka.ready import require_topics
from clearance.operations.errors import OperationRefused
from clearance.operations.readers import reading
from clearance.stages.progress import read_stage_progress
from clearance.store.connect import open_store
from clearance.store.positions import read_up_to

What = Literal["events", "inputs"]


@dataclass(frozen=True)
class Purge:
    """The offsets that go, by partition; none of a partition that is not named."""

    address: str
    topic: str
    gone: Mapping[int, range]

    @property
    def records(self) -> int:
        """How many, gaps included."""
        return sum(len(one) for one in self.gone.values())

    def make(self) -> None:
        """Delete them. Raises `BrokerError`."""
        Admin(self.address).purge(self.topic, {number: one.stop for number, one in self.gone.items()})


async def prepare_purge(
    address: str, names: Names, what: What, before: datetime, database_url: str, archive: Path | None = None
) -> Purge:
    """What of an epoch was written before that time; with an `archive`, only if that holds it, as is proved now. Raises
    `OperationRefused`, `BrokerError` and `StoreError`."""
    await asyncio.to_thread(_refuse_other_epochs, address, names, what)
    name = names.events if what == "events" else names.inputs
    stored = await asyncio.to_thread(_stored, names, database_url, name)
    gone: dict[int, range] = {}
    async with reading(address) as reader:
        for number in names.numbers:
            first, _ = await clients.ends(reader, name, number)
            written = await _written_before(reader, name, number, before)
            followed = await _followed(reader, names, what, number)
            stop = min(written, stored.get(number, 0), followed)
            if stop > first:
                gone[number] = range(first, stop)
    if archive is not None:
        await asyncio.to_thread(refuse_unarchived, archive, name, gone)
    return Purge(address, name, gone)


def _refuse_other_epochs(address: str, names: Names, what: What) -> None:
    """The inputs are history for every epoch: none is left without them while it is still fed from there."""
    require_topics(address, names)
    there = {
        epoch_of(name)
        for name in Admin(address).metadata().topics
        if name.startswith(BASE.inputs) and epoch_of(name) >= names.base.epoch
    }
    if what == "inputs" and there != {names.epoch}:
        raise OperationRefused(
            f"epochs {', '.join(map(str, sorted(there)))} have topics, and are fed from {names.log}: retire all but "
            f"epoch {names.base.epoch} first (`clearance epoch retire`), or leave the inputs as they are"
        )


def refuse_unarchived(archive: Path, topic: str, gone: Mapping[int, range]) -> None:
    """Raises `OperationRefused` unless an archive, all of whose files are read, holds these records of the topic by
    partition."""
    for number, wanted in gone.items():
        held = verify_partition(archive_of(archive, topic), number, topic)
        if held.problem or wanted.start < held.first or wanted.stop > held.end:
            why = held.problem or f"it holds those from {held.first} up to {held.end}"
            raise OperationRefused(
                f"offsets {wanted.start} to {wanted.stop - 1} of {topic}:{number} are not whole in the archive "
                f"{archive} ({why}): run `clearance archive write`, or say --unarchived to lose them"
            )


def _stored(names: Names, database_url: str, name: str) -> dict[int, int]:
    engine = open_store(database_url, names.epoch)
    try:
        return read_up_to(engine, name)
    finally:
        engine.dispose()


async def _written_before(reader: AIOKafkaConsumer, name: str, number: int, before: datetime) -> int:
    """The offset of the first record that is not older, by the broker's time."""
    _, after = await clients.ends(reader, name, number)
    place = TopicPartition(name, number)
    found = (await reader.offsets_for_times({place: int(before.timestamp() * 1000)}))[place]
    return after if found is None else int(found.offset)


async def _followed(reader: AIOKafkaConsumer, names: Names, what: What, number: int) -> int:
    """Up to where the stage that folds it has done so. An analyst that never was begins with what it finds."""
    if what == "inputs":
        told = await progress_of(reader, names, number)
        return 0 if told is None else told.position + 1
    counted = await highest_progress(reader, names.analyst_progress, number, read_stage_progress)
    _, after = await clients.ends(reader, names.events, number)
    return min(after - 1, after if counted is None else counted.position + 1)
