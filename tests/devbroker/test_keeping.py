"""The embedded broker drops what is old; its keeper holds what a compacted topic would."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from clearance.contracts import topics
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.devbroker.keeping import DROPPED_AFTER, Keeper
from clearance.kafka import clients
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import BASE
from clearance.kafka.wire import KEPT, Outgoing, is_kept

LARGE = 100_000
"""Bytes of the records that push others out."""
ENOUGH, AT_ONCE = DROPPED_AFTER // LARGE + 10, 30
HEADERS = [("epoch", b"0"), ("src", b"7")]


@pytest.fixture
def keeper(embedded_broker: EmbeddedBroker) -> Iterator[Keeper]:
    one = Keeper(embedded_broker.bootstrap, topics().values())
    yield one
    one.stop()


def write(broker: EmbeddedBroker, keeper: Keeper, *records: Outgoing, topic: str = BASE.status) -> None:
    """Not more at a time than the keeper can have read before it is dropped."""

    async def some(records: Sequence[Outgoing]) -> None:
        async with clients.new_producer(broker.bootstrap) as producer:
            for record in records:
                await clients.write(producer, topic, 3, [record])

    for start in range(0, len(records), AT_ONCE):
        asyncio.run(some(records[start : start + AT_ONCE]))
        keeper.settle()


async def held(broker: EmbeddedBroker, topic: str = BASE.status) -> tuple[int, list[Any]]:
    """The offset at which a partition begins, and its records."""
    async with clients.new_reader(broker.bootstrap) as reader:
        first, _ = await clients.ends(reader, topic, 3)
        return first, [record async for records in clients.read_whole(reader, topic, 3) for record in records]


def pushing(rounds: int = 1) -> list[Outgoing]:
    large = os.urandom(LARGE)  # what no codec makes smaller
    return [Outgoing(b"busy", large, [("src", b"%d" % number)]) for number in range(ENOUGH * rounds)]


def test_the_last_record_of_each_key_is_never_dropped(embedded_broker: EmbeddedBroker, keeper: Keeper) -> None:
    early = [Outgoing(b"key-%d" % number, b"value-%d" % number, HEADERS) for number in range(200)]
    write(embedded_broker, keeper, *early, *pushing(3))
    first, records = asyncio.run(held(embedded_broker))
    assert first > len(early)
    assert {record.key: (record.value, record.headers) for record in records if record.key != b"busy"} == {
        one.key: (one.value, (*HEADERS, KEPT)) for one in early
    }
    assert sum(len(record.value) for record in records) < 2 * DROPPED_AFTER


def test_what_was_written_again_meanwhile_stays_the_last(embedded_broker: EmbeddedBroker, keeper: Keeper) -> None:
    write(embedded_broker, keeper, Outgoing(b"key", b"old", HEADERS), *pushing())
    write(embedded_broker, keeper, Outgoing(b"key", b"new", HEADERS), *pushing(2))
    _, records = asyncio.run(held(embedded_broker))
    assert {record.value for record in records if record.key == b"key"} == {b"new"}


def test_a_key_without_a_value_is_gone(embedded_broker: EmbeddedBroker, keeper: Keeper) -> None:
    gone = [Outgoing(b"3:7", b"set aside", []), Outgoing(b"3:7", None, [])]
    write(embedded_broker, keeper, *gone, *pushing(), topic=BASE.set_aside)
    _, records = asyncio.run(held(embedded_broker, BASE.set_aside))
    assert {record.key for record in records} == {b"busy"}


def test_other_topics_are_left_alone(embedded_broker: EmbeddedBroker, keeper: Keeper) -> None:
    write(embedded_broker, keeper, Outgoing(b"key", b"old", []), *pushing(), topic=BASE.inputs)
    first, records = asyncio.run(held(embedded_broker, BASE.inputs))
    assert first > 0
    assert not [record for record in records if is_kept(record)]


def test_one_that_has_ended_says_so(embedded_broker: EmbeddedBroker, keeper: Keeper) -> None:
    keeper.stop()
    with pytest.raises(BrokerError, match="keeps nothing any more"):
        keeper.settle()
