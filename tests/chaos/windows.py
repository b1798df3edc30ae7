"""A tracker that fails exactly between two writes of a batch, and what is found afterwards: nothing is left to chance.

All share one log, in which each is fed with declarations of its own; so it does not matter what those before have left.
"""

import asyncio
import signal
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.system.running import folded
from tests.tracker.by_hand import lives

from clearance.devbroker.local import LocalKafka
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.kafka.wire import outgoing_input
from clearance.settings.tables import default_tables
from clearance.testing.oracle import consult

from .flags import How, Spot
from .judging import folded_and_stopped
from .system import System
from .waiting import settled, within

BATCH_RECORDS = 10
STRUCK_SECONDS, FOLDED_SECONDS = 20.0, 60.0
DECLARATIONS = 3
"""Of each partition, at a time: more than one batch."""


@dataclass(frozen=True)
class Failure:
    """Where a tracker fails, and how."""

    spot: Spot
    how: How


@dataclass
class Windows:
    """`through` for one tracker after the other."""

    kafka: LocalKafka
    folder: Path
    fed: int = 0

    def through(self, sabotage: str, *failures: Failure) -> Counter[str]:
        """A tracker that fails so, each time in the first batch of new declarations, and is started again each time.

        What the oracle finds, by sort, that it did not find before.
        """
        return asyncio.run(self._through(sabotage, failures))

    async def _through(self, sabotage: str, failures: tuple[Failure, ...]) -> Counter[str]:
        folder = self.folder / f"{sabotage}-{self.fed}"
        folder.mkdir()
        system = System(self.kafka, folder, sabotage, BATCH_RECORDS)
        worker, before = system.workers[0], await self._found()
        async with system.running(worker):
            await self._feed()
            assert await settled(FOLDED_SECONDS, lambda: folded(system.kafka.bootstrap)), worker.last_words()
            for failure in failures:
                worker.flags.arm(failure.spot, failure.how)
                await self._feed()
                failed = await within(STRUCK_SECONDS, lambda: worker.flags.armed is Spot.NOWHERE)
                assert failed, f"nothing came to {failure.spot.name}: {worker.last_words()}"
            await folded_and_stopped(system, [worker], signal.SIGKILL)
        return await self._found() - before

    async def _feed(self) -> None:
        async with clients.new_producer(self.kafka.bootstrap) as producer:
            for partition, records in lives(self.fed, DECLARATIONS).items():
                await clients.write(producer, BASE.inputs, partition, [*map(outgoing_input, records)])
        self.fed += DECLARATIONS

    async def _found(self) -> Counter[str]:
        found = (await consult(self.kafka.bootstrap, default_tables()))[1]
        return Counter({sort: len(getattr(found, sort)) for sort in ("lost", "wrong", "gaps", "unasked")})
