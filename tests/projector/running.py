"""A projector on an embedded broker, in this process or as one of its own, and conditions to wait for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import Engine, select
from tests.store.written import Written

from clearance.devbroker.embedded import EmbeddedBroker
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.kafka.wire import Outgoing
from clearance.metrics import Board
from clearance.metrics.declared import PROCESS, PROJECTOR
from clearance.projector.run import Projector
from clearance.store.positions import Place, Positions
from clearance.store.schema import positions

SECONDS = 40.0


async def publish(broker: EmbeddedBroker, log: Written, start: Positions | None = None) -> None:
    """Write the records of every partition, from these offsets on."""
    async with clients.new_producer(broker.bootstrap) as producer:
        for place, records in log.records.items():
            given = records[(start or {}).get(place, 0) :]
            await clients.write(producer, *place, [Outgoing(one.key, one.value, [*one.headers]) for one in given])


def stands_at(engine: Engine, wanted: Positions) -> bool:
    with engine.connect() as connection:
        rows = connection.execute(select(positions.c.topic, positions.c.partition, positions.c.next_offset))
        held: dict[Place, int] = {(topic, partition): at for topic, partition, at in rows}
    return all(held.get(place) == at for place, at in wanted.items())


@asynccontextmanager
async def projecting(engine: Engine, broker: EmbeddedBroker, *, rebuild: bool = False) -> AsyncIterator[Board]:
    """A projector at work; its metrics."""
    board, stop = Board((*PROCESS, *PROJECTOR)), asyncio.Event()
    work = asyncio.create_task(Projector(engine, broker.bootstrap, BASE, board, rebuild).run(stop))
    try:
        yield board
    finally:
        stop.set()
        await work
