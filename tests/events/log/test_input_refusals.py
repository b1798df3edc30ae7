"""What only looks like an input is refused with a reason, becomes a dead letter, and the next record is folded."""

import json
from typing import Any

import pytest
from msgspec import to_builtins
from msgspec.structs import replace
from tests.helpers.input_records import (
    ALIAS,
    ANOTHER,
    AT,
    CN,
    NUMBERLESS,
    RECEIPT,
    UK,
    WHEN,
    command,
    fact,
    facts,
    learned,
    record,
    statement,
)
from tests.helpers.partition_logs import TABLES

from clearance.events.log.input_records import InputRecord, message_record, read_input
from clearance.events.partition.batch import PartitionFold
from clearance.events.values.errors import InvalidMessage
from clearance.settings.tables import default_tables


def expectations(version: int = 1, times: int = 1) -> dict[str, Any]:
    cohort = [["received", "cn", "*", "*", "*", "*"], to_builtins(learned(60))]
    return {"at": WHEN, "table": {"version": version, "as_of": WHEN, "cohorts": [cohort] * times}}


def related(*others: str, shares: tuple[str, ...] = ("bill",)) -> dict[str, Any]:
    named = [{"declaration": one, "shares": shares, "since": WHEN} for one in others]
    return {"at": WHEN, "filed_at": WHEN, "possible_duplicate_of": named}


