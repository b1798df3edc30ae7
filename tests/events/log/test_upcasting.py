"""Records of earlier versions are brought up to ours; those of a later one are refused, and no bad input."""

import json
from typing import Any

import pytest
from tests.helpers.partition_logs import TABLES

from clearance.events.log.input_records import InputRecord
from clearance.events.log.upcasting import NewerVersion, brought_up, check_version, up_to_date
from clearance.events.partition.batch import PartitionFold

VERSIONS = {"status": 4}
STEPS: dict[Any, Any] = {
    ("status", 1): lambda held: {**held, "b": held["a"] + 1},
    ("status", 3): lambda held: {**held, "b": held.get("b", 0) * 10},
}


def raised(version: int) -> Any:
    return json.loads(brought_up("status", version, b'{"a": 1}', VERSIONS, STEPS))  # type: ignore[arg-type]


def test_a_value_goes_through_every_version_after_its_own() -> None:
    assert [raised(version) for version in (1, 2, 3, 4)] == [
        {"a": 1, "b": 20},
        {"a": 1, "b": 0},
        {"a": 1, "b": 0},
        {"a": 1},
    ]


def test_a_value_that_needs_nothing_stays_the_same_bytes() -> None:
    value = b'{ "a": 1 }'
    assert brought_up("status", 4, value, VERSIONS, STEPS) is value  # type: ignore[arg-type]


@pytest.mark.parametrize("what", ["input", "status", "event", "progress"])
def test_a_later_version_is_refused_in_plain_words(what: Any) -> None:
    with pytest.raises(NewerVersion, match=f"{what} of schema version 99, .* upgrade this process first"):
        check_version(what, 99)


def test_a_value_that_states_a_later_version_is_refused_whatever_else_it_holds() -> None:
    with pytest.raises(NewerVersion):
        up_to_date("progress", b'{"schema_version": 99, "epoch": "not a number any more"}')


def test_an_input_of_a_later_version_stops_the_fold_and_is_no_dead_letter() -> None:
    tracker = PartitionFold(TABLES)
    record = InputRecord("", b"{}", (("kind", b"clock"), ("schema-version", b"2")), 0)
    with pytest.raises(NewerVersion):
        tracker.fold([record])
    assert (tracker.current, tracker.position, tracker.counts) == (record, -1, {})
