"""Healing: old states that a paused worker wrote after the owner's own are written over.

Readers take the highest (epoch, src) and are never deceived; but compaction keeps the last record of a key, and a
restore after it would find the old one only. See decision 14.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import structlog

from clearance.events.log.readers_rule import Numbered, newer_state
from clearance.events.step.declaration import Declaration
from clearance.kafka.wire import StatusHead, head_of, is_kept, status_record
from clearance.stages.writing import Writer
from clearance.tracker.owned import Owned
from clearance.tracker.recall import Recall

log = structlog.get_logger()


async def heal(owned: Owned, recall: Recall, writer: Writer) -> int:
    """Compare what others have written to the status topic with memory, and write again what is older there.

    To be called with the partition's lock held; returns how many states it wrote.
    """
    foreign = owned.status.take_foreign(await recall.end(owned.number))
    if not foreign:
        return 0
    records = await recall.stretches(owned.number, foreign)
    owned.saw(records)
    if not (heads := _heads(record for record in records if not is_kept(record))):
        return 0
    await bring_back(owned, recall, heads)
    states = owned.fold.partition.states
    stale = [name for name, head in heads.items() if (state := states.get(name)) and _is_old(head, state)]
    await write_again(owned, recall, writer, stale)
    log.warning("foreign_states", partition=owned.number, records=len(heads), written_again=len(stale))
    return len(stale)


async def write_again(owned: Owned, recall: Recall, writer: Writer, names: Sequence[str]) -> None:
    """States of which an old record stands last."""
    await bring_back(owned, recall, names)
    partition = owned.fold.partition
    states = (partition.states[name] for name in names if name in partition.states)
    await writer.states(owned, [(state, status_record(state, partition.tables)) for state in states])


async def bring_back(owned: Owned, recall: Recall, names: Iterable[str]) -> int:
    """States that left memory and are about to be touched; how many. Raises `LookupError` if one is nowhere."""
    partition = owned.fold.partition
    if not (away := partition.states.away(names)):
        return 0
    records = await recall.states(owned.number, away)
    if lost := away.keys() - records.keys():
        raise LookupError(f"the state of {min(lost)} is not in {owned.names.status}:{owned.number} any more")
    for name, record in records.items():
        owned.came_back(name, record)
    return len(records)


def _heads(records: Iterable[Any]) -> dict[str, StatusHead]:
    """The last of each declaration; what is no state of ours is nobody's business."""
    found: dict[str, StatusHead] = {}
    for record in records:
        if (head := head_of(record)) is not None:
            found[record.key.decode()] = head
    return found


def _is_old(head: StatusHead, state: Declaration) -> bool:
    return newer_state(head.version, Numbered(state.epoch, state.src))
