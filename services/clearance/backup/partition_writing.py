"""One partition of a backup is written, from where an earlier run of the same restore has come to."""

from collections.abc import Iterator
from itertools import islice

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from clearance.backup.errors import BackupRefused
from clearance.backup.manifest import Part
from clearance.backup.places import Lying, is_same
from clearance.kafka import clients
from clearance.kafka.errors import BrokerError

AT_ONCE = 2000
"""Records that are written before their acknowledgements are awaited."""


async def write_part(reader: AIOKafkaConsumer, producer: AIOKafkaProducer, part: Part, lying: Iterator[Lying]) -> None:
    """Everything that lies in the partition, to its end. Raises `BackupRefused` where something else lies there, and
    `BrokerError` where somebody else writes."""
    first, end = await clients.ends(reader, part.topic, part.partition)
    await _compare(reader, part, lying, (first, end))
    while some := [*islice(lying, AT_ONCE)]:
        offsets = await clients.write(producer, part.topic, part.partition, [record for _, record in some])
        if offsets != [at for at, _ in some]:
            raise BrokerError(
                f"{part.topic}:{part.partition} was written to by another program meanwhile: stop everything, "
                "delete the topics, and restore again"
            )


async def _compare(reader: AIOKafkaConsumer, part: Part, lying: Iterator[Lying], there: tuple[int, int]) -> None:
    """Whether what is there already is the beginning of what is to come; `lying` is left behind it. Compaction may have
    taken some of it away, and each offset is among what lies there."""
    (first, end), taken = there, 0
    async for records in clients.read_stretch(reader, part.topic, part.partition, first, end):
        for record in records:
            wanted = next(islice(lying, record.offset - taken, None), None)
            taken = record.offset + 1
            if wanted is None or not is_same(record, wanted[1]):
                raise BackupRefused(
                    f"{part.topic}:{part.partition}:{record.offset} is not of this backup: a restore of another one "
                    "was cut off here; delete the topics, and restore again"
                )
    next(islice(lying, end - taken, end - taken), None)
