"""The proof of an archive, without a broker: every file to the byte, every record counted, no hole and no overlap."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from clearance.archive.errors import ArchiveError
from clearance.archive.manifest import FILE, folder_of, read_manifest
from clearance.archive.reading import records_of
from clearance.kafka.names import FIRST


class Verified(NamedTuple):
    """A partition: its records from `first` up to, without, `end`, or what is wrong with it."""

    partition: int
    first: int = 0
    end: int = 0
    records: int = 0
    segments: int = 0
    problem: str = ""


def verify(archive: Path) -> Iterator[Verified]:
    """Every partition of the log, one after the other. A file that no manifest names is no problem: see `writing`."""
    for number in range(_partitions(archive)):
        try:
            yield _verified(archive, number)
        except ArchiveError as error:
            yield Verified(number, problem=str(error))


def _partitions(archive: Path) -> int:
    """How many the log has, by the first manifest that tells."""
    for number in range(FIRST.partitions):
        with suppress(ArchiveError):
            if (manifest := read_manifest(archive, number)) is not None:
                return manifest.partitions
    return FIRST.partitions


def _verified(archive: Path, number: int) -> Verified:
    manifest = read_manifest(archive, number)
    if manifest is None:
        raise ArchiveError(f"{folder_of(archive, number) / FILE} is missing: take another copy of the archive")
    if manifest.partition != number:
        raise ArchiveError(f"{folder_of(archive, number)} holds partition {manifest.partition}: take another copy")
    counted = sum(len(records_of(archive, number, segment)) for segment in manifest.segments)
    return Verified(number, manifest.first, manifest.end, counted, len(manifest.segments))
