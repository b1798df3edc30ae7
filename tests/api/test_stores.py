"""Which store answers: that of the current epoch, as soon as there is one, and one for the whole of an answer."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from structlog.testing import capture_logs
from tests.helpers.conditions import until

from clearance.api import stores as module
from clearance.api.stores import Store, Stores
from clearance.kafka.epochs import Current
from clearance.store.connect import migrate, open_store


@pytest.fixture
def engines(tmp_path: Path) -> Iterator[list[Engine]]:
    """Of three epochs; only the first store is made."""
    found = [open_store(f"sqlite:///{tmp_path / 'store.db'}", epoch) for epoch in range(3)]
    migrate(found[0])
    yield found
    for engine in found:
        engine.dispose()


async def told(*epochs: int) -> AsyncIterator[Current]:
    for epoch in epochs:
        yield Current(epoch)


def test_a_switch_waits_for_the_store_and_the_one_before_answers_meanwhile(
    engines: list[Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.01)

    async def run() -> list[int]:
        stores = Stores(Store(0, engines[0]), engines.__getitem__)
        await stores.follow(told(0, 1))
        seen = [stores.current.epoch]
        with capture_logs() as logs:
            await until(lambda: bool(logs))
        assert logs[0]["event"] == "waiting for the store of the epoch"
        migrate(engines[1])
        await until(lambda: stores.current.epoch == 1)
        assert stores.current.engine is engines[1]
        await stores.follow(told(0))
        await until(lambda: stores.current.epoch == 0)
        return [*seen, stores.current.epoch]

    assert asyncio.run(run()) == [0, 0]


def test_the_last_switch_counts(engines: list[Engine], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.01)

    async def run() -> int:
        stores = Stores(Store(0, engines[0]), engines.__getitem__)
        await stores.follow(told(1, 2))
        migrate(engines[1])
        migrate(engines[2])
        await until(lambda: stores.current.epoch != 0)
        return stores.current.epoch

    assert asyncio.run(run()) == 2


def test_the_store_before_keeps_no_idle_connection(engines: list[Engine]) -> None:
    migrate(engines[1])
    pool = engines[0].pool

    async def run() -> None:
        stores = Stores(Store(0, engines[0]), engines.__getitem__)
        with engines[0].connect() as under_way:
            with engines[0].connect():
                pass
            assert pool.checkedin() == 1  # type: ignore[attr-defined] # of a pool with a bound
            await stores.follow(told(1))
            await until(lambda: stores.current.epoch == 1 and engines[0].pool is not pool)
            assert under_way.exec_driver_sql("SELECT 1").scalar() == 1
            assert pool.checkedin() == 0  # type: ignore[attr-defined]

    asyncio.run(run())
