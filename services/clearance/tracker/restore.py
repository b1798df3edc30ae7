"""A partition's state read back from its topics: progress, states, what was set aside. Runs beside everything else.

States are kept as they lie in their records and decoded when they are touched; those that are over are known to the
index only. So a million of them are back in seconds, and with an index that was kept only what is new is read.
"""

from functools import partial

from clearance.events.partition.batch import PartitionFold
from clearance.events.tables.tables import Tables
from clearance.kafka import clients
from clearance.kafka.names import Names
from clearance.kafka.progress_reading import progress_of
from clearance.kafka.set_aside_list import read_set_aside_list
from clearance.kafka.topics import Identity
from clearance.stages.log_checks import check_log, check_topics, input_log
from clearance.stages.stage import RESTORE_BYTES, Restored
from clearance.tracker.disk_index import DiskIndex
from clearance.tracker.owned import Owned
from clearance.tracker.restore_checks import anew, check_states, check_version, expectations_of, means
from clearance.tracker.status_log import StatusLog
from clearance.tracker.status_reading import read_states
from clearance.tracker.status_scan import StatusScan


async def restore(
    bootstrap: str, names: Names, number: int, partitions: int, *, tables: Tables, identity: Identity, index: DiskIndex
) -> Restored[Owned]:
    """Read one partition, of so many, back, with the index that was kept of it.

    Raises `CannotContinue`, and what the broker raises.
    """
    async with clients.new_reader(bootstrap, fetch_bytes=RESTORE_BYTES) as reader:
        progress = await progress_of(reader, names, number)
        log = await input_log(reader, identity, names.inputs, number)
        if progress is not None:
            check_log(log, progress, names.progress, stage="tracker", anew=anew(names))
            told = {name: held for name, held in progress.topic_ids.items() if name != names.progress}
            check_topics(told, identity, partial(means, names))
        begin, end = await clients.ends(reader, names.status, number)
        check_states(names, number, progress, begin, end)
        scan = StatusScan(names, number, tables, index)
        await read_states(scan, reader, range(begin, end))
        await check_version(
            reader=reader, names=names, number=number, progress=progress, beyond=index.beyond, tables=tables
        )
        expectations = await expectations_of(reader, names, number, progress)
        aside = await read_set_aside_list(reader, names, number)
    fold = PartitionFold(
        tables=tables,
        states=(),
        progress=progress,
        set_aside=aside.reasons,
        mine=clients.belongs_to(number, partitions),
        epoch=names.epoch,
        index=index,
        expectations=expectations,
    )
    if progress is None:
        fold.position = log.first - 1
    await scan.hand_to(fold.partition)
    owned = Owned(number, fold, identity, names, told_position=fold.position, status=StatusLog(end))
    return Restored(owned, sorted(scan.stale), scan.records)
