"""After a run: wait until nothing is left to do, then ask what is lost, wrong, missing in between or unasked for.

The tracker is stopped before the oracle is asked, so that the log ends; whatever a clock brought at the last moment is
folded first.
"""

import asyncio
import re
import signal
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from tests.system.running import folded

from clearance.contracts import topics
from clearance.events.step.outputs import CommandResult
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.projector.source import places_of
from clearance.settings.tables import default_tables
from clearance.store import schema
from clearance.store.connect import open_store
from clearance.testing.oracle import Findings, Truth, consult

from .processes import Process
from .system import System
from .users import Users
from .waiting import settled

FOLDED_SECONDS, READ_SECONDS = 60.0, 30.0
PARTITIONS = topics()[BASE.inputs].partitions
OUR_FAULT = "500"
EXPLAINED: Sequence[tuple[str, str]] = (
    ("(0|-15) ", ""),  # SIGTERM; before a process listens to it, it ends it
    ("70 .*Injected", ""),
    ("70 .*CancelledError", "batching"),  # Faust does not always say what it was cancelled for
    ("70 .*(stood still|keepalive is not responding)", "pause"),  # we say the one, Faust the other
    ("70 .*did not acknowledge", "broker"),
    ("70 .*stop_takes_too_long", ""),  # Faust's farewell to a group whose coordinator does not answer
    ("(1|70) .*(BrokerError|Kafka.*Error)", "broker"),
    (".*its card says", "compaction"),
)
"""How a process may end (exit code, last words), and the fault without which it may not."""


async def at_rest(system: System) -> list[str]:
    """Everything folded, the trackers stopped, everything in the store; what did not come to pass in time."""
    if late := await folded_and_stopped(system, system.workers):
        return late
    if not await settled(READ_SECONDS, lambda: _read(system)):
        return [f"the store did not hold everything within {READ_SECONDS:.0f} s"]
    return []


async def folded_and_stopped(
    system: System, workers: Sequence[Process], how: signal.Signals = signal.SIGTERM
) -> list[str]:
    """Everything folded and these workers stopped; what did not come to pass in time."""
    while await settled(FOLDED_SECONDS, lambda: folded(system.kafka.bootstrap)):
        await asyncio.gather(*(worker.stop(how) for worker in workers))
        if await folded(system.kafka.bootstrap):
            return []
        for worker in workers:
            worker.start()
    return [f"the log was not folded within {FOLDED_SECONDS:.0f} s"]


async def judge(system: System, users: Users) -> tuple[Truth, Findings]:
    """What the oracle finds in the topics, and what else was promised: of the store, and to those who sent commands."""
    truth, found = await consult(system.kafka.bootstrap, default_tables())
    found.lost += [f"command {one}, which the API had taken" for one in sorted(users.taken - _results(truth))]
    found.wrong += _in_the_store(system, truth)
    found.wrong += [f"the API answered {OUR_FAULT} {users.answers[OUR_FAULT]} times"] * (OUR_FAULT in users.answers)
    return truth, found


def _results(truth: Truth) -> set[str]:
    return {event.data.command_id for event in truth.history if isinstance(event.data, CommandResult)}


def _in_the_store(system: System, truth: Truth) -> list[str]:
    """Every event once with its value, every state as the fold says, nothing else."""
    engine = open_store(system.store)
    try:
        with engine.connect() as connection:
            events = connection.execute(select(schema.events)).all()
            states = connection.execute(select(schema.declarations.c.id, schema.declarations.c.record)).all()
            incomplete = connection.execute(
                select(schema.event_heads.c.declaration).where(schema.event_heads.c.history_incomplete)
            ).all()
    finally:
        engine.dispose()
    told = {f"{one.declaration}/{one.epoch}/{one.seq}".encode(): bytes(one.value) for one in events}
    wanted = {name: value for name, (_, value) in truth.events.items()}
    held = {one.id.encode(): bytes(one.record) for one in states}
    return [
        *(f"store: event {name.decode()}" for name in _differences(told, wanted)),
        *(f"store: state {name.decode()}" for name in _differences(held, truth.status)),
        *(f"store: history of {one.declaration} is incomplete" for one in incomplete),
    ]


def _differences(held: dict[bytes, bytes], wanted: dict[bytes, bytes]) -> list[bytes]:
    return sorted(name for name in held.keys() | wanted.keys() if held.get(name) != wanted.get(name))


def unexplained(system: System, done: Mapping[str, int]) -> list[str]:
    """How processes have ended that should not have; exactness does not depend on it."""
    explained = [re.compile(how) for how, fault in EXPLAINED if not fault or done.get(fault)]
    ends = [(process.name, how) for process in system.processes for how in process.ends]
    return [f"{name} ended: {how}" for name, how in ends if not any(one.match(how) for one in explained)]


async def _read(system: System) -> bool:
    async with clients.new_reader(system.kafka.bootstrap) as reader:
        ends = {place: (await clients.ends(reader, *place))[1] for place in places_of(BASE)}
    engine = open_store(system.store)
    try:
        with engine.connect() as connection:
            rows = connection.execute(select(schema.positions)).all()
    finally:
        engine.dispose()
    return {(row.topic, row.partition): row.next_offset for row in rows} == ends
