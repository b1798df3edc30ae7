"""An archive holds the log to the byte, joins without hole or overlap, and is whole whenever its writer dies."""

import asyncio
import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from tests.helpers.command import clearance
from tests.helpers.torn import put_torn, wrong_crc

from clearance.archive import manifest as manifests
from clearance.archive import record_files, writing
from clearance.archive.errors import ArchiveError
from clearance.archive.manifest import FILE, FORM, Manifest, Segment, folder_of, read_manifest, write_manifest
from clearance.archive.reading import from_offset, record_at, records_of
from clearance.archive.verifying import verify
from clearance.contracts import topics
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.kafka.topics import Identity, identify
from clearance.kafka.wire import Outgoing
from clearance.operations.archiving import archive_log
from clearance.operations.readers import reading

PARTITIONS = topics()[BASE.inputs].partitions
SMALL = 4_000
"""Bytes of a segment, so that there are many."""


@pytest.fixture(scope="module")
def broker() -> Iterator[EmbeddedBroker]:
    """One for all tests of this file; each takes a partition of its own."""
    with EmbeddedBroker(topics().values()) as one:
        yield one


@pytest.fixture(autouse=True)
def _few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A segment ends behind the records of a fetch."""
    monkeypatch.setattr(clients, "AT_ONCE", 5)


def identity(broker: EmbeddedBroker) -> Identity:
    return identify(broker.bootstrap, {BASE.inputs: topics()[BASE.inputs]})


def put(broker: EmbeddedBroker, partition: int, count: int, seed: int = 0) -> None:
    drawn = Random(seed)  # noqa: S311 # no secret
    records = [
        Outgoing(b"cn:unified:%d" % number, drawn.randbytes(drawn.randrange(900)), [("kind", b"message")])
        for number in range(count)
    ]

    async def work() -> None:
        async with clients.new_producer(broker.bootstrap) as producer:
            await clients.write(producer, BASE.inputs, partition, [*records, Outgoing(None, None, [])])

    asyncio.run(work())


def archive(broker: EmbeddedBroker, folder: Path, partition: int, known: Identity | None = None) -> Manifest:
    async def work() -> Manifest:
        async with reading(broker.bootstrap) as reader:
            return await writing.archive_partition(reader, folder, partition, known or identity(broker), SMALL)

    return asyncio.run(work())


def in_log(broker: EmbeddedBroker, partition: int) -> list[record_files.Kept]:
    async def work() -> list[record_files.Kept]:
        async with reading(broker.bootstrap) as reader:
            stretches = clients.read_whole(reader, BASE.inputs, partition)
            return [record_files.Kept.of(record) async for records in stretches for record in records]

    return asyncio.run(work())


def in_archive(folder: Path, manifest: Manifest) -> list[record_files.Kept]:
    return [one for segment in manifest.segments for one in records_of(folder, manifest.partition, segment)]


def test_it_holds_every_record_to_the_byte_and_grows_by_what_has_come(broker: EmbeddedBroker, tmp_path: Path) -> None:
    for seed in range(4):
        put(broker, 0, 40, seed)
        grown = archive(broker, tmp_path, 0)
        assert in_archive(tmp_path, grown) == in_log(broker, 0)
    assert len(grown.segments) > 10
    assert all(before.end == after.first for before, after in pairwise(grown.segments))
    assert archive(broker, tmp_path, 0) == grown


def test_one_record_is_found_and_what_lies_elsewhere_is_not(broker: EmbeddedBroker, tmp_path: Path) -> None:
    put(broker, 1, 60)
    manifest, log = archive(broker, tmp_path, 1), in_log(broker, 1)
    assert [record_at(tmp_path, 1, one.offset) for one in log] == log
    assert record_at(tmp_path, 1, len(log)) is record_at(tmp_path, 7, 0) is None
    records, after = from_offset(tmp_path, manifest, 30)
    assert records == log[30:after]


@pytest.mark.parametrize("step", ["digest_of", "put_in_place", "write_manifest"])
@pytest.mark.parametrize("turn", [1, 2, 4])
def test_whenever_it_is_killed_all_that_it_names_is_whole_and_it_goes_on(
    step: str, turn: int, broker: EmbeddedBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not in_log(broker, 2):
        put(broker, 2, 60)
    done, real = 0, getattr(writing, step)

    def dies(*given: Any) -> Any:
        nonlocal done
        done += 1
        if done == turn:
            raise KeyboardInterrupt
        return real(*given)

    with monkeypatch.context() as patch:
        patch.setattr(writing, step, dies)
        with pytest.raises(KeyboardInterrupt):
            archive(broker, tmp_path, 2)
    log, before = in_log(broker, 2), read_manifest(tmp_path, 2)
    if before is not None:
        assert in_archive(tmp_path, before) == log[: before.end]
    assert in_archive(tmp_path, archive(broker, tmp_path, 2)) == log


def test_a_manifest_is_replaced_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Manifest(FORM, BASE.inputs, 3, "cluster", "topic")
    folder_of(tmp_path, 3).mkdir()
    write_manifest(tmp_path, before)

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(manifests, "put_in_place", dies)
    with pytest.raises(KeyboardInterrupt):
        write_manifest(tmp_path, replace(before, topic_id="other"))
    assert read_manifest(tmp_path, 3) == before


def test_what_was_set_aside_because_nobody_can_read_it_is_accounted_for(
    broker: EmbeddedBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(broker, 4, 3)
    torn = [Outgoing(b"key", b"%d" % number, []) for number in range(5)]
    asyncio.run(put_torn(broker.bootstrap, BASE.inputs, 4, wrong_crc, *torn))
    put(broker, 4, 3)
    with pytest.raises(ArchiveError, match=r"declaration-inputs:4:4 .*`clearance dlq add declaration-inputs:4:4`"):
        archive(broker, tmp_path, 4)
    words = ("dlq", "add", "declaration-inputs:4:4", "--reason", "torn", "--yes", "--bootstrap", broker.bootstrap)
    code, said = clearance(*words)
    assert code == 0, said
    manifest = archive(broker, tmp_path, 4)
    assert [one.left_out for one in manifest.segments] == [((4, 9),)]
    assert [one.offset for one in in_archive(tmp_path, manifest)] == [*range(4), *range(9, 13)]
    assert record_at(tmp_path, 4, 6) is None


def test_an_archive_of_another_log_is_refused_and_left_alone(broker: EmbeddedBroker, tmp_path: Path) -> None:
    put(broker, 5, 30)
    grown = archive(broker, tmp_path, 5)
    for other, why in (
        (replace(grown.segments[-1], end=grown.end + 99, records=grown.segments[-1].records + 99), "of another log"),
        (replace(grown.segments[0], file=grown.segments[1].file), "torn or altered"),
    ):
        wrong = replace(grown, segments=(*grown.segments[:-1], other) if other.end > grown.end else (other,))
        write_manifest(tmp_path, wrong)
        with pytest.raises(ArchiveError, match=why):
            archive(broker, tmp_path, 5)
        assert read_manifest(tmp_path, 5) == wrong
    write_manifest(tmp_path, grown)
    other_log = [replace(one, key=b"other") for one in in_archive(tmp_path, grown)]
    path = tmp_path / "other.gz"
    with record_files.writing(path) as add:
        add(other_log)
    digest = record_files.digest_of(path)
    path.rename(folder_of(tmp_path, 5) / path.name)
    write_manifest(tmp_path, replace(grown, segments=(Segment(path.name, 0, grown.end, grown.end, digest),)))
    with pytest.raises(ArchiveError, match="holds other records"):
        archive(broker, tmp_path, 5)


def test_only_one_writes(broker: EmbeddedBroker, tmp_path: Path) -> None:
    with writing.alone(tmp_path), pytest.raises(ArchiveError, match="somebody else writes into"):
        asyncio.run(archive_log(broker.bootstrap, tmp_path))


def test_the_commands_write_and_prove(tmp_path: Path) -> None:
    with EmbeddedBroker(topics().values()) as broker:
        put(broker, 6, 100)
        code, said = clearance("archive", "write", str(tmp_path), "--bootstrap", broker.bootstrap)
        assert (code, "declaration-inputs:6: offsets 0 to before 101 in 1 segments" in said) == (0, True), said
    code, said = clearance("archive", "verify", str(tmp_path))
    assert (code, "declaration-inputs:6: whole from 0 to before 101, 101 records" in said) == (0, True), said
    file = folder_of(tmp_path, 6) / f"{0:020}.gz"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    code, said = clearance("archive", "verify", str(tmp_path))
    assert (code, "declaration-inputs:6: " in said, "is torn or altered" in said) == (1, True, True), said
    os.unlink(file)
    assert "is missing" in clearance("archive", "verify", str(tmp_path))[1]
    assert clearance("archive", "verify")[0] == 2


SEGMENT = Segment("a.gz", 10, 20, 10, "")
NO_PROOF = {
    "a hole": (SEGMENT, replace(SEGMENT, file="b.gz", first=21, end=31)),
    "an overlap": (SEGMENT, replace(SEGMENT, file="b.gz", first=19, end=29)),
    "a.gz counts 9 records for offsets 10 to 19": (replace(SEGMENT, records=9),),
    "a.gz counts 10 records for offsets 10 to 19": (replace(SEGMENT, left_out=((12, 13),)),),
    "a.gz counts 0 records": (replace(SEGMENT, end=10, records=0),),
}


@pytest.mark.parametrize("what", NO_PROOF)
def test_a_manifest_without_proof_is_refused(what: str, tmp_path: Path) -> None:
    folder_of(tmp_path, 0).mkdir()
    write_manifest(tmp_path, Manifest(FORM, BASE.inputs, 0, "c", "t", NO_PROOF[what]))
    with pytest.raises(ArchiveError, match=what):
        read_manifest(tmp_path, 0)
    assert what in next(verify(tmp_path)).problem


@pytest.mark.parametrize(
    ("data", "why"), [(b'{"form": ', "torn or altered"), (None, "of the form clearance-archive-9, .* upgrade")]
)
def test_a_manifest_that_cannot_be_read_says_what_to_do(data: bytes | None, why: str, tmp_path: Path) -> None:
    folder_of(tmp_path, 0).mkdir()
    later = msgspec.json.encode(Manifest("clearance-archive-9", BASE.inputs, 0, "c", "t"))
    (folder_of(tmp_path, 0) / FILE).write_bytes(data or later)
    with pytest.raises(ArchiveError, match=why):
        read_manifest(tmp_path, 0)


def test_a_partition_that_was_forgotten_is_named(tmp_path: Path) -> None:
    assert [one.problem.endswith("is missing: take another copy of the archive") for one in verify(tmp_path)] == [
        True
    ] * PARTITIONS
