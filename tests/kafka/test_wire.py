"""What goes over the wire is as the cards say, whatever the fold gives out; and what comes in is read back."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import unquote

import msgspec
import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import replace
from tests.helpers.input_records import table
from tests.helpers.partition_logs import TABLES, logged
from tests.helpers.recordings import STORIES

from clearance.analyst.following import Followed
from clearance.contracts import schema, topic, topics
from clearance.contracts.models.dead_letter import KEPT
from clearance.contracts.schema_files import MODELS
from clearance.edge.intake import unfiled
from clearance.events.filings.filing import Filing
from clearance.events.filings.telling import Told
from clearance.events.incidents.incident import Incident
from clearance.events.incidents.lookout import IncidentTold, Known, WaitsTold
from clearance.events.learning.part import Part
from clearance.events.log.input_records import InputRecord, input_record
from clearance.events.log.inputs import BackfillEnd, Clock
from clearance.events.log.progress import Progress
from clearance.events.log.readers_rule import Numbered
from clearance.events.partition.batch import Batch, PartitionFold
from clearance.events.partition.replay import Arrival
from clearance.events.partition.time_passed import TimePassed
from clearance.events.receipts.related import Related
from clearance.events.step.state_records import decode_state
from clearance.events.values.times import rfc3339
from clearance.kafka import wire
from clearance.kafka.expectation_records import kept_table, table_input
from clearance.kafka.filing_records import filing_record, related_input
from clearance.kafka.incident_records import incident_record, known_record, waits_record
from clearance.kafka.names import BASE, EPOCHS
from clearance.kafka.part_records import part_record
from clearance.kafka.time_records import time_record
from clearance.kafka.topics import Identity
from clearance.kafka.wire import (
    Outgoing,
    current_record,
    dead_letter_record,
    event_record,
    incoming_input,
    outgoing_input,
    progress_record,
    read_dead_letter,
    read_event,
    read_set_aside,
    set_aside_record,
    status_head,
    status_record,
)
from clearance.settings.tables import default_tables
from clearance.stages.keyed_states import state_record
from clearance.stages.progress import StageProgress, stage_progress_record
from clearance.tracker.owned import Owned

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
RAW = InputRecord("cn:unified:E20260000000000001", b"<a>", (("kind", b"message"), ("received-at", b"")), 41)


class Consumed(NamedTuple):
    """A record as aiokafka gives it."""

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    offset: int = 7
    timestamp: int = 1_772_413_200_000


@cache
def folded() -> tuple[PartitionFold, Batch]:
    """All recordings in one partition."""
    tracker = PartitionFold(TABLES)
    return tracker, tracker.fold(logged(*STORIES))


def written() -> Iterator[tuple[str, Outgoing]]:
    """Every sort of record that this module makes, with its topic."""
    tracker, batch = folded()
    yield from ((BASE.inputs, outgoing_input(one)) for one in logged(*STORIES))
    yield from ((BASE.inputs, outgoing_input(input_record(one.to, one.input))) for one in batch.sends)
    yield BASE.inputs, outgoing_input(input_record("", BackfillEnd(at=AT, backfill="2026-02")))
    yield BASE.inputs, outgoing_input(input_record("", Clock(at=AT, external=True)))
    yield BASE.inputs, table_input(table(9558))
    yield BASE.expectations, kept_table(3, table(9558))
    yield from ((BASE.events, event_record(one)) for one in batch.events)
    yield BASE.events, time_record(TimePassed(0, 7, AT, AT), 3)
    yield from ((BASE.status, status_record(one, TABLES)) for one in batch.dirty.values())
    yield BASE.progress, progress_record(progress(tracker))
    yield BASE.progress, progress_record(progress(PartitionFold(TABLES)))
    yield BASE.set_aside, set_aside_record(3, 1207, 0, "it stops the tracker", AT)
    yield from ((BASE.dead_letters, one) for one in dead_letters())
    yield EPOCHS, current_record(1, 0, AT)
    cohort = (("received", "cn", "2901", "", "", "any"), ((2801, 4),))
    yield BASE.parts, part_record(Part(epoch=0, partition=3, slice="2026-03-02", src=7, hour=AT, cohorts=(cohort,)))
    yield BASE.analyst_states, state_record("cn:unified:I20260000000000001", Followed(), Numbered(0, 7))
    yield BASE.analyst_progress, stage_progress_record(analyst_progress())
    yield BASE.waits, waits_record(WaitsTold(3, 7, mark=AT))
    yield BASE.incidents, incident_record(IncidentTold(epoch=0, at=AT, incident=INCIDENT))
    yield BASE.lookout, known_record(Known(place=7))
    yield BASE.filings, filing_record(Filing("cn:unified:E20260004010000003", 0, 7, AT, "3502160001", ("bill:b",)))
    told = Told("cn:unified:E20260004010000003", Related(AT, AT), quiet=True)
    yield BASE.inputs, related_input(told)


INCIDENT = Incident(
    incident="0f3a5c7e9b1d2f48",
    authority="cn",
    kind="stuck",
    group=(("office", "2901"),),
    since=AT,
    failing_since=AT,
    opened_at=AT,
    lift=9.0,
    members=("cn:unified:E20260004010000003",),
    most=1,
)


def dead_letters() -> Iterator[Outgoing]:
    for dead in folded()[1].dead:
        yield dead_letter_record(dead.record, dead.reason, dead.stage, at=AT, partition=3)
    yield dead_letter_record(RAW, "set aside by hand", "operator", at=AT, partition=3)
    yield dead_letter_record(RAW, "", "edge", at=AT)
    yield dead_letter_record(replace(RAW, headers=(("kind", None),)), "no kind", "tracker", at=AT, partition=0)
    yield dead_letter_record(replace(RAW, key="", value=b""), "empty", "tracker", at=AT, partition=0)
    large = replace(RAW, value=bytes(KEPT))
    yield dead_letter_record(large, "too large", "edge", at=AT, whole=(5_000_000, sha256(bytes(5_000_000)).hexdigest()))


def analyst_progress() -> StageProgress:
    ids = {BASE.parts: "p", BASE.analyst_states: "s"}
    return StageProgress(
        epoch=0, partition=3, position=7, wall_time=AT, cluster_id="c", topic_id="t", topic_ids=ids, version="1"
    )


def progress(tracker: PartitionFold) -> Progress:
    return Owned(3, tracker, Identity("cluster", {BASE.inputs: "topic"})).progress(LATER)


def kind_of(name: str, head: dict[str, bytes]) -> str:
    """Which of the sorts of a topic a record is; empty if there is only one."""
    if name == BASE.events:
        return "time" if head["ce_type"] == b"time.passed" else "event"
    return head["kind"].decode() if topic(name).kinds else ""


def test_topics_are_named_as_their_cards() -> None:
    analysts = {*BASE.of_analysts, BASE.expectations}
    others = {BASE.inputs, BASE.events, BASE.status, BASE.progress, BASE.dead_letters, BASE.set_aside, EPOCHS}
    assert analysts | others == {*topics()}


def test_every_topic_is_written() -> None:
    assert {name for name, _ in written()} == {*topics()}


@pytest.mark.parametrize("name", topics())
def test_headers_are_those_of_the_card(name: str) -> None:
    for one in (one for where, one in written() if where == name):
        head = dict(one.headers)
        kind = kind_of(name, head)
        allowed = [header for header in topic(name).headers if not header.kinds or kind in header.kinds]
        assert len(head) == len(one.headers), "a header stands twice"
        assert {*head} <= {header.name for header in allowed}
        assert {header.name for header in allowed if header.required} <= {*head}
        assert all(value.decode() is not None for value in head.values()), "UTF-8"


@pytest.mark.parametrize("name", topics())
def test_values_fit_their_schema_and_their_model(name: str) -> None:
    """What the log itself holds is compared in `tests/contracts/test_fold.py`, and may be bad here."""
    by_kind = {content.kind: content.schema_ for content in topic(name).schemas}
    validators = {one: Draft202012Validator(schema(one)) for one in by_kind.values() if one}
    for one in (one for where, one in written() if where == name):
        wanted = by_kind[kind_of(name, dict(one.headers)) or None]
        if wanted:
            assert one.value is not None
            validators[wanted].validate(json.loads(one.value))
            MODELS[wanted].model_validate_json(one.value)


@pytest.mark.parametrize("name", topics())
def test_a_record_fits_its_topic(name: str) -> None:
    for one in (one for where, one in written() if where == name):
        headers = sum(len(key) + len(value) for key, value in one.headers)
        assert len(one.key or b"") + len(one.value or b"") + headers < topic(name).max_message_bytes


def test_records_are_keyed_as_the_cards_say() -> None:
    _, batch = folded()
    assert {event_record(one).key for one in batch.events} == {one.declaration.encode() for one in batch.events}
    assert {status_record(one, TABLES).key for one in batch.dirty.values()} == {name.encode() for name in batch.dirty}
    assert progress_record(progress(PartitionFold(TABLES))).key == b"3"
    assert set_aside_record(3, 1207, 0, "x", AT).key == b"3:1207"
    assert outgoing_input(input_record("", Clock(at=AT))).key is None
    assert [one.key for one in dead_letters()][-2:] == [None, RAW.key.encode()]


def test_an_input_comes_in_as_it_went_out() -> None:
    for record in logged(*STORIES):
        out = outgoing_input(record)
        back = incoming_input(
            Consumed(out.key, out.value, tuple(out.headers), record.position, record.timestamp_ms or 0)
        )
        assert back == record


@pytest.mark.parametrize(
    "odd",
    [
        Consumed(None, None),
        Consumed(b"\xff\xfe", b"<a/>", (("kind", b"message"), ("schema-version", b"1"))),
        Consumed(b"cn:unified:E20260000000000001", None, (("kind", b"command"), ("schema-version", b"1"))),
        Consumed(b"cn:unified:E20260000000000001", b"{}", (("kind", None), ("schema-version", b"1"))),
        Consumed(None, b"{}", (("kind", b"link"), ("schema-version", b"1"))),
    ],
    ids=["nothing", "key that is no text", "no value", "header without a value", "no key"],
)
def test_what_nobody_ever_wrote_is_a_dead_letter(odd: Consumed) -> None:
    tracker = PartitionFold(TABLES)
    tracker.position = 6
    [dead] = tracker.fold([incoming_input(odd)]).dead
    letter = read_dead_letter(dead_letter_record(dead.record, dead.reason, dead.stage, at=AT, partition=3).value or b"")
    assert (letter.partition, letter.offset, letter.original) == (3, 7, odd.value or b"")
    assert [one.name for one in letter.headers] == [name for name, _ in odd.headers]
    assert [one.value is None for one in letter.headers] == [value is None for _, value in odd.headers]


def test_an_event_is_a_cloud_event_and_is_read_back() -> None:
    for event in folded()[1].events:
        record = event_record(event)
        head = {name: value.decode() for name, value in record.headers}
        assert read_event(record.value or b"") == event
        assert head["ce_id"] == f"{event.declaration}/{event.epoch}/{event.seq}"
        assert unquote(head["ce_subject"]) == event.declaration
        assert (head["ce_time"], head["ce_type"]) == (
            rfc3339(event.at),
            json.loads(record.value or b"")["data"]["type"],
        )
        assert head["ce_dataschema"] == schema("declaration-event.v1")["$id"]


def test_events_have_ids_of_their_own() -> None:
    batch = folded()[1]
    assert len({dict(event_record(one).headers)["ce_id"] for one in batch.events}) == len(batch.events)


def test_headers_of_a_state_say_what_its_value_says() -> None:
    tracker, log, seen = PartitionFold(TABLES), logged(*STORIES), set()
    for state in (state for one in log for state in tracker.fold([one]).dirty.values()):
        record = status_record(state, TABLES)
        head, value = status_head(record.headers), json.loads(record.value or b"")
        assert (head.epoch, head.src, head.seq) == (value["epoch"], value["src"], value["seq"])
        assert (head.deadline, head.open) == (state.deadline, value["view"]["open"] and not state.merged_into)
        assert (head.tables, head.backfill) == (state.tables, state.backfill)
        assert decode_state(record.value or b"", TABLES) == state
        seen.add((head.open, head.deadline is None))
    assert len(seen) >= 3, "open and closed ones, with a deadline and without"


@pytest.mark.parametrize("name", ["epoch", "src", "seq", "open"])
def test_headers_that_are_not_those_of_a_state_are_an_error(name: str) -> None:
    headers = status_record(next(iter(folded()[1].dirty.values())), TABLES).headers
    with pytest.raises(KeyError):
        status_head([one for one in headers if one[0] != name])


def test_a_dead_letter_says_where_the_input_lies_and_when_it_came() -> None:
    arrived = replace(RAW, headers=(("received-at", rfc3339(LATER).encode()),))
    written = dead_letter_record(arrived, "no message", "tracker", at=AT, partition=3)
    letter = read_dead_letter(written.value or b"")
    assert (letter.topic, letter.partition, letter.offset) == (BASE.inputs, 3, 41)
    assert (letter.at, letter.reason, letter.stage) == (LATER, "no message", "tracker")
    assert (letter.original, letter.size, letter.truncated) == (b"<a>", 3, False)
    assert dict(written.headers)["message-id"] == letter.sha256.encode() == sha256(b"<a>").hexdigest().encode()


def test_a_dead_letter_that_was_never_appended_has_no_place() -> None:
    refused = unfiled(Arrival(name="x", at=AT, data=b"<a>"), default_tables())
    letter = read_dead_letter(dead_letter_record(refused, "no message", "edge", at=LATER).value or b"")
    assert (letter.partition, letter.offset, letter.at) == (None, None, AT)


def test_a_dead_letter_of_what_is_too_large_keeps_the_beginning() -> None:
    digest = sha256(bytes(5_000_000)).hexdigest()
    written = dead_letter_record(replace(RAW, value=bytes(KEPT)), "too large", "edge", at=AT, whole=(5_000_000, digest))
    letter = read_dead_letter(written.value or b"")
    assert (letter.size, letter.sha256, letter.truncated, letter.original) == (5_000_000, digest, True, bytes(KEPT))


def test_what_was_set_aside_is_read_back() -> None:
    found = read_set_aside(set_aside_record(3, 1207, 2, "it stops the tracker", AT).value or b"")
    assert (found.epoch, found.reason) == (2, "it stops the tracker")


def test_the_reader_of_what_was_set_aside_knows_no_field_that_the_contract_does_not() -> None:
    struct = msgspec.json.schema(wire.SetAsideLine)["$defs"]["SetAsideLine"]["properties"]
    model = schema("set-aside.v1")["properties"]
    assert {name: _types(one) for name, one in struct.items()} == {name: _types(model[name]) for name in struct}


def _types(of: dict[str, Any]) -> set[str]:
    return {one["type"] for one in of.get("anyOf", [of])}
