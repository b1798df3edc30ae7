"""The oracle of exactness: fold the input log offline, and compare every topic with what must follow from it.

Right is what the pure fold says, whatever crashed while the log was being folded. Copies of an event are allowed if
they are identical; a state counts by its highest (epoch, src). Logs and topics are read as they come, and digests of
them are held: of a day's traffic there are gigabytes.
"""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from clearance.events.log.input_records import KIND_OF, InputRecord, input_record
from clearance.events.log.inputs import FactsInput, Link
from clearance.events.log.readers_rule import Numbered, judge_event, newer_state
from clearance.events.partition.batch import Batch, PartitionFold
from clearance.events.partition.time_passed import TimePassed
from clearance.events.step.declaration import Declaration
from clearance.events.step.outputs import CommandResult, Event
from clearance.events.tables.tables import Tables
from clearance.kafka import clients
from clearance.kafka.names import BASE, Names
from clearance.kafka.set_aside_list import SetAsideList, read_set_aside_list
from clearance.kafka.time_records import is_time, time_record
from clearance.kafka.wire import event_record, incoming_input, read_dead_letter, status_head, status_record

Written = AsyncIterator[tuple[int, Any]]
"""Records of a topic with their partitions, in their order."""
AT_A_TIME = 500
"""Inputs that are folded at once."""
FROM_FOLDING = frozenset(KIND_OF[kind].encode() for kind in (Link, FactsInput))
"""Kinds of inputs that nobody but a fold writes."""


@dataclass
class Truth:
    """What must follow from the log of all partitions."""

    inputs: int = 0
    events: dict[bytes, tuple[int, bytes]] = field(default_factory=dict)  # ce_id -> partition, digest of the value
    hours: dict[bytes, tuple[int, bytes]] = field(default_factory=dict)  # the same of the passing of time
    status: dict[bytes, bytes] = field(default_factory=dict)  # key -> digest of the value
    dead: set[tuple[int, int]] = field(default_factory=set)
    sends: dict[bytes, str] = field(default_factory=dict)  # digest of the input -> what it is
    commands: set[str] = field(default_factory=set)
    """Those that have a result."""
    kinds: Counter[str] = field(default_factory=Counter)
    """Inputs by kind, or by format if they are messages."""
    whole: bool = True
    """Whether it holds events, hours and states themselves, too."""
    history: list[Event] = field(default_factory=list)
    passed: dict[int, list[TimePassed]] = field(default_factory=dict)
    """By partition."""
    states: dict[str, Declaration] = field(default_factory=dict)


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


async def consult(bootstrap: str, tables: Tables, names: Names = BASE, *, whole: bool = True) -> tuple[Truth, Findings]:
    """Fold the whole log of an epoch and compare. To be asked when the tracker is at rest."""
    async with clients.new_reader(bootstrap) as reader:
        count, truth, sent = names.base.partitions, Truth(whole=whole), Sent()
        for number in range(count):
            aside = await read_set_aside_list(reader, names, number)
            one = _fold_of(number, count, tables, aside.reasons, names.epoch)
            async for records in _inputs(reader, names.inputs, number):
                truth.inputs += len(records)
                sent.note(records)
                _note(truth, number, one.fold(_folded(records, aside)))
            _note_states(truth, one, tables)
        found = Findings(truth.inputs, len(truth.events), len(truth.status), len(truth.dead))
        sent.compare(truth, found)
        await _events(truth, _topic(reader, names.events, count), found)
        await _states(truth, _topic(reader, names.status, count), found)
        await _dead(truth, _topic(reader, names.dead_letters, count), found)
        return truth, found


def fold(log: list[list[InputRecord]], tables: Tables) -> Truth:
    """The pure fold of every partition."""
    truth = Truth(inputs=sum(map(len, log)))
    for number, records in enumerate(log):
        one = _fold_of(number, len(log), tables, {}, 0)
        _note(truth, number, one.fold(records))
        _note_states(truth, one, tables)
    return truth


def digest_of(*parts: bytes | None) -> bytes:
    """Of what a record says; two records that say the same have the same."""
    return blake2b(b"".join(b"%d:%b" % (len(part or b""), part or b"") for part in parts), digest_size=16).digest()


def digest_of_input(record: InputRecord) -> bytes:
    """Wherever it lies."""
    headers = (part for name, value in record.headers for part in (name.encode(), value))
    return digest_of(record.key.encode(), record.value, *headers)


def _fold_of(number: int, count: int, tables: Tables, aside: Mapping[int, str], epoch: int) -> PartitionFold:
    return PartitionFold(tables, set_aside=aside, mine=clients.belongs_to(number, count), epoch=epoch)


def _note(truth: Truth, number: int, batch: Batch) -> None:
    for hour in batch.hours:
        record = time_record(hour, number)
        truth.hours[dict(record.headers)["ce_id"]] = (number, digest_of(record.value))
    for event in batch.events:
        record = event_record(event)
        truth.events[dict(record.headers)["ce_id"]] = (number, digest_of(record.value))
        if isinstance(event.data, CommandResult):
            truth.commands.add(event.data.command_id)
    if truth.whole:
        truth.history += batch.events
        truth.passed.setdefault(number, []).extend(batch.hours)
    truth.dead |= {(number, one.record.position) for one in batch.dead}
    for send in batch.sends:
        record_sent = input_record(send.to, send.input)
        truth.sends[digest_of_input(record_sent)] = f"{record_sent.key}: {record_sent.value[:80]!r}"


