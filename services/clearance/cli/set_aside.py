"""`clearance dlq add`: one input is not folded in this epoch. Tracker and oracle read the same list.

What has been folded is refused, before the line is written and once more behind it. The surprise: a tracker at work
reads the list a moment later, and may fold the input meanwhile; so its dead letter is looked for, and a line that came
too late is taken back.
"""

import asyncio
from typing import Any

import typer
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from clearance.cli import options
from clearance.cli.broker import reading, record_at
from clearance.events.log.progress import Progress
from clearance.kafka.clients import ends, new_producer, read_stretch, read_whole, write
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import Names, epoch_of
from clearance.kafka.places import Place
from clearance.kafka.progress_reading import AT_WORK, RECENT, progress_of
from clearance.kafka.wire import Outgoing, head_of, read_dead_letter, set_aside_record
from clearance.settings.clock import utc_now

LIST_READ_SECONDS = 2.0
"""A tracker at work looks at the list twice a second."""


async def set_aside(address: str, where: Place, reason: str, yes: bool) -> int:
    """The exit code: 1 if it came too late. Raises `BrokerError`, and `typer.BadParameter` for what cannot be."""
    names = Names.of(epoch_of(where.topic))
    async with reading(address) as reader:
        record = await record_at(reader, where)
        before = await progress_of(reader, names, where.partition)
        if _is_folded(where, before):
            raise typer.BadParameter(f"{where} has been folded: {_standing(before)}")
        if not yes:
            _ask(where, record)
        line = set_aside_record(where.partition, where.offset, names.epoch, reason, utc_now())
        await _write(address, names, where.partition, line)
        after = await _settled(reader, names, where.partition)
        folded = _is_folded(where, after) or await _written(reader, names, where.partition) >= where.offset
        if folded and not await _is_dead(reader, names, where):
            await _write(address, names, where.partition, Outgoing(line.key, None, line.headers))
            options.console().print(f"too late: it was folded meanwhile; {_standing(after)}", soft_wrap=True)
            return 1
    options.console().print(f"set aside: {where} is not folded in epoch {names.epoch}", soft_wrap=True)
    return 0


async def _settled(reader: AIOKafkaConsumer, names: Names, partition: int) -> Progress | None:
    """The progress when a tracker at work has read the list; at once if none is."""
    told = await progress_of(reader, names, partition)
    if told is not None and utc_now() - told.wall_time < AT_WORK:
        await asyncio.sleep(LIST_READ_SECONDS)
        told = await progress_of(reader, names, partition)
    return told


async def _written(reader: AIOKafkaConsumer, names: Names, partition: int) -> int:
    """The highest position that a recent state has folded: a tracker that was killed may not have told of it."""
    first, after = await ends(reader, names.status, partition)
    read = read_stretch(reader, names.status, partition, max(first, after - RECENT), after)
    heads = [head_of(record) async for records in read for record in records]
    return max((head.src for head in heads if head), default=-1)


async def _is_dead(reader: AIOKafkaConsumer, names: Names, where: Place) -> bool:
    """Whether the tracker has set it aside, as told."""
    async for records in read_whole(reader, names.dead_letters, where.partition):
        letters = [read_dead_letter(record.value) for record in records if ("stage", b"operator") in record.headers]
        if any((letter.partition, letter.offset) == (where.partition, where.offset) for letter in letters):
            return True
    return False


def _is_folded(where: Place, progress: Progress | None) -> bool:
    return progress is not None and where.offset <= progress.position


def _standing(progress: Progress | None) -> str:
    return f"partition {progress.partition} is at {progress.position}" if progress else "nothing is folded"


def _ask(where: Place, record: Any) -> None:
    kind = dict(record.headers).get("kind", b"record").decode("utf-8", "replace")
    key = (record.key or b"the whole partition").decode("utf-8", "replace")
    typer.confirm(options.plain(f"Set aside the {kind} for {key} at {where}?"), abort=True)


async def _write(address: str, names: Names, partition: int, line: Outgoing) -> None:
    producer = new_producer(address)
    try:
        await producer.start()
        await write(producer, names.set_aside, partition, [line])
    except KafkaError as error:
        raise BrokerError(f"{names.set_aside}:{partition} was not written: {error}") from error
    finally:
        await producer.stop()
