"""An edge whose broker may be away when its process starts: it is opened as soon as the broker is there.

The surprise: until then it is an edge all the same, which takes nothing. So the API answers questions from the store
and refuses what must be written, which is what it does while a broker is away later.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from functools import partial

import structlog

from clearance.edge.append import Edge, open_edge
from clearance.edge.outcomes import TakenArrival
from clearance.events.log.input_records import InputRecord
from clearance.events.partition.replay import Arrival
from clearance.kafka.clients import silence
from clearance.kafka.errors import BrokerError
from clearance.kafka.places import Place
from clearance.kafka.ready import require_topics
from clearance.metrics import Board

FIRST_SECONDS = 5.0
"""How long the first try may take before the process goes on without a broker."""
AGAIN_SECONDS = 1.0
"""Between two tries."""
log = structlog.get_logger()


class LateEdge:
    """Writes inputs once it is opened; raises `BrokerError` until then."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self.edge: Edge | None = None

    @property
    def skew(self) -> float | None:
        """How far our wall clock was ahead of the broker's at the last append [s]; None while nobody knows."""
        return self.edge.skew if self.edge else None

    async def append(self, record: InputRecord) -> Place:
        """See `Edge.append`."""
        return await self._opened().append(record)

    async def take_many(self, arrivals: Iterable[Arrival]) -> AsyncIterator[TakenArrival]:
        """See `Edge.take_many`."""
        async for taken in self._opened().take_many(arrivals):
            yield taken

    def _opened(self) -> Edge:
        if self.edge is None:
            raise BrokerError(f"the broker at {self.bootstrap} has been away since this process started: start it")
        return self.edge


@asynccontextmanager
async def open_late(bootstrap: str, board: Board) -> AsyncIterator[LateEdge]:
    """One that is open if the broker is there, and opens itself later if not. It closes at the end."""
    silence()
    late, tried = LateEdge(bootstrap), asyncio.Event()
    opening = asyncio.create_task(_open(late, board, tried))
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_SECONDS):
                await tried.wait()
        yield late
    finally:
        opening.cancel()
        with suppress(asyncio.CancelledError):
            await opening


async def _open(late: LateEdge, board: Board, tried: asyncio.Event) -> None:
    """Try until it is open, and hold it open. What is in the way is said once."""
    told = ""
    while True:
        try:
            await asyncio.to_thread(partial(require_topics, late.bootstrap))
            async with open_edge(late.bootstrap, board) as late.edge:
                log.info("commands and messages are taken")
                tried.set()
                await asyncio.Event().wait()
        except BrokerError as error:
            if told != str(error):
                log.warning("no commands and no messages are taken", reason=str(error), remedy="trying again")
            told = str(error)
        tried.set()
        await asyncio.sleep(AGAIN_SECONDS)
