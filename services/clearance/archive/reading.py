"""What an archive holds, read back. A segment is looked at as a whole before anything of it is given out."""

import zlib
from collections.abc import Iterator
from itertools import dropwhile
from pathlib import Path

import msgspec

from clearance.archive.errors import ArchiveError
from clearance.archive.manifest import Manifest, Segment, folder_of, read_manifest
from clearance.archive.record_files import Kept, digest_of, read


def records_of(archive: Path, partition: int, segment: Segment) -> list[Kept]:
    """The records of a segment. Raises `ArchiveError` for a file that is not what its manifest says."""
    path = folder_of(archive, partition) / segment.file
    if not path.is_file():
        raise ArchiveError(f"{path} is missing: take another copy of the archive")
    if digest_of(path) != segment.sha256:
        raise ArchiveError(f"{path} is torn or altered: take another copy of the archive")
    try:
        records = [*read(path)]
    except (OSError, EOFError, zlib.error, msgspec.DecodeError) as error:
        raise ArchiveError(
            f"{path} cannot be read ({error}): it was written wrongly, tell who maintains this"
        ) from error
    if [record.offset for record in records] != [*_offsets(segment)]:
        raise ArchiveError(f"{path} does not hold offsets {segment.first} to {segment.end - 1}: archive anew")
    return records


def _offsets(segment: Segment) -> Iterator[int]:
    gone = [range(*one) for one in segment.left_out]
    return (offset for offset in range(segment.first, segment.end) if not any(offset in one for one in gone))


def record_at(archive: Path, partition: int, offset: int) -> Kept | None:
    """One record; None if the archive does not hold it. Raises `ArchiveError`."""
    manifest = read_manifest(archive, partition)
    segment = manifest.at(offset) if manifest else None
    found = records_of(archive, partition, segment) if segment else []
    return next((record for record in found if record.offset == offset), None)


def from_offset(archive: Path, manifest: Manifest, offset: int) -> tuple[list[Kept], int]:
    """The records from `offset` on of the segment that it lies in, and the offset behind it. Raises `ArchiveError`."""
    segment = manifest.at(offset)
    if segment is None:
        raise ArchiveError(f"{archive} does not hold offset {offset} of partition {manifest.partition}")
    records = records_of(archive, manifest.partition, segment)
    return [*dropwhile(lambda record: record.offset < offset, records)], segment.end
