"""The store holds the newest table of expectations that has come, in whatever order and however often."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, update
from tests.helpers.input_records import record, table

from clearance.events.learning.expectations import Expectations
from clearance.kafka.expectation_records import table_input
from clearance.kafka.names import BASE
from clearance.store.applied import batches_after
from clearance.store.errors import StoreError
from clearance.store.positions import resume
from clearance.store.reader import reading
from clearance.store.schema import expectations
from clearance.store.viewer import EVERYBODY
from clearance.store.writes import Writer

from .test_writes import FEW, project, project_somehow
from .written import WALL, Record, Written, content, written

WHOLE = frozenset(range(3))


def with_tables(log: Written, *versions: tuple[int, int]) -> Written:
    """The log, and behind it tables in these partitions."""
    longer = log.and_then({})
    for partition, version in versions:
        told = table_input(table(version))
        longer.append(BASE.inputs, partition, told.value, tuple(told.headers))
    return longer


def in_force(engine: Engine) -> Expectations | None:
    with reading(engine, EVERYBODY) as reader:
        return reader.expectations()


@FEW
@given(schedule=st.integers(0, 10_000))
def test_the_highest_version_is_in_force_whoever_is_ahead_and_wherever_it_was_killed(
    engine: Engine, schedule: int
) -> None:
    log = with_tables(written(1, partitions=2), (0, 3), (1, 4), (0, 4), (1, 2))
    project_somehow(engine, log, random.Random(schedule))  # noqa: S311 # a schedule, not a secret
    assert in_force(engine) == table(4)


def test_a_store_that_is_rebuilt_holds_the_same(engine: Engine) -> None:
    log = with_tables(written(1), (0, 3), (1, 4))
    project(engine, log)
    before = content(engine)
    resume(engine, log.log(), rebuild=True)
    assert in_force(engine) is None
    project(engine, log)
    assert content(engine) == before


def test_who_follows_is_told_of_news_only(engine: Engine) -> None:
    log, writer = written(1), None
    for version in (3, 3, 5, 4):
        log = with_tables(log, (0, version))
        writer = Writer(engine, resume(engine, log.log()).positions)
        writer.write(log.batch(writer.positions, log.ends), WALL, WHOLE)
    with engine.connect() as connection:
        assert [one.batch.expectations for one in batches_after(connection, 0, 10)] == [3, 5]


def test_a_table_that_the_tracker_refuses_is_none(engine: Engine) -> None:
    log = with_tables(written(1), (0, 3))
    wrong = record("expectations", {"at": "2026-03-02T01:00:00Z", "backfill": "", "table": {"version": 9}}, key="")
    log.records[BASE.inputs, 0].append(Record(len(log.records[BASE.inputs, 0]), wrong.value, wrong.headers))
    project(engine, log)
    assert in_force(engine) == table(3)


def test_what_cannot_be_read_says_what_to_do(engine: Engine) -> None:
    project(engine, with_tables(written(1), (0, 3)))
    with engine.begin() as connection:
        connection.execute(update(expectations).values(learned=b"{}"))
    with pytest.raises(StoreError, match="projector --rebuild"):
        in_force(engine)
