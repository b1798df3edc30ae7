"""After a run: wait until nothing is left to do, then ask what is lost, wrong, missing in between or unasked for.

The tracker is stopped before the oracle is asked, so that the log ends; whatever a clock brought at the last moment is
folded first.
"""

import asyncio
import re
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import select
from tests.analyst.told import all_expected, related_held, related_wanted, written
from tests.system.running import unfolded

from clearance.analyst.analyst import topics_of
from clearance.contracts import topics
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.kafka.progress_reading import highest_progress
from clearance.projector.source import places_of
from clearance.settings.clock import monotonic
from clearance.settings.tables import default_tables
from clearance.stages.keyed_partition import KeyedTopics
from clearance.stages.progress import read_stage_progress
from clearance.store import schema
from clearance.store.connect import open_store
from clearance.store.positions import Place
from clearance.testing.oracle import Findings, Truth, consult, digest_of

from . import incidents
from .incidents import Counted
from .mischief import AT_WORK, HUNG, JOINED
from .processes import Process
from .system import System
from .told_people import compare_told, is_settled
from .users import Users
from .waiting import overloaded, within

STILL_SECONDS, MOST_SECONDS, LOOK_SECONDS = 60.0, 300.0, 0.3
"""What stands still for so long is stuck; what moves for so long is slow, and is not waited for any longer."""
TOLD_SECONDS, NOTICED_SECONDS = 15.0, 60.0
"""Without a word of an incident analysts have told what they follow from logs of their own; for people to be told."""
Name = TypeVar("Name", str, bytes)
PARTITIONS = topics()[BASE.inputs].partitions
ROWS = 500
"""Of the store, at a time."""
OUR_FAULT = "500"
OVERLOAD = "overload"
"""No fault of a run, but what runs beside it."""
EXPLAINED: Sequence[tuple[str, str]] = (
    ("(0|-15) ", ""),  # SIGTERM; before a process listens to it, it ends it
    ("70 .*Injected", ""),
    (f"70 .*{HUNG}", "hang"),
    (f"2 .*({AT_WORK}|{JOINED})", "name"),
    ("2 .*made again", "anew"),
    ("2 .*(so states are gone|was written for cluster|records were lost)", "anew"),  # seen by who starts on it
    ("(1|2|70) .*(UnknownTopic|did not acknowledge|is missing)", "anew"),  # between its deletion and its making
    ("70 .*CancelledError", "batching"),  # Faust does not always say what it was cancelled for
    ("70 .*(stood still|keepalive is not responding)", "pause"),  # we say the one, Faust the other
    ("70 .*did not acknowledge", "broker"),
    ("70 .*stop_takes_too_long", ""),  # Faust's farewell to a group whose coordinator does not answer
    ("(1|2|70) .*(broker at|Kafka.*Error)", "broker"),
    (".*its card says", "compaction"),
    ("70 .*(stood still|keepalive|did not acknowledge|has not turned)", OVERLOAD),
    ("(1|2|70) .*(broker at|Kafka.*Error)", OVERLOAD),
)
"""How a process may end (exit code, last words), and the fault without which it may not."""


class NotAtRest(Exception):
    """The log, or the store, does not come to its end. That is a fault if it stands still, unless the machine is
    `too_slow` for what was asked of it."""

    def __init__(self, what: str, *, moves: bool) -> None:
        how = f"still moves after {MOST_SECONDS:.0f} s" if moves else f"stands still for {STILL_SECONDS:.0f} s"
        self.too_slow = moves or overloaded()
        beside = ", beside other load" if overloaded() else ""
        super().__init__(f"{what} {how}, and is not at its end{beside}")


async def at_rest(system: System) -> tuple[Truth, Findings]:
    """Everything folded by both stages, which are stopped, and everything in the store; what follows from the log, and
    what the oracle finds in the topics then. Raises `NotAtRest`.

    The surprise: an analyst writes to the log, so the trackers may have to fold once more behind it."""
    bootstrap, until = system.kafka.bootstrap, monotonic() + MOST_SECONDS
    while True:
        await folded_and_stopped(system, system.trackers)
        await ends("what analysts read", partial(unread, bootstrap, topics_of(BASE)))
        await _told_all(bootstrap)
        await _stop(system.analysts, signal.SIGTERM)
        if not await unfolded(bootstrap):
            truth, found = await consult(bootstrap, default_tables())
            if monotonic() > until or await _have_told(bootstrap, truth):
                break
        for process in [*system.workers, *system.analysts]:
            process.start()
    await ends("the store", partial(unstored, system))
    return truth, found


async def _told_all(bootstrap: str) -> None:
    """Incidents as far as the looks of analysts go: whoever is stopped before looks again at the whole day."""
    begun = moved = monotonic()
    before = -1
    async with clients.new_reader(bootstrap) as reader:
        while monotonic() - moved < TOLD_SECONDS and monotonic() - begun < MOST_SECONDS:
            _, now = await clients.ends(reader, BASE.incidents, 0)
            before, moved = now, moved if now == before else monotonic()
            await asyncio.sleep(LOOK_SECONDS)


async def _have_told(bootstrap: str, truth: Truth) -> bool:
    """Whether analysts have told all incidents, and all that are related: who tells these follows logs that analysts
    write, and may be behind them when all that trackers tell is read."""
    told = await incidents.written(bootstrap)
    return related_held(truth) == related_wanted(truth) and all(one in told for one in incidents.expected(truth))


