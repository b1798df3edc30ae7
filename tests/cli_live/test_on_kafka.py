"""The commands around the log, on a real broker with a real tracker."""

from pathlib import Path

from tests.cli_live.program import run, start
from tests.edge.log import DECLARATION, RECEIVED, RECORDINGS, inputs, letters, receipt
from tests.system.running import System, until

from clearance.contracts import topics
from clearance.devbroker.local import LocalKafka
from clearance.kafka.clients import partition_of
from clearance.kafka.names import BASE
from clearance.kafka.topics import ensure
from clearance.recordings.story import tell

PARTITION = partition_of(DECLARATION.encode(), topics()[BASE.inputs].partitions)


def test_a_poisoned_input_is_set_aside_and_sent_again_and_a_story_is_recorded(
    own_kafka: LocalKafka, tmp_path: Path
) -> None:
    broker = own_kafka.bootstrap
    system = System.on(own_kafka, tmp_path / "processes")
    system.start_tracker()
    try:
        run("ingest", RECORDINGS / "temporary-then-unified-then-entry", broker=broker)
        run("ingest", RECORDINGS / "held-then-released" / "002-received.xml", broker=broker)
        system.rest()
        (tmp_path / "largest.xml").write_bytes(RECEIVED + b" " * ((1 << 20) - len(RECEIVED)))
        (tmp_path / "largest-bad.xml").write_bytes(b"<" * (1 << 20))
        told = run("ingest", tmp_path / "largest.xml", tmp_path / "largest-bad.xml", broker=broker)
        assert "1 of 2 files appended in 1 records, 1 refused" in told.stdout
        system.rest()
        folded = f"{BASE.inputs}:{PARTITION}:{_last(broker)}"
        assert run("dlq", "add", folded, "--reason", "x", "--yes", broker=broker).exit_code == 2

        system.children.stop()
        run("ingest", RECORDINGS / "held-then-released" / "005-released.xml", broker=broker)
        poisoned = f"{BASE.inputs}:{PARTITION}:{_last(broker)}"
        assert run("dlq", "add", poisoned, "--reason", "issue 81", "--yes", broker=broker).exit_code == 0
        system.start_tracker()
        until(lambda: [one for one in letters(broker) if one.stage == "operator"], "the tracker sets it aside")
        told = run("dlq", "redrive", "--all", "--stage", "operator", "--yes", broker=broker)
        assert told.exit_code == 0
        system.rest()

        out = tmp_path / "recording"
        told = run("record", "--declaration", DECLARATION, "--out", out, broker=broker)
        assert told.exit_code == 0, told.output
        assert tell(out).status == "released"
        story = RECORDINGS / "temporary-then-unified-then-entry"
        out = tmp_path / "other"
        told = run("record", "--declaration", "E20260004010000026", "--out", out, broker=broker)
        assert told.exit_code == 0, told.output
        assert sorted(tell(out).timeline) == sorted(tell(story).timeline)
    finally:
        system.children.stop()


def _last(broker: str) -> int:
    return max(record.position for record in inputs(broker) if record.key == DECLARATION)


def test_a_watched_folder_waits_for_a_broker_that_is_away(own_kafka: LocalKafka, tmp_path: Path) -> None:
    ensure(own_kafka.bootstrap, topics(), replication_factor=1, create=True)
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    process = start("ingest", "--watch", inbox, "--every", "0.2", broker=own_kafka.bootstrap)
    try:
        (inbox / "1.xml").write_bytes(receipt(1))
        until(lambda: len(inputs(own_kafka.bootstrap)) == 1, "the first file is taken")
        own_kafka.stop()
        (inbox / "2.xml").write_bytes(receipt(2))
        own_kafka.start()
        until(lambda: {one.value for one in inputs(own_kafka.bootstrap)} == {receipt(1), receipt(2)}, "the second too")
        process.terminate()
        told, _ = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0, told
