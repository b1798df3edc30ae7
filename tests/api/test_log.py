"""The log of these tests keeps what the real one promises: an acknowledged record has its place, by its key."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime

import pytest
from tests.api.system import PARTITIONS, System

from clearance.api.clerk import Log
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.edge.append import open_edge
from clearance.events.log.input_records import input_record
from clearance.events.log.inputs import Command
from clearance.events.receipts.facts import Statement
from clearance.kafka.clients import partition_of
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import BASE
from clearance.kafka.places import Place

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
Opened = Callable[[], AbstractAsyncContextManager[Log]]


@pytest.fixture(params=["fake", "kafka"])
def opened(request: pytest.FixtureRequest, system: System) -> Opened:
    if request.param == "kafka":
        broker: EmbeddedBroker = request.getfixturevalue("embedded_broker")
        return lambda: open_edge(broker.bootstrap)

    @asynccontextmanager
    async def fake() -> AsyncIterator[Log]:
        yield system

    return fake


def test_a_record_has_its_place_by_its_key_and_after_the_last(opened: Opened) -> None:
    async def append() -> None:
        async with opened() as log:
            for offset in range(3):
                for number in ("cn:unified:E20260004010000003", "uk:mrn:26GBSYN00000000062"):
                    statement = Statement(f"{number}-{offset}", "transport_plan", NOON, "", {})
                    record = input_record(number, Command(at=NOON, statement=statement))
                    place = Place(BASE.inputs, partition_of(number.encode(), PARTITIONS), offset)
                    assert await log.append(record) == place

    asyncio.run(append())


def test_a_broker_that_is_away_is_an_error_of_its_own(system: System) -> None:
    system.away = True
    record = input_record(
        "cn:unified:E20260004010000003", Command(at=NOON, statement=Statement("a", "register", NOON, "", {}))
    )
    with pytest.raises(BrokerError):
        asyncio.run(system.append(record))
