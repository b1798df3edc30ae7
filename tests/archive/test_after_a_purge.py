"""On a real Kafka whose log was purged behind the archive: a rebuild gets all of history, and a message its bytes."""

import asyncio
from hashlib import sha256
from pathlib import Path

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient
from tests.rebuild.fed import feed

from clearance.archive.errors import ArchiveError
from clearance.archive.verifying import verify
from clearance.contracts import topics
from clearance.devbroker.local import LocalKafka
from clearance.kafka import clients
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import BASE, Names
from clearance.kafka.places import Place
from clearance.kafka.topics import ensure, identify
from clearance.kafka.wire import Outgoing
from clearance.operations.archiving import archive_log
from clearance.operations.message_reading import MessagePurged, original
from clearance.rebuild.copying import origin_of

ONE = Names.of(1)
PARTITIONS = topics()[BASE.inputs].partitions
BEFORE, AFTER, PURGED, PARTITION = 300, 50, 280, 3


def message(number: int) -> Outgoing:
    return Outgoing(b"uk:mrn:%d" % number, b"<MetaData>%d</MetaData>" % number, [("kind", b"message")])


async def put(address: str, numbers: range) -> None:
    async with clients.new_producer(address) as producer:
        await clients.write(producer, BASE.inputs, PARTITION, [message(number) for number in numbers])


def purge(address: str, offset: int) -> None:
    admin = AdminClient({"bootstrap.servers": address})
    [done] = admin.delete_records([TopicPartition(BASE.inputs, PARTITION, offset)]).values()
    assert done.result().low_watermark == offset


async def fed(address: str, folder: Path) -> list[tuple[int, bytes]]:
    """What epoch 1 gets of the partition, until its feeder has caught up: origins and values, in order."""
    await feed(address, ONE, folder, identify(address, {BASE.inputs: topics()[BASE.inputs]}))
    async with clients.new_reader(address) as looking:
        copies = [some async for some in clients.read_whole(looking, ONE.inputs, PARTITION)]
    return [(origin_of(one.headers) or 0, one.value) for some in copies for one in some]


def test_history_and_messages_outlive_a_purge(own_kafka: LocalKafka, tmp_path: Path) -> None:
    address, folder = own_kafka.bootstrap, tmp_path / "archive"
    ensure(address, {**topics(), **ONE.cards()}, replication_factor=1, create=True)
    asyncio.run(put(address, range(BEFORE)))
    asyncio.run(archive_log(address, folder))
    purge(address, PURGED)
    asyncio.run(put(address, range(BEFORE, BEFORE + AFTER)))

    first = message(7)
    name = sha256(first.value or b"").hexdigest()
    with pytest.raises(MessagePurged):
        asyncio.run(original(address, Place(BASE.inputs, PARTITION, 7), name))
    found = asyncio.run(original(address, Place(BASE.inputs, PARTITION, 7), name, str(folder)))
    assert (found.key, found.value, found.position) == ("uk:mrn:7", first.value, 7)
    with pytest.raises(MessagePurged):
        asyncio.run(original(address, Place(BASE.inputs, PARTITION, 8), name, str(folder)))

    wanted = [(number, message(number).value) for number in range(BEFORE + AFTER)]
    assert asyncio.run(fed(address, folder)) == wanted
    asyncio.run(archive_log(address, folder))
    purge(address, BEFORE + AFTER)
    asyncio.run(put(address, range(BEFORE + AFTER, BEFORE + AFTER + 1)))
    wanted.append((BEFORE + AFTER, message(BEFORE + AFTER).value or b""))
    assert asyncio.run(fed(address, folder)) == wanted
    assert sum(one.records for one in verify(folder)) == BEFORE + AFTER

    purge(address, BEFORE + AFTER + 1)
    for refused in (fed, archive_log):
        with pytest.raises(ArchiveError, match=f"begins at {BEFORE + AFTER + 1}, and .* ends at {BEFORE + AFTER}"):
            asyncio.run(refused(address, folder))
    assert issubclass(ArchiveError, BrokerError)
