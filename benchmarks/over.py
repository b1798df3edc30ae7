"""A tracker on ten million declarations that are over: memory, time to read them back, what a look-up costs.

`python -m benchmarks.over --declarations 10000000`. Their status records are written into a real Kafka; a tracker reads
them back, is killed (SIGKILL), and comes back with the index that it kept. The surprise: a state that is over is never
decoded there, so the values are short, and only their headers are real. With real values (3.5 KB) reading takes as much
longer as in `benchmarks.restore`; memory and look-ups are the same.
"""

import argparse
import asyncio
import tempfile
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from benchmarks.processes import Running, running
from benchmarks.restore import assigned_at
from benchmarks.surroundings import surroundings, tell
from benchmarks.throughput.prepared import PARTITIONS
from confluent_kafka import Producer
from rich.progress import track

from clearance.contracts import topics
from clearance.devbroker.local import LocalKafka
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.kafka.topics import Identity, ensure, identify
from clearance.settings import logs
from clearance.settings.clock import monotonic, utc_now
from clearance.settings.tables import default_tables
from clearance.tracker.disk_index import DiskIndex
from clearance.tracker.index_folder import IndexFolder

PATIENCE_SECONDS = 1800.0
VALUE = b"{}"
LOOKUPS, AT_ONCE = 20_000, 100
MIB = 1024 * 1024


def name_of(number: int) -> str:
    """Numbers as China gives them: an office, a day, a serial number."""
    office, day, serial = number % 40, number // 40 % 365, number // 14_600
    return f"cn:unified:I2026{office:04}{day:03}{serial:06}"


def write(bootstrap: str, declarations: int) -> None:
    """One record each, of a declaration that is over."""
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 50, "batch.size": 1_000_000})
    tables = default_tables().version.encode()
    fixed: list[tuple[str, str | bytes | None]] = [
        ("schema-version", b"1"),
        ("epoch", b"0"),
        ("seq", b"9"),
        ("open", b"false"),
        ("tables", tables),
    ]
    for number in track(range(declarations), "states"):
        key = name_of(number).encode()
        headers = [*fixed, ("src", b"%d" % number)]
        while True:
            try:
                place = clients.partition_of(key, PARTITIONS)
                producer.produce(BASE.status, VALUE, key, partition=place, headers=headers)
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
    producer.flush()


async def start(tracker: Running) -> dict[str, float]:
    """From when the group gives it all partitions until all are open."""
    await tracker.until_it_owns(PARTITIONS, PATIENCE_SECONDS)
    seconds = (utc_now() - assigned_at(tracker.log)).total_seconds()
    status = Path(f"/proc/{tracker.process.pid}/status").read_text(encoding="utf-8")
    [peak] = [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")]
    return {
        "seconds_assigned_to_open": round(seconds, 1),
        "resident_mib": round(tracker.resident_mib()),
        "resident_mib_at_most": round(peak / 1024),
        "states_away": round(tracker.metric('clearance_tracker_states{held="log"}')),
    }


def started(bootstrap: str, log: Path, folder: Path, *, kill: bool = False) -> dict[str, float]:
    """A tracker that starts; killed afterwards, or ended in order."""
    with running("tracker", bootstrap, log, CLEARANCE_TRACKER_INDEX_FOLDER=str(folder)) as tracker:
        found = asyncio.run(start(tracker))
        if kill:
            tracker.process.kill()
    return found


def lookups(folder: Path, identity: Identity, declarations: int) -> dict[str, float]:
    """Microseconds for each name, in the index of one partition: known ones and unknown ones, alone and in batches."""
    index = IndexFolder(str(folder)).index(BASE, 0, identity, default_tables())
    order = Random(5)  # noqa: S311 # no secret
    drawn = (name_of(order.randrange(declarations)) for _ in range(20 * LOOKUPS))
    known = [*islice((one for one in drawn if clients.partition_of(one.encode(), PARTITIONS) == 0), LOOKUPS)]
    unknown = [f"{one[:-1]}X" for one in known]
    assert {*index.find(known)} == {*known}
    assert not index.find(unknown)
    return {
        "known_alone_us": timed(index, known, 1),
        "unknown_alone_us": timed(index, unknown, 1),
        "known_of_a_hundred_us": timed(index, known, AT_ONCE),
        "unknown_of_a_hundred_us": timed(index, unknown, AT_ONCE),
    }


def timed(index: DiskIndex, names: list[str], at_once: int) -> float:
    """The median of the look-ups, for each name [µs]."""
    taken = []
    for first in range(0, len(names), at_once):
        some = names[first : first + at_once]
        begun = monotonic()
        index.find(some)
        taken.append(monotonic() - begun)
    return round(median(taken) / at_once * 1e6, 2)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.over", description=__doc__.splitlines()[0])
    parser.add_argument("--declarations", type=int, default=10_000_000)
    parser.add_argument("--json", type=Path, help="write the result here as well")
    options = parser.parse_args()
    logs.configure("console", "bench")
    report: dict[str, Any] = {**surroundings(), "benchmark": "over", "declarations": options.declarations}
    with tempfile.TemporaryDirectory() as name, LocalKafka(Path(name) / "kafka") as kafka:
        folder, log = Path(name) / "index", Path(name) / "tracker.log"
        ensure(kafka.bootstrap, topics(), replication_factor=1, create=True)
        report["empty"] = started(kafka.bootstrap, log, Path(name) / "none")
        write(kafka.bootstrap, options.declarations)
        report["everything_read"] = started(kafka.bootstrap, log, folder, kill=True)
        report["killed_and_started_again"] = started(kafka.bootstrap, log, folder)
        size = sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())
        report["index_bytes_per_declaration"] = round(size / options.declarations, 1)
        report["lookups"] = lookups(folder, identify(kafka.bootstrap, BASE.cards()), options.declarations)
    most = max(report[start]["resident_mib_at_most"] for start in ("everything_read", "killed_and_started_again"))
    report["mib_for_what_is_over"] = most - report["empty"]["resident_mib"]
    tell(report, options.json)


if __name__ == "__main__":
    main()
