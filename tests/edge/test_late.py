"""An edge whose broker comes after its process: it takes nothing until then, and everything from then on."""

import asyncio
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest
from tests.tracker.by_hand import keys, receipt

from clearance.devbroker.embedded import EmbeddedBroker
from clearance.devbroker.local import HOST, free_port
from clearance.edge import late as module
from clearance.edge.late import LateEdge, open_late
from clearance.kafka import admin
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import BASE
from clearance.metrics import Board
from clearance.metrics.declared import EDGE, PROCESS
from clearance.settings.clock import monotonic

PATIENCE_SECONDS = 30.0
[KEY] = keys(0)


@pytest.fixture(autouse=True)
def _impatient() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(admin, "ANSWER_SECONDS", 0.5)
        patch.setattr(module, "AGAIN_SECONDS", 0.05)
        yield


async def forward(port: int, broker: str) -> asyncio.Server:
    """From now on the broker answers at this port too; it names its own address, to which clients then go."""
    host, _, number = broker.rpartition(":")

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(host, int(number))
        await asyncio.gather(pipe(reader, back), pipe(there, writer))

    return await asyncio.start_server(connected, HOST, port)


async def until_open(late: LateEdge) -> None:
    end = monotonic() + PATIENCE_SECONDS
    while late.edge is None:
        assert monotonic() < end, "it never opens"
        await asyncio.sleep(0.02)


def test_it_takes_nothing_until_the_broker_is_there(embedded_broker: EmbeddedBroker) -> None:
    async def run() -> None:
        port = free_port()
        async with open_late(f"{HOST}:{port}", Board((*PROCESS, *EDGE))) as late:
            assert late.skew is None
            with pytest.raises(BrokerError, match="has been away since this process started: start it"):
                await late.append(receipt(KEY, "7", 0))
            with pytest.raises(BrokerError, match="has been away"):
                [_ async for _ in late.take_many([])]
            server = await forward(port, embedded_broker.bootstrap)
            await until_open(late)
            assert (await late.append(receipt(KEY, "7", 0))).topic == BASE.inputs
            server.close()

    asyncio.run(run())


def test_it_is_open_at_once_if_the_broker_is_there(embedded_broker: EmbeddedBroker) -> None:
    async def run() -> None:
        async with open_late(embedded_broker.bootstrap, Board((*PROCESS, *EDGE))) as late:
            assert late.edge is not None

    asyncio.run(run())