def _note_states(truth: Truth, one: PartitionFold, tables: Tables) -> None:
    truth.kinds += Counter({what: count for (_, what, _), count in one.counts.items()})
    for state in one.partition.states.values():
        truth.status[state.id.encode()] = digest_of(status_record(state, tables).value)
        if truth.whole:
            truth.states[state.id] = state


async def _inputs(reader: Any, topic: str, number: int) -> AsyncIterator[list[InputRecord]]:
    """The inputs of a partition, so many at a time."""
    some: list[InputRecord] = []
    async for record in clients.read_readable(reader, topic, number):
        some.append(incoming_input(record))
        if len(some) >= AT_A_TIME:
            yield some
            some = []
    yield some


def _folded(records: list[InputRecord], aside: SetAsideList) -> list[InputRecord]:
    """How far a partition is to be folded: up to where it is parked."""
    return [one for one in records if aside.parked is None or one.position < aside.parked.offset]


async def _topic(reader: Any, topic: str, count: int) -> Written:
    """The records of every partition, in their order, with its number."""
    for number in range(count):
        async for records in clients.read_whole(reader, topic, number):
            for record in records:
                yield number, record


class Sent:
    """What the log holds of what folding sends, which may lie in any partition of it."""

    def __init__(self) -> None:
        self._there: set[bytes] = set()
        self._from_folding: dict[bytes, str] = {}

    def note(self, records: list[InputRecord]) -> None:
        """These lie in the log."""
        for record in records:
            digest = digest_of_input(record)
            self._there.add(digest)
            if dict(record.headers).get("kind") in FROM_FOLDING:
                self._from_folding[digest] = f"{record.key} at offset {record.position}: {record.value[:80]!r}"

    def compare(self, truth: Truth, found: Findings) -> None:
        found.lost += [f"send to {what}" for digest, what in truth.sends.items() if digest not in self._there]
        unasked = (what for digest, what in self._from_folding.items() if digest not in truth.sends)
        found.unasked += [f"send to {what}" for what in unasked]


async def _events(truth: Truth, written: Written, found: Findings) -> None:
    seen: set[bytes] = set()
    held: dict[str, Numbered] = {}
    wanted = truth.events | truth.hours
    async for number, record in written:
        name = dict(record.headers)["ce_id"]
        if not is_time(record):
            _read(name.decode(), held, found)
        place = f"event {name.decode()} at {record.topic}:{number}:{record.offset}"
        if name not in wanted:
            found.unasked.append(place)
        elif wanted[name] != (number, digest_of(record.value)):
            found.wrong.append(place)
        found.copies += name in seen
        seen.add(name)
    found.lost += [f"event {name.decode()}" for name in wanted.keys() - seen]


def _read(name: str, held: dict[str, Numbered], found: Findings) -> None:
    """As a reader would, by the reader's rule; where it would have to wait is a gap, and it goes on behind it."""
    declaration, epoch, seq = name.rsplit("/", 2)
    given = Numbered(int(epoch), int(seq))
    verdict = judge_event(held.get(declaration), given)
    if verdict == "wait":
        found.gaps.append(f"event {name} comes after {held.get(declaration)}")
    if verdict != "skip":
        held[declaration] = given


async def _states(truth: Truth, written: Written, found: Findings) -> None:
    best: dict[bytes, tuple[Numbered, bytes]] = {}
    last: dict[bytes, Numbered] = {}
    ends, count = Counter[int](), 0
    async for number, record in written:
        ends[number], count = record.offset + 1, count + 1
        head = status_head(record.headers)
        version = last[record.key] = Numbered(head.epoch, head.src)
        held, digest = best.get(record.key), digest_of(record.value)
        if newer_state(held[0] if held else None, version):
            best[record.key] = (version, digest)
        elif held and held[0] == version and held[1] != digest:
            found.wrong.append(f"state {record.key.decode()}: two of one version")
    found.compacted = ends.total() - count
    found.stale = sum(last[key] != version for key, (version, _) in best.items())
    _compare_states(truth, {key: digest for key, (_, digest) in best.items()}, found)


def _compare_states(truth: Truth, best: Mapping[bytes, bytes], found: Findings) -> None:
    found.lost += [f"state {key.decode()}" for key in truth.status.keys() - best.keys()]
    found.unasked += [f"state {key.decode()}" for key in best.keys() - truth.status.keys()]
    both = truth.status.keys() & best.keys()
    found.wrong += [f"state {key.decode()}" for key in both if truth.status[key] != best[key]]


async def _dead(truth: Truth, written: Written, found: Findings) -> None:
    there: set[tuple[int, int]] = set()
    async for _, record in written:
        letter = read_dead_letter(record.value)
        if letter.partition is not None and letter.offset is not None:
            there.add((letter.partition, letter.offset))
    found.lost += [f"dead letter of input {number}:{offset}" for number, offset in truth.dead - there]
    found.unasked += [f"dead letter of input {number}:{offset}" for number, offset in there - truth.dead]
