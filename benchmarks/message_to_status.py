"""From a message to a status that can be read, on a real Kafka: what a user waits for.

A real broker and the real tracker process run on this machine; messages are sent at a fixed rate, and the time counts
from just before a message is handed to the producer until its declaration's status record, with that message in it, has
been fetched by a reader. `python -m benchmarks.message_to_status --rate 200 --seconds 30`.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any

from aiokafka import TopicPartition
from benchmarks.processes import Running, running
from benchmarks.surroundings import surroundings, tell
from rich.progress import Progress

from clearance.contracts import topics
from clearance.devbroker.local import LocalKafka
from clearance.edge.append import open_edge
from clearance.events.partition.replay import Arrival
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.kafka.topics import ensure
from clearance.kafka.wire import status_head
from clearance.settings.clock import monotonic, utc_now

CODES = ("7", "L", "J", "P", "R")
BEIJING = timedelta(hours=8)
Made = Callable[[int, int], Arrival]
"""As `arrival`."""


def arrival(number: int, rate: int) -> Arrival:
    """The `number`th message: one of five receipts of one of `rate` declarations that take turns."""
    declaration, turn = number % rate, number // rate
    code = CODES[turn % len(CODES)]
    stated = utc_now() + BEIJING
    data = (
        f"<DEC_RESULT><CUS_CIQ_NO>I2026{turn // len(CODES):05d}{declaration:08d}</CUS_CIQ_NO><ENTRY_ID></ENTRY_ID>"
        f"<NOTICE_DATE>{stated:%Y-%m-%dT%H:%M:%S}</NOTICE_DATE><CHANNEL>{code}</CHANNEL><NOTE>{number}</NOTE>"
        "<CUSTOM_MASTER>2900</CUSTOM_MASTER></DEC_RESULT>"
    )
    return Arrival(name=str(number), at=utc_now(), data=data.encode(), organisation="bench")


async def measure(bootstrap: str, rate: int, seconds: int, made: Made = arrival) -> list[float]:
    """Delays [ms] of all messages but those of the first fifth, in which the processes warm up."""
    reader = clients.new_reader(bootstrap)
    await reader.start()
    places = [TopicPartition(BASE.status, number) for number in range(topics()[BASE.status].partitions)]
    reader.assign(places)
    await reader.seek_to_end(*places)
    for place in places:
        await reader.position(place)
    seen: dict[tuple[int, int], float] = {}
    sent: dict[int, tuple[tuple[int, int], float]] = {}
    tail = asyncio.create_task(_tail(reader, seen))
    async with open_edge(bootstrap) as edge:
        begun = monotonic()
        with Progress(transient=True) as progress:
            shown = progress.add_task(f"{rate} messages/s", total=rate * seconds)
            waiting: set[asyncio.Task[None]] = set()
            for number in range(rate * seconds):
                await asyncio.sleep(max(0.0, begun + number / rate - monotonic()))
                task = asyncio.create_task(_send(edge, made(number, rate), number, sent))
                waiting.add(task)
                task.add_done_callback(waiting.discard)
                progress.advance(shown)
            await asyncio.gather(*waiting)
    end = monotonic() + 10
    while len(seen) < len(sent) and monotonic() < end:
        await asyncio.sleep(0.05)
    tail.cancel()
    await reader.stop()
    counted = [sent[number] for number in sorted(sent) if number >= rate * seconds // 5]
    return [(seen[place] - at) * 1000 for place, at in counted if place in seen]


async def _send(edge: Any, one: Arrival, number: int, sent: dict[int, tuple[tuple[int, int], float]]) -> None:
    at = monotonic()
    taken = await edge.take(one)
    [place] = taken.appended
    sent[number] = ((place.partition, place.offset), at)


async def _tail(reader: Any, seen: dict[tuple[int, int], float]) -> None:
    while True:
        fetched = await reader.getmany(timeout_ms=100)
        now = monotonic()
        for place, records in fetched.items():
            for record in records:
                seen.setdefault((place.partition, status_head(record.headers).src), now)


async def started_and_measured(tracker: Running, bootstrap: str, rate: int, seconds: int) -> list[float]:
    await tracker.until_it_owns(topics()[BASE.status].partitions)
    return await measure(bootstrap, rate, seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=int, default=200, help="messages a second")
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--json", type=Path, help="write the result here as well")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, LocalKafka(Path(name) / "kafka") as kafka:
        ensure(kafka.bootstrap, topics(), replication_factor=1, create=True)
        with running("tracker", kafka.bootstrap, Path(name) / "tracker.log") as tracker:
            delays = asyncio.run(started_and_measured(tracker, kafka.bootstrap, options.rate, options.seconds))
    cut = quantiles(delays, n=100)
    result = {
        **surroundings(),
        "benchmark": "message_to_status",
        "rate_per_second": options.rate,
        "messages": len(delays),
        "p50_ms": round(cut[49], 1),
        "p90_ms": round(cut[89], 1),
        "p99_ms": round(cut[98], 1),
        "max_ms": round(max(delays), 1),
    }
    tell(result, options.json)


if __name__ == "__main__":
    main()
