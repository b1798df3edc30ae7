"""What the projector applies is told to listeners in order, or that everything may have changed."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine
from tests.api.system import System
from tests.helpers.conditions import until
from tests.helpers.stores import made_store

from clearance.api.stores import Store, Stores
from clearance.api.tail import Tail, Told
from clearance.settings.clock import utc_now
from clearance.store.applied import begin_anew
from clearance.store.connect import writing
from clearance.store.schema import applied

SECONDS = 30.0


def following(stores: Stores) -> tuple[Tail, list[Told]]:
    told: list[Told] = []
    tail = Tail(stores)
    tail.listeners.append(told.append)
    return tail, told


def stores_of(system: System) -> Stores:
    return Stores(Store(0, system.store), lambda _: system.store)


def test_every_change_is_told_in_order_after_the_beginning(system: System) -> None:
    async def follow() -> None:
        tail, told = following(stores_of(system))
        async with tail.running():
            await until(lambda: bool(told))
            await asyncio.to_thread(system.play, "held-then-released")
            await until(lambda: sum(len(one.batch.events) for one in told if one.batch) >= 7)
        assert told[0].batch is None
        assert [one.number for one in told] == [*range(told[0].number, told[0].number + len(told))]
        versions = {each.declaration: each.src for one in told if one.batch for each in one.batch.states}
        assert versions == {state.id: state.src for state in system.states()}
        assert tail.last == told[-1]

    asyncio.run(follow())


def test_a_store_that_begins_anew_is_told_as_everything(system: System) -> None:
    async def follow() -> None:
        tail, told = following(stores_of(system))
        async with tail.running():
            await until(lambda: bool(told))
            await asyncio.to_thread(system.play, "held-then-released")
            await asyncio.to_thread(system.start_anew)
            await asyncio.to_thread(system.play, "held-then-released")
            await until(lambda: len([one for one in told if one.batch is None]) == 2)

    asyncio.run(follow())


def test_what_was_forgotten_meanwhile_is_told_as_everything(system: System) -> None:
    system.play("held-then-released")
    stores = stores_of(system)

    async def follow() -> None:
        tail, told = following(stores)
        async with tail.running():
            await until(lambda: bool(told))
            held = told[0].number
            with writing(system.store) as connection:
                begin_anew(connection, held)
            await until(lambda: len(told) == 2)
            assert told[1].batch is None
            assert told[1].number == held + 2

    asyncio.run(follow())


def test_another_epoch_is_told_as_everything(system: System, tmp_path: Path) -> None:
    stores = stores_of(system)
    other: Engine = made_store(f"sqlite:///{tmp_path / 'other.db'}")

    async def follow() -> None:
        tail, told = following(stores)
        async with tail.running():
            await until(lambda: bool(told))
            stores.current = Store(1, other)
            await until(lambda: len(told) == 2)
            assert (told[1].store.epoch, told[1].batch) == (1, None)

    asyncio.run(follow())
    other.dispose()


def test_batches_that_an_older_projector_writes_are_told_as_everything(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clearance.api.tail.AGAIN_SECONDS", 0.05)
    progress = {"partition": 1, "stream_time": None, "wall_time": utc_now()}

    async def follow() -> None:
        tail, told = following(stores_of(system))
        async with tail.running():
            await until(lambda: bool(told))
            number, batch = told[0].number + 1, msgspec.msgpack.encode(((), (), (progress,)))
            with writing(system.store) as connection:
                connection.execute(applied.insert().values(number=number, at=utc_now(), batch=batch))
            await until(lambda: len(told) == 2)
            assert (told[1].number, told[1].batch) == (number, None)

    asyncio.run(follow())


@pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)
def test_a_store_of_an_older_projector_is_followed_once_that_is_newer(
    system: System, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("clearance.api.tail.AGAIN_SECONDS", 0.05)
    with system.store.begin() as connection:
        applied.drop(connection)

    async def follow() -> None:
        tail, told = following(stores_of(system))
        async with tail.running():
            await until(lambda: "not following" in capsys.readouterr().out)
            assert not told
            with system.store.begin() as connection:
                applied.create(connection)
            await until(lambda: bool(told) and tail.age() < SECONDS)

    asyncio.run(follow())
