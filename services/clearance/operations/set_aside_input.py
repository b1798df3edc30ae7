"""One input is not folded in this epoch: a line in the list that tracker and oracle read.

What has been folded is refused, before the line is written and once more behind it. The surprise: a tracker at work
reads the list a moment later, and may fold the input meanwhile; so its dead letter is looked for, and a line that came
too late is taken back.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from clearance.events.log.input_records import read_input
from clearance.events.log.progress import Progress
from clearance.events.log.upcasting import NewerVersion
from clearance.events.values.errors import InvalidMessage
from clearance.kafka import epochs
from clearance.kafka.clients import ends, first_readable, new_producer, read_stretch, read_whole, write
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import BASE, Names, epoch_of
from clearance.kafka.places import Place
from clearance.kafka.progress_reading import AT_WORK, RECENT, progress_of
from clearance.kafka.set_aside_list import read_set_aside_list
from clearance.kafka.unreadable import UnreadableBatch
from clearance.kafka.wire import Outgoing, head_of, incoming_input, read_dead_letter, set_aside_record
from clearance.operations.errors import FoldedMeanwhile, OperationRefused
from clearance.operations.readers import reading, record_at
from clearance.settings.clock import utc_now
from clearance.settings.tables import default_tables

LIST_READ_SECONDS = 2.0
"""A tracker at work looks at the list twice a second."""


def check_is_input(place: Place) -> None:
    """Raises `OperationRefused` for what is no input of any epoch."""
    if place.topic != Names.of(epoch_of(place.topic)).inputs:
        raise OperationRefused(f"an input lies in {BASE.inputs}, or in the inputs of another epoch")


@dataclass(frozen=True)
class Found:
    """What lies at a place: a record, or a batch up to the offset `until` that cannot be read. `newer`: only a later
    version reads the record."""

    record: Any = None
    until: int | None = None
    newer: bool = False


@dataclass(frozen=True)
class SetAside:
    """What was set aside, and the partition that waits for it to be unparked, None if it does not."""

    until: int | None
    parked: int | None


async def set_aside_input(
    address: str, place: Place, reason: str, ask: Callable[[Found], None], *, newer: bool = False
) -> SetAside:
    """Set it aside. `ask` gets what was found before anything is written, and raises to leave all as it is; `newer`
    says that it is known to be of a later version.

    Raises `BrokerError`, `OperationRefused` for what cannot be, and `FoldedMeanwhile`.
    """
    check_is_input(place)
    async with reading(address) as reader:
        names = (await epochs.current(reader)).names(epoch_of(place.topic))
        found = await _found(reader, place)
        _check_version(place, found, newer)
        before = await progress_of(reader, names, place.partition)
        if _is_folded(place, before):
            raise OperationRefused(f"{place} has been folded: {_position(before)}")
        ask(found)
        line = set_aside_record(
            partition=place.partition,
            offset=place.offset,
            epoch=names.epoch,
            reason=reason,
            at=utc_now(),
            until=found.until,
        )
        await _write(address, names, place.partition, line)
        after = await _settled(reader, names, place.partition)
        folded = _is_folded(place, after) or await _written(reader, names, place.partition) >= place.offset
        if folded and not await _is_dead(reader, names, place):
            await _write(address, names, place.partition, Outgoing(line.key, None, line.headers))
            raise FoldedMeanwhile(f"too late: it was folded meanwhile; {_position(after)}")
        listed = await read_set_aside_list(reader, names, place.partition)
    return SetAside(found.until, place.partition if listed.parked else None)


async def _found(reader: AIOKafkaConsumer, place: Place) -> Found:
    try:
        record = await record_at(reader, place)
    except UnreadableBatch:
        return Found(until=await first_readable(reader, *place) - 1)
    try:
        read_input(incoming_input(record), default_tables())
    except NewerVersion:
        return Found(record, newer=True)
    except InvalidMessage:  # whatever it is, it can be set aside
        pass
    return Found(record)


def _check_version(place: Place, found: Found, newer: bool) -> None:
    if found.newer and not newer:
        raise OperationRefused(
            f"{place} is of a newer version: upgrade, and it is folded; or take --newer-version to set it aside"
        )
    if newer and not found.newer:
        raise OperationRefused(f"{place} is not of a newer version: leave --newer-version out")


async def _settled(reader: AIOKafkaConsumer, names: Names, partition: int) -> Progress | None:
    """The progress when a tracker at work has read the list; at once if none is."""
    progress = await progress_of(reader, names, partition)
    if progress is not None and utc_now() - progress.wall_time < AT_WORK:
        await asyncio.sleep(LIST_READ_SECONDS)
        progress = await progress_of(reader, names, partition)
    return progress


async def _written(reader: AIOKafkaConsumer, names: Names, partition: int) -> int:
    """The highest position that a recent state has folded: a tracker that was killed may not have told of it."""
    first, after = await ends(reader, names.status, partition)
    read = read_stretch(reader, names.status, partition, max(first, after - RECENT), after)
    heads = [head_of(record) async for records in read for record in records]
    return max((head.src for head in heads if head), default=-1)


async def _is_dead(reader: AIOKafkaConsumer, names: Names, place: Place) -> bool:
    """Whether the tracker has set it aside, as told."""
    async for records in read_whole(reader, names.dead_letters, place.partition):
        letters = [read_dead_letter(record.value) for record in records if ("stage", b"operator") in record.headers]
        if any((letter.partition, letter.offset) == (place.partition, place.offset) for letter in letters):
            return True
    return False


def _is_folded(place: Place, progress: Progress | None) -> bool:
    return progress is not None and place.offset <= progress.position


def _position(progress: Progress | None) -> str:
    return f"partition {progress.partition} is at {progress.position}" if progress else "nothing is folded"


async def _write(address: str, names: Names, partition: int, line: Outgoing) -> None:
    producer = new_producer(address)
    try:
        await producer.start()
        await write(producer, names.set_aside, partition, [line])
    except KafkaError as error:
        raise BrokerError(f"{names.set_aside}:{partition} was not written: {error}") from error
    finally:
        await producer.stop()
