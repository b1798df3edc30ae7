"""Whatever is kept anywhere is in a backup, or it is said why not."""

import re
from pathlib import Path

import pytest

from clearance.access import backup
from clearance.access import schema as access
from clearance.backup.owned import Kind, in_order, owned, versions
from clearance.contracts import topics
from clearance.kafka.names import BASE
from clearance.store import schema as store

SERVICES = Path(__file__).parents[1] / "services"
WRITES = re.compile(
    r"\.mkdir\(|sqlite3\.connect|\.write_(?:bytes|text)\(|os\.open\(|mkdtemp|TemporaryDirectory\(|datadir=|open\(\"[xwa]b?\""
)


def writing_modules() -> set[str]:
    """Modules that make files or folders, named as their rows; not those of the backup itself."""
    rooms = [SERVICES / "clearance", SERVICES / "client" / "clearance"]
    files = {file.relative_to(root).as_posix(): file for root in rooms for file in root.rglob("*.py")}
    return {name for name, file in files.items() if WRITES.search(file.read_text("utf-8")) and "backup/" not in name}


@pytest.mark.parametrize(
    ("kind", "there"),
    [
        ("topic", {*topics()}),
        ("access", {*access.metadata.tables}),
        ("store", {*store.metadata.tables}),
        ("folder", writing_modules()),
    ],
)
def test_everything_that_is_kept_stands_in_the_table(kind: Kind, there: set[str]) -> None:
    differ = {name for of, name in owned() if of == kind} ^ there
    assert not differ, f"say in services/clearance/backup/owned.csv whether a backup holds {kind} {sorted(differ)}"


def test_a_row_that_a_backup_holds_says_how_and_in_which_form_and_another_says_why_not() -> None:
    for row in owned().values():
        assert bool(row.how) == bool(row.version) == (row.kept in ("backup", "log")), row
        assert row.why or row.kept in ("backup", "given-back"), row


def test_of_access_a_backup_holds_what_that_of_access_holds() -> None:
    assert {name for (kind, name), row in owned().items() if kind == "access" and row.how} == {*backup.TABLES}


def test_what_rests_on_another_topic_is_cut_before_it() -> None:
    order = [topic for topic, _ in in_order([0, 1])]
    for name in ("tracker-progress", "declaration-status", "declaration-events", "declaration-inputs"):
        assert order.index(f"{name}.e1") < order.index(name)
    written = (BASE.progress, BASE.status, BASE.events, BASE.set_aside, BASE.inputs)
    assert [topic for topic in order if topic in written] == [*written]
    assert order.index(BASE.analyst_progress) < order.index(BASE.analyst_states) < order.index(BASE.events)
    assert len(order) == len({*order}) == 2 * len(topics()) - 1


def test_a_form_that_changes_is_another_version() -> None:
    assert {*versions().values()} == {1}
    assert "topic declaration-inputs" in versions()
