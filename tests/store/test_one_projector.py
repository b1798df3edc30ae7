"""Of those who want to write to a store one may; when it ends, however it does, the next one may."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from clearance.settings.clock import monotonic
from clearance.store.connect import migrate, open_store
from clearance.store.errors import StoreError
from clearance.store.one_projector import OneProjector

HOLDS = """
import sys, time
from clearance.store.connect import open_store
from clearance.store.one_projector import OneProjector

lock = OneProjector(open_store(sys.argv[1]))
print(lock.take(), flush=True)
time.sleep(60)
"""


def test_one_has_it_and_keeps_it_until_it_lets_go(engine: Engine) -> None:
    one, other = OneProjector(engine), OneProjector(engine)
    assert [one.take(), other.take(), one.take(), other.take()] == [True, False, True, False]
    one.release()
    assert [other.take(), one.take()] == [True, False]
    other.release()


def test_a_kill_takes_it_away(url: str, engine: Engine) -> None:
    lock = OneProjector(engine)
    with subprocess.Popen([sys.executable, "-c", HOLDS, url], stdout=subprocess.PIPE, text=True) as holder:  # noqa: S603
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        assert not lock.take()
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    end = monotonic() + 5
    while not (taken := lock.take()) and monotonic() < end:
        pass
    assert taken
    lock.release()


def test_whoever_lost_its_connection_asks_again_and_waits(postgres_url: str) -> None:
    engine = open_store(postgres_url)
    one, other = OneProjector(engine), OneProjector(engine)
    assert one.take()
    with engine.connect() as connection:
        others = "SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity WHERE pid != pg_backend_pid()"
        connection.execute(text(f"{others} AND datname = current_database()"))
    assert other.take()
    assert not one.take()
    other.release()
    assert one.take()
    one.release()
    engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_each_epoch_has_its_own(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}" if kind == "sqlite" else str(request.getfixturevalue("postgres_url"))
    engines = [open_store(url, epoch) for epoch in (0, 1)]
    for engine in engines:
        migrate(engine)
    locks = [OneProjector(engine) for engine in engines]
    assert [lock.take() for lock in locks] == [True, True]
    for lock, engine in zip(locks, engines, strict=True):
        lock.release()
        engine.dispose()


def test_a_folder_in_which_nothing_can_be_made_is_said(tmp_path: Path) -> None:
    lock = OneProjector(open_store(f"sqlite:///{tmp_path / 'gone' / 'store.db'}"))
    with pytest.raises(StoreError, match=r"store\.db\.projector cannot be locked: No such file.*check that its folder"):
        lock.take()
