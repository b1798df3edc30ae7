"""A partition judges by the newest table that it has folded, and no table changes a declaration."""

from collections.abc import Sequence

from hypothesis import given as drawn
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.helpers.input_records import AT, CN, RECEIPT, table, told
from tests.helpers.partition_logs import TABLES

from clearance.events.log.input_records import InputRecord, input_record, message_record
from clearance.events.partition.batch import Batch, PartitionFold

MESSAGE = message_record(CN, RECEIPT, received_at=AT)


def records(versions: Sequence[int]) -> list[InputRecord]:
    """Tables in this order, behind a message."""
    every = [MESSAGE, *(input_record("", told(table(version))) for version in versions)]
    return [replace(record, position=position) for position, record in enumerate(every)]


def folded(versions: Sequence[int]) -> tuple[PartitionFold, Batch]:
    fold = PartitionFold(TABLES)
    return fold, fold.fold(records(versions))


def test_an_older_table_and_the_same_again_are_ignored() -> None:
    fold, batch = folded([3, 2, 3, 5, 4])
    assert fold.partition.expectations == batch.expectations == table(5)
    assert fold.counts["", "expectations", "applied"] == 2
    assert fold.counts["", "expectations", "ignored"] == 3


def test_no_table_changes_a_declaration() -> None:
    (fold, batch), (bare, before) = folded([3, 5]), folded([])
    assert (batch.events, batch.sends, batch.dirty, batch.dead) == (before.events, before.sends, before.dirty, [])
    assert dict(fold.partition.states) == dict(bare.partition.states)


def test_before_the_first_there_is_none() -> None:
    fold, batch = folded([])
    assert (fold.partition.expectations, fold.partition.expectations_version, batch.expectations) == (None, 0, None)


@drawn(st.lists(st.integers(1, 6), max_size=8), st.integers(0, 8))
def test_who_begins_again_with_the_table_in_force_ends_with_the_same(versions: list[int], cut: int) -> None:
    whole = folded(versions)[0]
    log, cut = records(versions), min(cut, len(versions))
    first = PartitionFold(TABLES)
    first.fold(log[: cut + 1])
    second = PartitionFold(TABLES, first.partition.states.values(), expectations=first.partition.expectations)
    second.position, second.counts = first.position, first.counts
    second.fold(log[cut + 1 :])
    assert second.partition.expectations == whole.partition.expectations
    assert second.counts == whole.counts
