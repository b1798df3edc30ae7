"""Whether the tracker can continue a partition where its progress says: with all of its states, by the same fold."""

from aiokafka import AIOKafkaConsumer

from clearance.events.learning.expectations import Expectations
from clearance.events.log.progress import STEP_VERSION, Progress
from clearance.events.tables.tables import Tables
from clearance.kafka import clients
from clearance.kafka.expectation_records import table_of
from clearance.kafka.names import EPOCHS, Names
from clearance.kafka.topics import is_embedded, made_by
from clearance.kafka.wire import read_src
from clearance.stages.log_checks import CannotContinue


def anew(names: Names) -> str:
    """What to do where nothing else helps."""
    ours = f"{names.events}, {names.status} and {names.progress}"
    return f"delete {ours}, run {made_by(names.epoch)}, and let it fold the log anew"


def again(names: Names) -> str:
    """What to do where all is right but for what the progress says."""
    return f"delete {names.progress}, run {made_by(names.epoch)} and start again: it folds the log to the same result"


def means(names: Names, topic: str) -> str:
    """What it means that a topic was deleted and made again, and what to do."""
    lost = {
        names.events: f"and the events that it held are gone: {anew(names)}",
        names.status: f"and the states that it held are gone: {anew(names)}",
        names.progress: "and with it how far the log was folded: start again, and it is folded to the same result",
        names.dead_letters: f"and the dead letters that it held are gone: {again(names)}, and writes them again",
        names.set_aside: f"and what was set aside or parked is not known: `clearance dlq add` it, then {anew(names)}",
        names.expectations: f"and the tables of what was learned are gone: {again(names)}",
        EPOCHS: f"and which epoch is answered from is not known: `clearance epoch switch` to it, {again(names)}",
    }
    return lost.get(topic, f"and what it held is gone: restore it, or {anew(names)}")


def check_states(names: Names, number: int, progress: Progress | None, first: int, after: int) -> None:
    """Whether the states that the progress speaks of are there: compaction leaves a topic's beginning where it was.

    In an embedded broker the beginning moves, and what was dropped there has been appended again by its keeper.
    """
    if progress is None or not any(one.result == "applied" and one.authority for one in progress.counts):
        return
    if after == 0 or (first > 0 and not is_embedded(progress.cluster_id)):
        raise CannotContinue(
            f"{names.status}:{number} begins at {first} and ends at {after}, so states are gone: restore the topic, or "
            f"{anew(names)}"
        )


async def expectations_of(
    reader: AIOKafkaConsumer, names: Names, number: int, progress: Progress | None
) -> Expectations | None:
    """The table in force where the progress says. Takes the reader for itself. Raises `CannotContinue`."""
    if progress is None or not progress.expectations_version:
        return None
    if table := await table_of(reader, names, number, progress.expectations_version):
        return table
    raise CannotContinue(
        f"{names.expectations}:{number} does not hold table {progress.expectations_version}, by which this partition "
        f"judges: restore the topic, or {again(names)}"
    )


async def check_version(
    reader: AIOKafkaConsumer,
    names: Names,
    number: int,
    progress: Progress | None,
    beyond: int,
    tables: Tables,
) -> None:
    """Another fold may continue only where everything before it is written: it could number events otherwise.

    `beyond` is the highest position that a state has folded.
    """
    if progress is None or (progress.step_version, progress.tables_version) == (STEP_VERSION, tables.version):
        return
    first, after = await clients.ends(reader, names.events, number)
    async for records in clients.read_stretch(reader, names.events, number, max(first, after - 1), after):
        beyond = max([beyond, *(read_src(record.value) for record in records)])
    if beyond > progress.position:
        raise CannotContinue(
            f"partition {number} was not stopped cleanly by step {progress.step_version} with tables "
            f"{progress.tables_version}, and this is step {STEP_VERSION} with tables {tables.version}: start and stop "
            "the earlier version once, then this one"
        )
