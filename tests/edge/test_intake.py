"""From what arrived to the records of the log, without any broker."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.edge.log import DECLARATION, RECEIVED, RECORDINGS

from clearance.edge.intake import arrival_of_record, records_of, unfiled
from clearance.events.log.input_records import read_input
from clearance.events.log.inputs import Clock, Command, Message
from clearance.events.partition.replay import Arrival
from clearance.events.receipts.facts import Statement
from clearance.events.values.errors import InvalidMessage
from clearance.recordings.read import read_paths
from clearance.settings.tables import default_tables

AT = datetime(2026, 3, 2, 1, 0, 2, tzinfo=UTC)
ARRIVAL = Arrival(name="a.xml", at=AT, data=RECEIVED, organisation="acme")


def test_a_message_goes_on_with_its_bytes_as_they_came() -> None:
    (record,) = records_of(ARRIVAL, default_tables())
    assert (record.key, record.value) == (DECLARATION, RECEIVED)
    head = record.head
    assert (head["kind"], head["authority"], head["organisation"]) == ("message", "cn", "acme")
    assert head["received-at"] == "2026-03-02T01:00:02Z"


def test_a_message_of_two_declarations_is_a_record_for_each() -> None:
    folder = RECORDINGS / "uk-two-declarations-in-one-notification"
    both = [record for arrival in read_paths([folder], "self") for record in records_of(arrival, default_tables())]
    assert len({record.key for record in both}) > 1
    twice = [record for record in both if sum(one.value == record.value for one in both) == 2]
    assert len({record.head["message-id"] for record in twice}) < len(twice)


@pytest.mark.parametrize("folder", sorted(RECORDINGS.iterdir()), ids=lambda folder: folder.name)
def test_every_recording_can_be_read_back_out_of_its_records(folder: Path) -> None:
    for arrival in read_paths([folder], "self"):
        try:
            records = records_of(arrival, default_tables())
        except InvalidMessage:
            continue
        for record in records:
            given = read_input(record, default_tables())
            assert given.at == arrival.at
            if isinstance(given, Message):
                assert arrival_of_record(record).data == arrival.data
                assert records_of(arrival_of_record(record), default_tables()) == records


def test_a_command_is_filed_under_the_number_that_it_names() -> None:
    statement = Statement("c-1", "register", AT, "acme", {})
    (record,) = records_of(
        Arrival(name="", at=AT, kind="command", declaration=DECLARATION, statement=statement), default_tables()
    )
    assert record.key == DECLARATION
    assert read_input(record, default_tables()) == Command(at=AT, statement=statement)


def test_a_command_about_no_declaration_is_refused_and_kept_under_what_it_named() -> None:
    statement = Statement("c-1", "register", AT, "acme", {})
    arrival = Arrival(name="", at=AT, kind="command", declaration="cn:bill:B1", statement=statement)
    with pytest.raises(InvalidMessage, match="no declaration id"):
        records_of(arrival, default_tables())
    assert unfiled(arrival, default_tables()).key == "cn:bill:B1"


def test_a_clock_has_no_key() -> None:
    (record,) = records_of(Arrival(name="", at=AT, kind="clock"), default_tables())
    assert (record.key, read_input(record, default_tables())) == ("", Clock(at=AT))


def test_what_cannot_be_filed_keeps_what_is_known_of_it() -> None:
    said = {"authority": "cn", "hints": ("cop-msg:1",), "backfill": "b", "stated_at": AT, "conversation": "A"}
    known = replace(ARRIVAL, name="", data=b"<nothing/>", **said)
    record = unfiled(known, default_tables())
    assert record.key == ""
    assert arrival_of_record(record) == known
