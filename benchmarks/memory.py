"""Does the tracker's memory grow? Minutes at full rate with a fixed number of open declarations.

`python -m benchmarks.memory --minutes 10`. Each declaration gets five receipts, the last of which closes it, and
another one takes its place. New messages are written as soon as fewer than so many are unfolded, so that the tracker
always has work and its lag is bounded. The slope is a linear regression of resident memory after the warm-up.
"""

import argparse
import asyncio
import tempfile
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import linear_regression
from typing import Any

from benchmarks.message_to_status import arrival
from benchmarks.processes import Running, running
from benchmarks.surroundings import surroundings, tell
from benchmarks.throughput.prepared import PARTITIONS
from rich.progress import Progress

from clearance.contracts import topics
from clearance.devbroker.local import LocalKafka
from clearance.edge.intake import records_of
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.kafka.topics import ensure
from clearance.kafka.wire import Outgoing, outgoing_input
from clearance.settings import logs
from clearance.settings.clock import monotonic
from clearance.settings.tables import default_tables

AT_ONCE, LOOK_SECONDS = 2_000, 0.5
FOLDED = "clearance_inputs_total{"


@dataclass
class Seen:
    """Samples about a second apart: seconds since the start, resident memory [MiB], unfolded inputs."""

    seconds: list[float] = field(default_factory=list)
    resident: list[float] = field(default_factory=list)
    unfolded: list[int] = field(default_factory=list)
    folded: list[int] = field(default_factory=list)

    def after(self, warm_up: float) -> "Seen":
        """The samples after the warm-up."""
        first = next(place for place, at in enumerate(self.seconds) if at >= warm_up)
        return Seen(self.seconds[first:], self.resident[first:], self.unfolded[first:], self.folded[first:])


async def load(bootstrap: str, tracker: Running, seconds: float, still_open: int, most_unfolded: int) -> Seen:
    """Feed as fast as the tracker folds, and look at it."""
    seen, numbers, fed = Seen(), count(), 0
    begun = last = monotonic()
    async with clients.new_producer(bootstrap) as producer:
        with Progress(transient=True) as progress:
            shown = progress.add_task("seconds", total=seconds)
            while (now := monotonic()) - begun < seconds:
                folded = int(await asyncio.to_thread(tracker.metric, FOLDED))
                if now - last >= 1:
                    last = now
                    seen.seconds.append(now - begun)
                    seen.resident.append(tracker.resident_mib())
                    seen.unfolded.append(fed - folded)
                    seen.folded.append(folded)
                    progress.update(shown, completed=now - begun)
                if fed - folded >= most_unfolded:
                    await asyncio.sleep(LOOK_SECONDS)
                    continue
                fed += await _feed(producer, [next(numbers) for _ in range(AT_ONCE)], still_open)
    return seen


async def _feed(producer: Any, numbers: list[int], still_open: int) -> int:
    places: dict[int, list[Outgoing]] = {}
    for number in numbers:
        for record in map(outgoing_input, records_of(arrival(number, still_open), default_tables())):
            places.setdefault(clients.partition_of(record.key or b"", PARTITIONS), []).append(record)
    await asyncio.gather(*(clients.write(producer, BASE.inputs, place, some) for place, some in places.items()))
    return sum(map(len, places.values()))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--warm-up-minutes", type=float, default=2)
    parser.add_argument("--open", type=int, default=20_000, help="declarations that are open at a time")
    parser.add_argument("--keep-closed-seconds", type=float, default=30, help="how long closed ones stay in memory")
    parser.add_argument("--unfolded", type=int, default=20_000, help="messages that wait for the tracker, at most")
    parser.add_argument("--json", type=Path, help="write the result here as well")
    options = parser.parse_args()
    logs.configure("console", "bench")
    keep = {"CLEARANCE_TRACKER_KEEP_CLOSED_SECONDS": str(options.keep_closed_seconds)}
    with tempfile.TemporaryDirectory() as name, LocalKafka(Path(name) / "kafka") as kafka:
        ensure(kafka.bootstrap, topics(), replication_factor=1, create=True)
        with running("tracker", kafka.bootstrap, Path(name) / "tracker.log", **keep) as tracker:
            asyncio.run(tracker.until_it_owns(PARTITIONS))
            seen = asyncio.run(
                load(kafka.bootstrap, tracker, 60 * options.minutes, options.open, options.unfolded),
            )
    later = seen.after(60 * options.warm_up_minutes)
    slope, _ = linear_regression([at / 3600 for at in later.seconds], later.resident)
    report = {
        **surroundings(),
        "benchmark": "memory",
        "minutes": options.minutes,
        "warm_up_minutes": options.warm_up_minutes,
        "open_declarations": options.open,
        "keep_closed_seconds": options.keep_closed_seconds,
        "inputs_folded": seen.folded[-1],
        "inputs_per_second": round((later.folded[-1] - later.folded[0]) / (later.seconds[-1] - later.seconds[0])),
        "slope_mib_per_hour": round(slope, 1),
        "slope_bytes_per_input": round(slope * 1024**2 / 3600 / max(1, later.folded[-1] - later.folded[0])
            * (later.seconds[-1] - later.seconds[0]), 2),
        "unfolded_max": max(later.unfolded),
        "resident_mib": [round(one, 1) for one in seen.resident[:: max(1, len(seen.resident) // 60)]],
    }  # fmt: skip
    tell(report, options.json)


if __name__ == "__main__":
    main()
