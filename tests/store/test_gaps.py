"""Where events are missing: read again if the log may hold them, else noted as an incomplete history."""

import pytest
from sqlalchemy import Engine, delete

from clearance.events.log.readers_rule import Numbered
from clearance.kafka.names import BASE
from clearance.store.consumed_records import ConsumedEvent
from clearance.store.event_writes import Gap
from clearance.store.positions import Bounds, resume
from clearance.store.schema import event_heads, events
from clearance.store.writes import Writer

from .expected import expected, held
from .written import WALL, Written, content, written

PLACE = (BASE.events, 0)
WHOLE = frozenset(range(3))


def lose(engine: Engine, name: str, kept: int) -> None:
    """The store has lost what it had of a declaration behind one event, as after a careless restore."""
    with engine.begin() as connection:
        connection.execute(delete(events).where(events.c.declaration == name, events.c.seq > kept))
        connection.execute(event_heads.update().where(event_heads.c.declaration == name).values(seq=kept))


@pytest.fixture
def log() -> Written:
    return written(1)


def told(log: Written, start: int, end: int) -> list[ConsumedEvent]:
    """The events of one partition, between two offsets."""
    return list(log.batch({PLACE: start}, {PLACE: end}).events)


def test_missing_events_that_the_log_holds_are_read_again(engine: Engine, log: Written) -> None:
    end = log.ends[PLACE]
    writer = Writer(engine, resume(engine, log.log()).positions)
    writer.write(log.batch(writer.positions, {PLACE: end // 2}), WALL, frozenset())
    name = goes_on(told(log, 0, end // 2), told(log, end // 2, end))
    lose(engine, name, kept=1)
    before = content(engine)
    with pytest.raises(Gap) as raised:
        writer.write(log.batch(writer.positions, {PLACE: end}), WALL, frozenset())
    assert (raised.value.event.declaration, raised.value.held) == (name, Numbered(0, 1))
    assert content(engine) == before
    assert resume(engine, log.log()).positions == writer.positions
    writer.write(log.batch({PLACE: 0}, {PLACE: end}), WALL, frozenset({PLACE[1]}))
    names = {event.declaration for event in told(log, 0, end)}
    assert held(engine)["events"] == {row for row in expected(log)["events"] if row[0] in names}
    assert held(engine)["event_heads"] == {row for row in expected(log)["event_heads"] if row[0] in names}


def goes_on(before: list[ConsumedEvent], after: list[ConsumedEvent]) -> str:
    """A declaration that has several events before, and new ones after."""
    last = {event.declaration: event.indexed.seq for event in before}
    return next(event.declaration for event in after if 3 <= last.get(event.declaration, 0) < event.indexed.seq)


def test_missing_events_that_were_purged_leave_an_incomplete_history(engine: Engine, log: Written) -> None:
    whole, end = log.log(), log.ends[PLACE]
    first = end // 4  # before anything that stands in the log twice
    resumed = resume(engine, whole._replace(bounds={**whole.bounds, PLACE: Bounds(first, end)}))
    Writer(engine, resumed.positions).write(log.batch(resumed.positions, log.ends), WALL, WHOLE)
    kept, found = told(log, first, end), held(engine)
    for name in {event.declaration for event in kept}:
        numbers = {event.indexed.seq for event in kept if event.declaration == name}
        assert {row[2] for row in found["events"] if row[0] == name} == numbers
        assert [row[2:] for row in found["event_heads"] if row[0] == name] == [(max(numbers), 1 not in numbers)]
    assert {row[3] for row in found["event_heads"]} == {True, False}
    assert found["declarations"] == expected(log)["declarations"]
