"""An edge follows the base log where it is moved to: what the old one refuses lies in the new one, in its order."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace
from tests.edge.log import receipt, refuse

from clearance.contracts import topics
from clearance.contracts.models.current_epoch import MovedBase
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.edge.append import Edge, open_edge
from clearance.edge.outcomes import TakenArrival
from clearance.events.log.input_records import is_of_kind
from clearance.events.partition.replay import Arrival
from clearance.kafka import clients
from clearance.kafka.clients import partition_of
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import BASE, EPOCHS, BaseLog, Names
from clearance.kafka.wire import current_record
from clearance.settings.clock import utc_now

AT = datetime(2026, 3, 2, 1, 0, 2, tzinfo=UTC)
NEW = Names.of(1, BaseLog(1, 24))
ARRIVALS = [Arrival(name=f"{nth}.xml", at=AT, data=receipt(1, "ABCDEF"[nth]), organisation="acme") for nth in range(6)]


@pytest.fixture
def clusters() -> Iterator[tuple[str, str]]:
    cards = {**topics(), **NEW.cards()}
    old_topics, new_topics = ((names.inputs, names.dead_letters, EPOCHS) for names in (BASE, NEW))
    with (
        EmbeddedBroker([cards[name] for name in old_topics]) as old,
        EmbeddedBroker([cards[name] for name in new_topics]) as other,
    ):
        yield old.bootstrap, other.bootstrap


async def tell(address: str, to: str) -> None:
    moved = current_record(1, None, utc_now(), MovedBase(epoch=1, partitions=24, address=to))
    async with clients.new_producer(address) as producer:
        await clients.write(producer, EPOCHS, 0, [moved])


async def taken(edge: Edge, arrivals: list[Arrival]) -> list[TakenArrival]:
    return [one async for one in edge.take_many(arrivals)]


def test_what_is_refused_while_the_log_is_moved_lies_in_the_new_one_in_order(clusters: tuple[str, str]) -> None:
    old, new = clusters

    async def story() -> tuple[list[TakenArrival], list[Any], list[Any]]:
        async with open_edge(old) as edge, asyncio.timeout(20):
            before = await taken(edge, ARRIVALS[:2])
            refuse(edge)
            waiting = asyncio.create_task(taken(edge, ARRIVALS[2:]))
            passing = asyncio.create_task(edge.pass_time(AT, external=True))
            await tell(new, "")
            await tell(old, new)
            after = await waiting
            await passing
        async with clients.new_reader(new) as reader:
            home = partition_of(before[0].declarations[0].encode(), 24)
            lists = {
                n: [r async for some in clients.read_whole(reader, NEW.inputs, n) for r in some] for n in range(24)
            }
            messages = [one for one in lists[home] if is_of_kind("message", one.headers)]
            clocks = [sum(is_of_kind("clock", one.headers) for one in some) for some in lists.values()]
        return before + after, messages, clocks

    results, messages, clocks = asyncio.run(story())
    assert [one.result for one in results] == ["appended"] * 6
    assert [one.value for one in messages] == [one.data for one in ARRIVALS[2:]]
    assert [one.appended[0].topic for one in results] == ["declaration-inputs"] * 2 + [NEW.inputs] * 4
    assert clocks == [1] * 24


def test_a_move_that_does_not_end_is_told_to_whoever_waits(clusters: tuple[str, str]) -> None:
    async def story() -> None:
        async with open_edge(clusters[0], patience_seconds=0.2) as edge:
            refuse(edge)
            await edge.take(replace(ARRIVALS[0], name="late.xml"))

    with pytest.raises(BrokerError, match="is being moved, and that has not ended within 0 s"):
        asyncio.run(story())
