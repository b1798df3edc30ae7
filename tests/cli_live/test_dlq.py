"""`clearance dlq`: inputs that were set aside, on a broker that is there."""

import asyncio
import json
from collections.abc import Iterator

import pytest
from tests.cli_live.program import run
from tests.edge.log import DECLARATION, RECEIVED, RECORDINGS, inputs, records
from tests.helpers.compressed import CODECS, put_compressed
from tests.operations.written import AT, MESSAGE, PARTITION, progress, put

from clearance.contracts.models.set_aside import SetAside
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.events.log.input_records import InputRecord, message_record
from clearance.kafka.names import BASE, Names
from clearance.kafka.wire import Outgoing, dead_letter_record, outgoing_input
from clearance.tracker.remedies import REMEDY


@pytest.fixture
def refused(embedded_broker: EmbeddedBroker) -> str:
    """A broker with eight dead letters of the edge and two of the tracker: one that is mended, one that is not."""
    run("ingest", RECORDINGS / "bad-files-between-good-ones", broker=embedded_broker.bootstrap)
    good = InputRecord(DECLARATION, RECEIVED, MESSAGE.headers, 7)
    bad = InputRecord(DECLARATION, b"\x00\xff", MESSAGE.headers, 8)
    made = [
        dead_letter_record(one, "codec: not yet known", "tracker", at=AT, partition=PARTITION) for one in (good, bad)
    ]
    put(embedded_broker.bootstrap, BASE.dead_letters, PARTITION, *made)
    return embedded_broker.bootstrap


def test_it_lists_dead_letters_and_why_they_are_dead(refused: str) -> None:
    told = run("dlq", "list", broker=refused)
    assert told.exit_code == 0
    assert f"declaration-inputs-dlq:{PARTITION}:0  tracker" in told.stdout
    assert f"from declaration-inputs:{PARTITION}:7" in told.stdout
    assert "005-dtd.xml: the message holds a DTD" in told.stdout
    assert "10 set aside" in told.stdout


def test_it_lists_by_stage_by_time_and_by_reason(refused: str) -> None:
    assert "2 set aside" in run("dlq", "list", "--stage", "tracker", broker=refused).stdout
    assert "1 set aside" in run("dlq", "list", "--reason", "DTD", broker=refused).stdout
    assert "0 set aside" in run("dlq", "list", "--since", "2099-01-01T00:00:00Z", broker=refused).stdout
    assert "these are the newest 3" in run("dlq", "list", "--limit", 3, broker=refused).stdout


def test_it_lists_json_for_programs(refused: str) -> None:
    told = json.loads(run("dlq", "list", "--json", "--stage", "tracker", broker=refused).stdout)
    assert [one["place"] for one in told] == [f"{BASE.dead_letters}:{PARTITION}:{offset}" for offset in (0, 1)]
    assert told[0]["declaration"] == DECLARATION


def test_it_shows_headers_reason_and_text(refused: str) -> None:
    told = run("dlq", "show", f"{BASE.dead_letters}:{PARTITION}:0", broker=refused).stdout
    assert all(
        words in told for words in ("codec: not yet known", "header organisation", "acme", "<CHANNEL>L</CHANNEL>")
    )


def test_it_shows_bytes_that_are_no_text_as_a_dump(refused: str) -> None:
    assert "00000000  00 ff" in run("dlq", "show", f"{BASE.dead_letters}:{PARTITION}:1", broker=refused).stdout


def test_it_shows_any_record_of_the_log(refused: str) -> None:
    (first, *_) = records(refused, BASE.inputs)
    told = run("dlq", "show", f"{BASE.inputs}:{first.partition}:{first.offset}", broker=refused).stdout
    assert first.key.decode() in told


@pytest.mark.parametrize(
    "place", ["declaration-inputs", "nothing:1:2", "declaration-inputs-dlq:12:0", "declaration-inputs-dlq:1:x"]
)
def test_a_place_that_names_no_topic_partition_and_offset_is_refused(place: str, refused: str) -> None:
    assert run("dlq", "show", place, broker=refused).exit_code == 2


def test_a_place_without_a_record_says_what_there_is(refused: str) -> None:
    told = run("dlq", "show", f"{BASE.dead_letters}:0:99", broker=refused)
    assert told.exit_code == 2
    assert "it holds 0 to 7" in told.stderr


def test_it_sends_a_letter_again_with_its_bytes_and_headers_at_a_new_position(refused: str) -> None:
    before = inputs(refused)
    told = run("dlq", "redrive", f"{BASE.dead_letters}:{PARTITION}:0", "--yes", broker=refused)
    assert told.exit_code == 0
    (new,) = [record for record in inputs(refused) if record not in before]
    assert (new.key, new.value, new.headers) == (DECLARATION, RECEIVED, MESSAGE.headers)
    assert f"declaration-inputs:{PARTITION}:{new.position}" in told.stdout


