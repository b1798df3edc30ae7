"""The manifest of a partition in the archive: its segments, which join, with the count and the digest of each.

It is replaced as a whole when a segment lies whole on the disk. So what a manifest names is there, whenever the writer
is killed; a file that it does not name is nobody's, and is written anew.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import msgspec
from msgspec import Struct

from clearance.archive.errors import ArchiveError
from clearance.kafka.names import BASE, FIRST, Names, epoch_of

FORM = "clearance-archive-1"
FILE = "manifest.json"


class Segment(Struct, frozen=True):
    """One file: the records from `first` up to, without, `end`, all of them but the stretches `left_out`, which nobody
    can read and a person has set aside."""

    file: str
    first: int
    end: int
    records: int
    sha256: str
    left_out: tuple[tuple[int, int], ...] = ()

    @property
    def is_counted(self) -> bool:
        """Whether it accounts for each of its offsets."""
        return 0 < self.end - self.first == self.records + sum(end - first for first, end in self.left_out)


class Manifest(Struct, frozen=True):
    """What the archive holds of one of so many `partitions`; `topic_id` and `cluster_id` are those of the log when it
    was written."""

    form: str
    topic: str
    partition: int
    cluster_id: str
    topic_id: str
    segments: tuple[Segment, ...] = ()
    partitions: int = FIRST.partitions

    @property
    def first(self) -> int:
        """The offset at which it begins; 0 while it holds nothing."""
        return self.segments[0].first if self.segments else 0

    @property
    def end(self) -> int:
        """The offset behind its last record."""
        return self.segments[-1].end if self.segments else 0

    def at(self, offset: int) -> Segment | None:
        """The segment of an offset."""
        return next((one for one in self.segments if one.first <= offset < one.end), None)


def archive_of(folder: Path, topic: str) -> Path:
    """The archive of a log in the folder of all: that of the first log is the folder itself."""
    return folder / f"e{epoch}" if (epoch := epoch_of(topic)) else folder


def logs_in(folder: Path) -> list[str]:
    """The logs that are archived in the folder of all, in their order; the first one also if there are none."""
    later = sorted(int(one.name[1:]) for one in folder.glob("e*") if one.name[1:].isdecimal())
    first = [] if later and not [*folder.glob(f"{BASE.inputs}-*")] else [BASE]
    return [names.inputs for names in (*first, *map(Names.of, later))]


def folder_of(archive: Path, partition: int) -> Path:
    """Where a partition of an archive lies."""
    return archive / f"{BASE.inputs}-{partition}"


def read_manifest(archive: Path, partition: int) -> Manifest | None:
    """None where nothing of the partition was archived yet. Raises `ArchiveError` unless its segments join."""
    path = folder_of(archive, partition) / FILE
    if not path.is_file():
        return None
    try:
        manifest = _MANIFEST.decode(path.read_bytes())
    except msgspec.DecodeError as error:
        raise ArchiveError(f"{path} is torn or altered ({error}): take another copy of the archive") from error
    if manifest.form != FORM:
        raise ArchiveError(f"{path} is of the form {manifest.form}, and this version reads {FORM}: upgrade")
    if problem := next(problems(manifest), ""):
        raise ArchiveError(f"{path}: {problem}: take another copy of the archive")
    return manifest


def problems(manifest: Manifest) -> Iterator[str]:
    """Holes and overlaps between its segments, and counts that do not account for every offset."""
    for one in manifest.segments:
        if not one.is_counted:
            yield f"{one.file} counts {one.records} records for offsets {one.first} to {one.end - 1}"
    for before, after in pairwise(manifest.segments):
        if before.end != after.first:
            what = "a hole" if before.end < after.first else "an overlap"
            yield f"{what} between {before.file}, which ends before {before.end}, and {after.file}"


def partitions_of(archive: Path) -> int:
    """How many the log has, by the first manifest that tells."""
    for number in range(FIRST.partitions):
        with suppress(ArchiveError):
            if (manifest := read_manifest(archive, number)) is not None:
                return manifest.partitions
    return FIRST.partitions


def written_at(folder: Path) -> float:
    """When the partition of the last log that was archived longest ago was (Unix time), also if nothing was new then; 0
    if one never was."""
    archive = archive_of(folder, logs_in(folder)[-1])
    paths = [folder_of(archive, number) / FILE for number in range(partitions_of(archive))]
    return min(path.stat().st_mtime if path.is_file() else 0.0 for path in paths)


def write_manifest(archive: Path, manifest: Manifest) -> None:
    """In place of the one before, on the disk when this returns."""
    folder = folder_of(archive, manifest.partition)
    new = folder / f".{FILE}"
    with new.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    put_in_place(new, folder / FILE)


def put_in_place(new: Path, path: Path) -> None:
    """Give a whole file its name, for good."""
    os.replace(new, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


_MANIFEST = msgspec.json.Decoder(Manifest)
