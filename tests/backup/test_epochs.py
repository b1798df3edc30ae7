"""A rebuild that goes on beside what runs goes on after a restore, behind its last copy, also without the log."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.backup.original import PARTITIONS, STORIES, Original

from clearance.backup.process import restored, saved
from clearance.contracts import topics
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.events.log.progress import Progress
from clearance.kafka import clients
from clearance.kafka.epochs import Current, ask, switch
from clearance.kafka.names import BASE, Names
from clearance.kafka.progress_reading import progress_of
from clearance.kafka.ready import require_topics
from clearance.kafka.wire import progress_record
from clearance.rebuild.copying import copy_of, is_copied, origin_of
from clearance.rebuild.feeder import Feeder
from clearance.rebuild.pace import TrackerPace
from clearance.settings import Settings, load
from clearance.settings.clock import utc_now

ONE = Names.of(1)
Origins = dict[int, list[int]]


@pytest.mark.soak
@pytest.mark.parametrize("with_log", [True, False])
def test_a_rebuild_goes_on_behind_its_last_copy(empty_kafka: str, tmp_path: Path, with_log: bool) -> None:
    with EmbeddedBroker([*topics().values(), *ONE.cards().values()]) as broker:
        settings = load(kafka_bootstrap_servers=broker.bootstrap, database_url=f"sqlite:///{tmp_path / 'one.db'}")
        every, copied = asyncio.run(_half_copied(broker.bootstrap))
        manifest = asyncio.run(saved(tmp_path / "kept", settings, with_log))
    assert manifest.epochs == (0, 1)
    into = load(kafka_bootstrap_servers=empty_kafka, database_url=f"sqlite:///{tmp_path / 'two.db'}")
    asyncio.run(restored(tmp_path / "kept", into))
    require_topics(empty_kafka, ONE)
    assert asyncio.run(ask(empty_kafka)) == Current(1, 0)
    now = asyncio.run(_fed(into, {number: origins[-1] for number, origins in every.items() if origins}))
    assert any(len(every[number]) > len(copied[number]) > 0 for number in every)
    for number, origins in every.items():
        kept = origins if with_log else origins[max(0, len(copied[number]) - 1) :]
        assert now[number] == kept


async def _half_copied(address: str) -> tuple[Origins, Origins]:
    """What of the base log is to be copied, and what of it is."""
    every, copied = Origins(), Origins()
    async with clients.new_reader(address) as reader, clients.new_producer(address) as producer:
        original = Original(address, reader, producer)
        await original.fill(*STORIES)
        await original.fold()
        for number in range(PARTITIONS):
            lists = [some async for some in clients.read_whole(reader, BASE.inputs, number)]
            records = [record for some in lists for record in some if is_copied(record)]
            copies = [copy_of(record, quiet=True) for record in records[: len(records) // 2]]
            every[number] = [record.offset for record in records]
            copied[number] = every[number][: len(copies)]
            if copies:
                await clients.write(producer, ONE.inputs, number, copies)
                told = await progress_of(reader, BASE, number)
                assert told is not None
                await clients.write(producer, ONE.progress, number, [progress_record(_of_one(told, len(copies) - 1))])
        await switch(producer, 1, Current(0), utc_now())
    return every, copied


def _of_one(told: Progress, position: int) -> Progress:
    return replace(told, epoch=1, position=position)


async def _fed(settings: Settings, last: dict[int, int]) -> Origins:
    """The origins of what lies in epoch 1 when a feeder has given it all."""
    address = settings.kafka_bootstrap_servers
    async with (
        clients.new_reader(address) as reader,
        clients.new_reader(address) as looking,
        clients.new_reader(address) as told,
        clients.new_producer(address) as producer,
    ):
        feeder = Feeder(reader, producer, ONE, TrackerPace(told, ONE))
        await feeder.begin(told)
        feeding = asyncio.create_task(feeder.run(stop := asyncio.Event(), lambda fed: None))
        async with asyncio.timeout(30):
            while True:
                found = {number: await _origins(looking, number) for number in range(PARTITIONS)}
                if all(found[number][-1:] == [end] for number, end in last.items()):
                    stop.set()
                    await feeding
                    return found
                await asyncio.sleep(0.1)


async def _origins(reader: object, number: int) -> list[int]:
    lists = [some async for some in clients.read_whole(reader, ONE.inputs, number)]
    return [origin for some in lists for record in some if (origin := origin_of(record.headers)) is not None]
