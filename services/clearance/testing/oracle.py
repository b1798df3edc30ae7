"""The oracle of exactness: fold the input log offline, and compare every topic with what must follow from it.

Right is what the pure fold says, whatever crashed while the log was being folded. Copies of an event are allowed if
they are identical; a state counts by its highest (epoch, src).
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clearance.events.log.input_records import KIND_OF, Headers, InputRecord, input_record
from clearance.events.log.inputs import FactsInput, Link
from clearance.events.log.readers_rule import Numbered, judge_event, newer_state
from clearance.events.partition.batch import Batch, PartitionFold
from clearance.events.step.declaration import Declaration
from clearance.events.step.outputs import Event
from clearance.events.tables.tables import Tables
from clearance.kafka import clients
from clearance.kafka.names import BASE, Names
from clearance.kafka.set_aside_list import SetAsideList, read_set_aside_list
from clearance.kafka.wire import event_record, incoming_input, read_dead_letter, status_head, status_record

Sent = tuple[str, bytes, Headers]
"""An input that folding sends: key, value, headers."""
FROM_FOLDING = frozenset(KIND_OF[kind].encode() for kind in (Link, FactsInput))
"""Kinds of inputs that nobody but a fold writes."""


@dataclass
class Truth:
    """What must follow from the log of all partitions."""

    inputs: int = 0
    events: dict[bytes, tuple[int, bytes]] = field(default_factory=dict)  # ce_id -> partition, value
    history: list[Event] = field(default_factory=list)
    states: dict[str, Declaration] = field(default_factory=dict)
    status: dict[bytes, bytes] = field(default_factory=dict)
    dead: set[tuple[int, int]] = field(default_factory=set)
    sends: set[Sent] = field(default_factory=set)
    kinds: Counter[str] = field(default_factory=Counter)
    """Inputs by kind, or by format if they are messages."""


@dataclass
class Findings:
    """How the topics differ from the truth, one text each; `gaps` are events that a reader would have to wait for.

    Two things are allowed and only counted: `copies`, identical repeats, and `stale`, declarations whose last state is
    not their newest. `compacted` are the states that compaction has removed."""

    inputs: int = 0
    events: int = 0
    states: int = 0
    dead: int = 0
    copies: int = 0
    stale: int = 0
    compacted: int = 0
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    unasked: list[str] = field(default_factory=list)

    @property
    def exact(self) -> bool:
        """Whether nothing is lost, wrong, missing in between, or there without a reason."""
        return not (self.lost or self.wrong or self.gaps or self.unasked)


async def consult(bootstrap: str, tables: Tables, names: Names = BASE) -> tuple[Truth, Findings]:
    """Fold the whole log of an epoch and compare. To be asked when the tracker is at rest."""
    reader = clients.new_reader(bootstrap)
    await reader.start()
    try:
        count = names.cards()[names.inputs].partitions
        log = [await _inputs(reader, names.inputs, number) for number in range(count)]
        aside = [await read_set_aside_list(reader, names, number) for number in range(count)]
        truth = await asyncio.to_thread(fold, [*map(_folded, log, aside)], tables, _reasons(aside), names.epoch)
        found = Findings(truth.inputs, len(truth.events), len(truth.states), len(truth.dead))
        _sends(truth, log, found)
        _events(truth, names.events, await _topic(reader, names.events, count), found)
        _states(truth, await _topic(reader, names.status, count), found)
        _dead(truth, names.inputs, await _topic(reader, names.dead_letters, count), found)
        return truth, found
    finally:
        await reader.stop()


def fold(
    log: list[list[InputRecord]], tables: Tables, aside: Sequence[Mapping[int, str]] = (), epoch: int = 0
) -> Truth:
    """The pure fold of every partition; `aside` says of each what is not to be folded."""
    truth = Truth(inputs=sum(map(len, log)))
    for number, records in enumerate(log):
        mine = clients.belongs_to(number, len(log))
        one = PartitionFold(tables, set_aside=aside[number] if aside else None, mine=mine, epoch=epoch)
        batch = one.fold(records)
        _note(truth, number, batch)
        truth.kinds += Counter({what: count for (_, what, _), count in one.counts.items()})
        for state in one.partition.states.values():
            truth.states[state.id] = state
            truth.status[state.id.encode()] = status_record(state, tables).value or b""
    return truth


def _note(truth: Truth, number: int, batch: Batch) -> None:
    truth.history += batch.events
    for event in batch.events:
        record = event_record(event)
        truth.events[dict(record.headers)["ce_id"]] = (number, record.value or b"")
    truth.dead |= {(number, one.record.position) for one in batch.dead}
    for send in batch.sends:
        truth.sends.add(_sent(input_record(send.to, send.input)))


def _sent(record: InputRecord) -> Sent:
    return record.key, record.value, record.headers


async def _inputs(reader: Any, topic: str, number: int) -> list[InputRecord]:
    return [incoming_input(record) async for record in clients.read_readable(reader, topic, number)]


def _folded(records: list[InputRecord], aside: SetAsideList) -> list[InputRecord]:
    """How far a partition is to be folded: up to where it is parked."""
    end = aside.parked.offset if aside.parked else len(records) and records[-1].position + 1
    return [record for record in records if record.position < end]


def _reasons(aside: Sequence[SetAsideList]) -> list[Mapping[int, str]]:
    return [one.reasons for one in aside]


async def _topic(reader: Any, topic: str, count: int) -> list[list[Any]]:
    """The records of every partition, in their order."""
    found: list[list[Any]] = []
    for number in range(count):
        stretches = [records async for records in clients.read_whole(reader, topic, number)]
        found.append([record for records in stretches for record in records])
    return found


def _sends(truth: Truth, log: list[list[InputRecord]], found: Findings) -> None:
    there = {_sent(one): one for records in log for one in records}
    found.lost += [f"send to {to}: {value[:80]!r}" for to, value, _ in truth.sends - there.keys()]
    others = [there[sent] for sent in there.keys() - truth.sends]
    unasked = [one for one in others if dict(one.headers).get("kind") in FROM_FOLDING]
    found.unasked += [f"send to {one.key} at offset {one.position}: {one.value[:80]!r}" for one in unasked]


def _events(truth: Truth, topic: str, written: list[list[Any]], found: Findings) -> None:
    seen: set[bytes] = set()
    held: dict[str, Numbered] = {}
    for number, records in enumerate(written):
        for record in records:
            name = dict(record.headers)["ce_id"]
            _read(name.decode(), held, found)
            place = f"event {name.decode()} at {topic}:{number}:{record.offset}"
            if name not in truth.events:
                found.unasked.append(place)
            elif truth.events[name] != (number, record.value):
                found.wrong.append(place)
            found.copies += name in seen
            seen.add(name)
    found.lost += [f"event {name.decode()}" for name in truth.events.keys() - seen]


def _read(name: str, held: dict[str, Numbered], found: Findings) -> None:
    """As a reader would, by the reader's rule; where it would have to wait is a gap, and it goes on behind it."""
    declaration, epoch, seq = name.rsplit("/", 2)
    given = Numbered(int(epoch), int(seq))
    verdict = judge_event(held.get(declaration), given)
    if verdict == "wait":
        found.gaps.append(f"event {name} comes after {held.get(declaration)}")
    if verdict != "skip":
        held[declaration] = given


