"""When an archive was written last, by which an alert goes."""

import os
from pathlib import Path

from clearance.api.looking import look_after_archive
from clearance.archive.manifest import FILE, FORM, Manifest, folder_of, write_manifest, written_at
from clearance.kafka.names import BASE
from clearance.metrics import Board
from clearance.metrics.declared import API

NAME = "clearance_archive_written_timestamp_seconds"


def write(archive: Path, partition: int, at: float) -> None:
    """Of a log of two partitions."""
    folder_of(archive, partition).mkdir(parents=True, exist_ok=True)
    write_manifest(archive, Manifest(FORM, BASE.inputs, partition, "", "", partitions=2))
    os.utime(folder_of(archive, partition) / FILE, (at, at))


def test_it_is_as_old_as_the_partition_that_was_archived_longest_ago(tmp_path: Path) -> None:
    write(tmp_path, 0, 2000.0)
    write(tmp_path, 1, 1000.0)
    assert written_at(tmp_path) == 1000.0


def test_a_partition_that_never_was_archived_is_as_old_as_can_be(tmp_path: Path) -> None:
    write(tmp_path, 0, 2000.0)
    assert written_at(tmp_path) == 0.0


def test_nothing_is_told_where_no_archive_is_named(tmp_path: Path) -> None:
    board = Board(API)
    look_after_archive(board, "")
    assert board.values(NAME) == {}
    look_after_archive(board, str(tmp_path))
    assert board.values(NAME) == {(): 0.0}
