"""Whatever stands in the log is refused or folded: no record stops a worker."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, settings
from hypothesis import given as drawn
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.helpers.extent import examples
from tests.helpers.input_records import (
    ALIAS,
    AT,
    CN,
    RECEIPT,
    UK,
    WHEN,
    WRITTEN,
    command,
    fact,
    facts,
    record,
    statement,
)
from tests.helpers.partition_logs import TABLES

from clearance.contracts import topic
from clearance.events.log.input_records import InputRecord, input_record, message_record, read_input, why_set_aside
from clearance.events.log.inputs import Clock
from clearance.events.log.upcasting import NewerVersion
from clearance.events.partition.batch import PartitionFold
from clearance.events.values.errors import MAX_REASON, InvalidMessage
from clearance.kafka.wire import event_record, status_record
from clearance.settings.tables import default_tables

SEEDS = [
    *WRITTEN,
    record("command", command() | {"statement": statement("transport_plan", cut_off_at=WHEN)}),
    record("command", command() | {"statement": statement("mute", rule="A07", until=WHEN)}),
    record("command", command() | {"statement": statement("acknowledge", rule="A07", deadline=WHEN)}),
    record(
        "facts",
        facts(
            receipts=[fact(), fact(code="P", receipt_id="r-2")],
            statements=[statement("mute", rule="A07", until=WHEN)],
            claims=[{"alias": ALIAS, "primary": CN}],
            numbers=["entry:290120260000000001"],
            organisations=["demo"],
        ),
    ),
]
odd_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from([WHEN, "2026-03-02T01:00:00", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59Z"])
    | st.sampled_from(
        ["entry:", "unified:E20260000000000001", "A07", "cn-channel", "uk-dms", "register", "\x00", CN, UK]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=4,
)
odd_headers = st.lists(
    st.tuples(
        st.sampled_from([one.name for one in topic("declaration-inputs").headers]) | st.text(max_size=6),
        st.none() | st.binary(max_size=12) | st.sampled_from([b"1", b"cn", b"clock", b"facts", WHEN.encode()]),
    ),
    max_size=4,
)


@st.composite
def bent(draw: st.DrawFn) -> InputRecord:
    """A record that was an input, with one place in its value, its key or its headers put wrong."""
    seed = draw(st.sampled_from(SEEDS))
    value = seed.value
    if value[:1] == b"{" and draw(st.booleans()):
        whole = json.loads(value)
        holder, name = draw(st.sampled_from([*_places(whole)]))
        holder[name] = draw(odd_json)
        value = json.dumps(whole).encode()
    elif draw(st.booleans()):
        at = draw(st.integers(0, len(value)))
        value = value[:at] + draw(st.binary(max_size=4)) + value[at + draw(st.integers(0, 3)) :]
    key = draw(st.just(seed.key) | st.sampled_from([CN, UK, ALIAS, "", "cn:", "::"]) | st.text(max_size=20))
    headers: Any = draw(
        st.just(list(seed.headers)) | odd_headers.map(lambda more: [*seed.headers, *more]) | odd_headers
    )
    timestamp = draw(st.none() | st.integers(-(2**63), 2**63 - 1) | st.just(int(AT.timestamp() * 1000)))
    return InputRecord(key, value, tuple(headers), 7, timestamp)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    names = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for name in names:
        yield value, name
        yield from _places(value[name])


@settings(max_examples=examples(400), suppress_health_check=[HealthCheck.too_slow], deadline=None)
@example(replace(record("clock", {"at": WHEN}, ""), timestamp_ms=253_402_300_799_999))
@example(replace(record("clock", {"at": WHEN}, ""), headers=(("kind", b"clock"), ("schema-version", b"2"))))
@drawn(bent())
def test_whatever_a_record_holds_it_is_refused_or_folded(given: InputRecord) -> None:
    tracker = PartitionFold(TABLES)
    tracker.position = 6
    if aside := why_set_aside(given):
        assert [one.reason for one in tracker.fold([given]).dead] == [aside]
        return
    try:
        reason = refusal(given)
    except NewerVersion:  # no bad input: whoever meets it stops
        with pytest.raises(NewerVersion):
            tracker.fold([given])
        return
    if reason is None:
        follow(tracker, given)
    else:
        assert 0 < len(reason) <= MAX_REASON + 1
        assert [one.reason for one in tracker.fold([given]).dead] == [reason]


def refusal(given: InputRecord) -> str | None:
    """Why a record is refused; None if it is read."""
    try:
        read_input(given, default_tables())
    except InvalidMessage as error:
        return error.reason
    return None


def follow(tracker: PartitionFold, given: InputRecord) -> None:
    """Fold it, time, and one more receipt; write what follows."""
    clock = replace(input_record("", Clock(at=AT + timedelta(days=400))), position=8)
    events = tracker.fold([given, clock, replace(message_record(CN, RECEIPT, received_at=AT), position=9)]).events
    for event in events:
        event_record(event)
    for state in tracker.partition.states.values():
        status_record(state, TABLES)


@settings(deadline=None)
@drawn(st.text(max_size=30), st.binary(max_size=60), odd_headers)
def test_any_bytes_under_any_headers_are_refused_or_read(key: str, value: bytes, headers: Any) -> None:
    assert refusal(InputRecord(key, value, tuple(headers), 0, 0)) != ""
