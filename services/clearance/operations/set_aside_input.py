"""One input is not folded in this epoch: a line in the list that tracker and oracle read.

What has been folded is refused, before the line is written and once more behind it. The surprise: a tracker at work
reads the list a moment later, and may fold the input meanwhile; so its dead letter is looked for, and a line that came
too late is taken back.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from clearance.events.log.progress import Progress
from clearance.kafka.clients import ends, new_producer, read_stretch, read_whole, write
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import BASE, Names, epoch_of
from clearance.kafka.places import Place
from clearance.kafka.progress_reading import AT_WORK, RECENT, progress_of
from clearance.kafka.wire import Outgoing, head_of, read_dead_letter, set_aside_record
from clearance.operations.errors import FoldedMeanwhile, OperationRefused
from clearance.operations.readers import reading, record_at
from clearance.settings.clock import utc_now

LIST_READ_SECONDS = 2.0
"""A tracker at work looks at the list twice a second."""


def check_is_input(place: Place) -> Names:
    """The names of the epoch that the input belongs to. Raises `OperationRefused` for what is no input."""
    names = Names.of(epoch_of(place.topic))
    if place.topic != names.inputs:
        raise OperationRefused(f"an input lies in {BASE.inputs}, or in the inputs of another epoch")
    return names


async def set_aside_input(address: str, place: Place, reason: str, ask: Callable[[Any], None]) -> None:
    """Set it aside. `ask` gets the record before anything is written, and raises to leave all as it is.

    Raises `BrokerError`, `OperationRefused` for what cannot be, and `FoldedMeanwhile`.
    """
    names = check_is_input(place)
    async with reading(address) as reader:
        record = await record_at(reader, place)
        before = await progress_of(reader, names, place.partition)
        if _is_folded(place, before):
            raise OperationRefused(f"{place} has been folded: {_position(before)}")
        ask(record)
        line = set_aside_record(place.partition, place.offset, names.epoch, reason, utc_now())
        await _write(address, names, place.partition, line)
        after = await _settled(reader, names, place.partition)
        folded = _is_folded(place, after) or await _written(reader, names, place.partition) >= place.offset
        if folded and not await _is_dead(reader, names, place):
            await _write(address, names, place.partition, Outgoing(line.key, None, line.headers))
            raise FoldedMeanwhile(f"too late: it was folded meanwhile; {_position(after)}")


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
