"""`python -m benchmarks.throughput`: all contestants in turn, some rounds, on one real Kafka; one JSON at the end.

Round 0 is not counted: it warms the broker up and must be exact. Every later round is checked as well.
"""

import argparse
import asyncio
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.surroundings import surroundings, tell
from benchmarks.throughput.contestants import CODECS, CONTESTANTS, of_checkout
from benchmarks.throughput.prepared import Prepared, prepare, receipts, simulated
from benchmarks.throughput.rounds import Result, play
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from clearance.devbroker.local import LocalKafka
from clearance.settings import logs
from clearance.settings.tables import default_tables

SEED = 5
USUAL = [one for one in CONTESTANTS if one.removeprefix("ours_") not in CODECS]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.throughput", description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=40_000, help="messages and commands of the simulator")
    parser.add_argument("--mix", choices=("receipts", "traffic"), default="receipts", help="see prepared.py")
    parser.add_argument("--per-day", type=float, default=1200, help="declarations filed in a simulated day")
    parser.add_argument("--rounds", type=int, default=5, help="besides the one that is not counted")
    parser.add_argument("--only", nargs="*", choices=CONTESTANTS, default=USUAL, metavar="CONTESTANT")
    parser.add_argument("--beside", type=Path, metavar="CHECKOUT", help="and our tracker as it is there")
    parser.add_argument("--other-values", action="store_true", help="there it may write other values of the same names")
    parser.add_argument("--json", type=Path, help="write the result here as well")
    options = parser.parse_args()
    contestants = {one: CONTESTANTS[one] for one in options.only}
    if options.beside is not None:
        contestants["beside"] = of_checkout(options.beside.absolute(), not options.other_values)
    logs.configure("console", "bench")
    with _bar() as bar, tempfile.TemporaryDirectory() as name:
        preparing = bar.add_task("preparing", total=options.messages)
        tables = default_tables()
        arriving = receipts(options.messages) if options.mix == "receipts" else simulated(SEED, options.per_day, tables)
        prepared = prepare(arriving, options.messages, tables, lambda: bar.advance(preparing))
        playing = bar.add_task("playing", total=(options.rounds + 1) * len(contestants))
        found: dict[str, list[Result]] = {one: [] for one in contestants}
        with LocalKafka(Path(name) / "kafka") as kafka:
            for _ in range(options.rounds + 1):
                for one, contestant in contestants.items():
                    bar.update(playing, description=one)
                    result = asyncio.run(play(contestant, prepared, kafka, Path(name) / f"{one}.log"))
                    if result.observed.wrong:
                        raise SystemExit(f"{one} is not exact: {result.observed.wrong[:5]}")
                    found[one].append(result)
                    bar.console.print(f"{one:12} {result.observed.rate:9,.0f} inputs/s")
                    bar.advance(playing)
    report = {
        **surroundings(),
        "mix": options.mix,
        "declarations_per_day": options.per_day,
        **_told(prepared, options.rounds, found),
    }
    tell(report, options.json)


def _bar() -> Progress:
    return Progress(TextColumn("{task.description:12}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


def _told(prepared: Prepared, rounds: int, found: dict[str, list[Result]]) -> dict[str, Any]:
    counted = {one: results[1:] or results for one, results in found.items()}
    rates = {one: median(result.observed.rate for result in results) for one, results in counted.items()}
    return {
        "benchmark": "throughput",
        "unit": "inputs a second, the median of the rounds",
        "arrivals": prepared.arrivals,
        "inputs": prepared.inputs,
        "declarations": len(prepared.truth.status),
        "events": len(prepared.truth.events),
        "rounds": rounds,
        "contestants": {
            one: {
                "median": round(rates[one]),
                "ours_is_faster_by": round(rates["ours"] / rates[one], 2) if "ours" in rates else None,
                "rates": [round(result.observed.rate) for result in results],
                "seconds": [round(result.observed.seconds, 3) for result in results],
                "cpu_seconds": [round(result.cpu_seconds, 2) for result in results],
                "disk_bytes": dict(results[-1].disk),
                "event_records": [result.observed.events for result in results],
                "status_records": [result.observed.statuses for result in results],
            }
            for one, results in counted.items()
        },
    }


if __name__ == "__main__":
    main()
