"""Inputs may go only if a whole archive holds them."""

import asyncio
from pathlib import Path

import pytest
from tests.helpers.command import clearance
from tests.tracker.by_hand import by_hand, keys, receipt

from clearance.archive.manifest import folder_of
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.kafka.names import BASE
from clearance.operations.archiving import archive_log
from clearance.operations.errors import OperationRefused
from clearance.operations.log_purging import refuse_unarchived

PARTITION = 3


@pytest.fixture
def archive(embedded_broker: EmbeddedBroker, tmp_path: Path) -> Path:
    """It holds four inputs of one partition."""

    async def put() -> None:
        async with by_hand(embedded_broker.bootstrap) as hand:
            receipts = [receipt(keys(PARTITION)[0], code, minutes) for minutes, code in enumerate("7LJP")]
            await hand.append(PARTITION, *receipts)

    asyncio.run(put())
    asyncio.run(archive_log(embedded_broker.bootstrap, tmp_path / "archive"))
    return tmp_path / "archive"


def test_what_the_archive_holds_may_go(archive: Path) -> None:
    refuse_unarchived(archive, BASE.inputs, {PARTITION: range(4)})
    refuse_unarchived(archive, BASE.inputs, {})


def test_what_it_does_not_hold_yet_stays(archive: Path) -> None:
    with pytest.raises(OperationRefused, match=r"offsets 0 to 4 of declaration-inputs:3 .*up to 4.*archive write"):
        refuse_unarchived(archive, BASE.inputs, {PARTITION: range(5)})


def test_what_an_archive_of_another_log_holds_stays(archive: Path) -> None:
    with pytest.raises(OperationRefused, match=r"of declaration-inputs\.e4:3 are not whole .*e4/.* is missing"):
        refuse_unarchived(archive, "declaration-inputs.e4", {PARTITION: range(4)})


def test_what_lies_in_a_file_that_is_torn_stays(archive: Path) -> None:
    [segment] = folder_of(archive, PARTITION).glob("*.gz")
    segment.write_bytes(segment.read_bytes()[:-1])
    with pytest.raises(OperationRefused, match="torn or altered"):
        refuse_unarchived(archive, BASE.inputs, {PARTITION: range(4)})


def test_without_an_archive_all_stays(tmp_path: Path) -> None:
    with pytest.raises(OperationRefused, match=r"is missing.*--unarchived"):
        refuse_unarchived(tmp_path, BASE.inputs, {PARTITION: range(1)})


def test_where_no_archive_is_named_the_command_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEARANCE_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    code, told = clearance("purge", "--older-than-days", "800", "--inputs")
    assert code == 2
    assert "CLEARANCE_ARCHIVE_FOLDER" in told
    assert "--unarchived" in told
