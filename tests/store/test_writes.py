"""The store holds what the fold says, whatever was delivered how often, and wherever the projector was killed."""

import dataclasses
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, select
from tests.helpers.extent import examples

from clearance.kafka.names import BASE
from clearance.store import schema
from clearance.store.connect import writing
from clearance.store.positions import resume
from clearance.store.tally_writes import tally
from clearance.store.writes import Applied, Batch, Writer

from .expected import expected, held
from .written import WALL, Written, content, progress, written

WHOLE = frozenset(range(3))
FEW = settings(
    max_examples=examples(15, least=2), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def project(engine: Engine, log: Written) -> Applied:
    """Everything that the store has not read, in one batch."""
    resumed = resume(engine, log.log())
    return Writer(engine, resumed.positions).write(log.batch(resumed.positions, log.ends), WALL, WHOLE)


class Killed(Exception):
    """The process ended before its transaction did."""


@contextmanager
def killed_at_commit(engine: Engine) -> Iterator[None]:
    def die(_: object) -> None:
        raise Killed

    event.listen(engine, "commit", die)
    with pytest.raises(Killed):
        yield
    event.remove(engine, "commit", die)


def project_somehow(engine: Engine, log: Written, chance: random.Random) -> None:
    """In batches of any size and any partitions, one topic ahead of the other, killed now and then."""
    writer = Writer(engine, resume(engine, log.log(), rebuild=True).positions)
    while behind := [place for place, end in log.ends.items() if writer.positions[place] < end]:
        some = chance.sample(behind, chance.randint(1, len(behind)))
        to = {place: min(log.ends[place], writer.positions[place] + chance.choice((1, 9, 150))) for place in some}
        if chance.random() < 0.2:
            with killed_at_commit(engine):
                writer.write(log.batch(writer.positions, to), WALL, WHOLE)
            writer = Writer(engine, resume(engine, log.log()).positions)
        else:
            writer.write(log.batch(writer.positions, to), WALL, WHOLE)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_rows_are_what_the_fold_says(engine: Engine, seed: int) -> None:
    log = written(seed)
    project(engine, log)
    found, wanted = held(engine), expected(log)
    for table in wanted:
        assert found[table] == wanted[table], table


@FEW
@given(seed=st.integers(0, 3), schedule=st.integers(0, 10_000))
def test_any_interleaving_and_any_crash_gives_the_same_store(engine: Engine, seed: int, schedule: int) -> None:
    log = written(seed, partitions=2)
    project_somehow(engine, log, random.Random(schedule))  # noqa: S311 # a schedule, not a secret
    assert held(engine) == expected(log)
    somehow = content(engine)
    assert somehow["tallies"] == recounted(engine)
    resume(engine, log.log(), rebuild=True)
    project(engine, log)
    assert content(engine) == somehow


def recounted(engine: Engine) -> set[tuple[object, ...]]:
    """The tallies of the spans that are held, of all of them at once."""
    with writing(engine) as connection:
        connection.execute(schema.tallies.delete())
        tally(connection, [], [dict(row) for row in connection.execute(select(schema.spans)).mappings()])
    return content(engine)["tallies"]


def test_a_second_delivery_of_everything_changes_nothing(engine: Engine) -> None:
    log = written(1)
    project(engine, log)
    before = content(engine)
    assert project(engine, log.and_then(log.records)) == Applied(0, 0, 0)
    assert content(engine) == before


def test_old_states_of_a_worker_that_wakes_up_late_change_nothing(engine: Engine) -> None:
    log = written(1)
    project(engine, log)
    before = content(engine)
    late = {place: records[:20] for place, records in log.records.items() if place[0] == BASE.status}
    assert project(engine, log.and_then(late)).states == 0
    assert content(engine) == before


def test_a_killed_batch_leaves_nothing_behind(engine: Engine) -> None:
    log = written(1)
    resumed = resume(engine, log.log())
    with killed_at_commit(engine):
        Writer(engine, resumed.positions).write(log.batch(resumed.positions, log.ends), WALL, WHOLE)
    assert not any(content(engine).values())
    assert resume(engine, log.log()).positions == dict.fromkeys(log.ends, 0)


def test_only_what_a_state_changed_is_written_again(engine: Engine) -> None:
    """An anomaly that stays as it is keeps the time at which it was applied, though its declaration changes."""
    log = written(1)
    states = log.batch(dict.fromkeys(log.ends, 0), log.ends).states
    one = next(state for state in states if state.indexed.anomalies)
    other = dataclasses.replace(one, indexed=msgspec.structs.replace(one.indexed, src=one.indexed.src + 1))
    writer = Writer(engine, resume(engine, log.log()).positions)
    for hour, state in enumerate((one, other)):
        writer.write(Batch([], [state], [], {(BASE.status, 0): 1}), WALL + timedelta(hours=hour), WHOLE)
    with engine.connect() as connection:
        assert {*connection.execute(select(schema.anomalies.c.applied_at)).scalars()} == {WALL}
        assert connection.execute(select(schema.declarations.c.applied_at)).scalar() == WALL + timedelta(hours=1)


def test_the_time_of_applying_never_goes_back(engine: Engine) -> None:
    """Readers page by it: a row that got an earlier time than those before it would be missed."""
    log = written(1)
    writer = Writer(engine, resume(engine, log.log()).positions)
    half = {place: end // 2 for place, end in log.ends.items()}
    writer.write(log.batch(writer.positions, half), WALL, WHOLE)
    again = Writer(engine, resume(engine, log.log()).positions)
    again.write(log.batch(again.positions, log.ends), WALL - timedelta(hours=1), WHOLE)
    with engine.connect() as connection:
        times = set(connection.execute(select(schema.declarations.c.applied_at)).scalars())
    assert times == {WALL, WALL + timedelta(microseconds=1)}


def test_progress_is_the_furthest_and_of_equals_the_one_told_last(engine: Engine) -> None:
    log = written(1)
    writer = Writer(engine, resume(engine, log.log()).positions)
    here = {(BASE.progress, 0): 1}

    def tell(*positions: tuple[int, int]) -> tuple[int, ...]:
        given = [progress(0, position, WALL + timedelta(seconds=second)) for position, second in positions]
        writer.write(Batch([], [], given, here), WALL, WHOLE)
        with engine.connect() as connection:
            [(position, wall)] = connection.execute(select(schema.progress.c.position, schema.progress.c.wall_time))
            return position, (wall - WALL).seconds

    assert tell((5, 1), (9, 2), (7, 3)) == (9, 2)
    assert tell((8, 9)) == (9, 2)
    assert tell((9, 4)) == (9, 4)
    assert tell((9, 3)) == (9, 3), "the tracker's clock was put back"


def test_progress_before_the_first_clock_has_no_stream_time(engine: Engine) -> None:
    writer = Writer(engine, resume(engine, written(1).log()).positions)
    early = [msgspec.structs.replace(progress(number, -1), stream_time=None) for number in range(2)]
    writer.write(Batch([], [], early, {(BASE.progress, 0): 1}), WALL, WHOLE)
    with engine.connect() as connection:
        assert connection.execute(select(schema.progress.c.stream_time)).scalars().all() == [None, None]


def test_an_event_of_a_command_is_found_by_the_command(engine: Engine) -> None:
    log = written(1)
    project(engine, log)
    with engine.connect() as connection:
        found = connection.execute(select(schema.events.c.type).where(schema.events.c.command_id.is_not(None)))
        assert set(found.scalars()) == {"command.result"}


def test_pointers_keep_their_rows_and_count_no_spans(engine: Engine) -> None:
    log = written(1)
    project(engine, log)
    pointers = {name for name, state in log.states.items() if state.merged_into}
    with engine.connect() as connection:
        ids = connection.execute(select(schema.declarations.c.id).where(schema.declarations.c.merged_into != ""))
        assert {*ids.scalars()} == pointers != set()
        assert not pointers & {*connection.execute(select(schema.spans.c.declaration)).scalars()}


def test_the_events_topic_alone_moves_only_the_events(engine: Engine) -> None:
    log = written(1)
    writer = Writer(engine, resume(engine, log.log()).positions)
    to = {place: end for place, end in log.ends.items() if place[0] == BASE.events}
    writer.write(log.batch(writer.positions, to), WALL, WHOLE)
    found = content(engine)
    assert len(found["events"]) == len(log.events)
    assert found["declarations"] == found["progress"] == set()
    assert writer.positions == {place: to.get(place, 0) for place in log.ends}
