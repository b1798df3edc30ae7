"""The topics as the projector reads them: every partition, from where the store stands, without a group."""

import asyncio
from types import TracebackType
from typing import Any, Self

import structlog
from aiokafka import TopicPartition

from clearance.contracts.cards import Card
from clearance.kafka import clients
from clearance.kafka.names import Names
from clearance.kafka.unreadable import UnreadableBatch
from clearance.projector.waiting_progress import Fetched, WaitingProgress, spoken_of
from clearance.store.positions import Bounds, Place, Positions

log = structlog.get_logger()
BATCH_RECORDS = 4000
WAIT_MS = 200
"""How long to wait for records; a stop is noticed after it."""
ANSWER_MS = 10_000
"""How long the broker may take to answer [ms]."""


def read_by(names: Names) -> dict[str, Card]:
    """The cards of the topics that are read for the store of an epoch, by name."""
    return {
        name: names.cards()[name]
        for name in (names.events, names.status, names.progress, names.inputs, names.incidents)
    }


def places_of(names: Names) -> list[Place]:
    """Every partition of them."""
    return [(topic, number) for topic, card in read_by(names).items() for number in range(card.partitions)]


class Source:
    """A reader of what the tracker of an epoch reads and writes; a context.

    Its methods raise `aiokafka.errors.KafkaError`.
    """

    def __init__(self, bootstrap: str, names: Names) -> None:
        self.bootstrap, self.names = bootstrap, names
        self._next: Positions = {}
        self._places = [TopicPartition(*place) for place in places_of(names)]
        self._reader = clients.new_reader(bootstrap, request_timeout_ms=ANSWER_MS)
        self._waiting = WaitingProgress(names)

    async def __aenter__(self) -> Self:
        try:
            await self._reader.start()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        await self._stop()

    async def _stop(self) -> None:
        try:
            await self._reader.stop()
        except asyncio.CancelledError:  # aiokafka's own: it ended a fetch that waited, and gave up stopping
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            await self._reader._client.close()

    async def bounds(self) -> dict[Place, Bounds]:
        """The beginning and the end of every partition."""
        first = await self._reader.beginning_offsets(self._places)
        end = await self._reader.end_offsets(self._places)
        return {(place.topic, place.partition): Bounds(first[place], end[place]) for place in self._places}

    def begin(self, positions: Positions) -> None:
        """Read on from these positions."""
        self._reader.assign(self._places)
        for place in self._places:
            self.seek((place.topic, place.partition), positions[place.topic, place.partition])

    def seek(self, place: Place, offset: int) -> None:
        """Read this partition from here."""
        self._reader.seek(TopicPartition(*place), offset)
        self._next[place] = offset
        self._waiting.at(place, offset)

    async def fetch(self) -> Fetched:
        """Some records, or none after a short wait."""
        fetched = await self._fetched()
        self._next |= {place: records[-1].offset + 1 for place, records in fetched.items()}
        asked = [TopicPartition(*place) for place in spoken_of(fetched, self.names)]
        told = await self._reader.end_offsets(asked) if asked else {}
        ends = {(place.topic, place.partition): end for place, end in told.items()}
        return self._waiting.take(fetched, ends)

    async def _fetched(self) -> dict[Place, list[Any]]:
        try:
            got = await self._reader.getmany(timeout_ms=WAIT_MS, max_records=BATCH_RECORDS)
        except UnreadableBatch as error:
            if error.topic != self.names.inputs:  # what the store is made of
                raise
            await self._pass_over(error)
            return {}
        return {(place.topic, place.partition): records for place, records in got.items()}

    async def _pass_over(self, error: UnreadableBatch) -> None:
        """Messages that cannot be read are not in the index; what other partitions gave in this fetch comes again."""
        place = error.topic, error.partition
        async with clients.new_reader(self.bootstrap, request_timeout_ms=ANSWER_MS) as reader:
            self._next[place] = await clients.first_readable(reader, *place, error.offset)
        for one, offset in self._next.items():
            self._reader.seek(TopicPartition(*one), offset)
        log.error("unreadable", record=f"{error.topic}:{error.partition}:{error.offset}", reason=str(error))
