"""The part of history that a feeder reads from an archive: all that it holds, also what the log still does."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aiokafka import AIOKafkaConsumer

from clearance.archive.errors import ArchiveError
from clearance.archive.joining import check_joins
from clearance.archive.manifest import FILE, Manifest, archive_of, folder_of, read_manifest
from clearance.archive.reading import from_offset
from clearance.archive.record_files import Kept
from clearance.kafka.names import Names
from clearance.kafka.topics import Identity


@dataclass(frozen=True)
class Archived:
    """Manifests by partition; none where there is no archive."""

    manifests: Mapping[int, Manifest]
    folder: Path = Path()

    @classmethod
    async def open(cls, looking: AIOKafkaConsumer, folder: Path, identity: Identity, base: Names) -> "Archived":
        """That of the base log in the folder, if the log goes on where it ends. Raises `ArchiveError`."""
        manifests, archive = {}, archive_of(folder, base.inputs)
        for number in base.numbers:
            manifest = read_manifest(archive, number)
            if manifest is None:
                raise ArchiveError(
                    f"{folder_of(archive, number) / FILE} is missing: `clearance archive write {folder}` makes it, or "
                    "set no CLEARANCE_ARCHIVE_FOLDER"
                )
            await check_joins(looking, archive, manifest, identity)
            manifests[number] = manifest
        return cls(manifests, archive)

    def first(self, number: int, in_log: int) -> int:
        """Where the history of a partition begins, whose log begins at `in_log`."""
        manifest = self.manifests.get(number)
        return min(manifest.first, in_log) if manifest and manifest.segments else in_log

    def holds(self, number: int, offset: int) -> bool:
        """Whether a record is to be read here."""
        return number in self.manifests and self.manifests[number].at(offset) is not None

    def log_from(self, number: int, offset: int) -> int:
        """Where the log is to be read once this is read, from `offset` on."""
        return self.manifests[number].end if self.holds(number, offset) else offset

    def read(self, number: int, offset: int) -> tuple[list[Kept], int]:
        """The records of a segment from there on, and the offset behind it. Raises `ArchiveError`."""
        return from_offset(self.folder, self.manifests[number], offset)
