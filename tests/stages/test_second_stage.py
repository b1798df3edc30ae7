"""A second stage is exact through kills of itself and of the tracker, which repeats events, on a real Kafka."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from tests.chaos.second_stage import SecondStage
from tests.tracker.by_hand import PARTITIONS, lives

from clearance.devbroker.local import LocalKafka
from clearance.events.log.readers_rule import Numbered, judge_event
from clearance.events.step.outputs import Event
from clearance.kafka import clients
from clearance.kafka.topics import ensure
from clearance.settings.tables import default_tables
from clearance.stages.keyed_states import scan_states
from clearance.testing.oracle import consult

from . import counting_stage
from .counting_stage import CARDS, COUNT, TOPICS, Count, Standing, status_after

DECLARATIONS = 3
"""Of each partition, whole lives for each kill."""
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
    ensure(own_kafka.bootstrap, CARDS, replication_factor=1, create=True)
    system = SecondStage(own_kafka, tmp_path, "counting", TOPICS)
    asyncio.run(system.through_kills({}, (lives(rank * DECLARATIONS, DECLARATIONS) for rank in range(3))))
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
