"""A backup restored on an empty machine is the original; what is not empty, or not whole, is refused and left alone."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.backup.original import PARTITIONS, STORIES, TABLES, Original
from tests.helpers.command import clearance
from tests.helpers.extent import a_few_of
from tests.helpers.stores import made_store
from tests.helpers.torn import put_torn, wrong_crc
from tests.store.written import written

from clearance.access import organisations
from clearance.access.backup import backup as access_lines
from clearance.access.database import opened
from clearance.archive.record_files import Kept as Record
from clearance.archive.record_files import read
from clearance.backup import saving
from clearance.backup.errors import BackupRefused
from clearance.backup.manifest import read_manifest
from clearance.backup.process import restored, saved
from clearance.contracts import topics
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.events.log.input_records import message_record
from clearance.events.log.progress import Progress
from clearance.kafka import clients
from clearance.kafka.admin import Admin
from clearance.kafka.epochs import Current, ask, switch
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import BASE
from clearance.kafka.policies import BY_WRITER, TIMES
from clearance.kafka.progress_reading import progress_of
from clearance.kafka.ready import require_topics
from clearance.kafka.topics import ensure, identify
from clearance.kafka.wire import Outgoing, outgoing_input
from clearance.operations.readers import partition_records, reading
from clearance.settings import Settings, load
from clearance.settings.clock import utc_now
from clearance.store.positions import resume
from clearance.store.writes import Writer
from clearance.testing.oracle import Findings, Truth, consult


@dataclass
class Kept:
    """Backups of one original, with its log and without; what the oracle says of it."""

    whole: Path
    short: Path
    access: list[bytes]
    truth: Truth
    found: Findings


@asynccontextmanager
async def original(bootstrap: str) -> AsyncIterator[Original]:
    async with clients.new_reader(bootstrap) as reader, clients.new_producer(bootstrap) as producer:
        yield Original(bootstrap, reader, producer)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    folder = tmp_path_factory.mktemp("kept")
    with EmbeddedBroker(topics().values()) as broker:
        settings = load(kafka_bootstrap_servers=broker.bootstrap, database_url=f"sqlite:///{folder / 'store.db'}")
        with opened(settings) as engine:
            organisations.add(engine, "acme", "Acme Ltd", utc_now())
        yield asyncio.run(_kept(settings, folder))


async def _kept(settings: Settings, folder: Path) -> Kept:
    address = settings.kafka_bootstrap_servers
    async with original(address) as one:
        await one.fill(*STORIES)
        await one.fold(aside=[(3, 0)])
        await switch(one.producer, 0, Current(1), utc_now())
        whole = await saved(folder / "whole", settings, True)
        await saved(folder / "short", settings, False)
        assert whole == read_manifest(folder / "whole")
        with opened(settings) as engine:
            lines = [*access_lines(engine)]
        return Kept(folder / "whole", folder / "short", lines, *await consult(address, TABLES))


@pytest.fixture
def into(empty_kafka: str, tmp_path: Path) -> Settings:
    """An empty machine."""
    return load(kafka_bootstrap_servers=empty_kafka, database_url=f"sqlite:///{tmp_path / 'store.db'}")


def is_original(settings: Settings, kept: Kept) -> None:
    """Everything is there, nothing else, and processes may start on it."""
    truth, found = asyncio.run(consult(settings.kafka_bootstrap_servers, TABLES))
    assert found.exact, (found.lost[:3], found.wrong[:3], found.unasked[:3])
    assert (truth.status, truth.events, truth.hours, truth.dead, truth.sends) == (
        kept.truth.status,
        kept.truth.events,
        kept.truth.hours,
        kept.truth.dead,
        kept.truth.sends,
    )
    assert (found.inputs, found.states, found.dead) == (kept.found.inputs, kept.found.states, kept.found.dead)
    with opened(settings) as engine:
        assert [*access_lines(engine)] == kept.access
    require_topics(settings.kafka_bootstrap_servers)
    assert asyncio.run(ask(settings.kafka_bootstrap_servers)) == Current(0, 1)


def test_what_is_restored_is_the_original(kept: Kept, into: Settings) -> None:
    assert kept.found.exact
    assert kept.found.dead > 0 < kept.found.states
    manifest = asyncio.run(restored(kept.whole, into))
    assert manifest.with_log
    is_original(into, kept)
    identity = identify(into.kafka_bootstrap_servers, topics())
    told = asyncio.run(_progress(into))
    assert {one.cluster_id for one in told} == {identity.cluster_id} != {manifest.cluster_id}
    assert all(identity.topic_ids[name] == one.topic_ids[name] for one in told for name in BASE.relied_on())
    for topic in (BASE.inputs, BASE.events):  # each record lies where it lay, at its time
        parts = [part for part in manifest.parts if part.topic == topic]
        were = [(part.partition, one) for part in parts for one in read(kept.whole / part.file)]
        assert asyncio.run(_lying(into.kafka_bootstrap_servers, topic)) == were


async def _progress(settings: Settings) -> list[Progress]:
    async with reading(settings.kafka_bootstrap_servers) as reader:
        told = [await progress_of(reader, BASE, number) for number in range(PARTITIONS)]
    return [one for one in told if one is not None]


async def _lying(address: str, topic: str) -> list[tuple[int, Record]]:
    async with reading(address) as reader:
        return [
            (number, Record.of(record))
            for number in range(PARTITIONS)
            async for record in partition_records(reader, topic, number)
        ]


@pytest.mark.parametrize("writes", a_few_of([9, 0, 1, 2, 30, 5, 15, 20], one_in=4))
def test_cut_off_it_lets_nobody_start_and_goes_on_when_it_is_asked_for_again(
    kept: Kept, into: Settings, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    left = iter(range(writes))

    async def torn(*given: Any) -> list[int]:
        if next(left, None) is None:
            raise SystemExit("cut off")
        return await write(*given)

    write = clients.write
    monkeypatch.setattr(clients, "write", torn)
    with pytest.raises(SystemExit):
        asyncio.run(restored(kept.whole, into))
    monkeypatch.undo()
    with pytest.raises(BrokerError, match="a restore was cut off, or still runs; `clearance restore` again ends it"):
        require_topics(into.kafka_bootstrap_servers)
    asyncio.run(restored(kept.whole, into))
    is_original(into, kept)
    with pytest.raises(BackupRefused, match="holds records: restore onto a cluster that has none"):
        asyncio.run(restored(kept.whole, into))


@pytest.mark.parametrize("changes", a_few_of([2, 0, 1, 3], one_in=4))
def test_cut_off_before_its_topics_are_as_their_cards_say_it_ends_when_it_is_asked_for_again(
    kept: Kept, into: Settings, monkeypatch: pytest.MonkeyPatch, changes: int
) -> None:
    left, change = iter(range(changes)), Admin.change

    def torn(admin: Admin, names: Iterable[str], setting: str, value: str) -> None:
        if next(left, None) is None:
            raise SystemExit("cut off")
        change(admin, names, setting, value)

    monkeypatch.setattr(Admin, "change", torn)
    with pytest.raises(SystemExit):
        asyncio.run(restored(kept.whole, into))
    monkeypatch.undo()
    if changes:
        with pytest.raises(BrokerError, match="a restore was cut off"):
            require_topics(into.kafka_bootstrap_servers)
    asyncio.run(restored(kept.whole, into))
    is_original(into, kept)


def test_without_the_log_all_goes_on_behind_what_was_folded(kept: Kept, into: Settings) -> None:
    manifest = asyncio.run(restored(kept.short, into))
    were = {part.partition: part.end for part in manifest.parts if part.topic == BASE.inputs}
    told = {one.partition: one.position for one in asyncio.run(_progress(into))}
    assert told == {number: end - 1 for number, end in were.items() if end}

    async def bounds() -> list[tuple[int, int]]:
        async with reading(into.kafka_bootstrap_servers) as reader:
            return [await clients.ends(reader, BASE.inputs, number) for number in range(PARTITIONS)]

    assert asyncio.run(bounds()) == [(were[number], were[number]) for number in range(PARTITIONS)]
    assert asyncio.run(_lying(into.kafka_bootstrap_servers, BASE.status))


def test_a_batch_that_nobody_can_read_leaves_holes_and_the_places_behind_it_stay(
    into: Settings, tmp_path: Path
) -> None:
    record = outgoing_input(message_record("cn:unified:E20260004010000003", b"<x/>", received_at=utc_now()))
    with EmbeddedBroker(topics().values()) as broker:
        settings = load(kafka_bootstrap_servers=broker.bootstrap, database_url=f"sqlite:///{tmp_path / 'torn.db'}")

        async def begin() -> None:
            async with clients.new_producer(broker.bootstrap) as producer:
                await clients.write(producer, BASE.inputs, 3, [record])
                await put_torn(broker.bootstrap, BASE.inputs, 3, wrong_crc, record, record)
                await clients.write(producer, BASE.inputs, 3, [record])

        asyncio.run(begin())
        asyncio.run(saved(tmp_path / "torn", settings, True))
    asyncio.run(restored(tmp_path / "torn", into))
    lying = asyncio.run(_lying(into.kafka_bootstrap_servers, BASE.inputs))
    assert [(number, one.offset, one.value) for number, one in lying] == [
        (3, 0, b"<x/>"),
        (3, 1, None),
        (3, 2, None),
        (3, 3, b"<x/>"),
    ]


def test_what_is_not_empty_is_left_as_it_is(kept: Kept, into: Settings, tmp_path: Path) -> None:
    admin = Admin(into.kafka_bootstrap_servers)
    with opened(into) as engine:
        organisations.add(engine, "other", "Other Ltd", utc_now())
    with pytest.raises(BackupRefused, match=r"1 rows of access are in sqlite.* already: name an empty database"):
        asyncio.run(restored(kept.whole, into))
    elsewhere = into.model_copy(update={"database_url": f"sqlite:///{tmp_path / 'full.db'}"})
    full(elsewhere.database_url)
    with pytest.raises(BackupRefused, match="holds what was made of other topics: name an empty database"):
        asyncio.run(restored(kept.whole, elsewhere))
    assert not {*topics()} & {*admin.metadata().topics}


def full(url: str) -> None:
    """A store of other topics."""
    engine = made_store(url)
    log = written(1)
    positions = resume(engine, log.log()).positions
    Writer(engine, positions).write(log.batch(positions, log.ends), utc_now(), {*range(3)})
    engine.dispose()


def test_a_restore_of_another_backup_is_not_gone_on_with(
    kept: Kept, into: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    admin = Admin(into.kafka_bootstrap_servers)
    ensure(into.kafka_bootstrap_servers, topics(), replication_factor=1, create=True)  # they are there, and empty
    admin.change([*topics()], TIMES, BY_WRITER)

    async def begin() -> None:
        async with clients.new_producer(into.kafka_bootstrap_servers) as producer:
            await clients.write(producer, BASE.inputs, PARTITIONS - 1, [Outgoing(b"x", b"y", [], 1)])

    asyncio.run(begin())
    with pytest.raises(BackupRefused, match=f"{BASE.inputs}:11:0 is not of this backup"):
        asyncio.run(restored(kept.whole, into))


def test_a_backup_takes_no_folder_that_is_there_and_leaves_none_that_is_not_whole(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with EmbeddedBroker(topics().values()) as broker:
        settings = load(kafka_bootstrap_servers=broker.bootstrap, database_url=f"sqlite:///{tmp_path / 'store.db'}")
        with pytest.raises(BackupRefused, match="is there already"):
            asyncio.run(saved(kept.whole, settings, False))
        monkeypatch.setattr(saving, "write_manifest", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            asyncio.run(saved(tmp_path / "kept" / "one", settings, False))
        assert [*(tmp_path / "kept").iterdir()] == []


def test_by_the_commands(kept: Kept, into: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("CLEARANCE_KAFKA_BOOTSTRAP_SERVERS", into.kafka_bootstrap_servers)
    monkeypatch.setenv("CLEARANCE_DATABASE_URL", into.database_url)
    code, text = clearance("restore", str(kept.whole))
    assert (code, text.partition(" rows of access are back")[0].rpartition(" ")[2]) == (0, "1")
    assert clearance("restore", str(kept.whole))[0] == 2
    code, text = clearance("backup", str(tmp_path / "again"), "--with-log")
    assert code == 0, text
    assert (tmp_path / "again").stat().st_mode & 0o777 == 0o700
    again, before = read_manifest(tmp_path / "again"), read_manifest(kept.whole)
    assert [(one.topic, one.partition, one.first, one.end, one.records) for one in again.parts] == [
        (one.topic, one.partition, one.first, one.end, one.records) for one in before.parts
    ]
    assert again.access == before.access
    assert clearance("restore", str(tmp_path))[0] == 2
