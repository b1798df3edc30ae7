"""One run: a broker and a system of its own, load, a seeded schedule of faults, and what the oracle says of it."""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from clearance.devbroker.local import LocalKafka
from clearance.edge.append import open_edge
from clearance.settings.clock import monotonic

from . import compaction
from .faults import Faults
from .judging import NotAtRest, at_rest, judge, unexplained
from .load import Load
from .outcome import Outcome, Verdict, outcome
from .processes import Process
from .system import System
from .users import Users
from .waiting import within

FAULTS: Mapping[str, int] = {
    "kill": 10,
    "term": 1,
    "pause": 1,
    "join": 1,
    "leave": 1,
    "step": 1,
    "batching": 1,
    "writing": 1,
    "compaction": 1,
    "broker": 1,
    "projector": 1,
    "api": 1,
    "full": 1,
    "hang": 1,
    "name": 1,
    "clock": 1,
    "poison": 1,
    "unreadable": 1,
    "anew": 1,
    "locked": 1,
    "analyst": 10,
    "notices": 3,
}
"""How many of each a run has; a compaction brings one more kill."""
READ_SIDE = ("projector", "api", "full", "locked", "analyst", "notices")
"""These happen beside the others, at any time of them."""
CALM_SECONDS, CALM_READ_SIDE_SECONDS = 0.8, 8.0
"""Between two faults, at most."""
BEGIN_SECONDS = 60.0
RATE = 200
"""Messages a second."""
KINDS = {"command", "clock", "link", "facts", "backfill-end", "unread"}
"""What must be among the inputs, beside messages; `unread` are those that are none."""


class CannotBegin(Exception):
    """The system does not work even before anything is done to it."""


def plan(seed: int, counts: Mapping[str, int]) -> tuple[list[str], list[str]]:
    """The faults of the tracker's side and of the reading side, each in the order in which they happen."""
    order = random.Random(seed)  # noqa: S311 # no secret
    faults = [name for name, count in counts.items() for _ in range(count)]
    order.shuffle(faults)
    third = iter(["join", "leave"] * counts.get("join", 0))
    faults = [next(third) if name in ("join", "leave") else name for name in faults]
    return [name for name in faults if name not in READ_SIDE], [name for name in faults if name in READ_SIDE]


def run(
    seed: int,
    folder: Path,
    counts: Mapping[str, int] = FAULTS,
    *,
    rate: int = RATE,
    done: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """A whole run in an empty folder; `done` is told of each fault. Raises `CannotBegin` and `BrokerError`."""
    begun = monotonic()
    with LocalKafka(folder / "kafka", settings=compaction.BROKER) as kafka:
        system = System(kafka, folder)
        faults, users = Faults(system, seed), Users(system.url, seed)
        load = Load(users, seed, rate, own_clocks=bool(seed % 2))
        verdict = asyncio.run(_all(faults, load, plan(seed, counts), done))
    return outcome(seed, monotonic() - begun, faults, users, verdict, unexplained(system, faults.done))


async def _all(faults: Faults, load: Load, planned: Sequence[list[str]], done: Callable[[str], None]) -> Verdict:
    system = faults.system
    await load.quiet_days(system.kafka.bootstrap)
    started = (system.projector, *system.workers, *system.analysts, system.api, system.notices)
    with system.people.listening():
        async with system.running(*started):
            return await _through(faults, load, planned, done)


async def _through(faults: Faults, load: Load, planned: Sequence[list[str]], done: Callable[[str], None]) -> Verdict:
    """All is started."""
    system = faults.system
    if not await within(BEGIN_SECONDS, lambda: system.people.added(system.store), every=0.5):
        raise CannotBegin(f"there is no store: {system.projector.last_words()}")
    async with open_edge(system.kafka.bootstrap) as edge, asyncio.TaskGroup() as group:
        group.create_task(load.run(edge))
        await asyncio.gather(*map(_works, [*system.workers, *system.analysts]))
        await asyncio.gather(*(_break(faults, names, load.seed, done) for names in planned))
        load.ended.set()
    try:
        await at_rest(system)
        truth, found, told = await judge(system, load.users)
    except NotAtRest as late:
        return Verdict.of(late)
    found.wrong += faults.mischief.refused
    found.lost += [f"no input of the kind {kind}" for kind in sorted(KINDS - truth.kinds.keys())]
    found.lost += [f"no incident has {what}" for what, count in told.incidents._asdict().items() if not count]
    return Verdict(truth, found, told=told)


async def _works(worker: Process) -> None:
    if not await worker.at("batches", BEGIN_SECONDS):
        raise CannotBegin(f"{worker.name} folds nothing: {worker.last_words()}")


async def _break(faults: Faults, names: Sequence[str], seed: int, done: Callable[[str], None]) -> None:
    """One fault after the other."""
    waits = random.Random(f"{seed} {names}")  # noqa: S311 # no secret
    for name in names:
        await asyncio.sleep(waits.uniform(0, CALM_READ_SIDE_SECONDS if name in READ_SIDE else CALM_SECONDS))
        await faults.do(name)
        done(name)
