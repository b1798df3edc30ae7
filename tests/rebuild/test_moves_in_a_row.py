"""A move after a rebuild, another one behind it, and a rebuild of what came of that, each with an archive and to
another cluster: nothing that was ever taken is lost, told twice or folded otherwise."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from tests.backup.original import PARTITIONS, Original
from tests.helpers.recordings import RECORDINGS
from tests.rebuild.fed import feed
from tests.rebuild.moving_log import folded, read, without_seals

from clearance.archive.verifying import verify
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.devbroker.local import LocalKafka
from clearance.edge.append import open_edge
from clearance.events.log.input_records import is_of_kind, why_set_aside
from clearance.kafka import clients, epochs
from clearance.kafka.admin import Admin
from clearance.kafka.move_records import Order
from clearance.kafka.names import BASE, BaseLog, Names
from clearance.kafka.places import Place
from clearance.kafka.topics import ensure, identify
from clearance.kafka.wire import incoming_input, set_aside_record
from clearance.operations.archiving import archive_log
from clearance.operations.log_move import move_of
from clearance.operations.message_reading import original
from clearance.rebuild.copying import is_copied, origin_of
from clearance.rebuild.move_process import move
from clearance.rebuild.rehashing import Rehashing, in_order, old_place_of
from clearance.recordings.read import read_recording
from clearance.settings import load
from clearance.settings.clock import utc_now

CLAIMED_TWICE = "one-entry-number-two-declarations"  # who was first is the order between declarations: not promised
EVERY = sorted(one.name for one in RECORDINGS.iterdir() if one.name != CLAIMED_TWICE)
FIRST, SECOND, THIRD = EVERY[::9], EVERY[1::18], EVERY[2::18]
REBUILT = Names.of(1)
MOVED = Names.of(2, BaseLog(2, 16))
AGAIN = Names.of(3, BaseLog(3, 5))
LAST = Names.of(4, AGAIN.base)
Log = list[list[Any]]


@dataclass
class Moves:
    """The clusters by the epochs whose topics they have, and the archive of all logs. What is archived is purged, if
    `purges`, which an embedded broker cannot be told to; `seen` is what lay there, by epoch."""

    at: Mapping[int, str]
    archive: Path
    purges: bool = False
    seen: dict[int, Log] = field(default_factory=dict)

    async def archive_all(self, names: Names) -> None:
        self.seen[names.epoch] = await self.read(names)
        held = await archive_log(self.at[names.epoch], self.archive)
        if self.purges:
            ends = {number: one.end for number, one in enumerate(held) if one.end}
            await asyncio.to_thread(Admin(self.at[names.epoch]).purge, names.inputs, ends)

    async def take(self, stories: Sequence[str]) -> None:
        async with open_edge(self.at[0]) as edge:
            arrivals = [one for story in stories for one in read_recording(RECORDINGS / story, "self")]
            assert {taken.result async for taken in edge.take_many(arrivals)} <= {"appended", "refused"}

    async def fold(self, stories: Sequence[str]) -> None:
        """A log with all that a tracker adds."""
        async with clients.new_reader(self.at[0]) as reader, clients.new_producer(self.at[0]) as producer:
            one = Original(self.at[0], reader, producer)
            await one.fill(*stories)
            await one.fold()

    async def rebuild(self, names: Names) -> None:
        """Feed an epoch until it has caught up."""
        base, address = names.of_base, self.at[names.epoch]
        if self.purges:
            await asyncio.to_thread(ensure, address, names.cards(), replication_factor=1, create=True)
        identity = await asyncio.to_thread(identify, address, {base.inputs: base.cards()[base.inputs]})
        await feed(address, names, self.archive, identity)

    async def set_aside(self, names: Names, some: Sequence[tuple[int, int]]) -> None:
        async with clients.new_producer(self.at[names.epoch]) as producer:
            for number, offset in some:
                line = set_aside_record(number, offset, names.epoch, "it was in the way", utc_now())
                await clients.write(producer, names.set_aside, number, [line])

    async def switch(self, to: int) -> None:
        async with clients.new_producer(self.at[to]) as producer:
            await epochs.switch(producer, to, await epochs.ask(self.at[to]), utc_now())

    async def move(self, current: Names, to: Names) -> None:
        """The whole of a move, to the log of these names; the archive has some of what there is, and all behind it."""
        address, new = self.at[current.epoch], self.at[to.epoch]
        settings = load(kafka_bootstrap_servers=address, archive_folder=str(self.archive))
        order = Order(to.epoch, to.base.partitions, new if new != address else "")
        moving = asyncio.create_task(move(settings, order, telling))  # type: ignore[arg-type] # of the same shape
        while (await epochs.ask(address)).moving is None or not (await move_of(address)).held.caught_up:
            await asyncio.wait([moving], timeout=0.05)
            assert not moving.done(), moving.result()
        await (await move_of(address)).finish("sqlite://", force=True)
        assert await moving
        await self.archive_all(to)

    async def read(self, names: Names) -> Log:
        """All that ever lay in a log."""
        count = names.base.partitions
        there = without_seals(await read(self.at[names.epoch], names.inputs, count))
        before = self.seen.get(names.epoch) or [[] for _ in range(count)]
        return [
            [*(one for one in known if not some or one.offset < some[0].offset), *some]
            for known, some in zip(before, there, strict=True)
        ]


@contextmanager
def telling(caught_up: bool) -> Iterator[object]:
    yield lambda fed: None


@dataclass
class Told:
    """The logs, as they are in the end; what was set aside in the rebuilt epoch, by its place in the first log."""

    first: Log
    moved: Log
    again: Log
    last: Log
    aside: set[tuple[int, int]]
    archive: Path
    originals: list[tuple[bytes | None, bytes]]


async def story(moves: Moves) -> Told:
    await moves.fold(FIRST)
    await moves.archive_all(BASE)
    await moves.rebuild(REBUILT)
    copies = [
        (number, one.offset, origin_of(one.headers))
        for number, some in enumerate(await moves.read(REBUILT))
        for one in some
        if is_of_kind("message", one.headers)
    ][::20]
    await moves.set_aside(REBUILT, [(number, offset) for number, offset, _ in copies])
    await moves.switch(REBUILT.epoch)
    await moves.move(REBUILT, MOVED)
    await moves.take(SECOND)
    await moves.move(MOVED, AGAIN)
    await moves.take(THIRD)
    await moves.rebuild(LAST)
    logs = [await moves.read(names) for names in (BASE, MOVED, AGAIN, LAST)]
    held = [(AGAIN, number, one) for number, some in enumerate(logs[2]) for one in some][::25]
    held += [(MOVED, number, one) for number, some in enumerate(logs[1]) for one in some][::25]
    found = [
        (await bytes_of(moves, names, Place(names.inputs, number, one.offset), one.value), one.value)
        for names, number, one in held
        if is_of_kind("message", one.headers)
    ]
    aside = {(number, origin) for number, _, origin in copies if origin is not None}
    return Told(logs[0], logs[1], logs[2], logs[3], aside, moves.archive, found)


async def bytes_of(moves: Moves, names: Names, place: Place, value: bytes) -> bytes | None:
    return (await original(moves.at[names.epoch], place, sha256(value).hexdigest(), str(moves.archive))).value


@pytest.fixture(scope="module", params=["three clusters", pytest.param("purged", marks=pytest.mark.soak)])
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Told:
    if request.param == "purged":
        request.getfixturevalue("_kafka_can_run")
        with LocalKafka(tmp_path_factory.mktemp("kafka")) as kafka:
            ensure(kafka.bootstrap, BASE.cards(), replication_factor=1, create=True)
            at = dict.fromkeys(range(5), kafka.bootstrap)
            return asyncio.run(story(Moves(at, tmp_path_factory.mktemp("archive"), purges=True)))
    with cluster(BASE, REBUILT) as first, cluster(MOVED) as second, cluster(AGAIN, LAST) as third:
        at = dict(enumerate((first, first, second, third, third)))
        return asyncio.run(story(Moves(at, tmp_path_factory.mktemp("archive"))))


@contextmanager
def cluster(*epochs: Names) -> Iterator[str]:
    cards = {name: card for names in epochs for name, card in names.cards().items()}
    with EmbeddedBroker(cards.values()) as broker:
        yield broker.bootstrap


def unmoved(told: Told) -> Log:
    """As if the first log had never been moved: what came into the later ones themselves, behind it."""
    log = [
        [one for one in records if is_copied(one) and (number, one.offset) not in told.aside]
        for number, records in enumerate(told.first)
    ]  # links and facts of what was set aside later are none
    for later in (told.moved, told.again):
        behind = Rehashing(len(later), PARTITIONS, partial(clients.partition_of, count=PARTITIONS))
        own = {number: [one for one in some if not old_place_of(one.headers)] for number, some in enumerate(later)}
        for number, record in in_order(own):
            for copy in behind.copies(number, record):
                log[copy.to].append(record)
    return log


def inputs(log: Log) -> list[list[Any]]:
    return [[incoming_input(one) for one in records] for records in log]


@pytest.mark.parametrize("which", ["again", "last"])
def test_every_declaration_is_as_if_the_log_had_never_been_moved(told: Told, which: str) -> None:
    before, after = folded(inputs(unmoved(told))), folded(inputs(getattr(told, which)))
    assert len(before) > len(FIRST) + len(SECOND) + len(THIRD)
    assert {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} == set()


def test_every_input_from_the_first_on_is_there_once_with_its_bytes(told: Told) -> None:
    sent = Counter(
        (one.key, one.value) for log in (told.first, told.moved, told.again) for one in of_itself(log) if one.key
    )
    for log in (told.again, told.last):
        assert Counter((one.key, one.value) for records in log for one in records if one.key) == sent


def of_itself(log: Log) -> list[Any]:
    """What came into a log first."""
    return [one for some in log for one in some if not old_place_of(one.headers) and is_copied(one)]


def test_what_was_set_aside_in_the_rebuilt_epoch_is_so_for_ever(told: Told) -> None:
    assert len(told.aside) > 2
    for log in (told.moved, told.again, told.last):
        assert sum(bool(why_set_aside(incoming_input(one))) for some in log for one in some) == len(told.aside)


def test_the_archive_holds_each_log_that_was_moved_and_the_present_one(told: Told) -> None:
    found = [*verify(told.archive)]
    assert not any(one.problem for one in found)
    assert Counter(one.topic for one in found) == {
        BASE.inputs: PARTITIONS,
        MOVED.inputs: MOVED.base.partitions,
        AGAIN.inputs: AGAIN.base.partitions,
    }


def test_original_messages_are_found(told: Told) -> None:
    assert len(told.originals) > 5
    assert all(found == wanted for found, wanted in told.originals)