def test_it_asks_first_and_sends_nothing_on_a_no_or_a_dry_run(refused: str) -> None:
    before = len(inputs(refused))
    assert run("dlq", "redrive", "--all", broker=refused, text="n\n").exit_code == 1
    told = run("dlq", "redrive", "--all", "--dry-run", broker=refused)
    assert f"{BASE.dead_letters}:{PARTITION}:0 would go to {DECLARATION}" in told.stdout
    assert "1 would be sent, 9 cannot be" in told.stdout
    assert len(inputs(refused)) == before


def test_letters_that_would_be_refused_again_are_not_sent_and_the_others_are(refused: str) -> None:
    before = len(inputs(refused))
    told = run("dlq", "redrive", "--all", "--yes", broker=refused)
    assert told.exit_code == 1
    assert "cannot be sent: the message holds a DTD" in told.stderr
    assert len(inputs(refused)) == before + 1


def test_a_letter_of_the_edge_is_filed_by_the_codecs_of_today(embedded_broker: EmbeddedBroker) -> None:
    unfiled = message_record("", RECEIVED, received_at=AT, organisation="acme")
    put(embedded_broker.bootstrap, BASE.dead_letters, 0, dead_letter_record(unfiled, "unknown format", "edge", at=AT))
    assert run("dlq", "redrive", "--all", "--yes", broker=embedded_broker.bootstrap).exit_code == 0
    (record,) = inputs(embedded_broker.bootstrap)
    assert (record.key, record.headers) == (DECLARATION, MESSAGE.headers)


def test_a_letter_without_the_whole_message_is_not_sent_and_says_where_the_rest_lies(
    embedded_broker: EmbeddedBroker,
) -> None:
    beginning = message_record("", RECEIVED + b" " * (4096 - len(RECEIVED)), received_at=AT)
    letter = dead_letter_record(beginning, "kept as /aside/a.xml", "edge", at=AT, whole=(5000, "0" * 64))
    put(embedded_broker.bootstrap, BASE.dead_letters, 0, letter)
    told = run("dlq", "redrive", "--all", "--yes", broker=embedded_broker.bootstrap)
    assert told.exit_code == 1
    assert "kept as /aside/a.xml" in told.stderr


def test_it_sets_an_input_aside_in_the_epoch_of_its_topic(embedded_broker: EmbeddedBroker) -> None:
    put(embedded_broker.bootstrap, BASE.inputs, PARTITION, *[outgoing_input(MESSAGE)] * 3)
    put(embedded_broker.bootstrap, BASE.progress, PARTITION, progress(1), progress(0))
    told = run(
        "dlq", "add", f"{BASE.inputs}:{PARTITION}:2", "--reason", "issue 81", "--yes", broker=embedded_broker.bootstrap
    )
    assert told.exit_code == 0
    (record,) = records(embedded_broker.bootstrap, BASE.set_aside)
    line = SetAside.model_validate_json(record.value)
    assert (record.partition, record.key.decode()) == (PARTITION, f"{PARTITION}:2")
    assert (line.epoch, line.partition, line.offset, line.reason) == (0, PARTITION, 2, "issue 81")


def test_the_command_that_a_tracker_prints_works_as_it_is_printed(embedded_broker: EmbeddedBroker) -> None:
    put(embedded_broker.bootstrap, BASE.inputs, PARTITION, outgoing_input(MESSAGE))
    printed = REMEDY.format(f"{BASE.inputs}:{PARTITION}:0", PARTITION).split("`")[1]
    told = run(*printed.split()[1:], "--yes", broker=embedded_broker.bootstrap)
    assert told.exit_code == 0, told.stderr
    (record,) = records(embedded_broker.bootstrap, BASE.set_aside)
    assert SetAside.model_validate_json(record.value).reason == "it cannot be folded"


