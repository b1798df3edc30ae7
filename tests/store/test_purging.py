"""What is over leaves the store after its time, whole, and nothing else does; a late receipt brings it back."""

from datetime import timedelta

from sqlalchemy import Engine, func, select
from tests.helpers.partition_logs import TABLES

from clearance.events.standing.track import is_open
from clearance.store import schema
from clearance.store.applied import batches_after, last_number
from clearance.store.derived import PARTS
from clearance.store.positions import resume
from clearance.store.purging import AT_ONCE
from clearance.store.writes import Batch, Writer

from .test_writes import WHOLE, recounted
from .written import WALL, Written, content, written

LATER = WALL + timedelta(days=500)


def projected(engine: Engine, log: Written) -> Writer:
    """Everything that the log holds is applied."""
    writer = Writer(engine, resume(engine, log.log()).positions)
    writer.write(log.batch(writer.positions, log.ends), WALL, WHOLE)
    return writer


def ids(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return {*connection.execute(select(schema.declarations.c.id)).scalars()}


def heads(engine: Engine) -> dict[int, int]:
    with engine.connect() as connection:
        query = select(schema.events.c.partition, func.max(schema.events.c.offset)).group_by(schema.events.c.partition)
        return {row[0]: row[1] for row in connection.execute(query)}


def purge_all(writer: Writer) -> set[str]:
    """Whatever may leave does, in as many goes as it takes."""
    before = ids(writer.engine)
    while writer.purge(LATER, LATER) >= AT_ONCE:
        pass
    return before - ids(writer.engine)


def test_what_is_over_leaves_and_what_is_open_or_wrong_stays(engine: Engine) -> None:
    log = written(1)
    writer, told = projected(engine, log), heads(engine)
    gone = purge_all(writer)
    assert len(gone) > 10
    for name in gone:
        state = log.states[name]
        assert state.merged_into in gone if state.merged_into else not is_open(state.track, TABLES), name
    with engine.connect() as connection:
        wrong = {
            *connection.execute(
                select(schema.anomalies.c.declaration).where(schema.anomalies.c.state == "open")
            ).scalars()
        }
    assert wrong
    assert not wrong & gone
    assert heads(engine) == told, "the feed ends where it ended"
    assert writer.purge(LATER, LATER) == 0


def test_nothing_of_it_is_left_but_the_number_of_its_last_event(engine: Engine) -> None:
    log = written(1)
    writer = projected(engine, log)
    before = content(engine)["event_heads"]
    gone = purge_all(writer)
    with engine.connect() as connection:
        for table in (*(part.table for part in PARTS), schema.events, schema.messages):
            assert not gone & {*connection.execute(select(table.c.declaration)).scalars()}, table.name
    assert content(engine)["event_heads"] == before
    tallies = content(engine)["tallies"]
    assert tallies == recounted(engine)


def test_what_changed_since_stays(engine: Engine) -> None:
    log = written(1)
    writer, before = projected(engine, log), ids(engine)
    assert writer.purge(WALL, LATER) == 0
    assert ids(engine) == before


def test_the_feed_knows_up_to_where_events_are_gone(engine: Engine) -> None:
    log = written(1)
    writer = projected(engine, log)
    with engine.connect() as connection:
        all_of = connection.execute(
            select(schema.events.c.declaration, schema.events.c.partition, schema.events.c.offset)
        ).all()
    gone = purge_all(writer)
    with engine.connect() as connection:
        marked = {row.partition: row.before for row in connection.execute(select(schema.purged))}
    assert marked == {
        partition: max(row.offset for row in all_of if row.partition == partition and row.declaration in gone) + 1
        for partition in {row.partition for row in all_of if row.declaration in gone}
    }


def test_who_keeps_an_answer_is_told(engine: Engine) -> None:
    log = written(1)
    writer = projected(engine, log)
    with engine.connect() as connection:
        number = last_number(connection)
    gone = purge_all(writer)
    with engine.connect() as connection:
        told = [state for one in batches_after(connection, number, 1000) for state in one.batch.states]
    assert {state.declaration for state in told} == gone
    assert all(state.numbers for state in told)


def test_what_comes_again_is_whole_and_its_next_event_is_the_next_one(engine: Engine) -> None:
    log = written(1)
    whole = log.batch(dict.fromkeys(log.ends, 0), log.ends)
    writer = projected(engine, log)
    kept = content(engine)["declarations"]
    gone = purge_all(writer)
    again = [state for state in whole.states if state.declaration in gone]
    writer.write(Batch(whole.events, again, [], {}), LATER, whole=())
    assert content(engine)["declarations"] == kept
    assert not gone & {row[0] for row in content(engine)["events"]}, "copies of events are old ones"
