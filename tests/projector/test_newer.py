"""What a later version wrote is not left out as unreadable: the projector stops, and says what to upgrade."""

from typing import Any, NamedTuple

import pytest

from clearance.events.log.upcasting import NewerVersion
from clearance.kafka.names import BASE
from clearance.kafka.wire import DATA_SCHEMA, status_head
from clearance.projector.decoding import decode


class Record(NamedTuple):
    """As a reader gives it."""

    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()
    offset: int = 7


LATER = (DATA_SCHEMA[0], DATA_SCHEMA[1].replace(b".v1.", b".v2."))
CASES: dict[str, tuple[str, Record]] = {
    "event": (BASE.events, Record(b"{}", (LATER,))),
    "status": (BASE.status, Record(b'{"schema_version": 99}')),
    "progress": (BASE.progress, Record(b'{"schema_version": 99}')),
}


@pytest.mark.parametrize("what", CASES)
def test_it_stops_at(what: str) -> None:
    topic, record = CASES[what]
    with pytest.raises(NewerVersion, match=f"{what} of schema version"):
        decode({(topic, 0): [record]}, BASE)


def test_a_record_without_a_version_is_unreadable_and_stops_nothing() -> None:
    found: Any = decode({(BASE.events, 0): [Record(b"?", (("ce_dataschema", b"another program's"),))]}, BASE)
    assert [one.offset for one in found.unreadable] == [7]


def test_headers_of_a_state_of_a_later_version_are_refused() -> None:
    with pytest.raises(NewerVersion):
        status_head([("schema-version", b"99")])
