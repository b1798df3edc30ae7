"""An idle hour: the broker closes connections that say nothing, and the first message after it is folded as any."""

import asyncio
from functools import partial
from pathlib import Path

import pytest
from tests.tracker.by_hand import AT, by_hand, keys, receipt
from tests.tracker.running import PATIENCE_SECONDS, Tracker, exact, positions, running, until

from clearance.contracts import topics
from clearance.devbroker.local import HOST, LocalKafka
from clearance.edge.append import open_edge
from clearance.events.partition.replay import Arrival
from clearance.kafka.topics import ensure
from clearance.testing.oracle import Findings

SETTINGS = {"connections.max.idle.ms": "3000", "num.network.threads": "1"}
"""The broker closes what is silent after 3 s, not after ten minutes, and one thread of it knows all connections."""
PARTITION, HOURS = 3, 3


@pytest.mark.usefixtures("_kafka_can_run")
@pytest.mark.soak
def test_what_comes_after_an_idle_hour_is_taken_and_folded(tmp_path: Path) -> None:
    with LocalKafka(tmp_path / "kafka", settings=SETTINGS) as kafka:
        ensure(kafka.bootstrap, topics(), replication_factor=1, create=True)
        tracker = Tracker(kafka.bootstrap, tmp_path)
        found = asyncio.run(hours(kafka, tracker))
    assert found.exact, found
    assert found.states == HOURS
    assert not [line for line in tracker.lines if '"level": "error"' in line]


async def hours(kafka: LocalKafka, tracker: Tracker) -> Findings:
    """A message, an idle hour, a message: one edge and one tracker, connected as long as the broker lets them."""
    async with running(tracker), open_edge(kafka.bootstrap) as edge:
        for number, key in enumerate(keys(PARTITION, count=HOURS)):
            if number:
                await idle(kafka.port)
            taken = await edge.take(Arrival(name=key, at=AT, data=receipt(key, "7").value))
            [place] = taken.appended
            await until(partial(folded, kafka.bootstrap, place.offset), f"message {number} is folded")
        return await exact(kafka.bootstrap)


async def folded(bootstrap: str, offset: int) -> bool:
    async with by_hand(bootstrap) as hand:
        return (await positions(hand, [PARTITION]))[PARTITION] >= offset


async def idle(port: int) -> None:
    """Until the broker has closed a connection that said nothing, and so those that were silent for longer."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        reader, writer = await asyncio.open_connection(HOST, port)
        assert await reader.read() == b""
        writer.close()
