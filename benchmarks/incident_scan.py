"""Whether the scan finds what caused an incident, on 45 labelled ones of a video service that nobody here made; and how
long it takes, for one of them and for 10,000 declarations.

The labels were looked at in one half only, by which the two thresholds of the scan were chosen; the other half is what
is reported. Incidents of one stream of the service resemble each other, so they stay in one half, and the interval
comes from drawing streams. A cause is found when exactly its attributes are named. As every case is known to be an
incident, the scan names one group in each, however little stands out.
"""

import argparse
import csv
import gzip
import hashlib
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain, groupby
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks.surroundings import ROOT, surroundings, tell

from clearance.events.incidents.groups import Attributes, Group, Row, attributes_of, count
from clearance.events.incidents.life import Watch, advance
from clearance.events.incidents.scan import LEAST, find
from clearance.events.incidents.tally import tallies
from clearance.events.incidents.usual import Usual
from clearance.events.incidents.waits import Wait, rows

CASES = ROOT.parent / "shared" / "data" / "incident-cases"
NO_ATTRIBUTES = frozenset({"min", "value", "cnt"})
DRAWS = 10_000
DECLARATIONS, ROUNDS = 10_000, 11
BEGAN = datetime(2026, 3, 2, tzinfo=UTC)
ATTRIBUTES = {"authority": 1, "broker": 40, "chapter": 20, "format": 2, "office": 8, "trader": 300}
"""How many values each has."""


class Case(NamedTuple):
    """One incident: its rows by minute, up to the minute that it is about."""

    name: str
    minutes: list[list[Row]]
    causes: frozenset[Group]

    @property
    def stream(self) -> str:
        """The stream of the service, by the last part of the file's name; two files name none."""
        stem = self.name.removesuffix(".csv.gz")
        return stem if stem.startswith("2020-") else stem.rpartition("_")[2]


class Score(NamedTuple):
    """Of what was named and of what was labelled, how much agrees."""

    right: int
    named: int
    labelled: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=Path, default=CASES)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    cases = read(given.cases)
    chosen_by, held_out = halves(cases)
    results = {"chosen_by": judged(chosen_by), "held_out": judged(held_out), "all": judged(cases)}
    milliseconds = {"case": timed(partial(named, case) for case in cases), "declarations": of_declarations()}
    tell({"surroundings": surroundings(), **results, "milliseconds": milliseconds}, given.json)


def read(folder: Path) -> list[Case]:
    """All labelled cases of a folder."""
    labels = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
    return [_case(folder / label["file"], label["timestamp"], label["cause"]) for label in labels]


def _case(path: Path, minute: int, cause: Any) -> Case:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        cells = [row for row in csv.DictReader(file) if int(row["min"]) <= minute]
    cells.sort(key=lambda row: int(row["min"]))
    minutes = [[_row(cell) for cell in group] for _, group in groupby(cells, key=lambda row: row["min"])]
    return Case(path.name, minutes, frozenset(_group(one) for one in (cause if isinstance(cause, list) else [cause])))


def _row(cells: dict[str, str]) -> Row:
    attributes = {name: (cell,) for name, cell in cells.items() if name not in NO_ATTRIBUTES}
    return Row(attributes_of(attributes), float(cells["value"]), float(cells["cnt"]))


def _group(cause: dict[str, Any]) -> Group:
    return attributes_of({name: (str(value),) for name, value in cause.items()})


def halves(cases: Sequence[Case]) -> tuple[list[Case], list[Case]]:
    """Whole streams, in the order of the digests of their names."""
    sizes = Counter(case.stream for case in cases)
    first: set[str] = set()
    for stream in sorted(sizes, key=lambda name: hashlib.sha256(name.encode()).hexdigest()):
        if sum(sizes[one] for one in {*first, stream}) <= (len(cases) + 1) // 2:
            first.add(stream)
    return [case for case in cases if case.stream in first], [case for case in cases if case.stream not in first]


def named(case: Case) -> Group | None:
    """What the scan says of the minute, beside the quieter half of those before it: among them are incidents too."""
    *before, now = case.minutes
    quiet = sorted((minute for minute in before if _all(minute)), key=_share)[: (len(before) + 1) // 2]
    found = find(count(now, LEAST), Usual(count(list(chain(*quiet)))))
    return found.group if found else None


def _all(minute: Iterable[Row]) -> float:
    return sum(row.all for row in minute)


def _share(minute: Sequence[Row]) -> float:
    return sum(row.failed for row in minute) / _all(minute)


def score(case: Case) -> Score:
    found = {named(case)} - {None}
    return Score(len(found & case.causes), len(found), len(case.causes))


def f1(scores: Iterable[Score]) -> float:
    right, said, labelled = map(sum, zip(*scores, strict=True))
    return 2 * right / (said + labelled)


def judged(cases: Sequence[Case]) -> dict[str, Any]:
    by_stream: dict[str, list[Score]] = defaultdict(list)
    for case in cases:
        by_stream[case.stream].append(score(case))
    streams, draw = list(by_stream.values()), random.Random(1)  # noqa: S311 # a bootstrap
    drawn = sorted(f1(chain(*draw.choices(streams, k=len(streams)))) for _ in range(DRAWS))
    return {
        "cases": len(cases),
        "streams": len(streams),
        "f1": round(f1(chain(*streams)), 3),
        "interval_95": [round(drawn[int(DRAWS * level)], 3) for level in (0.025, 0.975)],
    }


def timed(works: Iterable[Callable[[], object]]) -> dict[str, float]:
    """Of processor time: to count and to scan."""
    took = []
    for work in works:
        began = time.process_time()
        work()
        took.append((time.process_time() - began) * 1000)
    return {"median": round(median(took), 1), "most": round(max(took), 1)}


def of_declarations() -> dict[str, dict[str, float]]:
    """One scan of 10,000 declarations with six attributes, and a look with all that belongs to it."""
    told, now = waits(DECLARATIONS), BEGAN + timedelta(hours=24)
    usual = Usual(count(rows(told, BEGAN)))
    scans = [lambda: find(count(rows(told, now), LEAST), usual)] * ROUNDS
    counted = tallies(told, now)
    looks = [lambda: advance((), counted, Watch("cn", "stuck", {told[0].gauge: usual}), now)] * ROUNDS
    return {"scan": timed(scans), "count": timed([lambda: tallies(told, now)]), "look": timed(looks)}


def waits(number: int) -> list[Wait]:
    """Judged within a day; one in a hundred is stuck."""
    draw = random.Random(1)  # noqa: S311 # made-up traffic
    at = (BEGAN + timedelta(days=nth / number) for nth in range(number))
    return [Wait(f"cn:unified:{nth}", _drawn(draw), one, one, draw.random() < 0.01) for nth, one in enumerate(at)]


def _drawn(draw: random.Random) -> Attributes:
    return attributes_of({name: (str(draw.randrange(size)),) for name, size in ATTRIBUTES.items()})


if __name__ == "__main__":
    main()
