"""SQLite's log of writes (WAL) stays short, however others read."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from tests.helpers.stores import made_store

from clearance.store import connect, size
from clearance.store.connect import writing
from clearance.store.reader import reading
from clearance.store.size import shorten_wal
from clearance.store.viewer import EVERYBODY

LENGTH = 100_000
ROW = text("INSERT INTO event_heads (declaration, epoch, seq, history_incomplete) VALUES (:name, 0, 1, FALSE)")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setattr(size, "WAL_BYTES", LENGTH)
    monkeypatch.setattr(connect, "PATIENCE_SECONDS", 1)
    return made_store(f"sqlite:///{tmp_path / 'store.db'}")


def length(store: Engine) -> int:
    wal = Path(f"{store.url.database}-wal")
    return wal.stat().st_size if wal.exists() else 0


def grown(store: Engine, nth: int = 0) -> int:
    """The length of the WAL when more than is allowed has been written."""
    while length(store) <= LENGTH:
        with writing(store) as connection:
            connection.execute(ROW, [{"name": f"{nth}-{length(store)}-{one}"} for one in range(500)])
    return length(store)


@contextmanager
def overlapping(store: Engine) -> Iterator[None]:
    """Two who read again and again: one begins before the other has ended."""
    stop, begun = threading.Event(), [threading.Event(), threading.Event()]

    def read(nth: int) -> None:
        while not stop.is_set():
            with reading(store, EVERYBODY) as reader:
                reader.last_batch()
                begun[nth].set()
                begun[1 - nth].clear()
                begun[1 - nth].wait(0.2)  # the other one is in, before this one ends

    readers = [threading.Thread(target=read, args=(nth,)) for nth in (0, 1)]
    for one in readers:
        one.start()
    try:
        yield
    finally:
        stop.set()
        for one in readers:
            one.join()


def test_those_who_read_one_after_the_other_do_not_keep_it_long(store: Engine) -> None:
    with overlapping(store):
        for nth in range(3):
            assert grown(store, nth) > LENGTH
            assert shorten_wal(store)
            assert length(store) == 0


def test_one_who_reads_for_long_keeps_it_for_so_long_and_nobody_waits_for_him(store: Engine) -> None:
    with reading(store, EVERYBODY) as reader:
        before = reader.last_batch()
        grown(store)
        assert not shorten_wal(store)
        at = length(store)
        with writing(store) as connection:
            connection.execute(ROW, {"name": "meanwhile"})
        assert reader.last_batch() == before
    assert length(store) >= at
    assert shorten_wal(store)
    assert length(store) == 0
