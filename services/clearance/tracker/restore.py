"""A partition's state read back from its topics: progress, states, what was set aside. Runs beside everything else.

States are kept as they lie in their records and decoded when they are touched; those that are over are known by their
place only. So a million of them are back in seconds.
"""

from dataclasses import dataclass, field

from clearance.events.partition.batch import PartitionFold
from clearance.events.tables.tables import Tables
from clearance.kafka import clients
from clearance.kafka.names import Names
from clearance.kafka.progress_reading import progress_of
from clearance.kafka.set_aside_list import read_set_aside_list
from clearance.kafka.topics import Identity
from clearance.tracker.found import find, hand_to
from clearance.tracker.owned import Owned
from clearance.tracker.restore_checks import check_log, check_states, check_version
from clearance.tracker.status_log import StatusLog

FETCH_BYTES = 2 * 1024 * 1024
"""Bytes of one answer: what a client reads in one go keeps the other partitions waiting."""


@dataclass
class Restored:
    """An owned partition, and the states that must be written again because their last record is an old one."""

    owned: Owned
    stale: list[str] = field(default_factory=list)
    records: int = 0


async def restore(
    bootstrap: str, names: Names, number: int, partitions: int, tables: Tables, identity: Identity
) -> Restored:
    """Read one partition, of so many, back. Raises `CannotContinue`, and what the broker raises."""
    async with clients.new_reader(bootstrap, fetch_bytes=FETCH_BYTES) as reader:
        progress = await progress_of(reader, names, number)
        first, after = await clients.ends(reader, names.inputs, number)
        check_log(names, number, progress, identity, first, after)
        begin, end = await clients.ends(reader, names.status, number)
        check_states(names, number, progress, begin, end)
        found = await find(reader, names, number, range(begin, end), tables.version)
        await check_version(reader, names, number, progress, found.beyond, tables)
        aside = await read_set_aside_list(reader, names, number)
    fold = PartitionFold(tables, (), progress, aside, clients.belongs_to(number, partitions), names.epoch)
    if progress is None:
        fold.position = first - 1
    await hand_to(fold.partition, found, names, number)
    owned = Owned(number, fold, identity, names, told_position=fold.position, status=StatusLog(end))
    return Restored(owned, sorted(key.decode() for key in found.old), found.records)
