"""Whether an archive and a log are of one piece: the log goes on where the archive ends, or begins within it.

The surprise: ids of cluster and topic alone would not do, since a restore puts the same records at the same offsets of
another cluster. Where the log still holds the last archived record, that decides.
"""

from pathlib import Path

from aiokafka import AIOKafkaConsumer

from clearance.archive.errors import ArchiveError
from clearance.archive.manifest import Manifest
from clearance.archive.reading import records_of
from clearance.archive.record_files import Kept
from clearance.kafka import clients
from clearance.kafka.topics import Identity

ELSEWHERE = "name the archive of this log, or begin one in another folder"


async def check_joins(
    reader: AIOKafkaConsumer, archive: Path, manifest: Manifest, identity: Identity
) -> tuple[int, int]:
    """Where the log of the partition begins and ends. Takes the reader for itself. Raises `ArchiveError`."""
    number = manifest.partition
    first, end = await clients.ends(reader, manifest.topic, number)
    if not manifest.segments:
        return first, end
    place = f"{manifest.topic}:{number}"
    if manifest.end < first:
        raise ArchiveError(
            f"{place} begins at {first}, and {archive} ends at {manifest.end}: what lay between was purged and not "
            f"archived; {ELSEWHERE}"
        )
    if manifest.end > end:
        raise ArchiveError(
            f"{place} ends at {end}, and {archive} at {manifest.end}, so it is of another log: {ELSEWHERE}"
        )
    if not await _is_same(reader, archive, manifest, identity, first):
        raise ArchiveError(f"{place} holds other records than {archive}, which is of another log: {ELSEWHERE}")
    return first, end


async def _is_same(reader: AIOKafkaConsumer, archive: Path, manifest: Manifest, identity: Identity, first: int) -> bool:
    last = [*records_of(archive, manifest.partition, manifest.segments[-1])][-1:]
    if not last or last[0].offset < first:
        return manifest.topic_id == identity.topic_ids.get(manifest.topic)
    [archived] = last
    stretch = clients.read_stretch(reader, manifest.topic, manifest.partition, archived.offset, archived.offset + 1)
    return [Kept.of(record) async for records in stretch for record in records] == [archived]