async def unread(bootstrap: str, stage: KeyedTopics) -> Mapping[Place, int]:
    """How far a stage has folded each partition of its inputs, where there is more."""
    left: dict[Place, int] = {}
    async with clients.new_reader(bootstrap) as reader:
        for number in range(PARTITIONS):
            progress = await highest_progress(reader, stage.progress, number, read_stage_progress)
            _, after = await clients.ends(reader, stage.inputs, number)
            if (folded := progress.position + 1 if progress else 0) != after:
                left[stage.inputs, number] = folded
    return left


async def folded_and_stopped(system: System, workers: Sequence[Process], how: signal.Signals = signal.SIGTERM) -> None:
    """Everything folded and these workers stopped. Raises `NotAtRest`."""
    left = partial(unfolded, system.kafka.bootstrap)
    running = [worker for worker in workers if worker.wanted]
    await ends("the log", left)
    await _stop(running, how)
    while await left():
        for worker in running:
            worker.start()
        await ends("the log", left)
        await _stop(running, how)


async def _stop(workers: Sequence[Process], how: signal.Signals) -> None:
    await asyncio.gather(*(worker.stop(how) for worker in workers))


async def ends(what: str, left: Callable[[], Awaitable[Mapping[Place, int]]]) -> None:
    """Wait until nothing is left, for as long as what is left changes."""
    begun = moved = monotonic()
    before: Mapping[Place, int] = {}
    while now := await left():
        if now != before:
            before, moved = now, monotonic()
        if monotonic() - moved > STILL_SECONDS:
            raise NotAtRest(what, moves=False)
        if monotonic() - begun > MOST_SECONDS:
            raise NotAtRest(what, moves=True)
        await asyncio.sleep(LOOK_SECONDS)


class Told(NamedTuple):
    """How much analysts have told: parts of days, how many declarations are related to others, and incidents; and the
    notices of these."""

    parts: int = 0
    related: int = 0
    incidents: Counted = Counted()
    notices: int = 0


async def judge(system: System, users: Users, truth: Truth, found: Findings) -> Told:
    """Add to what was found what else was promised: of the store, of what analysts have told, and to those who sent
    commands; how much analysts have told."""
    held, right = related_held(truth), related_wanted(truth)
    found.wrong += [f"what {name} is related to" for name in _differences(held, right)]
    told, wanted = await written(system.kafka.bootstrap), all_expected(truth)
    found.lost += [f"part {place}" for place in sorted(wanted.keys() - told.parts.keys())]
    found.unasked += [f"part {place}" for place in sorted(told.parts.keys() - wanted.keys())]
    differ = [place for place, part in told.parts.items() if wanted.get(place, part) != part]
    found.wrong += [f"part {place}" for place in [*told.altered, *differ]]
    steps = incidents.expected(truth)
    incidents.compare(await incidents.written(system.kafka.bootstrap), steps, found)
    await incidents.compare_seen(system.store, system.url, steps, found)
    await within(NOTICED_SECONDS, lambda: is_settled(system.store, steps), every=0.5)
    notices = compare_told(system.people, system.store, steps, found)
    found.lost += [f"command {one}, which the API had taken" for one in sorted(users.taken - truth.commands)]
    found.wrong += _in_the_store(system, truth)
    found.wrong += [f"the API answered {OUR_FAULT} {users.answers[OUR_FAULT]} times"] * (OUR_FAULT in users.answers)
    return Told(len(told.parts), len(right), incidents.counted(steps), notices)


def _in_the_store(system: System, truth: Truth) -> list[str]:
    """Every event once with its value, every state as the fold says, nothing else."""
    engine = open_store(system.store)
    try:
        with engine.connect() as connection:
            events = connection.execute(select(schema.events).execution_options(yield_per=ROWS))
            told = {f"{one.declaration}/{one.epoch}/{one.seq}".encode(): digest_of(bytes(one.value)) for one in events}
            states = connection.execute(select(schema.declarations.c.id, schema.declarations.c.record))
            held = {one.id.encode(): digest_of(bytes(one.record)) for one in states}
            incomplete = connection.execute(
                select(schema.event_heads.c.declaration).where(schema.event_heads.c.history_incomplete)
            ).all()
    finally:
        engine.dispose()
    wanted = {name: digest for name, (_, digest) in truth.events.items()}
    return [
        *(f"store: event {name.decode()}" for name in _differences(told, wanted)),
        *(f"store: state {name.decode()}" for name in _differences(held, truth.status)),
        *(f"store: history of {one.declaration} is incomplete" for one in incomplete),
    ]


def _differences(held: Mapping[Name, Any], wanted: Mapping[Name, Any]) -> list[Name]:
    return sorted(name for name in held.keys() | wanted.keys() if held.get(name) != wanted.get(name))


def unexplained(system: System, done: Mapping[str, int]) -> list[str]:
    """How processes have ended that should not have; exactness does not depend on it."""
    done = {**done, OVERLOAD: int(overloaded())}
    explained = [re.compile(how) for how, fault in EXPLAINED if not fault or done.get(fault)]
    ends = [(process.name, how) for process in system.processes for how in process.ends]
    return [f"{name} ended: {how}" for name, how in ends if not any(one.match(how) for one in explained)]


async def unstored(system: System) -> Mapping[Place, int]:
    """What the store does not hold yet: how far it has come where there is more."""
    async with clients.new_reader(system.kafka.bootstrap) as reader:
        after = {place: (await clients.ends(reader, *place))[1] for place in places_of(BASE)}
    engine = open_store(system.store)
    try:
        with engine.connect() as connection:
            rows = connection.execute(select(schema.positions)).all()
    finally:
        engine.dispose()
    held = {(row.topic, row.partition): row.next_offset for row in rows}
    return {place: held.get(place, 0) for place, end in after.items() if held.get(place, 0) != end}
