"""A tracker that starts on a million declarations: how soon it folds again, and how much memory it takes.

`python -m benchmarks.restore --declarations 1000000`. A tracker folds some days of the simulator and ends; its last
states are then repeated under further numbers of the same shape until there are so many. While it starts again, a
message every so often goes to every partition. All times but one are the broker's (LogAppendTime), on one machine.
"""

import argparse
import asyncio
import json
import os
import tempfile
from collections.abc import Iterator
from datetime import datetime
from itertools import count, islice
from pathlib import Path
from statistics import quantiles
from typing import Any

from benchmarks.message_to_status import arrival
from benchmarks.processes import MIB, Running, running
from benchmarks.surroundings import surroundings, tell
from benchmarks.throughput.observed import folded
from benchmarks.throughput.prepared import PARTITIONS, Prepared, prepare, simulated
from benchmarks.throughput.rounds import fill
from rich.progress import Progress

from clearance.contracts import topics
from clearance.devbroker.local import LocalKafka
from clearance.edge.append import open_edge
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.kafka.topics import ensure
from clearance.kafka.wire import Outgoing, read_event, status_record
from clearance.settings import logs
from clearance.settings.clock import monotonic, utc_now
from clearance.settings.tables import default_tables

SEED, PER_DAY = 5, 1200
FED_PER_SECOND = 100
AT_ONCE = 20_000
"""States written between two looks at the progress bar."""
PATIENCE_SECONDS = 600.0


def copies(prepared: Prepared, wanted: int) -> Iterator[Outgoing]:
    """States until there are so many, with the prepared ones: each under the numbers of further simulated brokers."""
    tables = default_tables()
    originals = [status_record(state, tables) for state in prepared.truth.states.values()]
    seed = f"{SEED:03}".encode()  # stands in every simulated number
    seeds = (b"%03d" % number for number in count(SEED + 1))
    return islice((_renamed(one, seed, other) for other in seeds for one in originals), max(0, wanted - len(originals)))


def _renamed(record: Outgoing, seed: bytes, other: bytes) -> Outgoing:
    assert record.key is not None
    assert record.value is not None
    number = record.key.partition(b":")[2].partition(b":")[2]
    renamed = number.replace(seed, other, 1)
    value = record.value.replace(number, renamed)
    return Outgoing(record.key.replace(number, renamed), value, record.headers)


async def multiply(bootstrap: str, prepared: Prepared, wanted: int) -> dict[str, float]:
    """Write the copies; how many there are of what size, and how many are open."""
    made, size, still_open = 0, 0, 0
    records = copies(prepared, wanted)
    async with clients.new_producer(bootstrap) as producer:
        with Progress(transient=True) as progress:
            shown = progress.add_task("states", total=wanted)
            while chunk := [*islice(records, AT_ONCE)]:
                places: dict[int, list[Outgoing]] = {}
                for one in chunk:
                    places.setdefault(clients.partition_of(one.key or b"", PARTITIONS), []).append(one)
                    size += len(one.value or b"")
                    still_open += ("open", b"true") in one.headers
                writes = [clients.write(producer, BASE.status, place, some) for place, some in places.items()]
                await asyncio.gather(*writes)
                made += len(chunk)
                progress.advance(shown, len(chunk))
    return {
        "written": made,
        "mean_bytes": round(size / max(made, 1)),
        "open_share": round(still_open / max(made, 1), 3),
    }


async def feed(bootstrap: str, ended: asyncio.Event) -> None:
    """Messages at a fixed rate until the end is called."""
    async with open_edge(bootstrap) as edge:
        begun = monotonic()
        for number in count():
            await edge.take(arrival(number, 2 * FED_PER_SECOND))
            if ended.is_set():
                return
            await asyncio.sleep(max(0.0, begun + number / FED_PER_SECOND - monotonic()))


async def restart(bootstrap: str, log: Path) -> dict[str, Any]:
    """Start the tracker under traffic, until every partition is folded again."""
    reader = clients.new_reader(bootstrap)
    async with reader:
        before = [(await clients.ends(reader, BASE.events, number))[1] for number in range(PARTITIONS)]
        ended = asyncio.Event()
        feeding = asyncio.create_task(feed(bootstrap, ended))
        await asyncio.sleep(2)  # every partition has something waiting
        begun = utc_now()
        with running("tracker", bootstrap, log) as tracker:
            await tracker.until_it_owns(PARTITIONS, PATIENCE_SECONDS)
            resident = tracker.resident_mib()
            await asyncio.sleep(5)
            ended.set()
            await feeding
            await until_folded(bootstrap, tracker)
            later = tracker.resident_mib()
        told = await _told(reader, before)
    assigned = assigned_at(log)
    opened = {number: min(at for _, at in events) for number, events in told.items()}
    firsts = sorted(opened.values())
    delays = [
        at - came for number, events in told.items() for came, at in events if opened[number] <= came <= firsts[-1]
    ]
    since = begun.timestamp() * 1000
    return {
        "seconds_start_to_assigned": round(assigned.timestamp() - begun.timestamp(), 2),
        "seconds_start_to_first_batch": round((firsts[0] - since) / 1000, 2),
        "seconds_assigned_to_first_batch": round((firsts[0] / 1000 - assigned.timestamp()), 2),
        "seconds_assigned_to_first_batch_of_each_partition": [
            round(at / 1000 - assigned.timestamp(), 2) for at in firsts
        ],
        "delay_ms_in_restored_partitions": _delays(delays),
        "resident_mib_restored": round(resident),
        "resident_mib_after_traffic": round(later),
    }


