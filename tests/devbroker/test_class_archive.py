"""The first broker that is stopped in order leaves its classes to the next ones, of the same Java and the same jars."""

from pathlib import Path

import pytest

from clearance.devbroker.class_archive import ClassArchive


@pytest.fixture
def java(tmp_path: Path) -> str:
    program = tmp_path / "java"
    program.touch()
    return str(program)


def written_by(archive: ClassArchive) -> Path:
    """Where this Java would write it."""
    flag, _ = archive.read_or_write
    name, _, file = flag.partition("=")
    assert name == "-XX:ArchiveClassesAtExit"
    return Path(file)


def test_the_next_one_reads_what_the_first_has_written(java: str, tmp_path: Path) -> None:
    first = ClassArchive(java, tmp_path / "jars", 9092)
    assert first.read == ()
    written_by(first).write_bytes(b"classes")
    assert ClassArchive(java, tmp_path / "jars", 9093).read == (), "while it is being written"
    first.keep()
    flags = ClassArchive(java, tmp_path / "jars", 9092).read_or_write
    assert Path(flags[0].removeprefix("-XX:SharedArchiveFile=")).read_bytes() == b"classes"


def test_one_that_was_killed_leaves_nothing(java: str, tmp_path: Path) -> None:
    ClassArchive(java, tmp_path / "jars", 9092).keep()
    assert ClassArchive(java, tmp_path / "jars", 9092).read == ()


def test_other_jars_and_another_java_have_their_own(java: str, tmp_path: Path) -> None:
    archive = ClassArchive(java, tmp_path / "jars", 9092)
    written_by(archive).touch()
    archive.keep()
    (tmp_path / "other").write_text("", encoding="utf-8")
    assert ClassArchive(java, tmp_path / "jars", 9092).read
    assert ClassArchive(java, tmp_path / "newer jars", 9092).read == ()
    assert ClassArchive(str(tmp_path / "other"), tmp_path / "jars", 9092).read == ()
