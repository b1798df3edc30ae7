"""Which epoch is answered from: the one record of `clearance-epochs`, read, followed and written."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError
from pydantic import ValidationError

from clearance.kafka import clients
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import EPOCHS
from clearance.kafka.wire import CURRENT, current_record, read_current

LOOK_MS = 1000
"""How long one look for a change waits; a change itself is seen at once [ms]."""


class Current(NamedTuple):
    """The epoch that is answered from. `before` is the one it was switched from; None if there was no switch yet."""

    epoch: int
    before: int | None = None


FIRST = Current(0)


async def current(reader: AIOKafkaConsumer) -> Current:
    """The present one. Takes the reader for itself."""
    held = FIRST
    async for records in clients.read_whole(reader, EPOCHS, 0):
        held = _last(records, held)
    return held


async def ask(bootstrap: str) -> Current:
    """The present one. Raises `BrokerError`."""
    reader = clients.new_reader(bootstrap)
    try:
        await reader.start()
        return await current(reader)
    except KafkaError as error:
        raise BrokerError(f"the broker at {bootstrap} does not tell which epoch is current: {error}") from error
    finally:
        await reader.stop()


async def follow(bootstrap: str) -> AsyncIterator[Current]:
    """The present one at once, then each to which is switched. Raises `KafkaError` if it cannot begin; goes on by
    itself when the broker was away. Raises `BrokerError` for a record that cannot be read."""
    reader = clients.new_reader(bootstrap)
    try:
        await reader.start()
        held = await current(reader)
        yield held
        place = TopicPartition(EPOCHS, 0)
        _, after = await clients.ends(reader, EPOCHS, 0)
        reader.seek(place, max(0, after - 1))  # what was written in between is in the last record
        while True:
            try:
                fetched = await reader.getmany(place, timeout_ms=LOOK_MS)
            except OffsetOutOfRangeError:  # the topic was made anew
                reader.seek(place, 0)
                continue
            for records in fetched.values():
                last = _last(records, held)
                if last != held:
                    held = last
                    yield held
    finally:
        await reader.stop()


async def switch(producer: AIOKafkaProducer, to: int, before: int, at: datetime) -> None:
    """From now on `to` is answered from."""
    await clients.write(producer, EPOCHS, 0, [current_record(to, before, at)])


def _last(records: list[Any], held: Current) -> Current:
    for record in records:
        if record.key == CURRENT and record.value is not None:
            try:
                one = read_current(record.value)
            except ValidationError as error:
                place = f"{EPOCHS}:0:{record.offset}"
                raise BrokerError(f"{place} is no epoch ({error.errors()[0]['msg']}): switch again") from error
            held = Current(one.epoch, one.before)
    return held
