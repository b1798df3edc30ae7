"""From a message to a client that waits for it: broker, tracker, projector and API on one machine.

`python -m benchmarks.message_to_client`. Messages as in `benchmarks.message_to_status`, whose figures of the same run
stand beside: those of a stream of the feed, and of clients each of which waits for one declaration. What is told of a
declaration answers all of its messages that were sent before.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx
from benchmarks.message_to_status import arrival
from benchmarks.message_to_status import measure as measured
from benchmarks.processes import END_SECONDS, Running, running
from benchmarks.surroundings import surroundings, tell

from clearance.contracts import topics
from clearance.devbroker.local import LocalKafka, free_port
from clearance.events.partition.replay import Arrival
from clearance.kafka.topics import ensure
from clearance.settings.clock import monotonic

WAITERS, AFTER_SECONDS = 20, 2.0


class Told:
    """When clients were told: delays [ms] by the moment of the answer."""

    def __init__(self) -> None:
        self.sent: dict[int, list[float]] = defaultdict(list)
        self.delays: list[tuple[float, float]] = []

    def tell(self, declaration: int) -> None:
        now = monotonic()
        pending, self.sent[declaration] = self.sent[declaration], []
        self.delays += [(at, (now - at) * 1000) for at in pending]

    def figures(self, since: float) -> dict[str, float]:
        times = [ms for at, ms in self.delays if at >= since]
        cut = quantiles(times, n=100)
        return {
            "n": len(times),
            "p50_ms": round(cut[49], 1),
            "p99_ms": round(cut[98], 1),
            "max_ms": round(max(times), 1),
        }


@contextmanager
def serving(bootstrap: str, log: Path, **settings: str) -> Iterator[str]:
    """`clearance api`, without keys; its address."""
    port = free_port()
    environment = {**os.environ, **settings, "CLEARANCE_API_AUTHENTICATION": "false", "CLEARANCE_API_PORT": str(port)}
    program = [sys.executable, "-m", "clearance.cli", "api", "--bootstrap", bootstrap]
    with log.open("ab") as said:
        process = subprocess.Popen(program, env=environment, stdout=said, stderr=said)  # noqa: S603 # ours
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(END_SECONDS)


async def stream(client: httpx.AsyncClient, told: Told) -> None:
    """Read the feed for ever."""
    async with client.stream("GET", "/v1/changes?limit=500", headers={"Accept": "text/event-stream"}) as answer:
        async for line in answer.aiter_lines():
            if line.startswith("data: {") and len(line) > 10:
                for name in {one["declaration"] for one in json.loads(line[6:])["changes"]}:
                    told.tell(int(name[-8:]))


async def wait_for(client: httpx.AsyncClient, declaration: int, told: Told) -> None:
    """Wait for one declaration, again and again."""
    path, tag = f"/v1/declarations/cn:unified:I202600000{declaration:08d}", ""
    while True:
        answer = await client.get(path, headers={"Prefer": "wait=30", **({"If-None-Match": tag} if tag else {})})
        if answer.status_code == httpx.codes.OK:
            tag = answer.headers["ETag"]
            told.tell(declaration)
        else:
            await asyncio.sleep(1)


async def measure(tracker: Running, bootstrap: str, address: str, rate: int, seconds: int) -> dict[str, Any]:
    await tracker.until_it_owns(topics()["declaration-status"].partitions)
    feed, single = Told(), Told()

    def noted(number: int, rate: int) -> Arrival:
        declaration = number % rate
        feed.sent[declaration].append(monotonic())
        if declaration < WAITERS:
            single.sent[declaration].append(monotonic())
        return arrival(number, rate)

    async with httpx.AsyncClient(base_url=address, timeout=120, limits=httpx.Limits(max_connections=100)) as client:
        while True:
            try:
                if (await client.get("/v1/changes")).status_code == httpx.codes.OK:
                    break
            except httpx.HTTPError:
                await asyncio.sleep(0.2)
        waiting = [asyncio.create_task(wait_for(client, one, single)) for one in range(WAITERS)]
        waiting.append(asyncio.create_task(stream(client, feed)))
        await asyncio.sleep(AFTER_SECONDS)
        begun = monotonic()
        status = await measured(bootstrap, rate, seconds, noted)
        await asyncio.sleep(AFTER_SECONDS)
        for one in waiting:
            one.cancel()
    since, cut = begun + seconds / 5, quantiles(status, n=100)
    record = {
        "n": len(status),
        "p50_ms": round(cut[49], 1),
        "p99_ms": round(cut[98], 1),
        "max_ms": round(max(status), 1),
    }
    return {"status_record": record, "stream": feed.figures(since), "one_declaration": single.figures(since)}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.message_to_client", description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=int, default=500, help="messages a second")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--json", type=Path, help="write the result here as well")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, LocalKafka(Path(name) / "kafka") as kafka:
        ensure(kafka.bootstrap, topics(), replication_factor=1, create=True)
        folder, broker = Path(name), kafka.bootstrap
        store = {"CLEARANCE_DATABASE_URL": f"sqlite:///{folder / 'store.db'}"}
        with (
            running("tracker", broker, folder / "tracker.log") as tracker,
            running("projector", broker, folder / "projector.log", **store),
            serving(broker, folder / "api.log", **store) as address,
        ):
            found = asyncio.run(measure(tracker, broker, address, options.rate, options.seconds))
    report = {**surroundings(), "benchmark": "message_to_client", "rate_per_second": options.rate, **found}
    tell(report, options.json)


if __name__ == "__main__":
    main()
