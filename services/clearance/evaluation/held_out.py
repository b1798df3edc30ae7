"""What needs two folders of seeds: thresholds are tuned and expectations learned on the seeds of one, and held against
the truth of the other, whose seeds are others.

Each seed is read when its turn comes: twenty at once are some gigabytes.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path

from msgspec import Struct

from clearance.evaluation.chances import Asked, Reliability, questions, reliability
from clearance.evaluation.comparison import Compared, Counts, compared
from clearance.evaluation.detectors import deployed, tuned
from clearance.evaluation.kept import seeds_in, watched_in
from clearance.evaluation.samples import Sample, Samples
from clearance.evaluation.scores import SeedDay
from clearance.evaluation.seeds import START
from clearance.evaluation.silences import Watched
from clearance.evaluation.standings import judged
from clearance.events.learning.cohorts import chain
from clearance.settings.tables import default_tables

KNOWN_BY = START + timedelta(days=120)
"""When all has been told."""
TOLD, NOT_TOLD = "once the goods have arrived", "before they have (nobody is told)"


class SeedsInBoth(ValueError):
    """What is tuned on a seed is not reported on it; the text names the seeds."""


class HeldOut(Struct, frozen=True):
    """`silences`: thresholds of both kinds, tuned; `deployed`: as they ship. `cut_off`: chances of a release before the
    cut-off."""

    tuned_on: tuple[int, ...]
    reported_on: tuple[int, ...]
    silences: list[Compared]
    deployed: list[Compared]
    cut_off: list[Reliability]


def held_out(tuned_on: Path, reported_on: Path, tell: Callable[[int], None] = lambda _: None) -> HeldOut:
    """The seeds of two folders. `tell` hears how many were read. Raises `KeptElsewhere` for files that cannot be used,
    `SeedsInBoth`."""
    first, second, tables = seeds_in(tuned_on), seeds_in(reported_on), default_tables()
    if both := sorted({*first} & {*second}):
        raise SeedsInBoth(f"seeds {both} are in both folders: what is tuned on a seed is not reported on it")
    samples = Samples(tables)
    for done, (_, filings) in enumerate(watched_in(tuned_on), 1):
        samples.take(filings)
        tell(done)
    counts, chances = Counts(tuned(samples, KNOWN_BY, tables), tables), Chances(samples.whole)
    shipped = Counts(deployed(samples.whole, KNOWN_BY, tables), tables)
    for done, (seed, filings) in enumerate(watched_in(reported_on), len(first) + 1):
        counts.take(seed, filings)
        shipped.take(seed, filings)
        chances.take(seed, filings)
        tell(done)
    return HeldOut(first, second, compared(counts), compared(shipped), chances.found())


class Chances:
    """Of releases before the cut-off: the answers of a table as it is published."""

    def __init__(self, sample: Sample) -> None:
        self._table = sample.learner.table(1, KNOWN_BY)
        self._by_day: dict[str, dict[SeedDay, list[Asked]]] = defaultdict(lambda: defaultdict(list))

    def take(self, seed: int, filings: Iterable[Watched]) -> None:
        """The filings of one more seed."""
        able = judged(default_tables())
        for filing in filings:
            for answer in questions(filing, self._table, default_tables(), chain()) if filing.authority in able else ():
                for kind in _kinds(answer):
                    self._by_day[kind][seed, filing.filed].append(answer)

    def found(self) -> list[Reliability]:
        every = (reliability(kind, days) for kind, days in sorted(self._by_day.items()))
        return [one for one in every if one is not None]


def _kinds(answer: Asked) -> Iterator[str]:
    """Under which headings an answer counts."""
    yield TOLD if answer.arrived else NOT_TOLD
    if answer.arrived:
        yield f"{TOLD}, {answer.when}"
