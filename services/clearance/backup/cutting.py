"""Where a backup cuts each partition, while everything goes on: what a record rests on is before the cut of its topic.

Topics are looked at in the order of `owned.csv`: progress before states, states before events, all before the inputs.
A restart from such a cut is one after a kill: a little is folded again, to the same records.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from aiokafka import AIOKafkaConsumer
from msgspec import Struct

from clearance.archive.record_files import Kept
from clearance.backup.owned import How, in_order, partitions_of
from clearance.kafka import clients
from clearance.kafka.admin import Place
from clearance.kafka.names import FIRST, BaseLog, Names, epoch_of
from clearance.kafka.progress_reading import highest_progress
from clearance.rebuild.last_copy import Copied, last_copied


class Cut(NamedTuple):
    """A partition from its first offset to before `end`. `given` are its records where they were read at once: of a
    list and of progress compaction may take away what was there."""

    topic: str
    partition: int
    first: int
    end: int
    how: How
    given: list[Kept] | None = None


class Raised(NamedTuple):
    """The record of a progress, and by what it is compared with others."""

    epoch: int
    position: int
    wall_time: datetime
    record: Any


Copies = Mapping[tuple[int, int], Copied | None]
"""By epoch and partition."""


class _Placed(Struct):
    epoch: int
    position: int
    wall_time: datetime


async def cut(reader: AIOKafkaConsumer, epochs: Sequence[int], with_log: bool, base: BaseLog = FIRST) -> list[Cut]:
    """All partitions of these epochs, cut in order. Takes the reader for itself."""
    copies = await _copies(reader, epochs, base)  # before the cuts, so that none lies behind them
    found = [
        await _cut(reader, topic, number, how)
        for topic, how in in_order(epochs)
        for number in range(partitions_of(topic, base))
    ]
    return found if with_log else without_log(found, copies, base)


async def _copies(reader: AIOKafkaConsumer, epochs: Sequence[int], base: BaseLog) -> Copies:
    return {
        (epoch, number): await last_copied(reader, Names.of(epoch, base), number)
        for epoch in epochs
        if epoch != base.epoch
        for number in range(base.partitions)
    }


async def _cut(reader: AIOKafkaConsumer, topic: str, number: int, how: How) -> Cut:
    first, end = await clients.ends(reader, topic, number)
    if how == "progress":
        told = await highest_progress(reader, topic, number, _raised)
        return Cut(topic, number, 0, 0, how)._replace(given=[Kept.of(told.record)] if told else [])
    if how == "list":
        lists = [some async for some in clients.read_stretch(reader, topic, number, first, end)]
        return Cut(topic, number, 0, 0, how)._replace(given=[Kept.of(record) for some in lists for record in some])
    return Cut(topic, number, first, end, how)


def _raised(record: Any) -> Raised | None:
    try:
        placed = _PLACED.decode(record.value or b"")
    except msgspec.DecodeError:
        return None
    return Raised(placed.epoch, placed.position, placed.wall_time, record)


def without_log(found: Sequence[Cut], copies: Copies, base: BaseLog = FIRST) -> list[Cut]:
    """Of inputs only what is not folded or not copied yet: the log begins there, as after a purge."""
    folded = {
        (one.topic, one.partition): _PLACED.decode(record.value or b"").position + 1
        for one in found
        if one.how == "progress"
        for record in one.given or ()
    }
    return [_needed(one, Names.of(epoch_of(one.topic), base), folded, copies) for one in found]


def _needed(one: Cut, names: Names, folded: Mapping[Place, int], copies: Copies) -> Cut:
    """Inputs from what the tracker folds next on, and from what feeders need: their last copy, and what comes after it
    in the base log."""
    if one.topic != names.inputs:
        return one
    from_here = [folded.get((names.progress, one.partition), 0)]
    for (epoch, number), copied in copies.items():
        if number == one.partition and epoch == names.epoch:
            from_here.append(copied.offset if copied else 0)
        if number == one.partition and names.is_base:
            from_here.append(copied.origin + 1 if copied else 0)
    return one._replace(first=max(one.first, min([one.end, *from_here])))


_PLACED = msgspec.json.Decoder(_Placed)
