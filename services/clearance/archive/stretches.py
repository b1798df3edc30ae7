"""A partition of the log for the archive: every offset up to its end, in order, or the reason why not."""

from collections.abc import AsyncIterator
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer

from clearance.archive.errors import ArchiveError
from clearance.archive.record_files import Kept
from clearance.kafka import clients
from clearance.kafka.names import Names
from clearance.kafka.set_aside_list import read_set_aside_list
from clearance.kafka.unreadable import UnreadableBatch


class Stretch(NamedTuple):
    """Offsets from `first` up to, without, `end`: all their records, or none where nobody can read them."""

    first: int
    end: int
    records: list[Kept]


async def stretches(
    reader: AIOKafkaConsumer, base: Names, partition: int, start: int, end: int
) -> AsyncIterator[Stretch]:
    """The log from `start` to `end` without a hole. Takes the reader for itself. Raises `ArchiveError` where records
    are gone, or cannot be read and nobody has set them aside."""
    while start < end:
        try:
            async for records in clients.read_stretch(reader, base.inputs, partition, start, end):
                for record in records:
                    if record.offset != start:
                        raise _gone(base, partition, start)
                    start += 1
                if records:
                    yield Stretch(records[0].offset, start, [*map(Kept.of, records)])
            if start < end:
                raise _gone(base, partition, start)
        except UnreadableBatch as error:
            after = (await read_set_aside_list(reader, base, partition)).after(error.offset)
            if after == error.offset:
                raise ArchiveError(
                    f"{error}: mend it on the broker, or set it aside (`clearance dlq add {base.inputs}:{partition}:"
                    f"{error.offset}`), and archive again"
                ) from error
            yield Stretch(start, after, [])
            start = after


def _gone(base: Names, partition: int, offset: int) -> ArchiveError:
    return ArchiveError(
        f"{base.inputs}:{partition}:{offset} was purged before it was archived: begin another archive in a folder of "
        "its own, and keep this one for what came before"
    )
