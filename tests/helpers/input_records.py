"""Records for the tests of the log: one of each kind as we write it, and a way to write any other."""

import json
from datetime import UTC, datetime
from typing import Any

from tests.messages import dec_result

from clearance.events.learning.expectations import SHARES, Expectations, Learned, written
from clearance.events.log.input_records import InputRecord, input_record, message_record
from clearance.events.log.inputs import (
    BackfillEnd,
    Clock,
    Command,
    ExpectationsInput,
    FactsInput,
    Input,
    Link,
    RelatedInput,
)
from clearance.events.receipts.facts import Statement
from clearance.events.receipts.related import Counterpart

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
WHEN = "2026-03-02T01:00:00Z"
CN, ALIAS, UK = "cn:unified:E20260000000000001", "cn:temporary:000000000001234567", "uk:mrn:26GB00000000000001"
ANOTHER = "cn:unified:E20260000000000002"
RECEIPT = dec_result(CUS_CIQ_NO="E20260000000000001", CHANNEL="L", NOTICE_DATE="2026-03-02T09:00:00")
NUMBERLESS = dec_result(CHANNEL="L", NOTICE_DATE="2026-03-02T09:00:00")


def record(kind: str, value: object, key: str = CN, **headers: str | bytes | None) -> InputRecord:
    """A record with headers that may be anything; None leaves one out."""
    head: dict[str, Any] = {"kind": kind, "schema-version": "1", "received-at": WHEN}
    head |= {name.replace("_", "-"): text for name, text in headers.items()}
    given = {name: text.encode() if isinstance(text, str) else text for name, text in head.items() if text is not None}
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return InputRecord(key, data, tuple(given.items()), position=7, timestamp_ms=int(AT.timestamp() * 1000))


def statement(kind: str = "register", issued_at: str = WHEN, **body: str) -> dict[str, Any]:
    return {"command_id": "c-1", "kind": kind, "issued_at": issued_at, "organisation": "demo", "body": body}


def command(**changes: Any) -> dict[str, Any]:
    return {"at": WHEN, "backfill": "", "statement": statement() | changes}


def fact(received_at: str = WHEN, message_id: str = "0" * 64, **receipt: Any) -> dict[str, Any]:
    whole = {
        "system": "cn-channel",
        "code": "L",
        "receipt_id": "r-1",
        "occurred_at": WHEN,
        "numbers": ["unified:E20260000000000001"],
        "format": "DEC_RESULT",
    }
    return {"receipt": whole | receipt, "received_at": received_at, "message_id": message_id}


def facts(**parts: Any) -> dict[str, Any]:
    return {"at": WHEN, "backfill": "", **parts}


def learned(seconds: int, size: int = 60) -> Learned:
    """A cohort in which a stay is overdue after so long."""
    curve = tuple(seconds * place // len(SHARES) for place, _ in enumerate(SHARES, 1))
    return Learned(size=size, percentile=0.95, overdue_after_seconds=seconds, curve_seconds=curve)


def table(version: int = 1, seconds: int = 36_000, status: str = "received") -> Expectations:
    """Of all stays at a status in China."""
    return Expectations(version, AT, {(status, "cn", "*", "*", "*", "*"): learned(seconds)})


def told(given: Expectations) -> ExpectationsInput:
    """The input that brings a table."""
    return ExpectationsInput(at=given.as_of, table=written(given))


EVERY_KIND: list[tuple[str, Input]] = [
    (CN, Command(at=AT, backfill="b", statement=Statement("c", "register", AT, "demo", {}))),
    (ALIAS, Link(at=AT, backfill="b", primary=CN)),
    (CN, FactsInput(at=AT, backfill="b", numbers=("entry:290120260000000001",))),
    ("", Clock(at=AT)),
    ("", BackfillEnd(at=AT, backfill="b")),
    ("", told(table())),
    (ANOTHER, RelatedInput(at=AT, filed_at=AT, possible_duplicate_of=(Counterpart(CN, ("bill",), AT),))),
]


WRITTEN = [
    *(input_record(key, given) for key, given in EVERY_KIND),
    message_record(CN, RECEIPT, received_at=AT),
    message_record(
        CN,
        RECEIPT,
        received_at=AT,
        organisation="demo",
        system="cn-epdp",
        hints=("entry:290120260000000001",),
        backfill="b",
    ),
]
