"""A log is moved to another cluster with twice the partitions, beside traffic, and killed: the fold says the same."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from tests.backup.original import PARTITIONS, Original
from tests.helpers.extent import a_few_of
from tests.helpers.recordings import RECORDINGS
from tests.rebuild.moving_log import MORE, NEW, clusters, folded, mover, read, without_seals

from clearance.events.log.input_records import is_of_kind, why_set_aside
from clearance.kafka import clients
from clearance.kafka.names import BASE, EPOCHS
from clearance.kafka.wire import incoming_input
from clearance.rebuild import last_checkpoint, moving
from clearance.rebuild.rehashing import old_place_of
from clearance.rebuild.sealing import seal

STORIES = tuple(sorted(one.name for one in RECORDINGS.iterdir())[::3])
LATER = tuple(sorted(one.name for one in RECORDINGS.iterdir())[1::6])


class Killed(BaseException):
    """As a process ends that is killed."""


class Torn:
    """Writes as `clients.write`, until the moment has come to be killed."""

    def __init__(self) -> None:
        self.write, self.left = clients.write, -1

    async def __call__(self, producer: Any, topic: str, partition: int, records: Any) -> list[int]:
        if topic in (NEW.inputs, EPOCHS):
            self.left -= 1
            if self.left == 0:
                if topic == NEW.inputs:
                    await self.write(producer, topic, partition, records[: len(records) // 2])
                raise Killed
        return await self.write(producer, topic, partition, records)


async def move(old: str, new: str) -> None:
    async with mover(old, new) as one:
        await one.begin()
        assert await one.run(asyncio.Event(), lambda fed: None)


async def story(old: str, new: str, torn: Torn, kills: int) -> list[tuple[int, int]]:
    """A log is filled, moved with so many kills, filled further and sealed; what was set aside there."""
    async with clients.new_reader(old) as reader, clients.new_producer(old) as producer:
        original = Original(old, reader, producer)
        await original.fill(*STORIES)
        messages = (
            (number, one.offset)
            for number, some in enumerate(await read(old, BASE.inputs, PARTITIONS))
            for one in some
            if is_of_kind("message", one.headers)
        )
        aside = [*messages][::40]
        await original.fold(aside=aside)
        for nth in range(kills):
            torn.left = 4 + 3 * nth
            with pytest.raises((Killed, BaseExceptionGroup)):
                async with asyncio.timeout(20):
                    await move(old, new)
        torn.left = -1
        last = asyncio.create_task(move(old, new))
        await original.fill(*LATER)  # beside it
        await original.fold()
        await seal(old, BASE)
        async with asyncio.timeout(30):
            await last
    return aside


@pytest.mark.parametrize("kills", a_few_of([1, 0, 4], 3))
def test_no_declaration_is_told_otherwise_and_none_is_missing(monkeypatch: pytest.MonkeyPatch, kills: int) -> None:
    monkeypatch.setattr(moving, "READ_RECORDS", 30)
    monkeypatch.setattr(last_checkpoint, "AT_WORK", timedelta(0))
    monkeypatch.setattr(clients, "write", torn := Torn())
    with clusters() as (old, new):
        aside = asyncio.run(story(old.bootstrap, new.bootstrap, torn, kills))
        was = without_seals(asyncio.run(read(old.bootstrap, BASE.inputs, PARTITIONS)))
        now = asyncio.run(read(new.bootstrap, NEW.inputs, MORE))
    every = [record for records in now for record in records]
    assert {old_place_of(one.headers) for one in every if why_set_aside(incoming_input(one))} == {*aside}
    assert len(aside) > 2
    origins = [old_place_of(record.headers) for record in every if record.key]
    assert len(origins) == len({*origins})
    before = folded(
        [
            [incoming_input(one) for one in records if (number, one.offset) not in aside]
            for number, records in enumerate(was)
        ]
    )
    after = folded([[incoming_input(one) for one in records] for records in now])
    assert len(before) > len(STORIES)
    assert {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} == set()
    said = [Counter(one.value for one in records if not one.key) for records in now]
    assert all({*one} == {*said[0]} for one in said)
