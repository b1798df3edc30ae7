"""Seeds of a world, each told, folded and counted; several at a time in processes of their own."""

import gc
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

from msgspec import Struct

from clearance.evaluation.folding import folded
from clearance.evaluation.incidents import IncidentScore, IncidentTally, score, tally
from clearance.evaluation.kept import Made, keep, kept, kept_with, result_file, seeds_in, silences_file
from clearance.evaluation.scores import Score, scores
from clearance.evaluation.silences import Watched
from clearance.evaluation.tallies import Days, tallies
from clearance.events.incidents.incident import Incident
from clearance.events.log.progress import STEP_VERSION
from clearance.settings.garbage import collect_seldom
from clearance.settings.tables import tables_with
from clearance.simulator.conditions import Conditions
from clearance.simulator.direct import told
from clearance.simulator.life import Life
from clearance.simulator.outages import Outage
from clearance.simulator.world import WorldName, digest, field

START = datetime(2026, 4, 13, 0, 30, tzinfo=UTC)
"""A Monday; a month from it holds a holiday, working days at its end and the end of a month."""
DAYS = 30
"""In how many days so many declarations are filed, if all were working days."""


class Wish(Struct, frozen=True):
    """What is to be evaluated; `durations` are the operator's own thresholds over those that ship. Seeds that `keep`, a
    folder, holds are not simulated anew."""

    seeds: tuple[int, ...]
    declarations: int
    world: WorldName = "field"
    durations: Path | None = None
    processes: int = os.cpu_count() or 1
    keep: Path | None = None


class Befallen(Struct, frozen=True):
    """An outage and the declarations that it held or rejected, in the order of their ids."""

    outage: Outage
    members: tuple[str, ...]


class SeedResult(Struct, frozen=True):
    seed: int
    tallies: dict[str, Days]
    outages: tuple[Befallen, ...]
    incidents: tuple[Incident, ...]
    incident_tally: IncidentTally
    unspoken: dict[str, int]
    """Troubles that no rule speaks of, by kind."""


class Evaluation(Struct, frozen=True):
    """The result: the same wish and the same tables give the same."""

    world: WorldName
    figures: str
    start: datetime
    seeds: tuple[int, ...]
    declarations: int
    rules: list[Score]
    outages: list[Befallen]
    incidents: list[Incident]
    incident_score: IncidentScore
    unspoken: dict[str, int]


def evaluate(wish: Wish, tell: Callable[[int], None] = lambda _: None) -> Evaluation:
    """All seeds of a wish. `tell` hears how many are done."""
    results: list[SeedResult] = []
    for result in _results(wish):
        results.append(result)
        tell(len(results))
    results.sort(key=lambda one: one.seed)
    counted = {
        (rule, (one.seed, day)): tally
        for one in results
        for rule, days in one.tallies.items()
        for day, tally in days.items()
    }
    return Evaluation(
        world=wish.world,
        figures=digest(),
        start=START,
        seeds=wish.seeds,
        declarations=wish.declarations,
        rules=scores(counted, list(tables_with(wish.durations).rules)),
        outages=[befallen for one in results for befallen in one.outages],
        incidents=[incident for one in results for incident in one.incidents],
        incident_score=score([one.incident_tally for one in results]),
        unspoken=dict(sum((Counter(one.unspoken) for one in results), Counter())),
    )


def made(wish: Wish) -> Made:
    return Made(wish.world, digest(), wish.declarations, tables_with(wish.durations).version, STEP_VERSION)


def kept_wish(folder: Path) -> Wish:
    """The wish whose seeds a folder keeps, of one world and with the thresholds that ship. Raises `KeptElsewhere`."""
    seeds = seeds_in(folder)
    of = kept_with(result_file(folder, seeds[0]))
    return Wish(seeds=seeds, declarations=of.declarations, world=of.world, keep=folder, processes=1)


def one_seed(seed: int, wish: Wish) -> SeedResult:
    """One that is kept is read, any other is kept if the wish says where. Raises `KeptElsewhere`."""
    if wish.keep is None:
        return _simulated(seed, wish)[0]
    path = result_file(wish.keep, seed)
    if not path.exists():
        result, watched = _simulated(seed, wish)
        keep(silences_file(wish.keep, seed), made(wish), watched)
        keep(path, made(wish), result)
    return kept(path, made(wish), SeedResult)


def _next_seed(seed: int, wish: Wish) -> SeedResult:
    """In a process that collects garbage seldom: what the seed before has left goes first, or memory grows."""
    gc.collect()
    return one_seed(seed, wish)


def _simulated(seed: int, wish: Wish) -> tuple[SeedResult, list[Watched]]:
    tables = tables_with(wish.durations)
    conditions = None if wish.world == "plain" else Conditions(field(), seed, START, clean=wish.world == "clean")
    per_day = wish.declarations / DAYS
    all_told = told(seed, START, wish.declarations, declarations_per_day=per_day, conditions=conditions, tables=tables)
    lives, raised, watched, incidents = folded(all_told, tables)
    outages = conditions.outages.until(max(life.filed_at for life in lives)) if conditions else []
    result = SeedResult(
        seed=seed,
        tallies=tallies(lives, raised, tables.rules),
        outages=tuple(_befallen(lives, outages)),
        incidents=tuple(incidents),
        incident_tally=tally(incidents, lives, outages),
        unspoken=dict(Counter(trouble.kind for life in lives for trouble in life.troubles if not trouble.rule)),
    )
    return result, watched


def _befallen(lives: Sequence[Life], outages: Sequence[Outage]) -> Iterator[Befallen]:
    members: dict[str, set[str]] = {}
    for life in lives:
        for trouble in life.troubles:
            members.setdefault(trouble.cause, set()).add(trouble.about)
    for outage in outages:
        yield Befallen(outage, tuple(sorted(members.get(outage.name, ()))))


def _results(wish: Wish) -> Iterator[SeedResult]:
    """As they are done. At an error, and at Ctrl-C, what has not begun is not begun."""
    if len(wish.seeds) == 1 or wish.processes == 1:
        yield from (one_seed(seed, wish) for seed in wish.seeds)
        return
    with ProcessPoolExecutor(wish.processes, get_context("spawn"), collect_seldom) as pool:
        running = [pool.submit(_next_seed, seed, wish) for seed in wish.seeds]
        try:
            yield from (one.result() for one in as_completed(running))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
