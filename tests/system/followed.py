"""The inputs of a log as they come, kept where the broker drops them: what answers are judged by in the end."""

import asyncio
from threading import Event, Thread

from aiokafka import TopicPartition

from clearance.events.log.input_records import InputRecord
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.kafka.wire import incoming_input

from .running import PARTITIONS


class Followed:
    """Reads in a thread of its own until `stop`; `log` holds the inputs of each partition."""

    def __init__(self, bootstrap: str) -> None:
        self.log: list[list[InputRecord]] = [[] for _ in range(PARTITIONS)]
        self._bootstrap, self._ended = bootstrap, Event()
        self._thread = Thread(target=lambda: asyncio.run(self._follow()), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    async def _follow(self) -> None:
        async with clients.new_reader(self._bootstrap) as reader:
            places = [TopicPartition(BASE.inputs, number) for number in range(PARTITIONS)]
            reader.assign(places)
            await reader.seek_to_beginning()
            while not self._ended.is_set():
                for place, records in (await reader.getmany(timeout_ms=200)).items():
                    self.log[place.partition] += map(incoming_input, records)
