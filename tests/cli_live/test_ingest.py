"""`clearance ingest`: files into a log that is there."""

import signal
import subprocess
from pathlib import Path

from tests.cli_live.program import run, start
from tests.edge.log import RECEIVED, RECORDINGS, STORY, inputs, letters, receipt
from tests.helpers.loopback import get

from clearance.contracts import topics
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.devbroker.local import free_port
from clearance.events.log.input_records import InputRecord, read_input
from clearance.events.log.inputs import BackfillEnd
from clearance.events.partition.batch import PartitionFold
from clearance.kafka.names import BASE
from clearance.settings.clock import monotonic
from clearance.settings.tables import default_tables

PARTITIONS = topics()[BASE.inputs].partitions


def test_it_appends_the_messages_of_a_folder_with_the_times_at_which_they_came(embedded_broker: EmbeddedBroker) -> None:
    told = run("ingest", STORY, broker=embedded_broker.bootstrap)
    assert told.exit_code == 0
    assert "5 of 5 files appended in 5 records, 0 refused, 0 unreadable" in told.stdout
    found = inputs(embedded_broker.bootstrap)
    assert [record.value for record in found] == [path.read_bytes() for path in sorted(STORY.glob("*.xml"))]
    assert found[0].head["received-at"] == "2026-03-02T01:00:02Z"


def test_it_takes_a_file_without_a_sidecar_to_have_come_at_the_authoritys_time(
    embedded_broker: EmbeddedBroker, tmp_path: Path
) -> None:
    (tmp_path / "a.xml").write_bytes(RECEIVED)
    run("ingest", tmp_path, "--as", "acme", broker=embedded_broker.bootstrap)
    (record,) = inputs(embedded_broker.bootstrap)
    assert (record.head["received-at"], record.head["organisation"]) == ("2026-03-02T01:00:01Z", "acme")


def test_it_goes_on_after_a_bad_file_and_says_so_in_its_exit_code(embedded_broker: EmbeddedBroker) -> None:
    told = run("ingest", RECORDINGS / "bad-files-between-good-ones", broker=embedded_broker.bootstrap)
    assert told.exit_code == 1
    assert "refused 005-dtd.xml: the message holds a DTD" in told.stdout
    assert "8 refused" in told.stdout
    assert len(letters(embedded_broker.bootstrap)) == 8


def test_it_leaves_the_clocks_of_recordings_out(embedded_broker: EmbeddedBroker) -> None:
    told = run("ingest", RECORDINGS / "inspection-escalates", broker=embedded_broker.bootstrap)
    assert "clocks of recordings left out" in told.stdout
    assert all(record.key for record in inputs(embedded_broker.bootstrap))


def test_it_keeps_a_copy_of_a_large_file_if_asked(embedded_broker: EmbeddedBroker, tmp_path: Path) -> None:
    path = tmp_path / "in" / "large.xml"
    path.parent.mkdir()
    path.write_bytes(RECEIVED + b" " * (2 << 20))
    where = run("ingest", path, broker=embedded_broker.bootstrap)
    kept = run("ingest", path, "--aside", tmp_path / "aside", broker=embedded_broker.bootstrap)
    assert str(path) in where.stdout
    (copy,) = (tmp_path / "aside").iterdir()
    assert str(copy) in kept.stdout
    assert copy.read_bytes() == path.read_bytes()


def test_a_backfill_is_marked_and_ended_in_every_partition(embedded_broker: EmbeddedBroker) -> None:
    told = run("ingest", "--backfill-id", "march", STORY, broker=embedded_broker.bootstrap)
    assert "--backfill-id march" in told.stdout
    found = inputs(embedded_broker.bootstrap)
    assert all(record.head["backfill"] == "march" for record in found)
    assert sum(isinstance(read_input(record, default_tables()), BackfillEnd) for record in found) == PARTITIONS
    assert isinstance(read_input(found[-1], default_tables()), BackfillEnd)


