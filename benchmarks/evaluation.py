"""How good the rules are, from seeds that `clearance evaluate --keep` has kept: what docs/evaluation.md shows.

    python -m benchmarks.evaluation --tuned-on FOLDER --reported-on FOLDER --json docs/benchmarks/evaluation.json

Thresholds are tuned, and expectations learned, on the seeds of the first folder; everything is reported on those of the
second, which must be others. It takes a quarter of an hour of one core for twenty seeds of 50,000 declarations.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.progress import track

from clearance.evaluation.chances import Asked, Reliability, questions, reliability
from clearance.evaluation.comparison import Counts, compared
from clearance.evaluation.detectors import tuned
from clearance.evaluation.kept import watched_in
from clearance.evaluation.samples import Sample
from clearance.evaluation.scores import SeedDay
from clearance.evaluation.seeds import START, Evaluation, evaluate, kept_wish
from clearance.evaluation.silences import Watched
from clearance.evaluation.standings import judged
from clearance.events.learning.cohorts import chain
from clearance.settings.tables import default_tables

LEARNED_BY = START + timedelta(days=120)
"""When all has been told."""
Seeds = Iterator[tuple[int, list[Watched]]]
"""Each is read when its turn comes: twenty at once are some gigabytes."""
REVIEW, ARRIVAL = "counted from the review, as the analyst does", "counted from the arrival of the goods"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tuned-on", type=Path, required=True)
    parser.add_argument("--reported-on", type=Path, required=True)
    parser.add_argument("--json", type=Path, required=True)
    asked = parser.parse_args()
    result = report(asked.tuned_on, asked.reported_on)
    asked.json.write_bytes(msgspec.json.format(msgspec.json.encode(result, order="deterministic")) + b"\n")


def report(tuned_on: Path, reported_on: Path) -> dict[str, Any]:
    """The whole result. Raises `KeptElsewhere` for files that cannot be used, `SystemExit` where a seed is in both."""
    tuning, reporting, tables = kept_wish(tuned_on), kept_wish(reported_on), default_tables()
    if both := {*tuning.seeds} & {*reporting.seeds}:
        raise SystemExit(f"seeds {sorted(both)} are in both folders: what is tuned on a seed is not reported on it")
    sample = Sample(tables)
    for _, filings in _read(tuned_on, tuning.seeds, "tuning"):
        sample.take(filings)
    counts, chances = Counts(tuned(sample, LEARNED_BY, tables), tables), Chances(sample)
    for seed, filings in _read(reported_on, reporting.seeds, "reporting"):
        counts.take(seed, filings)
        chances.take(seed, filings)
    return {
        "tuned_on": {"seeds": tuning.seeds, "declarations": tuning.declarations},
        "reported": _plain(evaluate(reporting)),
        "compared_on": {"seeds": reporting.seeds, "declarations": reporting.declarations},
        "silences": msgspec.to_builtins(compared(counts)),
        "cut_off": msgspec.to_builtins(chances.found()),
    }


def _read(folder: Path, seeds: Sequence[int], what: str) -> Seeds:
    console = Console(stderr=True)
    return track(watched_in(folder), f"{what:10}", total=len(seeds), console=console, transient=True)  # type: ignore[return-value]


def _plain(result: Evaluation) -> Any:
    """Without the members of outages, which are thousands."""
    found = msgspec.to_builtins(result)
    found["outages"] = [{**one["outage"], "members": len(one["members"])} for one in found["outages"]]
    return found


class Chances:
    """Of releases before the cut-off: the answers of a table as it is published, and of one that knows of arrivals."""

    def __init__(self, sample: Sample) -> None:
        self._tables = {False: sample.by_stage.table(1, LEARNED_BY), True: sample.learner.table(1, LEARNED_BY)}
        self._by_day: dict[str, dict[SeedDay, list[Asked]]] = defaultdict(lambda: defaultdict(list))

    def take(self, seed: int, filings: Iterable[Watched]) -> None:
        """The filings of one more seed."""
        able = judged(default_tables())
        for filing in filings:
            if filing.authority not in able:
                continue
            for by_arrival, table in self._tables.items():
                for answer in questions(filing, table, default_tables(), chain(), by_arrival=by_arrival):
                    for kind in _kinds(answer, by_arrival):
                        self._by_day[kind][seed, filing.filed].append(answer)

    def found(self) -> list[Reliability]:
        every = (reliability(kind, days) for kind, days in sorted(self._by_day.items()))
        return [one for one in every if one is not None]


def _kinds(answer: Asked, by_arrival: bool) -> Iterator[str]:
    """Under which headings an answer counts."""
    yield ARRIVAL if by_arrival else REVIEW
    if by_arrival:
        yield f"{ARRIVAL}: {'once' if answer.arrived else 'before'} it is reported"
        if answer.arrived:
            yield f"{ARRIVAL}: once it is reported, {answer.when}"


if __name__ == "__main__":
    main()
