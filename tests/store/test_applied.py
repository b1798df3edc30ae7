"""Each batch says what it changed, under a number of its own, and a hole says that everything may have changed."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from tests.helpers.extent import examples

from clearance.store import schema
from clearance.store.applied import KEPT, AppliedBatch, Numbered, batches_after, last_number
from clearance.store.positions import resume
from clearance.store.writes import Writer

from .written import WALL, Written, written

MANY = 10_000


def batches(engine: Engine, after: int = 0) -> list[Numbered]:
    with engine.connect() as connection:
        return list(batches_after(connection, after, MANY))


def project(engine: Engine, log: Written, size: int = 40) -> Writer:
    """In batches of so many records of each partition."""
    writer = Writer(engine, resume(engine, log.log(), rebuild=True).positions)
    while any(writer.positions[place] < end for place, end in log.ends.items()):
        to = {place: min(end, writer.positions[place] + size) for place, end in log.ends.items()}
        writer.write(log.batch(writer.positions, to), WALL, frozenset(range(3)))
    return writer


@settings(max_examples=examples(8, least=2), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 3), size=st.integers(5, 200))
def test_the_batches_are_all_that_the_store_holds_in_order_and_without_holes(
    engine: Engine, seed: int, size: int
) -> None:
    before = batches(engine)
    log = written(seed, partitions=2)
    project(engine, log, size)
    told = batches(engine, after=before[-1].number if before else 0)
    assert [one.number for one in told[1:]] == [one.number + 1 for one in told[:-1]]
    versions = {one.declaration: (one.epoch, one.src, one.seq) for each in told for one in each.batch.states}
    assert versions == {state.id: (state.epoch, state.src, state.seq) for state in log.states.values()}
    numbers = {(one.declaration, value) for each in told for one in each.batch.states for value in one.numbers}
    with engine.connect() as connection:
        kept = schema.numbers.c
        held = {(row.declaration, row.value) for row in connection.execute(select(kept.declaration, kept.value))}
        events = {
            (row.declaration, row.partition, row.offset) for row in connection.execute(select(schema.events)).all()
        }
        progress = {(row.partition, row.wall_time) for row in connection.execute(select(schema.progress))}
    assert numbers >= held
    assert {(one.declaration, one.partition, one.offset) for each in told for one in each.batch.events} == events
    last = {one.partition: one.wall_time for each in told for one in each.batch.progress}
    assert {*last.items()} == progress


def test_a_state_that_keeps_its_numbers_names_none(engine: Engine) -> None:
    project(engine, written(1), size=5)
    counted = [bool(one.numbers) for each in batches(engine) for one in each.batch.states]
    assert any(counted)
    assert not all(counted)


def test_what_changes_nothing_is_no_batch(engine: Engine) -> None:
    log = written(1)
    writer = project(engine, log)
    last = batches(engine)[-1].number
    again = log.and_then(log.records)
    writer.write(again.batch(log.ends, again.ends), WALL, frozenset(range(3)))
    assert batches(engine, last) == []


def test_a_store_that_begins_anew_leaves_a_number_out(engine: Engine) -> None:
    log = written(1)
    project(engine, log)
    last = batches(engine)[-1].number
    resume(engine, log.log(), rebuild=True)
    assert batches(engine) == [Numbered(last + 2, AppliedBatch())]
    project(engine, log)
    assert batches(engine, last)[0].number > last + 1


def test_a_batch_is_forgotten_after_a_minute_and_its_number_is_not(engine: Engine) -> None:
    log = written(1)
    writer = project(engine, log, size=100)
    last = batches(engine)[-1].number
    place, records = next((place, records) for place, records in log.records.items() if "progress" in place[0])
    later = log.and_then({place: [records[-1]]})
    with engine.begin() as connection:
        connection.execute(schema.progress.delete())
    writer.write(later.batch(log.ends, later.ends), WALL + KEPT + timedelta(seconds=1), frozenset(range(3)))
    assert [one.number for one in batches(engine)] == [last + 1]
    with engine.connect() as connection:
        assert last_number(connection) == last + 1
