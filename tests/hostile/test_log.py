"""The hostile corpus in the log, as a careless producer would append it: a dead letter or folded, and the next one."""

from datetime import UTC, datetime
from hashlib import sha256

import pytest
from msgspec.structs import replace
from tests.helpers.extent import a_few_of
from tests.hostile.corpus import CASES
from tests.messages import dec_result

from clearance.events.log.input_records import InputRecord, message_record
from clearance.events.partition.batch import PartitionFold
from clearance.events.receipts.routing import route
from clearance.events.values.errors import InvalidMessage
from clearance.kafka.wire import dead_letter_record, event_record, read_dead_letter, status_record
from clearance.settings.tables import default_tables

TABLES = default_tables()
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
SOMEWHERE = "cn:unified:I20260000000000099"
GOOD = dec_result(CUS_CIQ_NO="I20260000000000099", CHANNEL="L")


def filed(data: bytes) -> list[str]:
    """The declarations that a message speaks of; a guess where it is none."""
    try:
        return [child.declaration for child in route(data, default_tables(), sender="hostile")]
    except InvalidMessage:
        return [SOMEWHERE]


def appended(key: str, data: bytes, position: int) -> InputRecord:
    record = message_record(key, data, received_at=AT, organisation="hostile")
    return replace(record, position=position, timestamp_ms=0)


@pytest.mark.parametrize("name", a_few_of(sorted(CASES), one_in=5))
def test_it_is_a_dead_letter_or_folded_and_the_next_record_is_folded(name: str) -> None:
    data = CASES[name].build()
    tracker = PartitionFold(TABLES)
    for key in filed(data):
        batch = tracker.fold([appended(key, data, tracker.position + 1)])
        assert bool(batch.dead) != bool(batch.events)
        for dead in batch.dead:
            written = dead_letter_record(dead.record, dead.reason, dead.stage, at=AT, partition=3)
            letter = read_dead_letter(written.value or b"")
            assert (letter.original, letter.sha256) == (data, sha256(data).hexdigest())
            assert (letter.partition, letter.offset, letter.at) == (3, tracker.position, AT)
        for event in batch.events:
            event_record(event)
        for state in batch.dirty.values():
            status_record(state, TABLES)
    assert tracker.fold([appended(SOMEWHERE, GOOD, tracker.position + 1)]).events


def test_the_whole_corpus_in_one_partition_leaves_a_good_declaration_as_it_is() -> None:
    alone, among = PartitionFold(TABLES), PartitionFold(TABLES)
    for name in sorted(CASES):
        data = CASES[name].build()
        among.fold([appended(key, data, among.position + 1) for key in filed(data)[:1]])
    for tracker in (alone, among):
        tracker.fold([appended(SOMEWHERE, GOOD, tracker.position + 1)])
    assert sum(count for (_, _, result), count in among.counts.items() if result == "dead_letter") >= 100
    held = (tracker.partition.states[SOMEWHERE].facts.receipts for tracker in (alone, among))
    assert next(held) == next(held)
