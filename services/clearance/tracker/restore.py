"""A partition's state read back from its topics: progress, states, what was set aside. Runs beside everything else.

Of several records of a key the highest (epoch, src) counts, wherever it stands: a worker that was paused may have
written an old one after it. Decoding yields to the event loop, so that other partitions keep flowing.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import structlog
from aiokafka import AIOKafkaConsumer

from clearance.events.batch import NOTHING_YET, PartitionFold
from clearance.events.progress import STEP_VERSION, Progress
from clearance.events.reading import Numbered, newer_state
from clearance.events.records import decode_state
from clearance.events.state import Declaration
from clearance.events.tables import Tables
from clearance.kafka import clients
from clearance.kafka.aside import read_aside
from clearance.kafka.records import (
    EVENTS,
    INPUTS,
    PROGRESS,
    STATUS,
    Outgoing,
    read_event,
    status_head,
)
from clearance.kafka.told import progress_of
from clearance.kafka.topics import Identity
from clearance.tracker.owned import Owned

log = structlog.get_logger()
ANEW = f"delete {EVENTS}, {STATUS} and {PROGRESS}, run `clearance topics`, and let it fold the log anew"
BREATH = 200
"""States decoded between two turns of the event loop."""


class CannotContinue(RuntimeError):
    """The state does not belong to this log, or to this version of the fold. The text says what to do."""


@dataclass
class Restored:
    """An owned partition, and the states that must be written again because their last record is an old one."""

    owned: Owned
    stale: list[Outgoing] = field(default_factory=list)
    records: int = 0


async def restore(bootstrap: str, number: int, partitions: int, tables: Tables, identity: Identity) -> Restored:
    """Read one partition, of so many, back. Raises `CannotContinue`, and what the broker raises."""
    reader = clients.new_reader(bootstrap)
    await reader.start()
    try:
        progress = await progress_of(reader, number)
        first, after = await clients.ends(reader, INPUTS, number)
        _check_log(number, progress, identity, first, after)
        _check_states(number, progress, *await clients.ends(reader, STATUS, number))
        states, stale, count = await _states(reader, number, tables, progress)
        await _check_version(reader, number, progress, states, tables)
        aside = await read_aside(reader, number, progress.epoch if progress else 0)
    finally:
        await reader.stop()
    fold = PartitionFold(tables, states.values(), progress, aside, clients.belongs_to(number, partitions))
    if progress is None:
        fold.position = first - 1
    return Restored(Owned(number, fold, identity, progress.epoch if progress else 0), stale, count)


async def _whole(reader: AIOKafkaConsumer, topic: str, number: int) -> AsyncIterator[Any]:
    async for records in clients.read_whole(reader, topic, number):
        for place, record in enumerate(records):
            if place % BREATH == BREATH - 1:
                await asyncio.sleep(0)
            yield record


async def _states(
    reader: AIOKafkaConsumer, number: int, tables: Tables, progress: Progress | None
) -> tuple[dict[str, Declaration], list[Outgoing], int]:
    best: dict[bytes, tuple[Numbered, Any]] = {}
    old: set[bytes] = set()
    count = 0
    async for record in _whole(reader, STATUS, number):
        count += 1
        try:
            head = status_head(record.headers)
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            log.warning("left_out", record=f"{STATUS}:{number}:{record.offset}", reason=f"no state of ours: {error!r}")
            continue
        version = Numbered(head.epoch, head.src)
        held = best.get(record.key)
        if held is not None and newer_state(version, held[0]):
            old.add(record.key)
        else:
            best[record.key] = (version, record)
            old.discard(record.key)
    epoch = progress.epoch if progress else 0
    states: dict[str, Declaration] = {}
    for place, (version, record) in enumerate(best.values()):
        if place % BREATH == BREATH - 1:
            await asyncio.sleep(0)
        if version.epoch == epoch:
            states[record.key.decode()] = _decoded(record, number, tables)
    again = [best[key][1] for key in sorted(old)]
    return states, [Outgoing(record.key, record.value, list(record.headers)) for record in again], count


def _decoded(record: Any, number: int, tables: Tables) -> Declaration:
    try:
        return decode_state(record.value, tables)
    except (msgspec.DecodeError, TypeError) as error:
        raise CannotContinue(
            f"{STATUS}:{number}:{record.offset} says that it is a state and cannot be read ({error}): another version "
            "or another program wrote it; restore the topic, or " + ANEW
        ) from error


def _check_states(number: int, progress: Progress | None, first: int, after: int) -> None:
    """Whether the states that the progress speaks of are there: compaction leaves a topic's beginning where it was."""
    applied = any(one.result == "applied" and one.authority for one in progress.counts) if progress else False
    if applied and (first > 0 or after == 0):
        raise CannotContinue(
            f"{STATUS}:{number} begins at {first} and ends at {after}, so states are gone: restore the topic, or "
            f"{ANEW}; an embedded broker keeps 5 MiB of a partition, and is to be started anew"
        )


def _check_log(number: int, progress: Progress | None, identity: Identity, first: int, after: int) -> None:
    """Whether the log is the one that was folded, and still holds what comes next."""
    if progress is None:
        return
    if (progress.cluster_id, progress.topic_id) != (identity.cluster_id, identity.topic_ids[INPUTS]):
        raise CannotContinue(
            f"{PROGRESS}:{number} was written for cluster {progress.cluster_id}, {INPUTS} {progress.topic_id}; here "
            f"are {identity.cluster_id} and {identity.topic_ids[INPUTS]}: point the tracker at its own cluster, or "
            + ANEW
        )
    if not first <= progress.position + 1 <= after:
        raise CannotContinue(
            f"{INPUTS}:{number} holds offsets {first} to {after - 1}, and offset {progress.position + 1} is to be "
            "folded next: records were lost or purged; restore the topic, or " + ANEW
        )


async def _check_version(
    reader: AIOKafkaConsumer, number: int, progress: Progress | None, states: dict[str, Declaration], tables: Tables
) -> None:
    """Another fold may continue only where everything before it is written: it could number events otherwise."""
    if progress is None or (progress.step_version, progress.tables_version) == (STEP_VERSION, tables.version):
        return
    beyond = max((state.src for state in states.values()), default=NOTHING_YET)
    first, after = await clients.ends(reader, EVENTS, number)
    async for records in clients.read_stretch(reader, EVENTS, number, max(first, after - 1), after):
        beyond = max([beyond, *(read_event(record.value).src for record in records)])
    if beyond > progress.position:
        raise CannotContinue(
            f"partition {number} was not stopped cleanly by step {progress.step_version} with tables "
            f"{progress.tables_version}, and this is step {STEP_VERSION} with tables {tables.version}: start and stop "
            "the earlier version once, then this one"
        )
