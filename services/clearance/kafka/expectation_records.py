"""Tables of expectations as records: in the log, and in `tracker-expectations`, where a restart finds the one in force.

The surprise: a partition keeps several. Who dies after a table was written and before its progress goes on with the
table before.
"""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer

from clearance.events.learning.expectations import Expectations, InvalidExpectations, written
from clearance.events.log.input_records import input_record
from clearance.events.log.inputs import UNPLACED, ExpectationsInput, decode, encode
from clearance.kafka import clients
from clearance.kafka.names import Names
from clearance.kafka.wire import VERSION_1, Outgoing, outgoing_input

PLACES = 8
"""How many tables a partition keeps. One comes with each day of stream time, and progress with every batch."""


def table_input(table: Expectations) -> Outgoing:
    """For any partition of the log. Equal tables give equal bytes. Raises `InvalidExpectations`."""
    return outgoing_input(input_record("", _given(table)))


def kept_table(partition: int, table: Expectations) -> Outgoing:
    """For the partition of the same number."""
    return Outgoing(f"{partition}/{table.version % PLACES}".encode(), encode(_given(table)), [VERSION_1])


def _given(table: Expectations) -> ExpectationsInput:
    return ExpectationsInput(at=table.as_of, table=written(table))


async def table_of(reader: AIOKafkaConsumer, names: Names, partition: int, version: int) -> Expectations | None:
    """The kept table of that version; None if there is none. Takes the reader for itself."""
    async for table in _kept(reader, names, partition):
        if table.version == version:
            return table
    return None


async def _kept(reader: AIOKafkaConsumer, names: Names, partition: int) -> AsyncIterator[Expectations]:
    async for records in clients.read_whole(reader, names.expectations, partition):
        for record in records:
            if (table := _read(record)) is not None:
                yield table


def _read(record: Any) -> Expectations | None:
    """What is no table is nobody's of ours."""
    try:
        given = decode("expectations", record.value or b"", UNPLACED)
        return given.table.read() if isinstance(given, ExpectationsInput) else None
    except (msgspec.DecodeError, InvalidExpectations):
        return None