def _delays(found: list[int]) -> dict[str, float]:
    cut = quantiles(found, n=100)
    return {"messages": len(found), "p50": round(cut[49]), "p99": round(cut[98]), "max": max(found)}


async def _told(reader: Any, before: list[int]) -> dict[int, list[tuple[int, int]]]:
    """By partition, of each message that was fed: when it was appended, and when its first event was [ms]."""
    found: dict[int, list[tuple[int, int]]] = {}
    for number in range(PARTITIONS):
        appended = {one.offset: one.timestamp for one in await _records(reader, BASE.inputs, number, 0)}
        first: dict[int, int] = {}
        for record in await _records(reader, BASE.events, number, before[number]):
            first.setdefault(read_event(record.value).src, record.timestamp)
        found[number] = [(appended[src], at) for src, at in first.items()]
    return found


async def _records(reader: Any, topic: str, number: int, start: int) -> list[Any]:
    _, after = await clients.ends(reader, topic, number)
    return [one async for some in clients.read_stretch(reader, topic, number, start, after) for one in some]


def assigned_at(log: Path) -> datetime:
    """When the group gave the restarted tracker its partitions; it says so once for each start."""
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines() if line.startswith("{")]
    return datetime.fromisoformat([line["timestamp"] for line in lines if line["event"] == "partitions_assigned"][-1])


async def until_folded(bootstrap: str, tracker: Running) -> None:
    """Wait until the tracker has committed the whole log."""
    end = monotonic() + PATIENCE_SECONDS
    while not await folded(bootstrap, "clearance-tracker", PARTITIONS):
        if monotonic() > end:
            raise SystemExit(f"the log is not folded within {PATIENCE_SECONDS:.0f} s")
        tracker.must_live()
        await asyncio.sleep(0.5)


async def first_life(bootstrap: str, prepared: Prepared, log: Path) -> float:
    """A tracker folds the prepared log and ends in order; its resident memory before there was anything [MiB]."""
    with running("tracker", bootstrap, log) as tracker:
        await tracker.until_it_owns(PARTITIONS)
        empty = tracker.resident_mib()
        # the clocks first: they say that time is simulated, and else links may come before them, and then real clocks
        for part in ([records[:1] for records in prepared.log], [records[1:] for records in prepared.log]):
            await fill(bootstrap, part)
            await until_folded(bootstrap, tracker)
    return empty


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.restore", description=__doc__.splitlines()[0])
    parser.add_argument("--declarations", type=int, default=1_000_000)
    parser.add_argument("--messages", type=int, default=40_000, help="of the simulator, whose states are repeated")
    parser.add_argument("--json", type=Path, help="write the result here as well")
    options = parser.parse_args()
    logs.configure("console", "bench")
    prepared = prepare(simulated(SEED, PER_DAY, default_tables()), options.messages, default_tables())
    with tempfile.TemporaryDirectory() as name, LocalKafka(Path(name) / "kafka") as kafka:
        ensure(kafka.bootstrap, topics(), replication_factor=1, create=True)
        empty = asyncio.run(first_life(kafka.bootstrap, prepared, Path(name) / "first.log"))
        written = asyncio.run(multiply(kafka.bootstrap, prepared, options.declarations))
        os.sync()  # a real history has been on disk for long
        result = asyncio.run(restart(kafka.bootstrap, Path(name) / "tracker.log"))
    declarations = int(written["written"]) + len(prepared.truth.states)
    grown = (result["resident_mib_restored"] - empty) * MIB
    report = {
        **surroundings(),
        "benchmark": "restore",
        "declarations": declarations,
        "state": written,
        **result,
        "resident_mib_empty": round(empty),
        "resident_bytes_per_declaration": round(grown / declarations),
        "resident_bytes_per_open_declaration": round(grown / (declarations * written["open_share"])),
    }
    tell(report, options.json)


if __name__ == "__main__":
    main()
