"""Which epoch is answered from: asked, followed, switched, and refused if it cannot be read."""

import asyncio

import pytest

from clearance.devbroker.embedded import EmbeddedBroker
from clearance.kafka import clients, epochs
from clearance.kafka.epochs import Current
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import EPOCHS
from clearance.kafka.wire import CURRENT, Outgoing
from clearance.settings.clock import utc_now


async def switch(broker: EmbeddedBroker, to: int, before: int) -> None:
    producer = clients.new_producer(broker.bootstrap)
    await producer.start()
    await epochs.switch(producer, to, before, utc_now())
    await producer.stop()


def test_it_is_epoch_0_until_it_is_switched(embedded_broker: EmbeddedBroker) -> None:
    async def run() -> list[Current]:
        first = await epochs.ask(embedded_broker.bootstrap)
        await switch(embedded_broker, 1, 0)
        await switch(embedded_broker, 2, 1)
        return [first, await epochs.ask(embedded_broker.bootstrap)]

    assert asyncio.run(run()) == [Current(0, None), Current(2, 1)]


def test_a_follower_hears_the_present_one_and_each_switch_once(embedded_broker: EmbeddedBroker) -> None:
    async def run() -> list[Current]:
        await switch(embedded_broker, 1, 0)
        told = epochs.follow(embedded_broker.bootstrap)
        async with asyncio.timeout(30):
            found = [await anext(told)]
            for to, before in ((1, 0), (0, 1), (3, 0)):
                await switch(embedded_broker, to, before)
                if found[-1] != (to, before):
                    found.append(await anext(told))
        await told.aclose()  # type: ignore[attr-defined]
        return found

    assert asyncio.run(run()) == [Current(1, 0), Current(0, 1), Current(3, 0)]


def test_a_record_that_cannot_be_read_is_named(embedded_broker: EmbeddedBroker) -> None:
    async def run() -> None:
        producer = clients.new_producer(embedded_broker.bootstrap)
        await producer.start()
        await clients.write(producer, EPOCHS, 0, [Outgoing(CURRENT, b'{"epoch": "new"}', [])])
        await producer.stop()
        await epochs.ask(embedded_broker.bootstrap)

    with pytest.raises(BrokerError, match=f"{EPOCHS}:0:0 is no epoch"):
        asyncio.run(run())
