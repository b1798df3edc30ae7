"""A second stage is exact through kills of itself and of the tracker, which repeats events, on a real Kafka."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from tests.chaos.flags import How, Spot
from tests.chaos.judging import folded_and_stopped
from tests.chaos.processes import Process
from tests.chaos.system import System
from tests.chaos.waiting import settled, within
from tests.helpers.recordings import RECORDINGS
from tests.tracker.by_hand import PARTITIONS, lives

from clearance.devbroker.local import LocalKafka
from clearance.edge.append import open_edge
from clearance.events.log.readers_rule import Numbered, judge_event
from clearance.events.step.outputs import Event
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.kafka.progress_reading import highest_progress
from clearance.kafka.topics import ensure
from clearance.kafka.wire import outgoing_input
from clearance.recordings.read import read_paths
from clearance.settings.tables import default_tables
from clearance.stages.keyed_states import scan_states
from clearance.stages.progress import read_stage_progress
from clearance.testing.oracle import consult

from . import counting_stage
from .counting_stage import CARDS, COUNT, TOPICS, Count, Standing, status_after

BATCH_RECORDS, DECLARATIONS = 10, 3
"""So few records that a round of so many declarations of each partition is several batches."""
KILLED_SECONDS, COUNTED_SECONDS = 40.0, 60.0
WINDOWS = (Spot.STATES, Spot.PROGRESS, Spot.EVENTS)
"""Where the stage is killed: its outputs come again; its states are ahead of its progress; nothing is written yet."""


Move = tuple[int, int, str]
"""Epoch, number, and the status that it ended in."""


class Counted(NamedTuple):
    """What the stage is to know in the end, and the moves that a reader of its outputs has seen, in their order."""

    standings: dict[str, Standing]
    counts: dict[str, int]
    moves: dict[str, list[Move]]

    @property
    def digest(self) -> str:
        """Of all of it."""
        parts = (sorted(self.standings.items()), sorted(self.counts.items()), sorted(self.moves.items()))
        return sha256(msgspec.json.encode(parts)).hexdigest()


class Staged(System):
    """A tracker, and the second stage behind it."""

    def __init__(self, kafka: LocalKafka, folder: Path) -> None:
        super().__init__(kafka, folder, batch_records=BATCH_RECORDS)
        ensure(kafka.bootstrap, CARDS, replication_factor=1, create=True)
        self.tracker, self.counting = self.workers[0], self._process("counting", "counting")

    @property
    def processes(self) -> list[Process]:
        return [*super().processes, self.counting]

    async def feed(self, rank: int) -> None:
        """Whole lives of a few declarations of each partition."""
        async with clients.new_producer(self.kafka.bootstrap) as producer:
            for partition, records in lives(rank, DECLARATIONS).items():
                await clients.write(producer, BASE.inputs, partition, [*map(outgoing_input, records)])

    async def tell_recordings(self) -> None:
        """Every story that there is, merged numbers and duplicates among them."""
        async with open_edge(self.kafka.bootstrap) as edge:
            async for _ in edge.take_many(read_paths([RECORDINGS], "self")):
                pass

    async def die(self, process: Process, spot: Spot) -> None:
        """Wait until it has been killed where it was armed to be."""
        killed = await within(KILLED_SECONDS, lambda: process.flags.armed is Spot.NOWHERE)
        assert killed, f"nothing came to {spot.name}: {process.last_words()}"

    async def counted(self) -> bool:
        """Whether every event has been counted, and its progress told."""
        async with clients.new_reader(self.kafka.bootstrap) as reader:
            for number in range(PARTITIONS):
                progress = await highest_progress(reader, TOPICS.progress, number, read_stage_progress)
                _, after = await clients.ends(reader, TOPICS.inputs, number)
                if (progress.position if progress else -1) != after - 1:
                    return False
        return True


async def killed_again_and_again(system: Staged) -> None:
    """Three kills of the stage, each behind one of the tracker between its events and its states."""
    async with system.running(system.tracker, system.counting):
        await system.tell_recordings()
        for number, spot in enumerate(WINDOWS):
            system.tracker.flags.arm(Spot.STATES, How.DIES)
            system.counting.flags.arm(spot, How.DIES)
            await system.feed(number * DECLARATIONS)
            await system.die(system.tracker, Spot.STATES)
            await system.die(system.counting, spot)
        await folded_and_stopped(system, [system.tracker])
        assert await settled(COUNTED_SECONDS, system.counted), system.counting.last_words()


def by_the_readers_rule(history: Iterable[Event]) -> Counted:
    """What follows from the events of the pure fold, each applied once."""
    found = Counted({}, {}, {})
    for event in history:
        held = found.standings.get(event.declaration, Standing())
        if judge_event(Numbered(held.epoch, held.seq), Numbered(event.epoch, event.seq)) != "apply":
            continue
        status = status_after(event, held.status)
        moves = held.moves + (status != held.status)
        found.standings[event.declaration] = Standing(event.epoch, event.seq, status, moves)
        if moves > held.moves:
            found.moves.setdefault(event.declaration, []).append((event.epoch, moves, status))
    statuses = Counter(one.status for one in found.standings.values() if one.status)
    return found._replace(counts=dict(statuses))


async def written(bootstrap: str) -> tuple[Counted, int]:
    """What the topics of the stage hold, and how many copies of outputs a reader had to skip."""
    states: dict[str, Standing] = {}
    counts, moves, copies = Counter[str](), dict[str, list[Move]](), 0
    async with clients.new_reader(bootstrap) as reader:
        for number in range(PARTITIONS):
            _, after = await clients.ends(reader, TOPICS.states, number)
            scanned, _ = await scan_states(reader, TOPICS.states, number, range(after))
            for key, record in scanned.best.items():
                match msgspec.json.decode(record.value, type=Standing | Count):
                    case Standing() as standing:
                        states[key.decode()] = standing
                    case Count(declarations=declarations):
                        counts[key.decode().removeprefix(COUNT)] += declarations
            async for records in clients.read_whole(reader, TOPICS.outputs, number):
                copies += sum(not moved(moves, record) for record in records)
    return Counted(states, dict(+counts), moves), copies


def moved(moves: dict[str, list[Move]], record: Any) -> bool:
    """Take a move as a reader does; whether it was new."""
    declaration, move = msgspec.json.decode(record.value, type=tuple[str, Move])
    held = moves.setdefault(declaration, [])
    verdict = judge_event(Numbered(*held[-1][:2]) if held else None, Numbered(*move[:2]))
    assert verdict != "wait", f"a move of {declaration} is missing before {move}"
    if verdict == "apply":
        held.append(move)
    return verdict == "apply"


def test_through_three_kills_it_counts_what_the_offline_fold_counts(own_kafka: LocalKafka, tmp_path: Path) -> None:
    system = Staged(own_kafka, tmp_path)
    asyncio.run(killed_again_and_again(system))
    assert (system.tracker.flags.get("struck"), system.counting.flags.get("struck")) == (3, 3)
    assert system.counting.ends == {}, "but for the three kills it never ended"
    truth, found = asyncio.run(consult(own_kafka.bootstrap, default_tables()))
    assert found.exact, found
    assert found.copies > 0, "the tracker repeated no event"
    expected = by_the_readers_rule(truth.history)
    counted, copies = asyncio.run(written(own_kafka.bootstrap))
    assert copies > 0, "the stage repeated no output"
    assert counted.counts == expected.counts
    assert counted.standings == expected.standings
    assert counted.digest == expected.digest
    assert len(expected.counts) > 5
    assert sum(expected.counts.values()) > PARTITIONS * 3 * DECLARATIONS


def test_its_own_code_is_a_page() -> None:
    assert len(Path(counting_stage.__file__).read_text(encoding="utf-8").splitlines()) < 100
