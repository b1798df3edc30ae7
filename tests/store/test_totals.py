"""Counts over the whole store."""

from collections import Counter

from sqlalchemy import Engine
from tests.helpers.partition_logs import TABLES

from clearance.events.standing.view import view
from clearance.store.positions import resume
from clearance.store.schema import event_heads
from clearance.store.totals import Totals, totals
from clearance.store.viewer import EVERYBODY
from clearance.store.writes import Writer

from .written import WALL, written


def test_an_empty_store_counts_nothing(engine: Engine) -> None:
    with engine.connect() as connection:
        assert totals(connection, EVERYBODY) == Totals({}, {}, 0)


def test_it_counts_what_stands_for_itself(engine: Engine) -> None:
    """Numbers that are pointers are not counted, nor are anomalies that were closed."""
    log = written(1)
    writer = Writer(engine, resume(engine, log.log()).positions)
    writer.write(log.batch(writer.positions, log.ends), WALL, frozenset())
    with engine.begin() as connection:
        connection.execute(event_heads.update().where(event_heads.c.seq == 1).values(history_incomplete=True))
    with engine.connect() as connection:
        found = totals(connection, EVERYBODY)
    states = [state for state in log.states.values() if not state.merged_into]
    views = [view(state.facts, TABLES) for state in states]
    standing = [(one.status, one.details.get("office", ""), one.open) for one in views]
    assert found.declarations == Counter(standing)
    assert sum(found.anomalies.values()) == sum(len(state.ledger.open) for state in states) > 0
    assert found.incomplete == sum(state.seq == 1 for state in log.states.values()) > 0
