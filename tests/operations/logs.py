"""Logs as a running system writes them: messages, commands, clocks, and the links and facts that follow."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import create_engine
from tests.api.system import System

from clearance.edge.intake import records_of
from clearance.events.log.input_records import InputRecord
from clearance.events.step.reusable_number import primaries
from clearance.events.values.times import parse_utc
from clearance.operations.slices import Order
from clearance.recordings.read import read_recording
from clearance.recordings.story import ToldDeclaration
from clearance.settings.tables import default_tables
from clearance.store.connect import migrate

RECORDINGS = Path(__file__).parents[1] / "recordings"
FOLDERS = sorted(RECORDINGS.iterdir())


def played(folder: Path) -> System:
    """The system after a recording. The end of a backfill stands in every partition, as the edge writes it."""
    store = create_engine("sqlite://")
    migrate(store)
    system = System(store)
    for arrival in read_recording(folder, "demo-broker"):
        if arrival.kind != "backfill-end":
            system.take([arrival])
            continue
        system.pass_time(arrival.at)
        for partition in range(len(system.log)):
            (record,) = records_of(arrival, default_tables())
            system._place(record, partition)
    return system


def ordered(system: System) -> Iterator[tuple[Order, InputRecord]]:
    """The log with broker timestamps: everything was appended when it was received."""
    for partition, records in enumerate(system.log):
        latest = 0
        for record in records:
            latest = max(latest, int(parse_utc(record.head["received-at"]).timestamp() * 1000))
            yield (latest, partition, record.position), record


def outcome(told: ToldDeclaration) -> tuple[object, ...]:
    """What came of a declaration, without its numbers."""
    found = [(one.rule, one.state, one.severity, one.deadline) for one in told.anomalies]
    return told.status, told.flags, sorted(told.timeline), found, len(told.aliases)


def outcomes(system: System) -> dict[str, tuple[object, ...]]:
    """What came of each declaration of the system."""
    states = {name: state for fold in system._folds for name, state in fold.partition.states.items()}
    led = {name: primaries(state, default_tables().numbers) for name, state in states.items()}
    return {
        name: outcome(ToldDeclaration(state, default_tables(), [alias for alias, to in led.items() if name in to]))
        for name, state in states.items()
        if not state.merged_into
    }
