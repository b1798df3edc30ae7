"""The archive grows: a partition from where its manifest ends to where the log ends, one segment after the other.

A segment gets its name when it is on the disk, then the manifest names it. Whoever is killed in between leaves a file
that no manifest names, and the next one writes it anew.
"""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from aiokafka import AIOKafkaConsumer
from msgspec.structs import replace

from clearance.archive.errors import ArchiveError
from clearance.archive.joining import check_joins
from clearance.archive.manifest import (
    FORM,
    Manifest,
    Segment,
    folder_of,
    put_in_place,
    read_manifest,
    write_manifest,
)
from clearance.archive.record_files import digest_of, writing
from clearance.archive.stretches import Stretch, stretches
from clearance.kafka.names import BASE, Names
from clearance.kafka.topics import Identity

SEGMENT_BYTES = 16 * 1024 * 1024
"""Keys and values in a segment, about: what is read to find one message."""


@contextmanager
def alone(archive: Path) -> Iterator[None]:
    """Nobody else writes into the archive meanwhile. Raises `ArchiveError` if somebody does."""
    archive.mkdir(parents=True, exist_ok=True)
    with (archive / ".lock").open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ArchiveError(f"somebody else writes into {archive}: wait until that has ended") from error
        yield


async def archive_partition(
    reader: AIOKafkaConsumer,
    archive: Path,
    partition: int,
    identity: Identity,
    segment_bytes: int = SEGMENT_BYTES,
    base: Names = BASE,
) -> Manifest:
    """All that the log holds by now; what the manifest says then. Raises `ArchiveError` and `KafkaError`."""
    folder_of(archive, partition).mkdir(parents=True, exist_ok=True)
    new = Manifest(FORM, base.inputs, partition, "", "", partitions=base.base.partitions)
    known = read_manifest(archive, partition) or new
    first, end = await check_joins(reader, archive, known, identity)
    manifest = replace(known, cluster_id=identity.cluster_id, topic_id=identity.topic_ids[base.inputs])
    write_manifest(archive, manifest)
    held, size = list[Stretch](), 0
    async for stretch in stretches(reader, base, partition, known.end if known.segments else first, end):
        held.append(stretch)
        size += _size(stretch)
        if size >= segment_bytes:
            manifest, held, size = _with_segment(archive, manifest, held), [], 0
    return _with_segment(archive, manifest, held) if held else manifest


def _size(stretch: Stretch) -> int:
    return sum(len(record.key or b"") + len(record.value or b"") for record in stretch.records)


def _with_segment(archive: Path, manifest: Manifest, held: Sequence[Stretch]) -> Manifest:
    folder, first = folder_of(archive, manifest.partition), held[0].first
    path, new = folder / f"{first:020}.gz", folder / f".{first:020}.gz"
    new.unlink(missing_ok=True)  # of one that was killed
    with writing(new) as add:
        for stretch in held:
            add(stretch.records)
    digest = digest_of(new)
    put_in_place(new, path)
    segment = Segment(
        file=path.name,
        first=first,
        end=held[-1].end,
        records=sum(len(stretch.records) for stretch in held),
        sha256=digest,
        left_out=tuple((stretch.first, stretch.end) for stretch in held if not stretch.records),
    )
    grown = replace(manifest, segments=(*manifest.segments, segment))
    write_manifest(archive, grown)
    return grown


async def archive_all(reader: AIOKafkaConsumer, archive: Path, identity: Identity, base: Names) -> list[Manifest]:
    """Every partition of the base log. Raises `ArchiveError` and `KafkaError`."""
    return [await archive_partition(reader, archive, number, identity, base=base) for number in base.numbers]
