"""How large the store is, on SQLite and on PostgreSQL."""

from pathlib import Path

from sqlalchemy import Engine

from clearance.store.reader import reading
from clearance.store.size import free_ratio
from clearance.store.viewer import EVERYBODY


def test_a_store_has_a_size(engine: Engine) -> None:
    with reading(engine, EVERYBODY) as reader:
        assert reader.size_bytes() > 10_000


def test_what_waits_beside_the_file_of_sqlite_counts(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        with reading(engine, EVERYBODY) as reader:
            files = sum(Path(f"{engine.url.database}{ending}").stat().st_size for ending in ("", "-wal"))
            assert reader.size_bytes() == files


def test_of_sqlite_it_is_known_how_full_the_disk_is(engine: Engine) -> None:
    free = free_ratio(engine)
    if engine.dialect.name == "sqlite":
        assert free is not None
        assert 0 < free < 1
    else:
        assert free is None, "its disk is that of another machine"
