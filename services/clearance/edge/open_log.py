"""The base log as an edge writes to it, wherever it lies: followed to other partitions, and to another cluster.

The surprise: a log that is being moved refuses each record by its size. Whoever is refused waits here until the move is
told, and hands over again, in its order.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from clearance.kafka.clients import new_producer, partition_count
from clearance.kafka.epochs import Current, follow
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import Names

STOP_SECONDS = 3.0
"""How long what was handed over may take at the end; after an error nobody waits for it any more."""
AGAIN_SECONDS = 1.0
"""Between two tries to follow the log, while nobody tells where it is."""


class Sealed(BrokerError):
    """The log takes nothing any more: it is being moved."""


class Log(NamedTuple):
    """Where the base log lies: its topics, on the cluster of the producer."""

    names: Names
    producer: AIOKafkaProducer
    address: str = ""


class OpenLog:
    """`now` is where it lies."""

    def __init__(self, now: Log) -> None:
        self.now = now
        self.producers = [now.producer]
        self._moved = asyncio.Event()

    async def elsewhere(self, than: Log, seconds: float) -> None:
        """Until it lies elsewhere. Raises `BrokerError` if it does not in time."""
        try:
            async with asyncio.timeout(seconds):
                while self.now is than:
                    await self._moved.wait()
        except TimeoutError as error:
            raise BrokerError(
                f"{than.names.inputs} is being moved, and that has not ended within {seconds:.0f} s: see "
                "`clearance move show`, and send again what was not taken"
            ) from error

    async def follow(self, told: AsyncGenerator[Current, None], bootstrap: str) -> None:
        """From move to move, for ever."""
        while True:
            with suppress(KafkaError, BrokerError):  # what does not tell where the log is takes no input either
                async with aclosing(told):
                    async for found in told:
                        await self._go(found, bootstrap)
            await asyncio.sleep(AGAIN_SECONDS)
            told = follow(bootstrap)

    async def _go(self, found: Current, bootstrap: str) -> None:
        names, address = found.names().of_base, found.address or bootstrap
        if (names, address) == (self.now.names, self.now.address):
            return
        producer = self.now.producer if address == self.now.address else await _started(address, names)
        self.producers.append(producer)
        self.now = Log(names, producer, address)
        self._moved.set()
        self._moved = asyncio.Event()


@asynccontextmanager
async def open_log(bootstrap: str) -> AsyncIterator[OpenLog]:
    """The log with producers of its own, which are flushed and closed at the end. Raises `BrokerError`."""
    async with aclosing(follow(bootstrap)) as told:
        try:
            found = await anext(told)
        except KafkaError as error:
            raise BrokerError(f"the broker at {bootstrap} does not tell where the log is: {error}") from error
        names, address = found.names().of_base, found.address or bootstrap
        log = OpenLog(Log(names, await _started(address, names), address))
        following = asyncio.create_task(log.follow(told, bootstrap))
        try:
            yield log
        finally:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following
            for producer in dict.fromkeys(log.producers):
                await _stop(producer)


async def _started(address: str, names: Names) -> AIOKafkaProducer:
    producer = new_producer(address)
    try:
        await producer.start()
        await partition_count(producer, names.inputs)
    except KafkaError as error:
        await _stop(producer)
        raise BrokerError(f"no broker with the topic {names.inputs} at {address}: {error}") from error
    except BaseException:
        await _stop(producer)
        raise
    return producer


async def _stop(producer: AIOKafkaProducer) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(STOP_SECONDS):
            await producer.stop()
