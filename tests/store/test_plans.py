"""Which way the database takes to what an organisation sees. SQLite has no statistics here: a plan is the same for a
store of ten million, and is looked at in a small one."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from tests.api.system import System
from tests.helpers.stores import made_store
from tests.store.test_reader import QUESTIONS

from clearance.api import batch_lookup
from clearance.store import viewer as viewer_module
from clearance.store.reader import reading
from clearance.store.rows import Place, WantedAnomalies, WantedDeclarations
from clearance.store.schema import metadata
from clearance.store.viewer import Viewer

ORGANISATION = Viewer("acme", ("connection:demo-broker", "uscc:91350100M000100Y43"))
SOME = WantedDeclarations(statuses=("released", "submitted"), office="2901", open=True)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
OF_A_FEW_ROWS = {"expectations", "purged_before"}
FOR_METRICS = {"totals", "size_bytes", "progress", "last_batch", "heads", "settled"} | OF_A_FEW_ROWS
"""Asked for all, by whoever runs the system, or telling of no declaration."""
OF_A_PORTION = [
    value
    for number in range(batch_lookup.AT_ONCE)
    for value in (f"E20260004010000003-{number}", f"unified:E20260004010000003-{number}", f"cn:unified:{number}")
]
"""What is looked up for a portion of a batch, and of registrations that may still wait: a number as it may be meant."""
ASKED = [(name, given) for name, given in QUESTIONS.items() if name not in FOR_METRICS] + [
    ("newest", (SOME, Place(LONG_AGO, ""), 5)),
    ("newest", (WantedDeclarations(office="2901", updated_since=LONG_AGO), None, 5)),
    ("changed", (SOME, Place(LONG_AGO, ""), 5)),
    ("anomalies", (WantedAnomalies(states=("open",), rules=("A07",), opened_since=LONG_AGO), None, 5)),
    ("clearance_times", (["office"], LONG_AGO)),
    ("carriers_of_each", (OF_A_PORTION, batch_lookup.MOST)),
    ("declarations", ([f"cn:unified:C{number:017}" for number in range(batch_lookup.AT_ONCE)],)),
]
TABLE = re.compile(rf"SCAN ({'|'.join(metadata.tables)}|one|primary|pointer|mine|other|holder)\b")
OF_ALL = re.compile(r"SEARCH \w+ USING .*INDEX ix_(declarations_(status|office|applied)|anomalies_state|spans_span)")


@pytest.fixture
def filled(tmp_path: Path) -> Engine:
    engine = made_store(f"sqlite:///{tmp_path / 'store.db'}")
    System(engine).play("held-then-released")
    return engine


def test_who_has_few_is_answered_from_these(filled: Engine) -> None:
    """No table is read through, nor what others have of it in an index."""
    for question, given in ASKED:
        plan = planned(filled, question, given)
        assert [line for line in plan if TABLE.match(line) or OF_ALL.match(line)] == [], (question, given)
        assert any("parties" in line for line in plan), question


@pytest.mark.parametrize("question", ["newest", "changed", "anomalies"])
def test_who_has_many_is_answered_in_order(filled: Engine, question: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page is read from an index, and at most rows of one time are sorted."""
    monkeypatch.setattr(viewer_module, "FEW", -1)
    given = (WantedAnomalies(states=("open",)), None, 5) if question == "anomalies" else QUESTIONS[question]
    plan = planned(filled, question, given)
    assert [line for line in plan if line.endswith("TEMP B-TREE FOR ORDER BY")] == []
    assert any("USING INDEX ix_" in line for line in plan)


def planned(engine: Engine, question: str, given: tuple[object, ...]) -> list[str]:
    """What SQLite says that it does for the statements of a question."""
    asked: list[tuple[str, object]] = []

    def note(*told: Any) -> None:
        asked.append((told[2], told[3]))

    event.listen(engine, "before_cursor_execute", note)
    with reading(engine, ORGANISATION) as reader:
        getattr(reader, question)(*given)
        event.remove(engine, "before_cursor_execute", note)
        driver: Any = reader._connection.connection.driver_connection
        return [row[3] for sql, values in asked for row in driver.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
