"""The store is opened, brought to the current schema, or refused in one line that says what to do."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, func, make_url, select, text

from clearance.store import connect
from clearance.store.connect import (
    VERSION_TABLE,
    explained,
    is_made,
    migrate,
    name_of,
    newest,
    open_store,
    version_of,
    writing,
)
from clearance.store.errors import StoreAway, StoreError
from clearance.store.schema import metadata, source

MIGRATES = "import sys; from clearance.store.connect import *; engine = open_store(sys.argv[1]); migrate(engine)"


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    engine = open_store(url)
    yield engine
    engine.dispose()


def test_the_migrations_give_exactly_the_tables(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, metadata) == []
        assert version_of(connection) == newest("clearance.store")


def test_a_current_store_stays_as_it_is(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(source.insert(), {"cluster_id": "kept"})
    migrate(engine)
    with engine.connect() as connection:
        assert connection.execute(select(source.c.cluster_id)).scalar() == "kept"


def test_processes_that_start_at_once_all_find_a_current_store(url: str) -> None:
    command = [sys.executable, "-W", "error", "-c", MIGRATES, url]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]  # noqa: S603
    told = [process.communicate(timeout=60)[1] for process in started]
    assert [process.returncode for process in started] == [0] * 3, told
    with opened(url) as engine, engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(source)).scalar() == 0


def test_a_store_of_a_newer_version_is_refused(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))  # noqa: S608
    with pytest.raises(StoreError, match="has the schema '9999', which this version of clearance does not know: run"):
        migrate(engine)


def test_a_reader_sees_the_store_as_it_stood_and_waits_for_nobody(url: str, engine: Engine) -> None:
    with opened(url) as another, writing(engine) as writer:
        writer.execute(source.insert(), {"cluster_id": "half done"})
        with another.connect() as reader:
            assert reader.execute(select(source.c.cluster_id)).scalar() is None
            writer.commit()
            assert reader.execute(select(source.c.cluster_id)).scalar() is None
        with another.connect() as reader:
            assert reader.execute(select(source.c.cluster_id)).scalar() == "half done"


def test_writers_follow_one_another(url: str, engine: Engine) -> None:
    def add(_: int) -> None:
        with opened(url) as mine, writing(mine) as connection:
            count = connection.execute(select(func.count()).select_from(source)).scalar()
            connection.execute(source.insert(), {"cluster_id": f"{count}"})

    with ThreadPoolExecutor(6) as several:
        list(several.map(add, range(12)))
    with engine.connect() as connection:
        assert {*connection.execute(select(source.c.cluster_id)).scalars()} == {str(count) for count in range(12)}


def test_a_writer_that_waits_in_vain_says_so(url: str, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "PATIENCE_SECONDS", 1)
    with opened(url) as late, writing(engine), pytest.raises(StoreError, match="lock"), writing(late):
        pass


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("clearance.db", "CLEARANCE_DATABASE_URL is no URL: write it as sqlite:///clearance.db"),
        (
            "mysql://root:secret@host/db",
            "CLEARANCE_DATABASE_URL names mysql: the store is kept in sqlite or postgresql",
        ),
        ("sqlite://", "names no file, and processes share no memory"),
        ("sqlite:///:memory:", "names no file, and processes share no memory"),
    ],
)
def test_what_is_no_store_is_refused(bad: str, why: str) -> None:
    with pytest.raises(StoreError) as raised:
        open_store(bad)
    assert why in str(raised.value)
    assert "secret" not in str(raised.value)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path}/missing/store.db") as engine, pytest.raises(StoreError) as raised:
        migrate(engine)
    assert str(raised.value) == (
        f"the store sqlite:///{tmp_path}/missing/store.db: unable to open database file; check that its folder exists "
        "and can be written, and that the disk has room (CLEARANCE_DATABASE_URL)"
    )


def test_a_file_that_is_no_store_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("these are notes" * 100)
    with opened(f"sqlite:///{tmp_path}/notes.txt") as engine, pytest.raises(StoreError, match="is not a database"):
        migrate(engine)
    assert (tmp_path / "notes.txt").read_text() == "these are notes" * 100


def test_who_only_reads_cannot_write(url: str, engine: Engine) -> None:
    readers = open_store(url, read_only=True)
    with pytest.raises(StoreError, match=r"read-?only"), writing(readers) as connection:
        connection.execute(source.insert(), {"cluster_id": "by mistake"})
    with readers.connect() as connection:
        assert connection.execute(select(source.c.cluster_id)).scalar() is None
    readers.dispose()


def test_connections_that_are_all_in_use_are_named(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "PATIENCE_SECONDS", 0.1)
    engine = open_store(url, connections=1)
    with engine.connect(), pytest.raises(StoreAway, match=r"all connections of this process .*docs/running\.md"):
        is_made(engine)
    engine.dispose()


def test_a_query_of_who_only_reads_ends(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "READ_SECONDS", 0.2)
    engine = open_store(postgres_url, read_only=True)
    with pytest.raises(StoreAway, match="statement timeout"), explained(engine), engine.connect() as connection:
        connection.execute(text("SELECT pg_sleep(60)"))
    engine.dispose()


@pytest.mark.parametrize(
    ("query", "idle", "path"),
    [
        ({}, "10", '"$user", public'),
        ({"keepalives_idle": "99", "options": "-csearch_path=elsewhere"}, "99", "elsewhere"),
    ],
)
def test_a_server_that_is_gone_is_noticed_unless_the_url_says_otherwise(
    postgres_url: str, query: dict[str, str], idle: str, path: str
) -> None:
    url = make_url(postgres_url).update_query_dict(query).render_as_string(hide_password=False)
    engine = open_store(url, read_only=True)
    with engine.connect() as connection:
        told = connection.connection.driver_connection.info.get_parameters()  # type: ignore[union-attr] # psycopg's
        assert (told["keepalives_idle"], told["tcp_user_timeout"]) == (idle, "30000")
        assert connection.execute(text("SHOW search_path")).scalar() == path
        assert connection.execute(text("SHOW transaction_read_only")).scalar() == "on"
    engine.dispose()


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    with opened("postgresql://me:secret@127.0.0.1:1/clearance?password=hidden") as engine:
        assert name_of(engine) == "postgresql+psycopg://me:***@127.0.0.1:1/clearance"
        with pytest.raises(StoreError, match="check that the server runs") as raised:
            migrate(engine)
    told = str(raised.value)
    assert "secret" not in told
    assert "hidden" not in told
    assert "\n" not in told


def test_a_user_who_may_not_write_is_told(postgres_url: str) -> None:
    with opened(postgres_url) as owner, writing(owner) as connection:
        connection.execute(text("DROP ROLE IF EXISTS guest"))
        connection.execute(text("CREATE ROLE guest LOGIN"))
        guest = owner.url.set(username="guest").render_as_string(hide_password=False)
    with opened(guest) as engine, pytest.raises(StoreError, match="permission denied") as raised:
        migrate(engine)
    assert "lets this user in" in str(raised.value)


def test_each_epoch_has_a_store_of_its_own(url: str) -> None:
    first, second = open_store(url), open_store(url, 1)
    migrate(first)
    assert (is_made(first), is_made(second)) == (True, False)
    migrate(second)
    for engine, name in ((first, "first"), (second, "second")):
        with writing(engine) as connection:
            connection.execute(source.insert(), {"cluster_id": name})
    for engine, name in ((first, "first"), (second, "second")):
        with engine.connect() as connection:
            assert connection.execute(select(source.c.cluster_id)).scalars().all() == [name]
    assert name_of(first) != name_of(second)
    assert "e1" in name_of(second) or "epoch_1" in name_of(second)
    first.dispose()
    second.dispose()
