"""A store at the current schema, and what lies beside one: copied from one that is made once, since to make one takes
longer than most tests of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine

from clearance.access.database import opened
from clearance.settings import load
from clearance.store.connect import migrate, open_beside, open_store

FILE = "sqlite:///"


def made_store(url: str) -> Engine:
    """A store that holds nothing yet, at a URL where nothing is."""
    if url.startswith(FILE):
        Path(url.removeprefix(FILE)).write_bytes(_store())
        return open_store(url)
    engine = open_store(url)
    migrate(engine)
    return engine


@contextmanager
def opened_access(url: str) -> Iterator[Engine]:
    """What is kept of access beside a store: nothing yet."""
    if url.startswith(FILE):
        store = Path(url.removeprefix(FILE))
        store.with_suffix(f".access{store.suffix}").write_bytes(_access())
    with opened(load(database_url=url)) as engine:
        yield engine


@cache
def _store() -> bytes:
    with TemporaryDirectory() as folder:
        return _migrated(open_store(f"{FILE}{folder}/store.db"), "clearance.store")


@cache
def _access() -> bytes:
    with TemporaryDirectory() as folder:
        return _migrated(open_beside(f"{FILE}{folder}/store.db", "access", 1), "clearance.access")


def _migrated(engine: Engine, room: str) -> bytes:
    migrate(engine, room)
    engine.dispose()
    return Path(str(engine.url.database)).read_bytes()
