"""A sealed log takes nothing any more, from nobody, however small and however compressed; its broker sees to that."""

import asyncio
from typing import Any

import pytest
from aiokafka.errors import MessageSizeTooLargeError
from tests.edge.log import receipt

from clearance.devbroker.local import LocalKafka
from clearance.events.log.input_records import input_record, message_record
from clearance.events.log.inputs import Clock
from clearance.kafka import clients
from clearance.kafka.admin import Admin
from clearance.kafka.names import BaseLog, Names
from clearance.kafka.wire import is_seal, outgoing_input
from clearance.rebuild.sealing import is_closed, seal
from clearance.settings.clock import utc_now

LOG = Names.of(88, BaseLog(88, 3))
SMALLEST = outgoing_input(input_record("", Clock(at=utc_now())))
MESSAGE = outgoing_input(message_record("cn:unified:E20260000000000001", receipt(1), received_at=utc_now()))


async def refused(producer: Any, number: int) -> None:
    for record in (SMALLEST, MESSAGE):
        with pytest.raises(MessageSizeTooLargeError):
            await clients.write(producer, LOG.inputs, number, [record])


async def last_of(reader: Any, number: int) -> list[bool]:
    return [is_seal(one) async for some in clients.read_whole(reader, LOG.inputs, number) for one in some]


async def story(address: str) -> list[list[bool]]:
    async with clients.new_producer(address) as early:
        for number in LOG.numbers:
            await clients.write(early, LOG.inputs, number, [MESSAGE, SMALLEST])
        assert not await is_closed(address, LOG)
        await seal(address, LOG)
        assert await is_closed(address, LOG)
        await refused(early, 0)
        await seal(address, LOG)  # once more, as after a kill
    for compression in ("zstd", "gzip", "snappy", "lz4", None):
        async with clients.new_producer(address, compression_type=compression) as late:
            await refused(late, 1)
    async with clients.new_reader(address) as reader:
        return [await last_of(reader, number) for number in LOG.numbers]


def test_nothing_stands_behind_a_seal(real_kafka: LocalKafka) -> None:
    cards = LOG.cards()
    Admin(real_kafka.bootstrap).create([cards[LOG.inputs], cards[LOG.dead_letters]], 1)
    for found in asyncio.run(story(real_kafka.bootstrap)):
        assert found[:2] == [False, False]
        assert found[-2:] == [True, True]
        assert all(found[found.index(True) :])
