"""The store keeps what is over for as long as the setting says, and its log of writes stays short."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.helpers.stores import made_store
from tests.store.test_purging import ids, projected
from tests.store.written import written

from clearance.metrics import Board
from clearance.metrics.declared import PROJECTOR
from clearance.projector import keeping
from clearance.projector.keeping import Keeping, keep_of
from clearance.settings import InvalidSetting, load
from clearance.store import size
from clearance.store.reader import reading
from clearance.store.viewer import EVERYBODY


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return made_store(f"sqlite:///{tmp_path / 'store.db'}")


def test_by_itself_it_keeps_everything(engine: Engine) -> None:
    assert keep_of(load()) is None
    writer = projected(engine, written(1))
    before = ids(engine)
    Keeping(None, Board(PROJECTOR)).work(writer)
    assert ids(engine) == before


def test_what_is_over_for_so_long_leaves_and_is_counted(engine: Engine) -> None:
    writer, board = projected(engine, written(1)), Board(PROJECTOR)
    before = ids(engine)
    one = Keeping(timedelta(days=-1000), board)  # whatever the clock of the test says
    one.work(writer)
    gone = before - ids(engine)
    assert gone
    assert board.value("clearance_declarations_purged_total") == len(gone)


def test_no_less_than_registrations_are_kept() -> None:
    assert keep_of(load(store_keep_days=401)) == timedelta(days=401)
    with pytest.raises(InvalidSetting, match=r"CLEARANCE_STORE_KEEP_DAYS: 400 is not more than .*DAYS \(400\)"):
        keep_of(load(store_keep_days=400))


def test_a_long_wal_is_emptied_as_soon_as_nobody_reads_from_it(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(size, "WAL_BYTES", 100_000)
    monkeypatch.setattr(keeping, "WAL_SECONDS", 0.0)
    wal = tmp_path / "store.db-wal"
    writer = projected(engine, written(1))
    assert wal.stat().st_size > 100_000
    one = Keeping(None, Board(PROJECTOR))
    with reading(engine, EVERYBODY) as reader:
        reader.last_batch()
    one.work(writer)
    assert wal.stat().st_size == 0
    one.work(writer)
