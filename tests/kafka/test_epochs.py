"""Which epoch is answered from: asked, followed, switched, and refused if it cannot be read."""

import asyncio

import pytest

from clearance.cli.broker import broker
from clearance.contracts import topics
from clearance.contracts.models.current_epoch import MovedBase
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.kafka import clients, epochs
from clearance.kafka.epochs import Current, EpochOver
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import EPOCHS, BaseLog, Names
from clearance.kafka.ready import led_on
from clearance.kafka.wire import CURRENT, Outgoing, current_record
from clearance.settings import load
from clearance.settings.clock import utc_now


async def switch(broker: EmbeddedBroker, to: int, before: int) -> None:
    producer = clients.new_producer(broker.bootstrap)
    await producer.start()
    await epochs.switch(producer, to, Current(before), utc_now())
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
                if found[-1][:2] != (to, before):
                    found.append(await anext(told))
        await told.aclose()
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


def test_after_a_move_the_record_of_the_old_cluster_leads_to_the_new_one(embedded_broker: EmbeddedBroker) -> None:
    base = BaseLog(1, 24)

    async def run(new: str) -> tuple[list[Current], Current]:
        old = embedded_broker.bootstrap
        await move(new, base, "")
        async with asyncio.timeout(30):
            told = epochs.follow(old)
            found = [await anext(told)]
            await move(old, base, new)
            found.append(await anext(told))
            async with clients.new_producer(new) as producer:
                await epochs.switch(producer, 2, found[-1], utc_now())
            found.append(await anext(told))
        await told.aclose()
        async with clients.new_reader(old) as reader:
            with pytest.raises(EpochOver, match=f"moved to the cluster at {new}"):
                await epochs.current(reader)
        return found, await epochs.ask(old)

    with EmbeddedBroker(topics().values()) as other:
        new = other.bootstrap
        found, last = asyncio.run(run(new))
    moved = Current(1, None, base, new)
    assert found == [Current(0), moved, Current(2, 1, base, new)]
    assert last == found[-1]
    assert last.names().base == last.names(2).base == base
    with pytest.raises(EpochOver, match="its log was moved into epoch 1"):
        last.names(0)


def test_a_process_that_names_the_old_cluster_is_led_on(embedded_broker: EmbeddedBroker) -> None:
    settings = load(kafka_bootstrap_servers=embedded_broker.bootstrap, epoch=1)
    assert led_on(settings) == settings
    with EmbeddedBroker(Names.of(1, BaseLog(1, 24)).cards().values()) as other:
        asyncio.run(move(other.bootstrap, BaseLog(1, 24), ""))
        asyncio.run(move(embedded_broker.bootstrap, BaseLog(1, 24), other.bootstrap))
        assert led_on(settings) == settings.model_copy(update={"kafka_bootstrap_servers": other.bootstrap})
        assert broker(embedded_broker.bootstrap) == other.bootstrap


async def move(address: str, base: BaseLog, to: str) -> None:
    told = MovedBase(epoch=base.epoch, partitions=base.partitions, address=to)
    async with clients.new_producer(address) as producer:
        await clients.write(producer, EPOCHS, 0, [current_record(base.epoch, None, utc_now(), told)])
