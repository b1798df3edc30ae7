"""Three trackers restarted one after the other, as the chart's StatefulSet does: none of the others is disturbed."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from aiokafka import TopicPartition
from tests.helpers.loopback import get
from tests.tracker.running import Tracker, until

from clearance.contracts import topics
from clearance.devbroker.local import LocalKafka
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.kafka.topics import ensure
from clearance.settings import load
from clearance.settings.clock import monotonic

from .chart import of_kind

PARTITIONS = topics()[BASE.inputs].partitions
SESSION = "CLEARANCE_TRACKER_SESSION_SECONDS"
STALE_SECONDS = load().api_stale_seconds
"""The API says after so long that an answer is stale."""


@pytest.fixture
def trackers(own_kafka: LocalKafka, tmp_path: Path) -> Iterator[list[Tracker]]:
    """As many as a port has, named as its pods are."""
    ensure(own_kafka.bootstrap, topics(), replication_factor=1, create=True)
    [stage] = of_kind("port", "StatefulSet")
    [container] = stage["spec"]["template"]["spec"]["containers"]
    told = {one["name"]: one.get("value", "") for one in container["env"]}
    found = []
    for number in range(stage["spec"]["replicas"]):
        (folder := tmp_path / str(number)).mkdir()
        settings = {"CLEARANCE_TRACKER_INSTANCE": f"{stage['metadata']['name']}-{number}", SESSION: told[SESSION]}
        found.append(Tracker(own_kafka.bootstrap, folder, settings))
    yield found
    for one in found:
        one.kill()


def is_ready(tracker: Tracker) -> bool:
    with suppress(httpx.TransportError):
        return get(f"http://127.0.0.1:{tracker.port}/readyz").status_code == 200
    return False


async def all_ready(trackers: list[Tracker]) -> bool:
    return all([await asyncio.to_thread(is_ready, one) for one in trackers])


async def longest_silence(bootstrap: str, silences: dict[int, float]) -> None:
    """How long each partition has told no progress, at most [s]: kept up for ever."""
    last = dict.fromkeys(range(PARTITIONS), monotonic())
    async with clients.new_reader(bootstrap) as reader:
        reader.assign([TopicPartition(BASE.progress, number) for number in range(PARTITIONS)])
        await reader.seek_to_end()
        while True:
            for place in await reader.getmany(timeout_ms=50):
                last[place.partition] = monotonic()
            for number, moment in last.items():
                silences[number] = max(silences.get(number, 0.0), monotonic() - moment)


def assignments(tracker: Tracker) -> int:
    """How often the group has told it what it owns."""
    return len(tracker.events("partitions_assigned"))


@pytest.mark.soak
def test_a_rolling_restart_moves_no_partition_and_answers_never_get_stale(trackers: list[Tracker]) -> None:
    async def run() -> None:
        for one in trackers:
            one.start()
        await until(lambda: all_ready(trackers), "all are ready")
        before, silences = [*map(assignments, trackers)], dict[int, float]()
        watching = asyncio.create_task(longest_silence(trackers[0].bootstrap, silences))
        for one in reversed(trackers):
            assert await asyncio.to_thread(one.end) == 0
            one.start()
            await until(lambda one=one: all_ready([one]), "it is ready again")  # type: ignore[misc]
        watching.cancel()
        more = [now - then for then, now in zip(before, map(assignments, trackers), strict=True)]
        assert more == [1] * len(trackers), "each is told what it owns at its own restart, and never besides"
        assert max(silences.values()) < STALE_SECONDS

    asyncio.run(run())
