"""How long does a partition stand still when a new table comes, with a million open declarations that wait for it?

`python -m benchmarks.new_table --json docs/benchmarks/new-table.json`. All are in one partition, which no worker has:
half wait for their floor, half beyond it, of the most cohorts that a table holds. They are read back as after a
restart, then a clock comes, then tables. None becomes overdue: what is told then is paid for each anomaly, by any
table.
"""

import argparse
import gc
import resource
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time

from benchmarks.surroundings import surroundings, tell

from clearance.events.learning.cohorts import Key
from clearance.events.learning.deferral import Deferral
from clearance.events.learning.expectations import MOST_COHORTS, SHARES, Expectations, Learned, written
from clearance.events.log.input_records import InputRecord, input_record
from clearance.events.log.inputs import Clock, ExpectationsInput, Input
from clearance.events.log.progress import STEP_VERSION, Progress
from clearance.events.partition.batch import PartitionFold
from clearance.settings.tables import default_tables

OPEN, TABLES, CLOCKS = 1_000_000, 5, 5
NOW = datetime(2026, 3, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MODES = ("sea", "rail", "road", "air")
OFFICES = [f"{2900 + number}" for number in range(MOST_COHORTS // len(MODES))]


def table(version: int) -> Expectations:
    """The largest there can be; nothing is overdue within a month."""
    cohorts: dict[Key, Learned] = {}
    for office in OFFICES:
        for mode in MODES:
            after = 30 * 86_400 + version
            curve = tuple(after * place // len(SHARES) for place in range(1, len(SHARES) + 1))
            one = Learned(size=1240, percentile=0.957, overdue_after_seconds=after, curve_seconds=curve)
            cohorts["received", "cn", office, "export", mode, "*"] = one
    return Expectations(version, NOW, cohorts)


def waiting(number: int) -> Deferral:
    """Of a declaration: received within the last days, or to be looked at within the next ones."""
    began = NOW - (number % 6000 - 3000) * MINUTE
    office, mode = OFFICES[number % len(OFFICES)], MODES[number // len(OFFICES) % len(MODES)]
    return Deferral(began + 120 * MINUTE, None, began, "received", office, "export", transport_mode=mode)


def memory_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


PROGRESS = Progress(
    epoch=0,
    partition=0,
    position=0,
    stream_time=NOW,
    wall_time=NOW,
    ended_backfills=(),
    counts=(),
    cluster_id="",
    topic_id="",
    step_version=STEP_VERSION,
    tables_version="",
)
"""Of a partition that has folded a clock."""


class Folding:
    """One partition, without collections: the tracker freezes what it holds."""

    def __init__(self) -> None:
        self.fold, self.bytes = PartitionFold(default_tables(), progress=PROGRESS), 0

    def seconds(self, given: Input) -> float:
        """How long one input takes, from its bytes on."""
        bare = input_record("", given)
        self.bytes = len(bare.value)
        record = InputRecord(bare.key, bare.value, bare.headers, self.fold.position + 1)
        begun = perf_counter()
        self.fold.fold([record])
        return round(perf_counter() - begun, 4)

    def table_seconds(self, version: int) -> float:
        return self.seconds(ExpectationsInput(at=NOW, table=written(table(version))))

    @property
    def beyond(self) -> int:
        """How many wait beyond their floor."""
        return len(self.fold.partition._deferrals._beyond)


def measured(count: int) -> dict[str, object]:
    """By what is done, how long it takes [s]; half of them are found beyond their floors while they are read back."""
    names, folding = [f"cn:unified:E2026{number:013d}" for number in range(count)], Folding()
    bare, begun = memory_mib(), process_time()
    for number, name in enumerate(names):
        given = waiting(number)
        folding.fold.partition.remember(name, b"", given.floor, given)
    read_back = process_time() - begun
    held = memory_mib()
    gc.freeze()
    gc.disable()
    folding.table_seconds(1)
    first = folding.seconds(Clock(at=NOW + MINUTE))
    tables = [
        (folding.table_seconds(version), folding.bytes, folding.seconds(Clock(at=NOW + version * MINUTE)))
        for version in range(2, 2 + TABLES)
    ]
    return {
        "open": count,
        "beyond_their_floor": folding.beyond,
        "cohorts": MOST_COHORTS,
        "record_bytes": tables[0][1],
        "read_back_cpu_s": round(read_back, 2),
        "first_clock_s": first,
        "table_s": [table for table, _, _ in tables],
        "clock_after_it_s": [clock for _, _, clock in tables],
        "clock_s": [folding.seconds(Clock(at=NOW + (TABLES + 1 + number) * MINUTE)) for number in range(1, 1 + CLOCKS)],
        "bytes_each_in_memory": round((held - bare) * 2**20 / count),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--open", type=int, default=OPEN)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    found = measured(asked.open)
    tell({"benchmark": "new_table", **surroundings(), **found}, asked.json)


if __name__ == "__main__":
    main()
