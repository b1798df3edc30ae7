"""A tracker and a stage behind it, each killed where it is told to be: what any second stage must survive."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tests.chaos.flags import How, Spot
from tests.chaos.judging import folded_and_stopped, unread
from tests.chaos.processes import Process
from tests.chaos.system import System
from tests.chaos.waiting import settled, within
from tests.helpers.recordings import RECORDINGS
from tests.system.running import unfolded

from clearance.devbroker.local import LocalKafka
from clearance.edge.append import open_edge
from clearance.events.log.input_records import InputRecord
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.kafka.wire import outgoing_input
from clearance.recordings.read import read_paths
from clearance.stages.keyed_partition import KeyedTopics

BATCH_RECORDS = 10
"""So few records that what is fed for a kill is several batches."""
KILLED_SECONDS, FOLDED_SECONDS = 40.0, 60.0
WINDOWS = (Spot.STATES, Spot.PROGRESS, Spot.EVENTS)
"""Where the stage is killed: its outputs come again; its states are ahead of its progress; nothing is written yet."""
Records = Mapping[int, Sequence[InputRecord]]
"""Inputs by partition."""


class SecondStage(System):
    """`stage` is the process of that name, which reads and writes `topics`; so many others share its partitions."""

    def __init__(self, kafka: LocalKafka, folder: Path, name: str, topics: KeyedTopics, others: int = 0) -> None:
        super().__init__(kafka, folder, batch_records=BATCH_RECORDS)
        self.topics, self.tracker, self.stage = topics, self.workers[0], self._process(name, name)
        self.others = [self._process(f"{name}-{number + 2}", name) for number in range(others)]

    @property
    def processes(self) -> list[Process]:
        return [*super().processes, self.stage, *self.others]

    async def through_kills(
        self, before: Records, rounds: Iterable[Records], *, recorded: bool = True, beside: Iterable[Process] = ()
    ) -> None:
        """Three kills of the stage, each behind one of the tracker between its events and its states. `before` is fed
        first, with every recorded story if these are wanted; then one of the rounds for each kill. Others may run
        `beside`, and are killed in the end."""
        await self.feed(before)
        async with self.running(self.tracker, self.stage, *self.others, *beside):
            if recorded:
                await self.tell_recordings()
            for spot, records in zip(WINDOWS, rounds, strict=True):
                self.tracker.flags.arm(Spot.STATES, How.DIES)
                self.stage.flags.arm(spot, How.DIES)
                await self.feed(records)
                await self._die(self.tracker, Spot.STATES)
                await self._die(self.stage, spot)
            await folded_and_stopped(self, [self.tracker])
            assert await settled(FOLDED_SECONDS, self._all_read), self.stage.last_words()
        assert (self.tracker.flags.get("struck"), self.stage.flags.get("struck")) == (len(WINDOWS), len(WINDOWS))
        assert self.stage.ends == {}, "but for the kills it never ended"

    async def to_rest(self, trackers: Sequence[Process], stages: Sequence[Process]) -> None:
        """All folded by these, which are stopped: what a stage has written into the log at last, too."""
        while True:
            await folded_and_stopped(self, trackers)
            await asyncio.gather(*(one.stop() for one in stages))
            if not await unfolded(self.kafka.bootstrap):
                return
            for one in [*trackers, *stages]:
                one.start()

    async def feed(self, records: Records) -> None:
        async with clients.new_producer(self.kafka.bootstrap) as producer:
            for partition, some in records.items():
                await clients.write(producer, BASE.inputs, partition, [*map(outgoing_input, some)])

    async def tell_recordings(self) -> None:
        """Every story that there is, merged numbers and duplicates among them."""
        async with open_edge(self.kafka.bootstrap) as edge:
            async for _ in edge.take_many(read_paths([RECORDINGS], "self")):
                pass

    async def _die(self, process: Process, spot: Spot) -> None:
        """Wait until it has been killed where it was armed to be."""
        killed = await within(KILLED_SECONDS, lambda: process.flags.armed is Spot.NOWHERE)
        assert killed, f"nothing came to {spot.name}: {process.last_words()}"

    async def _all_read(self) -> bool:
        return not await unread(self.kafka.bootstrap, self.topics)
