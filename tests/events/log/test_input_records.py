"""Records of the log: what is written is read back, and what only looks like an input is refused with a reason."""

import json
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.helpers import strategies
from tests.helpers.input_records import ALIAS, ANOTHER, AT, CN, NUMBERLESS, UK, WRITTEN, record
from tests.helpers.partition_logs import TABLES, logged
from tests.helpers.recordings import RECORDINGS, STORIES, recorded

from clearance.contracts import examples, topic
from clearance.edge.intake import records_of
from clearance.events.log.input_records import (
    KIND_OF,
    SEALED,
    WHOLE_PARTITION,
    InputRecord,
    format_of,
    input_record,
    is_of_kind,
    message_record,
    read_input,
)
from clearance.events.log.inputs import KINDS, Clock, FactsInput, Input, Message
from clearance.events.partition.batch import PartitionFold
from clearance.events.partition.partition import placed
from clearance.events.receipts.facts import Fact
from clearance.events.receipts.formats import authority_of, parse
from clearance.events.values.errors import InvalidMessage
from clearance.events.values.times import rfc3339
from clearance.recordings.read import read_recording
from clearance.settings.tables import default_tables

TESTS = Path(__file__).parents[2]


@pytest.mark.parametrize("story", STORIES)
def test_every_arrival_of_every_recording_is_read_back(story: str) -> None:
    written = [
        one
        for arrival in read_recording(RECORDINGS / story)
        if arrival.kind == "message" and arrival.name not in {one.name for one in recorded(story).refused}
        for one in records_of(arrival, default_tables())
    ]
    expected = [(key, placed(given, -1)) for key, given in recorded(story).log if isinstance(given, Message)]
    assert [(one.key, read_input(one, default_tables())) for one in written] == expected


@pytest.mark.parametrize("story", STORIES)
def test_every_other_input_of_every_recording_is_read_back(story: str) -> None:
    for key, given in recorded(story).log:
        if not isinstance(given, Message):
            assert (
                read_input(replace(input_record(_keyed(key, given), given), position=given.position), default_tables())
                == given
            )


def _keyed(key: str, given: Input) -> str:
    return "" if KIND_OF[type(given)] in WHOLE_PARTITION else key


@settings(deadline=None)
@drawn(strategies.keyed_inputs(), st.integers(0, 2**40))
def test_any_input_is_read_back(keyed: tuple[str, Input], position: int) -> None:
    key, given = keyed
    assert read_input(replace(input_record(key, given), position=position), default_tables()) == placed(given, position)


def test_a_clock_is_read_back_with_the_time_of_its_record() -> None:
    milliseconds = int(AT.timestamp() * 1000) + 125
    found = read_input(replace(input_record("", Clock(at=AT)), position=3, timestamp_ms=milliseconds), default_tables())
    assert found == Clock(at=AT, position=3, appended_at=AT + timedelta(milliseconds=125))


def test_a_message_keeps_all_that_was_said_of_it() -> None:
    written = message_record(
        CN,
        NUMBERLESS,
        received_at=AT + timedelta(microseconds=250_000),
        organisation="demo broker",
        system="cn-epdp",
        hints=("unified:E20260000000000001", "entry:290120260000000001"),
        backfill="2026-02",
        stated_at=AT,
        conversation="5b7ad3c6-0000-4000-8000-00000000000a",
    )
    found = read_input(written, default_tables())
    assert isinstance(found, Message)
    assert found.stated_at == AT
    assert found.conversation == "5b7ad3c6-0000-4000-8000-00000000000a"
    assert (found.at, found.backfill) == (AT + timedelta(microseconds=250_000), "2026-02")
    assert (found.organisation, found.message_id) == ("demo broker", sha256(NUMBERLESS).hexdigest())
    assert found.receipts[0].system == "cn-epdp"
    assert found.receipts[0].numbers == ("unified:E20260000000000001", "entry:290120260000000001")


@pytest.mark.parametrize("written", WRITTEN, ids=lambda one: f"{one.head['kind']} {len(one.headers)}")
def test_headers_are_those_of_the_card(written: InputRecord) -> None:
    kind = written.head["kind"]
    headers = [one for one in topic("declaration-inputs").headers if not one.kinds or kind in one.kinds]
    assert len(dict(written.headers)) == len(written.headers)
    assert {*written.head} <= {one.name for one in headers}
    assert {one.name for one in headers if one.required} <= {*written.head}
    assert written.head["message-id"] == sha256(written.value).hexdigest()
    assert written.head["received-at"] == rfc3339(AT)
    assert written.head.get("authority", "") == written.key.partition(":")[0]


def test_every_kind_of_the_card_is_written_and_no_other() -> None:
    kinds = topic("declaration-inputs").kinds
    assert {*kinds} - {SEALED} == {"message", *KINDS} == {one.head["kind"] for one in WRITTEN}


def test_headers_say_the_same_as_the_value() -> None:
    for written in WRITTEN:
        if written.head["kind"] != "message":
            value = json.loads(written.value)
            assert written.head["received-at"] == value["at"]
            assert written.head.get("backfill", "") == value["backfill"]


def test_a_clock_is_known_by_its_header() -> None:
    assert [one.head["kind"] for one in WRITTEN if is_of_kind("clock", one.headers)] == ["clock"]


def test_an_input_is_counted_by_its_format_or_else_its_kind() -> None:
    formats = [format_of(read_input(one, default_tables())) for one in WRITTEN]
    assert formats == [
        "command",
        "link",
        "facts",
        "clock",
        "backfill-end",
        "expectations",
        "related",
        *["DEC_RESULT"] * 2,
    ]


KEYS = {
    "clock": "",
    "backfill-end": "",
    "expectations": "",
    "link": ALIAS,
    "facts": CN,
    "command": UK,
    "related": ANOTHER,
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_example_of_the_contract_is_read(kind: str) -> None:
    for one in examples(f"{kind}.v1"):
        if not one.error:
            text = json.dumps(one.value)
            key = UK if '"uk' in text or "uk:" in text else KEYS[kind]
            key = "uk:sender-lrn:demo/1" if kind == "link" and key == UK else key
            assert (
                KIND_OF[type(read_input(record(kind, one.value, key if KEYS[kind] else ""), default_tables()))] == kind
            ), one.name


def messages_of_the_tests() -> Iterator[bytes]:
    yield from (path.read_bytes() for path in sorted((TESTS / "recordings").rglob("*.xml")))
    yield from (path.read_bytes() for path in sorted((TESTS / "fuzz" / "corpus").rglob("*")) if path.is_file())


def test_whatever_a_codec_reads_can_be_sent_on_as_a_fact() -> None:
    """An alias sends its primary all that it holds: a receipt that were refused there would be lost."""
    taken = 0
    for data in messages_of_the_tests():
        try:
            receipts = parse(data, default_tables(), sender="demo broker")
        except InvalidMessage:
            continue
        for receipt in receipts:
            key = {"cn": CN, "uk": UK}[authority_of(receipt)]
            given = FactsInput(at=AT, receipts=(Fact(receipt, AT, sha256(data).hexdigest()),), numbers=receipt.numbers)
            assert read_input(input_record(key, given), default_tables()) == given
            taken += 1
    assert taken > 300


def test_the_log_of_a_story_has_dead_letters_only_where_a_file_was_bad() -> None:
    assert sum(len(PartitionFold(TABLES).fold(logged(story)).dead) for story in STORIES) == sum(
        len(recorded(story).refused) for story in STORIES
    )