REFUSED: dict[str, tuple[InputRecord, str]] = {
    "no schema-version": (record("clock", {"at": WHEN}, "", schema_version=None), "schema-version ''"),
    "schema-version 0": (record("clock", {"at": WHEN}, "", schema_version="0"), "schema-version '0'"),
    "schema-version 01": (record("message", RECEIPT, schema_version="01"), "this one reads up to 1"),
    "no kind": (
        InputRecord(CN, RECEIPT, (("schema-version", b"1"),), 7),
        "kind '' is no kind of input",
    ),
    "unknown kind": (record("forecast", {"at": WHEN}), "kind 'forecast' is no kind"),
    "kind in capitals": (record("Message", RECEIPT), "kind 'Message' is no kind"),
    "header that is no text": (record("message", RECEIPT, organisation=b"\xff\xfe"), "a header is not UTF-8"),
    "authority that is no text": (record("message", RECEIPT, authority=b"\xc3"), "a header is not UTF-8"),
    "no received-at": (record("message", RECEIPT, received_at=None), "received-at: "),
    "received-at without a zone": (record("message", RECEIPT, received_at="2026-03-02T01:00:00"), "names no zone"),
    "received-at in 1999": (record("message", RECEIPT, received_at="1999-03-02T01:00:00Z"), "outside 2000-2099"),
    "received-at that is a word": (record("message", RECEIPT, received_at="yesterday"), "received-at: "),
    "message of another authority": (record("message", RECEIPT, authority="uk"), "a message of cn came as one of uk"),
    "unknown code list": (record("message", RECEIPT, system="cn-mine"), "'cn-mine' is no code list"),
    "message that is none": (record("message", b"<a/>"), "'a'"),
    "message that is empty": (record("message", b""), "empty"),
    "message filed under another": (
        record("message", RECEIPT, "cn:unified:E20260000000000002"),
        "filed under cn:unified:E20260000000000002, but the message speaks of cn:unified:E20260000000000001",
    ),
    "message filed under its alias": (record("message", RECEIPT, ALIAS), f"filed under {ALIAS}"),
    "hint that cannot be a number": (record("message", NUMBERLESS, hints="unified:x"), "carries no number"),
    "hint of no kind": (record("message", NUMBERLESS, hints="E20260000000000001"), "carries no number"),
    "no key": (record("message", RECEIPT, ""), "is no declaration id"),
    "key of no authority": (record("message", RECEIPT, "fr:unified:E20260000000000001"), "is no declaration id"),
    "key of a number that only finds": (record("command", command(), "cn:bill:1"), "is no declaration id"),
    "key that is too long": (record("command", command(), "uk:mrn:" + "9" * 41), "at most 40 characters"),
    "key with a space": (record("facts", facts(), "cn:temporary:a b"), "no space"),
    "key with a control character": (record("link", {"at": WHEN, "primary": CN}, "cn:temporary:\x07"), "is not one"),
    "key that was no text": (record("command", command(), "cn:temporary:\x00"), "is not one"),
    "no JSON": (record("clock", b"now", ""), "clock: "),
    "broken JSON": (record("command", json.dumps(command()).encode()[:-1]), "truncated"),
    "JSON of another encoding": (record("command", json.dumps(command()).encode("utf-16")), "command: "),
    "a list": (record("clock", [WHEN], ""), "Expected `object`"),
    "null": (record("link", b"null", ALIAS), "Expected `object`"),
    "nothing": (record("facts", b""), "truncated"),
    "two values": (record("clock", b'{"at":"2026-03-02T01:00:00Z"}{}', ""), "trailing characters"),
    "no time": (record("clock", {"backfill": ""}, ""), "missing required field `at`"),
    "time without a zone": (record("clock", {"at": "2026-03-02T01:00:00"}, ""), "names no zone"),
    "time of another century": (record("clock", {"at": "2100-01-01T00:00:00Z"}, ""), "outside 2000-2099"),
    "time as a number": (record("clock", {"at": 1772413200}, ""), "clock: "),
    "time as a huge number": (record("clock", b'{"at":' + b"9" * 5000 + b"}", ""), "out of range"),
    "day that does not exist": (record("clock", {"at": "2026-02-30T00:00:00Z"}, ""), "RFC3339"),
    "broker's time beyond the calendar": (
        replace(record("clock", {"at": WHEN}, ""), timestamp_ms=2**63 - 1),
        "out of range",
    ),
    "nested deeply, skipped": (record("clock", b'{"at":"%b","x":' % WHEN.encode() + b"[" * 100_000, ""), "too deeply"),
    "nested deeply, read": (record("facts", b'{"numbers":' + b"[" * 100_000), "facts: "),
    "command of no kind": (record("command", command(kind="withdraw")), "Invalid enum value"),
    "command without an id": (record("command", command(command_id="")), "1 to 200 printable characters"),
    "command with an endless id": (record("command", command(command_id="c" * 201)), "1 to 200 printable characters"),
    "command with a NUL in its body": (record("command", command(body={"vessel": "a\x00b"})), "NUL character"),
    "command with an endless body": (
        record("command", command(body={"vessel": "v" * 3000})),
        "at most 2000 characters",
    ),
    "command of another century": (record("command", command(issued_at="1999-12-31T23:59:59Z")), "outside 2000-2099"),
    "command of a naive time": (record("command", command(issued_at="2026-03-02T01:00:00")), "names no zone"),
    "command with numbers in the body": (record("command", command(body={"rule": 7})), "Expected `str`"),
    "fact of a naive reception": (record("facts", facts(receipts=[fact("2026-03-02T01:00:00")])), "names no zone"),
    "fact of a naive occurrence": (
        record("facts", facts(receipts=[fact(occurred_at="2026-03-02T01:00:00")])),
        "names no zone",
    ),
    "fact of another century": (
        record("facts", facts(receipts=[fact(occurred_at="1970-01-01T00:00:00Z")])),
        "outside 2000-2099",
    ),
    "fact of a file of another century": (
        record("facts", facts(receipts=[fact(occurred_at=None) | {"stated_at": "1970-01-01T00:00:00Z"}])),
        "outside 2000-2099",
    ),
    "fact with two times": (
        record("facts", facts(receipts=[fact() | {"stated_at": WHEN}])),
        "stated_at beside a time of the authority",
    ),
    "stamp that is no time": (record("message", RECEIPT, stated_at="20260302090000"), "stated-at: "),
    "stamp without a zone": (record("message", RECEIPT, stated_at="2026-03-02T09:00:00"), "stated-at: "),
    "conversation with an endless id": (record("message", RECEIPT, conversation_id="c" * 81), "conversation-id: 'ccc"),
    "conversation of blanks": (record("message", RECEIPT, conversation_id="  "), "1 to 80 printable characters"),
    "conversation with a control character": (
        record("message", RECEIPT, conversation_id="a\x07"),
        "control characters",
    ),
    "fact of too many conversations": (
        record("facts", facts(receipts=[fact() | {"conversations": ["A", "B", "C"]}])),
        "at most 2 conversations",
    ),
    "fact of one conversation twice": (
        record("facts", facts(receipts=[fact() | {"conversations": ["A", "A"]}])),
        "at most 2 conversations",
    ),
    "fact of a conversation with an endless id": (
        record("facts", facts(receipts=[fact() | {"conversations": ["c" * 81]}])),
        "1 to 80 printable characters",
    ),
    "fact of another authority": (record("facts", facts(receipts=[fact(system="uk-dms")])), "came to a declaration of"),
    "fact without a code": (record("facts", facts(receipts=[fact(code="")])), "lacks an id, a code"),
    "fact with an endless text": (record("facts", facts(receipts=[fact(text="x" * 4001)])), "longer than any codec"),
    "fact with an endless particular": (
        record("facts", facts(receipts=[fact(particulars=[{"kind": "question", "text": "x" * 4001}])])),
        "more particulars, or longer ones",
    ),
    "fact of no message": (record("facts", facts(receipts=[fact(message_id="sha256")])), "or a message id"),
    "number of no kind in a fact": (record("facts", facts(receipts=[fact(numbers=["mrn:1"])])), "is no number of cn"),
    "number of no kind": (record("facts", facts(numbers=["invoice:1"])), "'invoice:1' is no number of cn"),
    "number without a value": (record("facts", facts(numbers=["temporary:"])), "'temporary:' is no number of cn"),
    "number that cannot be one": (record("facts", facts(numbers=["entry:29"])), "(entry) '29' is not one"),
    "statement of a naive time": (
        record("facts", facts(statements=[statement(issued_at="2026-03-02T01:00:00")])),
        "names no zone",
    ),
    "statement that no tracker accepted": (
        record("facts", facts(statements=[statement("transport_plan", cut_off_at="tomorrow")])),
        "statement 'c-1': ",
    ),
    "claim of no alias": (record("facts", facts(claims=[{"alias": "x", "primary": CN}])), "is no declaration id"),
    "claim of no primary": (record("facts", facts(claims=[{"alias": ALIAS, "primary": ALIAS}])), "is no primary"),
    "link to an alias": (record("link", {"at": WHEN, "primary": ALIAS}, ALIAS), "is no primary number for"),
    "link to another authority": (record("link", {"at": WHEN, "primary": UK}, ALIAS), "is no primary number for"),
    "link to no number": (record("link", {"at": WHEN, "primary": "here"}, ALIAS), "is no declaration id"),
    "table of no version": (record("expectations", expectations(version=0), ""), "version 0 as of"),
    "table with a cohort twice": (record("expectations", expectations(times=2), ""), "a cohort stands in it twice"),
    "table that is none": (record("expectations", {"at": WHEN, "table": 7}, ""), "Expected `object`, got `int`"),
    "other that is the declaration itself": (
        record("related", related(CN)),
        "no other declaration of the same authority",
    ),
    "other of another authority": (record("related", related(UK)), "no other declaration of the same authority"),
    "other that is no declaration": (record("related", related("bill:B1")), "is no declaration id"),
    "other that shares nothing": (record("related", related(ANOTHER, shares=())), "shares nothing"),
    "too many others": (record("related", related(*[ANOTHER] * 6)), "names 6 others; at most 5 are named"),
    "end of no backfill": (record("backfill-end", {"at": WHEN, "backfill": ""}, ""), "names no backfill"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_it_refuses(what: str) -> None:
    given, reason = REFUSED[what]
    with pytest.raises(InvalidMessage) as caught:
        read_input(given, default_tables())
    assert reason in caught.value.reason


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_becomes_a_dead_letter_and_the_next_record_is_folded(what: str) -> None:
    tracker = PartitionFold(TABLES)
    tracker.position = 6
    bad, good = REFUSED[what][0], replace(message_record(CN, RECEIPT, received_at=AT), position=8)
    batch = tracker.fold([bad, good])
    assert [(dead.record, dead.stage) for dead in batch.dead] == [(bad, "tracker")]
    assert [event.src for event in batch.events] == [8]


def test_headers_without_a_value_are_as_if_they_were_not_there() -> None:
    bare = InputRecord(CN, RECEIPT, (*message_record(CN, RECEIPT, received_at=AT).headers, ("backfill", None)))  # type: ignore[arg-type] # Kafka has such headers
    assert read_input(bare, default_tables()) == read_input(
        message_record(CN, RECEIPT, received_at=AT), default_tables()
    )