def _states(truth: Truth, written: list[list[Any]], found: Findings) -> None:
    best: dict[bytes, tuple[Numbered, bytes]] = {}
    last: dict[bytes, Numbered] = {}
    found.compacted = sum(records[-1].offset + 1 - len(records) for records in written if records)
    for record in (record for records in written for record in records):
        head = status_head(record.headers)
        version = last[record.key] = Numbered(head.epoch, head.src)
        held = best.get(record.key)
        if newer_state(held[0] if held else None, version):
            best[record.key] = (version, record.value)
        elif held and held[0] == version and held[1] != record.value:
            found.wrong.append(f"state {record.key.decode()}: two of one version")
    found.stale = sum(last[key] != version for key, (version, _) in best.items())
    for key, value in truth.status.items():
        if key not in best:
            found.lost.append(f"state {key.decode()}")
        elif best[key][1] != value:
            found.wrong.append(f"state {key.decode()}")
    found.unasked += [f"state {key.decode()}" for key in best.keys() - truth.status.keys()]


def _dead(truth: Truth, topic: str, written: list[list[Any]], found: Findings) -> None:
    letters = [read_dead_letter(record.value) for records in written for record in records]
    there = {(one.partition, one.offset) for one in letters if one.partition is not None}
    found.lost += [f"dead letter of {topic}:{number}:{offset}" for number, offset in truth.dead - there]
    found.unasked += [f"dead letter of {topic}:{number}:{offset}" for number, offset in there - truth.dead]
