"""What compaction would keep, kept in an embedded broker, which drops the oldest of each partition whatever it is.

The last record of each key is held here too, compressed, and appended again, marked as `kept`, before its place in the
log comes to be dropped. The surprise: it may then stand behind a newer one of the same key, written meanwhile. Readers
of these topics go by versions, not by places; and of the two the newer is held here.
"""

import asyncio
import zlib
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress
from threading import Thread
from typing import Any, NamedTuple

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError

from clearance.contracts.cards import Card
from clearance.kafka import clients
from clearance.kafka.errors import BrokerError
from clearance.kafka.wire import KEPT, Headers, Outgoing
from clearance.settings.clock import monotonic

DROPPED_AFTER = 5 * 1024 * 1024
"""Bytes of a partition, as sent, after which a record is dropped: a constant of librdkafka."""
AGED, OLD = DROPPED_AFTER * 2 // 3, DROPPED_AFTER // 3
"""Bytes behind the oldest record at which it is appended again, with all that have more than the lesser behind them."""
OVERHEAD = 70
"""Bytes that the frame of a record and its batch take, about."""
SETTLE_SECONDS, LOOK_SECONDS = 30.0, 0.2


class Kept(NamedTuple):
    """The last record of a key: how many bytes had been written when it was, and the record, compressed."""

    written: int
    packed: bytes


class KeptPartition:
    """What is kept of one partition, in the order of its places; `written` counts its bytes as they were before others
    compressed them: never fewer than the broker counts."""

    def __init__(self, topic: str, number: int) -> None:
        self.topic, self.number = topic, number
        self.written = 0
        self.kept: OrderedDict[bytes, Kept] = OrderedDict()
        self._own: set[int] = set()

    def take(self, records: Iterable[Any]) -> None:
        """Records of the log in their order."""
        for record in records:
            if record.offset in self._own:  # counted when it was appended; what is held may be newer
                self._own.discard(record.offset)
                continue
            headers: Headers = [(name, value) for name, value in record.headers if name != KEPT[0]]
            self.written += OVERHEAD + len(record.key or b"") + len(record.value or b"")
            self.written += sum(len(name) + len(value) for name, value in headers)
            if record.key is None or record.value is None:
                self.kept.pop(record.key, None)
            else:
                self._hold(record.key, zlib.compress(msgspec.msgpack.encode((record.value, headers))))

    def due(self) -> list[bytes]:
        """The keys whose records are to be appended again; none before the oldest has aged."""
        oldest = next(iter(self.kept.values()), None)
        if oldest is None or self.written - oldest.written < AGED:
            return []
        return [key for key, one in self.kept.items() if self.written - one.written > OLD]

    async def append_again(self, producer: AIOKafkaProducer, keys: list[bytes]) -> None:
        """Raises what the broker raises."""
        records = [_unpacked(key, self.kept[key].packed) for key in keys]
        for handed in await clients.hand_over(producer, self.topic, self.number, records):
            self._own.update(await handed.offsets())
            self.written += await handed.size()
        for key in keys:
            self._hold(key, self.kept[key].packed)

    def _hold(self, key: bytes, packed: bytes) -> None:
        self.kept[key] = Kept(self.written, packed)
        self.kept.move_to_end(key)


def _unpacked(key: bytes, packed: bytes) -> Outgoing:
    value, headers = msgspec.msgpack.decode(zlib.decompress(packed), type=tuple[bytes, list[tuple[str, bytes]]])
    return Outgoing(key, value, [*headers, KEPT])


class Keeper:
    """Keeps the compacted topics of these cards, in a thread of its own, until `stop`. Methods raise `BrokerError`."""

    def __init__(self, bootstrap: str, cards: Iterable[Card]) -> None:
        self._bootstrap = bootstrap
        self._partitions = {
            TopicPartition(card.name, number): KeptPartition(card.name, number)
            for card in cards
            if card.cleanup_policy == "compact"
            for number in range(card.partitions)
        }
        self._loop = asyncio.new_event_loop()
        self._settling: list[asyncio.Future[None]] = []
        self._work = self._loop.create_task(self._keep())
        self._thread = Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def settle(self) -> None:
        """Return when all that has been dropped stands in the log again. While nobody writes it stays so."""
        self.check()
        settled, end = asyncio.run_coroutine_threadsafe(self._settled(), self._loop), monotonic() + SETTLE_SECONDS
        while monotonic() < end:
            with suppress(TimeoutError):
                return settled.result(LOOK_SECONDS)
            self.check()
        raise BrokerError(f"the embedded broker is not read within {SETTLE_SECONDS:.0f} s: start again")

    def check(self) -> None:
        """Whether it still works."""
        if not self._thread.is_alive():
            error = None if self._work.cancelled() else self._work.exception()
            why = "more was written than can be kept" if isinstance(error, OffsetOutOfRangeError) else repr(error)
            raise BrokerError(f"the embedded broker keeps nothing any more ({why}): start again, slower") from error

    def stop(self) -> None:
        """Before the broker is stopped."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._work.cancel)
            self._thread.join(SETTLE_SECONDS)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(asyncio.wait({self._work}))
        self._loop.close()

    async def _settled(self) -> None:
        future = self._loop.create_future()
        self._settling.append(future)
        await future

    async def _keep(self) -> None:
        producer = clients.new_producer(self._bootstrap)
        reader = clients.new_reader(self._bootstrap)
        starting = self._loop.create_task(self._start(reader, producer))
        try:
            await asyncio.shield(starting)
            while True:
                await self._turn(reader, producer)
        finally:
            await asyncio.wait({starting})  # a client that is stopped while it starts leaves its connection open
            await reader.stop()
            await producer.stop()

    async def _start(self, reader: AIOKafkaConsumer, producer: AIOKafkaProducer) -> None:
        await producer.start()
        await reader.start()
        reader.assign([*self._partitions])
        await reader.seek_to_beginning()

    async def _turn(self, reader: AIOKafkaConsumer, producer: AIOKafkaProducer) -> None:
        waiting, self._settling = self._settling, []
        ends = await reader.end_offsets([*self._partitions]) if waiting else {}
        again = True
        while again:
            for place, records in (await reader.getmany(timeout_ms=200, max_records=clients.AT_ONCE)).items():
                self._partitions[place].take(records)
            for one in self._partitions.values():
                if keys := one.due():
                    await one.append_again(producer, keys)
            again = any([await reader.position(place) < end for place, end in ends.items()])
        for future in waiting:
            future.set_result(None)
