"""The archive of inputs grows to where the log ends, by a reader of its own."""

import asyncio
from pathlib import Path

from clearance.archive.manifest import Manifest, archive_of
from clearance.archive.writing import alone, archive_all
from clearance.kafka import epochs
from clearance.kafka.topics import identify
from clearance.operations.readers import reading


async def archive_log(bootstrap: str, folder: Path) -> list[Manifest]:
    """What the manifest of each partition says then. Raises `BrokerError`, of which `ArchiveError` is one."""
    with alone(folder):
        async with reading(bootstrap) as reader:
            base = (await epochs.current(reader)).names().of_base
            identity = await asyncio.to_thread(identify, bootstrap, {base.inputs: base.cards()[base.inputs]})
            return await archive_all(reader, archive_of(folder, base.inputs), identity, base)
