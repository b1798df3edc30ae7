"""Which way PostgreSQL takes among very many declarations of a thousand organisations: by its own statistics, measured.

The surprise: the copies are made by the database, from the rows of one declaration that was folded as any other.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Column, Engine, Table, event, text
from tests.api.system import System
from tests.helpers.stores import made_store
from tests.store.test_plans import ASKED, FOR_METRICS
from tests.store.test_reader import HELD, QUESTIONS

from clearance.store import schema
from clearance.store.reader import reading
from clearance.store.viewer import EVERYBODY, FEW, Viewer

COUNT, ORGANISATIONS = 200_000, 1000
OF_COPIES = (
    schema.declarations,
    schema.numbers,
    schema.parties,
    schema.anomalies,
    schema.spans,
    schema.events,
    schema.messages,
    schema.event_heads,
)
NAME = "'cn:unified:C' || lpad(i::text, 17, '0')"
REPLACED = {
    "declarations.id": NAME,
    "declarations.applied_at": "applied_at + i * interval '1 ms'",
    "declarations.office": "'29' || lpad((i % 40)::text, 2, '0')",
    "declarations.parts": r"'\x'::bytea",
    "declarations.record": r"'\x'::bytea",
    "numbers.value": "value || '-' || i",
    "parties.identifier": "CASE WHEN identifier LIKE 'connection:%' THEN identifier"
    f" ELSE 'uscc:ORG' || (i % {ORGANISATIONS}) END",
    "anomalies.id": "md5(id || i)",
    "anomalies.opened_at": "opened_at + i * interval '1 ms'",
    "anomalies.limit": "\"limit\" + i * interval '1 ms'",
    "anomalies.applied_at": "applied_at + i * interval '1 ms'",
    "events.offset": '"offset" + i * 100',
    "events.command_id": "command_id || i",
    "messages.message_id": "message_id || i",
}
"""What a copy has of its own, by its number `i`; else it is as the original."""
ONE = Viewer("organisation of few", ("uscc:ORG7", "organisation:none"))
MANY = Viewer("organisation of all", ("connection:demo-broker", "organisation:one"))
EXAMINED, OF_FEW = 2 * FEW, 10_000
"""Rows that one question may look at, of all nodes of its plan: who has more than FEW reads a page in order, and who
has fewer gathers them; `OF_FEW` for who has 200."""
TALLIED = {"clearance_times", "times_of_cohort"}
"""Read all spans of whoever asks that is not everybody, who has tallies."""
LOOKED_AT_WHOLE = TALLIED | {"settled_by_rule"}
"""Of whoever sees much. What was settled in ninety days is counted by notices, once in ten minutes."""


def _copied(table: Table, column: Column[Any]) -> str:
    if column.name == "declaration":
        return NAME
    return REPLACED.get(f"{table.name}.{column.name}", f'"{column.name}"')


def copy(engine: Engine, count: int) -> None:
    """So many declarations like the first one, each of one organisation."""
    with engine.begin() as connection:
        for table in OF_COPIES:
            names = ", ".join(f'"{one.name}"' for one in table.columns)
            values = ", ".join(_copied(table, one) for one in table.columns)
            which = "id" if table is schema.declarations else "declaration"
            only = "AND seq = 1" if table is schema.events else ""
            origin = f"(SELECT * FROM {table.name} WHERE {which} = '{HELD}' {only})"  # noqa: S608 # ours
            many = f"INSERT INTO {table.name} ({names}) SELECT {values} FROM {origin}, generate_series(1, {count}) i"  # noqa: S608
            connection.execute(text(many + " ON CONFLICT DO NOTHING"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


@pytest.fixture(scope="module")
def filled(postgres_url_of_module: str) -> Iterator[Engine]:
    engine = made_store(postgres_url_of_module)
    System(engine).play("held-then-released", "lasting-anomaly-acknowledged")
    copy(engine, COUNT)
    yield engine
    engine.dispose()


@pytest.mark.soak
def test_nothing_is_read_through_to_answer(filled: Engine) -> None:
    asked = {name: given for name, given in QUESTIONS.items() if name not in FOR_METRICS}
    for viewer in (ONE, MANY, EVERYBODY):
        for question, given in [*asked.items(), *ASKED]:
            if viewer is ONE or question not in LOOKED_AT_WHOLE:
                for statement, plan in planned(filled, viewer, question, given):
                    looked_at, most = sum(map(_examined, _nodes(plan))), OF_FEW if viewer is ONE else EXAMINED
                    assert looked_at <= most, (viewer.name, question, given, statement[-200:], plan)


@pytest.mark.soak
def test_a_cohort_is_told_from_the_tallies_and_whole_only_to_everybody(filled: Engine) -> None:
    for question in TALLIED:
        for _, plan in planned(filled, EVERYBODY, question, QUESTIONS[question]):
            assert sum(_examined(node) for node in _nodes(plan)) <= EXAMINED


def planned(engine: Engine, viewer: Viewer, question: str, given: tuple[object, ...]) -> list[tuple[str, Any]]:
    """The statements of a question, and what PostgreSQL did for each."""
    asked: list[tuple[str, Any]] = []

    def note(*told: Any) -> None:
        asked.append((told[2], told[3]))

    event.listen(engine, "before_cursor_execute", note)
    try:
        with reading(engine, viewer) as reader:
            getattr(reader, question)(*given)
            event.remove(engine, "before_cursor_execute", note)
            driver: Any = reader._connection.connection.driver_connection
            cursor = driver.cursor()
            return [
                (sql, _explained(cursor, sql, values)) for sql, values in asked if sql.startswith(("SELECT", "WITH"))
            ]
    finally:
        if event.contains(engine, "before_cursor_execute", note):
            event.remove(engine, "before_cursor_execute", note)


def _explained(cursor: Any, sql: str, values: Any) -> Any:
    cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", values)
    [(plan,)] = cursor.fetchall()
    return (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]


def _nodes(plan: Any) -> Iterator[Any]:
    yield plan
    for one in plan.get("Plans", ()):
        yield from _nodes(one)


def _examined(node: Any) -> int:
    """Rows of a table or an index that a node has looked at."""
    if "Relation Name" not in node and "Index Name" not in node:
        return 0
    passed_over = sum(node.get(name, 0) for name in ("Rows Removed by Filter", "Rows Removed by Index Recheck"))
    return int((node["Actual Rows"] + passed_over) * node["Actual Loops"])
