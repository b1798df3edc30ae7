"""A backup is made beside everything that runs: cut, and copied into a folder that gets its name when it is whole."""

import os
import shutil
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from tempfile import mkdtemp

from aiokafka import AIOKafkaConsumer
from sqlalchemy import Engine

from clearance.access import backup as access
from clearance.archive.record_files import Kept, digest_of, writing
from clearance.backup.cutting import Cut, cut
from clearance.backup.errors import BackupRefused
from clearance.backup.manifest import ACCESS, FORM, Manifest, Part, file_of, write_manifest
from clearance.backup.owned import in_order, versions
from clearance.kafka import clients
from clearance.kafka.admin import Admin
from clearance.kafka.epochs import current
from clearance.kafka.names import FIRST, BaseLog, Names, epoch_of
from clearance.kafka.unreadable import UnreadableBatch
from clearance.settings.clock import utc_now


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A folder for a backup, which gets its name when it is whole; nobody else may read it. Raises `BackupRefused`."""
    if folder.exists():
        raise BackupRefused(f"{folder} is there already: name a folder that can be made anew")
    folder.parent.mkdir(parents=True, exist_ok=True)
    making = Path(mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield making
        os.rename(making, folder)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise


async def save(bootstrap: str, reader: AIOKafkaConsumer, kept: Engine, making: Path, with_log: bool) -> Manifest:
    """A backup into a folder, the manifest last. Raises `BrokerError`, `KafkaError` and `StoreError`."""
    admin, made_at = Admin(bootstrap), utc_now()
    known = admin.metadata()
    now = await current(reader)
    base, moving = now.base, now.moving
    epochs = [epoch for epoch in epochs_of(known.topics, base) if moving is None or epoch != moving.epoch]
    ids = admin.topic_ids([topic for topic, _ in in_order(epochs)])
    cuts = await cut(reader, epochs, with_log, base)
    rows = _save_access(kept, making / ACCESS)
    parts = [await _save_part(reader, one, making) for one in cuts]
    manifest = Manifest(
        form=FORM,
        clearance=version("clearance"),
        made_at=made_at,
        cluster_id=known.cluster_id or "",
        topic_ids=ids,
        with_log=with_log,
        epochs=tuple(epochs),
        versions=versions(),
        rows=rows,
        access=digest_of(making / ACCESS),
        parts=tuple(parts),
        moved=None if base == FIRST else base,
    )
    write_manifest(making, manifest)
    return manifest


def epochs_of(topics: Iterable[str], base: BaseLog = FIRST) -> list[int]:
    """The epochs of which all topics are there, from that of the base log on."""
    names = {*topics}
    there = (epoch for epoch in {*map(epoch_of, names)} if epoch >= base.epoch)
    return sorted(epoch for epoch in there if {*Names.of(epoch, base).cards()} <= names)


def _save_access(kept: Engine, file: Path) -> int:
    with file.open("xb") as written:
        rows = access.write(kept, written)
        written.flush()
        os.fsync(written.fileno())
    return rows


async def _save_part(reader: AIOKafkaConsumer, one: Cut, making: Path) -> Part:
    path, count = making / file_of(one.topic, one.partition), 0
    with writing(path) as add:
        async for records in _records(reader, one):
            add(records)
            count += len(records)
    first, end = (one.first, one.end) if one.how == "places" else (0, count)
    return Part(one.topic, one.partition, first, end, records=count, sha256=digest_of(path))


async def _records(reader: AIOKafkaConsumer, one: Cut) -> AsyncIterator[list[Kept]]:
    if one.given is not None:
        yield one.given
        return
    start = one.first
    while start < one.end:
        try:
            async for records in clients.read_stretch(reader, one.topic, one.partition, start, one.end):
                yield [Kept.of(record) for record in records]
                start = records[-1].offset + 1 if records else start
            return
        except UnreadableBatch as error:  # a hole: nobody can read it, here or after a restore
            start = await clients.first_readable(reader, one.topic, one.partition, error.offset)