@pytest.mark.parametrize("codec", CODECS)
def test_what_is_compressed_is_shown_set_aside_and_sent_again(codec: str, embedded_broker: EmbeddedBroker) -> None:
    broker, place = embedded_broker.bootstrap, f"{BASE.inputs}:{PARTITION}:4"
    put_compressed(broker, codec, BASE.inputs, PARTITION, *[outgoing_input(MESSAGE)] * 9)
    assert "<CHANNEL>L</CHANNEL>" in run("dlq", "show", place, broker=broker).stdout
    assert run("dlq", "add", place, "--yes", broker=broker).exit_code == 0
    good = InputRecord(DECLARATION, RECEIVED, MESSAGE.headers, 4)
    letter = dead_letter_record(good, "it stops the tracker", "operator", at=AT, partition=PARTITION)
    put_compressed(broker, codec, BASE.dead_letters, PARTITION, *[letter] * 2)
    assert "2 set aside" in run("dlq", "list", broker=broker).stdout
    assert run("dlq", "redrive", f"{BASE.dead_letters}:{PARTITION}:1", "--yes", broker=broker).exit_code == 0
    assert len(inputs(broker)) == 10


def test_an_input_that_was_folded_cannot_be_set_aside(embedded_broker: EmbeddedBroker) -> None:
    put(embedded_broker.bootstrap, BASE.inputs, PARTITION, *[outgoing_input(MESSAGE)] * 3)
    put(embedded_broker.bootstrap, BASE.progress, PARTITION, progress(2), progress(1))
    told = run("dlq", "add", f"{BASE.inputs}:{PARTITION}:2", "--reason", "x", "--yes", broker=embedded_broker.bootstrap)
    assert told.exit_code == 2
    assert f"partition {PARTITION} is at 2" in told.stderr
    assert not records(embedded_broker.bootstrap, BASE.set_aside)


def test_an_input_set_aside_after_it_was_folded_is_taken_back(
    embedded_broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clearance.operations import set_aside_input

    put(embedded_broker.bootstrap, BASE.inputs, PARTITION, *[outgoing_input(MESSAGE)] * 3)
    put(embedded_broker.bootstrap, BASE.progress, PARTITION, progress(1))
    write_line = set_aside_input._write

    async def while_the_tracker_folds(address: str, names: Names, partition: int, line: Outgoing) -> None:
        await write_line(address, names, partition, line)
        await asyncio.to_thread(put, address, BASE.progress, PARTITION, progress(2))

    monkeypatch.setattr(set_aside_input, "_write", while_the_tracker_folds)
    told = run("dlq", "add", f"{BASE.inputs}:{PARTITION}:2", "--reason", "x", "--yes", broker=embedded_broker.bootstrap)
    assert told.exit_code == 1
    assert "too late" in told.stdout
    assert [record.value is None for record in records(embedded_broker.bootstrap, BASE.set_aside)] == [False, True]


def test_a_record_of_a_newer_version_is_set_aside_only_as_that_and_comes_back_after_the_upgrade(
    embedded_broker: EmbeddedBroker,
) -> None:
    broker, place = embedded_broker.bootstrap, f"{BASE.inputs}:{PARTITION}:1"
    newer = InputRecord(DECLARATION, RECEIVED, tuple(later(MESSAGE)), 1)
    put(broker, BASE.inputs, PARTITION, outgoing_input(MESSAGE), outgoing_input(newer))
    told = run("dlq", "add", place, "--yes", broker=broker)
    assert (told.exit_code, "is of a newer version" in told.stderr) == (2, True)
    told = run("dlq", "add", f"{BASE.inputs}:{PARTITION}:0", "--newer-version", "--yes", broker=broker)
    assert (told.exit_code, "is not of a newer version" in told.stderr) == (2, True)
    told = run("dlq", "add", place, "--newer-version", "--yes", broker=broker)
    assert told.exit_code == 0
    again = "clearance dlq redrive --all --stage operator --reason 'of a newer version'"
    assert f"after the upgrade, `{again}` brings it back" in told.stdout
    letter = dead_letter_record(newer, "of a newer version", "operator", at=AT, partition=PARTITION)
    put(broker, BASE.dead_letters, PARTITION, letter)
    told = run("dlq", "redrive", "--all", "--stage", "operator", "--yes", broker=broker)
    assert (told.exit_code, "written by a newer version" in told.stderr) == (1, True), "this one cannot read it either"


def later(record: InputRecord) -> Iterator[tuple[str, bytes]]:
    for name, value in record.headers:
        yield name, b"9" if name == "schema-version" else value


def test_a_partition_that_is_not_parked_cannot_be_unparked(embedded_broker: EmbeddedBroker) -> None:
    told = run("partitions", "unpark", "3", broker=embedded_broker.bootstrap)
    assert told.exit_code == 2
    assert "partition 3 of declaration-inputs is not parked" in told.stderr
    assert "0 parked" in run("partitions", "list", broker=embedded_broker.bootstrap).stdout


def test_only_an_input_can_be_set_aside(refused: str) -> None:
    assert run("dlq", "add", f"{BASE.dead_letters}:0:1", "--reason", "x", broker=refused).exit_code == 2
