"""What a later epoch gets of the base log: history as it is, and nothing that was derived from it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from clearance.events.log.input_records import Headers, InputRecord, input_record, message_record, read_input
from clearance.events.log.inputs import BackfillEnd, Clock, Command, FactsInput, Input, Link
from clearance.events.log.upcasting import NewerVersion
from clearance.events.receipts.facts import Statement
from clearance.rebuild.copying import copy_of, is_copied, is_quiet, origin_of
from clearance.settings.tables import default_tables

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
ID = "uk:mrn:26GB00000000000001"


@dataclass
class Consumed:
    """As a reader gives it."""

    key: bytes | None
    value: bytes | None
    headers: Headers
    offset: int = 41
    timestamp: int = int(AT.timestamp() * 1000)


def consumed(record: InputRecord) -> Consumed:
    return Consumed(record.key.encode() or None, record.value, record.headers)


def given(one: Input, key: str = ID) -> Consumed:
    return consumed(input_record(key, one))


STATEMENT = Statement("c-1", "mute", AT, "", {"rule": "A07", "until": "2026-03-09T00:00:00Z"})
CASES: dict[str, tuple[Consumed, bool]] = {
    "a message": (consumed(message_record(ID, b"<MetaData/>", received_at=AT)), True),
    "a command": (given(Command(at=AT, statement=STATEMENT)), True),
    "a clock": (given(Clock(at=AT), ""), True),
    "a clock that a simulator wrote": (given(Clock(at=AT - timedelta(days=9), external=True), ""), True),
    "the end of a backfill": (given(BackfillEnd(at=AT, backfill="2025"), ""), True),
    "what is no input, which the new fold may know": (Consumed(None, b"?", ()), True),
    "a clock that cannot be read": (Consumed(None, b"?", (("kind", b"clock"), ("schema-version", b"1"))), True),
    "no link: it is derived anew": (given(Link(at=AT, primary=ID), "uk:sender-lrn:x/1"), False),
    "no facts: they are derived anew": (given(FactsInput(at=AT, numbers=("mrn:26GB00000000000001",))), False),
    "no clock that ran ahead of its broker": (given(Clock(at=AT + timedelta(minutes=2)), ""), False),
}


@pytest.mark.parametrize("what", CASES)
def test_a_later_epoch_gets(what: str) -> None:
    record, wanted = CASES[what]
    assert is_copied(record) == wanted


def test_a_clock_of_a_later_version_stops_the_feeder() -> None:
    with pytest.raises(NewerVersion, match="input of schema version 2, and this version of clearance reads up to 1"):
        is_copied(Consumed(None, b"{}", (("kind", b"clock"), ("schema-version", b"2"))))


@pytest.mark.parametrize("quiet", [True, False])
def test_a_copy_says_where_it_came_from_and_is_read_as_the_same_input(quiet: bool) -> None:
    record = given(Command(at=AT, statement=STATEMENT))
    copy = copy_of(record, quiet)
    assert (copy.key, copy.value) == (record.key, record.value)
    assert copy.headers[: len(record.headers)] == [*record.headers]
    assert (origin_of(copy.headers), is_quiet(copy.headers)) == (41, quiet)
    read = read_input(InputRecord(ID, copy.value or b"", tuple(copy.headers), 7), default_tables())
    assert read == Command(position=7, at=AT, statement=STATEMENT, quiet=quiet)


def test_what_the_epoch_derived_itself_has_no_origin() -> None:
    assert origin_of(given(Link(at=AT, primary=ID)).headers) is None
