"""Whether an epoch may be answered from: its feeder, its tracker and its store are up to what comes in.

Nothing is ever wholly up to date while messages come, so each may be behind by a few seconds.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from aiokafka import AIOKafkaConsumer
from sqlalchemy import Engine

from clearance.kafka import clients
from clearance.kafka.names import Names
from clearance.kafka.progress_reading import progress_of
from clearance.rebuild.copying import is_copied
from clearance.rebuild.last_copy import last_copied
from clearance.store.connect import is_made, name_of
from clearance.store.reader import reading
from clearance.store.viewer import EVERYBODY

TOLERANCE = timedelta(seconds=10)


async def what_is_behind(reader: AIOKafkaConsumer, names: Names, now: datetime) -> list[str]:
    """What of an epoch's topics is not up to date, one text each, with what to do. Takes the reader for itself."""
    found: list[str] = []
    for partition in names.numbers:
        if not names.is_base and (left := await not_copied(reader, names, partition, now - TOLERANCE)):
            found.append(f"{left} is not in {names.inputs} yet: `clearance rebuild --epoch {names.epoch}` feeds it")
        elif behind := await _not_folded(reader, names, partition, now):
            found.append(f"{behind}: `clearance tracker --epoch {names.epoch}` folds it")
        if found:
            return found  # the other partitions have the same remedy
    return found


async def not_copied(reader: AIOKafkaConsumer, names: Names, partition: int, until: datetime) -> str:
    """The first record of the base log, up to a time of the broker, that is not copied; "" if there is none."""
    copied = await last_copied(reader, names, partition)
    first, end = await clients.ends(reader, names.log, partition)
    start = max(first, copied.origin + 1) if copied else first
    async for records in clients.read_stretch(reader, names.log, partition, start, end):
        for record in records:
            if record.timestamp / 1000 > until.timestamp():
                return ""
            if is_copied(record):
                return f"{names.log}:{partition}:{record.offset}"
    return ""


async def _not_folded(reader: AIOKafkaConsumer, names: Names, partition: int, now: datetime) -> str:
    told = await progress_of(reader, names, partition)
    if told is None:
        return f"{names.inputs}:{partition} was never folded"
    if (told.caught_up_at or told.wall_time) < now - TOLERANCE:
        return f"{names.inputs}:{partition} was last folded up to its end at {told.caught_up_at or told.wall_time}"
    return ""


def what_is_stale(engine: Engine, partitions: int, now: datetime) -> Iterator[str]:
    """What is wrong with the store of an epoch. Raises `StoreError` if it is away."""
    if not is_made(engine):
        yield f"there is no store {name_of(engine)}"
        return
    with reading(engine, EVERYBODY) as reader:
        held = reader.progress()
    if len(held) < partitions:
        yield f"the store {name_of(engine)} holds {len(held)} of {partitions} partitions"
    elif (oldest := min(one.wall_time for one in held)) < now - TOLERANCE:
        yield f"the store {name_of(engine)} is as of {oldest}"
