"""A store that an earlier version has filled is brought to what one holds that was made from the same log."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Column, Engine, MetaData, Table, inspect, select, text
from tests.helpers.stores import made_store

from clearance.store import connect, schema
from clearance.store.connect import migrate, open_beside, open_store, writing
from clearance.store.derived import Row
from clearance.store.positions import resume
from clearance.store.tallies import Tally, decode
from clearance.store.tally_writes import Key, key_of
from clearance.store.writes import Writer

from .written import WALL, Content, Written, content, written

VERSIONS = Path(connect.__file__).with_name("migrations")
OLD = "0004"
LATER = {"parties", "former_parties", "declarations"}
"""What the old version did not know is known with the next state: who may see, or might, and the digests of that."""
WHOLE = frozenset(range(3))
SPANS = Table(
    "spans",
    MetaData(),
    *(Column(name, schema.spans.c[name].type) for name in ("declaration", "span", "begun_at", "seconds", "open")),
)


@pytest.fixture
def old(url: str) -> Iterator[Engine]:
    """An empty store of an earlier version."""
    engine = open_store(url)
    with writing(engine) as connection:
        config = Config()
        config.set_main_option("script_location", str(VERSIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, OLD)
    yield engine
    engine.dispose()


@pytest.fixture
def rebuilt(url: str, tmp_path: Path) -> Iterator[Engine]:
    """An empty store of this version, beside it."""
    if url.startswith("sqlite"):
        engine = made_store(f"sqlite:///{tmp_path / 'rebuilt.db'}")
    else:
        engine = open_beside(url, "rebuilt", 2)
        migrate(engine)
    yield engine
    engine.dispose()


def project(engine: Engine, log: Written, share: float = 1) -> None:
    """Up to a share of each topic."""
    start = resume(engine, log.log()).positions
    to = {place: int(end * share) for place, end in log.ends.items()}
    Writer(engine, start).write(log.batch(start, to), WALL, WHOLE)


def copy(source: Engine, old: Engine) -> None:
    """The rows of a store into an earlier one, as that kept them."""
    with source.connect() as reader, writing(old) as writer:
        for table in inspect(writer).get_table_names():
            if table == connect.VERSION_TABLE:
                continue
            columns = [column["name"] for column in inspect(writer).get_columns(table)]
            names = ", ".join(f'"{name}"' for name in columns)
            rows = reader.exec_driver_sql(f'SELECT {names} FROM "{table}"').all()  # noqa: S608 # our own tables
            marks = ", ".join(["?" if old.dialect.name == "sqlite" else "%s"] * len(columns))
            if rows:
                writer.exec_driver_sql(
                    f'INSERT INTO "{table}" ({names}) VALUES ({marks})',  # noqa: S608
                    [tuple(row) for row in rows],
                )
        writer.execute(text("UPDATE declarations SET parts = :none"), {"none": b"before"})


def without(found: Content, *tables: str) -> Content:
    """The history of anomalies is known with the next state, too."""
    turns = [*schema.anomalies.c.keys()].index("turns")
    bare = {(*row[:turns], *row[turns + 1 :]) for row in found["anomalies"]}
    return {name: rows for name, rows in {**found, "anomalies": bare}.items() if name not in tables}


def test_a_migration_stays_as_it_was_written() -> None:
    """What it calls of ours would go on, and do something else to the same store."""
    for file in VERSIONS.glob("versions/*.py"):
        assert not re.findall(r"(?m)^(?:from|import) clearance.*", file.read_text(encoding="utf-8")), file


def test_a_filled_store_is_migrated_to_what_a_new_one_has(old: Engine, rebuilt: Engine) -> None:
    log = written(1)
    project(rebuilt, log)
    copy(rebuilt, old)
    migrate(old)
    found, wanted = content(old), content(rebuilt)
    assert len(wanted["tallies"]) > 3
    assert without(found, *LATER) == without(wanted, *LATER)
    assert not found["parties"] | found["former_parties"]


def test_a_migrated_store_goes_on_as_one_that_was_never_old(old: Engine, rebuilt: Engine) -> None:
    log = written(2)
    project(rebuilt, log, 0.5)
    copy(rebuilt, old)
    migrate(old)
    for engine in (old, rebuilt):
        project(engine, log)
    found, wanted = content(old), content(rebuilt)
    assert without(found, *LATER) == without(wanted, *LATER)
    since = {row[0] for row in found["parties"]}
    assert since
    assert found["parties"] == {row for row in wanted["parties"] if row[0] in since}
    assert found["former_parties"] <= wanted["former_parties"]


def test_more_spans_than_a_page_are_each_counted_once(old: Engine) -> None:
    declarations = [f"cn:unified:{number}" for number in range(150)]
    spans = [_span(declaration, number) for declaration in declarations for number in range(140)]
    with writing(old) as connection:
        connection.execute(schema.declarations.insert(), [_declaration(one) for one in declarations])
        connection.execute(SPANS.insert(), spans)
    migrate(old)
    with old.connect() as connection:
        rows = connection.execute(select(schema.tallies)).all()
    assert {tuple(key): decode(told) for *key, told in rows} == _counted(spans)


def _declaration(name: str) -> Row:
    times = {"since": WALL, "applied_at": WALL}
    version = {"partition": 0, "epoch": 0, "src": 1, "seq": 1}
    standing = {"status": "released", "group": "over", "open": False, "merged_into": ""}
    return {"id": name, **_group(name), **times, **version, **standing, "parts": b"", "record": b""}


def _span(declaration: str, number: int) -> Row:
    return {
        "declaration": declaration,
        "span": f"{number}",
        "begun_at": WALL - timedelta(minutes=number * 20),
        "seconds": None if number % 5 == 0 else number * 1.5,
        "open": number % 10 == 0,
    }


def _counted(spans: list[Row]) -> dict[Key, Tally]:
    found: dict[Key, Tally] = {}
    for span in spans:
        row = {**span, **_group(span["declaration"])}
        tally = found.setdefault(key_of(row), Tally())
        if row["seconds"] is None:
            tally.count_unfinished(row["begun_at"], row["open"], 1)
        else:
            tally.count_ended([row["seconds"]], 1)
    return found


def _group(declaration: str) -> Row:
    return {"authority": "cn", "office": declaration[-1], "direction": "export", "transport_mode": ""}
