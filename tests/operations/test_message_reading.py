"""A message is read from the log by its place; what is gone and a broker that is away are told apart."""

import asyncio

import pytest
from sqlalchemy import Engine
from tests.helpers.compressed import CODECS, put_compressed
from tests.helpers.conditions import until
from tests.helpers.stores import made_store
from tests.projector.running import projecting, publish, stands_at
from tests.store.written import written

from clearance.devbroker.embedded import EmbeddedBroker
from clearance.events.receipts.routing import message_id
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import BASE
from clearance.kafka.places import Place
from clearance.kafka.wire import Outgoing
from clearance.operations.errors import OperationRefused
from clearance.operations.message_reading import MessagePurged, message_by_id, original, place_of
from clearance.store.reader import reading
from clearance.store.viewer import EVERYBODY


@pytest.fixture
def url(tmp_path: object) -> str:
    return f"sqlite:///{tmp_path}/store.db"


@pytest.fixture
def engine(url: str) -> Engine:
    return made_store(url)


def test_every_message_of_the_index_is_read_as_it_came(
    engine: Engine, url: str, embedded_broker: EmbeddedBroker
) -> None:
    log, address = written(1), embedded_broker.bootstrap

    async def work() -> None:
        await publish(embedded_broker, log)
        async with projecting(engine, embedded_broker):
            await until(lambda: stands_at(engine, log.ends), "everything is applied")
        with reading(engine, EVERYBODY) as reader:
            found = [one for name in sorted(log.states)[:40] for one in reader.messages(name, 2)]
        assert found
        for one in found[:20]:
            record = await original(address, place_of(one, 0), one.message_id)
            assert message_id(record.value) == one.message_id
            assert (await message_by_id(address, url, one.message_id)).value == record.value
        with pytest.raises(OperationRefused, match="the store knows no message"):
            await message_by_id(address, url, "0" * 64)
        with pytest.raises(MessagePurged, match="there is no such record"):
            await original(address, Place(BASE.inputs, 0, 10**6), found[0].message_id)
        with pytest.raises(MessagePurged, match="another record"):
            await original(address, place_of(found[0], 0), "0" * 64)

    asyncio.run(work())
    engine.dispose()


def test_a_message_in_a_compressed_log_is_read_as_it_came(
    engine: Engine, url: str, embedded_broker: EmbeddedBroker
) -> None:
    """As `clearance explain --message-id` asks for it."""
    log, address = written(1), embedded_broker.bootstrap
    for (topic, partition), records in log.records.items():
        given = [Outgoing(one.key, one.value, [*one.headers]) for one in records]
        put_compressed(address, CODECS[partition % 4], topic, partition, *given)

    async def work() -> None:
        async with projecting(engine, embedded_broker):
            await until(lambda: stands_at(engine, log.ends), "everything is applied")
        with reading(engine, EVERYBODY) as reader:
            found = [one for name in sorted(log.states)[:20] for one in reader.messages(name, 1)]
        for one in found[:8]:
            assert message_id((await message_by_id(address, url, one.message_id)).value) == one.message_id

    asyncio.run(work())
    engine.dispose()


def test_a_broker_that_is_away_is_told() -> None:
    with pytest.raises(BrokerError):
        asyncio.run(original("127.0.0.1:1", Place(BASE.inputs, 0, 0), "0" * 64))
