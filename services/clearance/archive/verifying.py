"""The proof of an archive, without a broker: every file to the byte, every record counted, no hole and no overlap."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from clearance.archive.errors import ArchiveError
from clearance.archive.manifest import FILE, archive_of, folder_of, logs_in, partitions_of, read_manifest
from clearance.archive.reading import records_of


class Verified(NamedTuple):
    """A partition of a log: its records from `first` up to, without, `end`, or what is wrong with it."""

    topic: str
    partition: int
    first: int = 0
    end: int = 0
    records: int = 0
    segments: int = 0
    problem: str = ""


def verify(folder: Path) -> Iterator[Verified]:
    """Every partition of each log, one after the other. A file that no manifest names is no problem: see `writing`."""
    for topic in logs_in(folder):
        archive = archive_of(folder, topic)
        for number in range(partitions_of(archive)):
            yield verify_partition(archive, number, topic)


def verify_partition(archive: Path, number: int, topic: str) -> Verified:
    """One of the archive of this log."""
    try:
        return _verified(archive, number, topic)
    except ArchiveError as error:
        return Verified(topic, number, problem=str(error))


def _verified(archive: Path, number: int, topic: str) -> Verified:
    manifest = read_manifest(archive, number)
    if manifest is None:
        raise ArchiveError(f"{folder_of(archive, number) / FILE} is missing: take another copy of the archive")
    if topic != manifest.topic:
        raise ArchiveError(f"{archive} holds {manifest.topic}: name the archive of {topic}")
    if manifest.partition != number:
        raise ArchiveError(f"{folder_of(archive, number)} holds partition {manifest.partition}: take another copy")
    counted = sum(len(records_of(archive, number, segment)) for segment in manifest.segments)
    segments = len(manifest.segments)
    return Verified(topic, number, first=manifest.first, end=manifest.end, records=counted, segments=segments)