def test_a_backfill_without_a_name_is_given_one_of_its_own(embedded_broker: EmbeddedBroker) -> None:
    for _ in range(2):
        assert run("ingest", "--backfill", STORY, broker=embedded_broker.bootstrap).exit_code == 0
    assert len({record.head["backfill"] for record in inputs(embedded_broker.bootstrap)}) == 2


def test_files_that_come_again_change_nothing(embedded_broker: EmbeddedBroker) -> None:
    run("ingest", STORY, broker=embedded_broker.bootstrap)
    once = states(inputs(embedded_broker.bootstrap))
    run("ingest", STORY, broker=embedded_broker.bootstrap)
    assert len(inputs(embedded_broker.bootstrap)) == 10
    assert states(inputs(embedded_broker.bootstrap)) == once


def states(records: list[InputRecord]) -> dict[str, object]:
    """What the fold of one partition's records comes to."""
    fold = PartitionFold(default_tables())
    fold.fold(records)
    return dict(fold.partition.states)


def test_a_broker_that_is_missing_or_not_named_is_one_clear_line() -> None:
    for address, word in (("127.0.0.1:9", "no broker at 127.0.0.1:9"), ("", "CLEARANCE_KAFKA_BOOTSTRAP_SERVERS")):
        process = start("ingest", STORY, broker=address)
        told, _ = process.communicate(timeout=60)
        assert process.returncode == 2
        assert word in told
        assert "Traceback" not in told


def test_it_wants_files_or_one_folder_to_watch(tmp_path: Path) -> None:
    assert run("ingest").exit_code == 2
    assert run("ingest", "--watch", tmp_path, STORY).exit_code == 2
    assert run("ingest", "--watch", tmp_path, "--backfill").exit_code == 2


def test_a_watched_folder_is_taken_until_the_process_is_told_to_end_and_never_twice(
    embedded_broker: EmbeddedBroker, tmp_path: Path
) -> None:
    port = free_port()
    words = ("ingest", "--watch", tmp_path, "--every", "0.1", "--as", "acme", "--metrics-port", port)
    for number in range(2):
        process = start(*words, broker=embedded_broker.bootstrap)
        try:
            (tmp_path / f"Receipt_{number}.xml").write_bytes(receipt(number))
            assert process.stdout is not None
            end = monotonic() + 60
            while "appended=1" not in process.stdout.readline():
                assert monotonic() < end
            shown = get(f"http://127.0.0.1:{port}/metrics", timeout=10).text
            process.send_signal(signal.SIGTERM)
            rest, _ = process.communicate(timeout=60)
        finally:
            process.kill()
        assert process.returncode == 0, rest
        assert 'clearance_edge_messages_total{result="appended"} 1.0' in shown
        assert 'clearance_edge_last_message_age_seconds{authority="cn",connection="acme"}' in shown
        assert 'clearance_dependency_up{dependency="broker"} 1.0' in shown
        assert "clearance_last_success_timestamp_seconds " in shown
    assert sorted(record.value for record in inputs(embedded_broker.bootstrap)) == [receipt(0), receipt(1)]


def test_a_watch_that_is_killed_loses_nothing(embedded_broker: EmbeddedBroker, tmp_path: Path) -> None:
    expected = {receipt(number) for number in range(3000)}
    for number, data in enumerate(sorted(expected)):
        (tmp_path / f"Receipt_{number}.xml").write_bytes(data)
    killed = watching(embedded_broker.bootstrap, tmp_path)
    end = monotonic() + 120
    while not inputs(embedded_broker.bootstrap):
        assert monotonic() < end
    killed.kill()
    killed.communicate(timeout=60)
    after = watching(embedded_broker.bootstrap, tmp_path)
    while {record.value for record in inputs(embedded_broker.bootstrap)} != expected:
        assert monotonic() < end
    after.terminate()
    after.communicate(timeout=60)
    assert after.returncode == 0


def watching(broker: str, folder: Path) -> "subprocess.Popen[str]":
    """A process that watches a folder, as soon as it does."""
    process = start("ingest", "--watch", folder, "--every", "0.1", broker=broker)
    assert process.stdout is not None
    assert "watching" in process.stdout.readline()
    return process
