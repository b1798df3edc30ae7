"""A move from its beginning to its end, beside an edge that goes on: what it has taken is in the new log, once."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from tests.edge.log import receipt, refuse
from tests.rebuild.moving_log import MORE, NEW, read

from clearance.contracts import topics
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.edge.append import Edge, open_edge
from clearance.events.log.input_records import is_of_kind
from clearance.events.partition.replay import Arrival
from clearance.kafka import clients, epochs
from clearance.kafka.epochs import Current, EpochOver
from clearance.kafka.errors import BrokerError
from clearance.kafka.move_records import Order
from clearance.kafka.names import BASE, EPOCHS, Names
from clearance.kafka.ready import find_names
from clearance.operations import log_move
from clearance.operations.epoch_switch import prepare_retirement
from clearance.operations.errors import NotCaughtUp, OperationRefused
from clearance.operations.log_move import move_of
from clearance.rebuild.move_process import MoveRefused, move
from clearance.rebuild.process import feed
from clearance.rebuild.sealing import seal
from clearance.settings import Settings, load

AT = datetime(2026, 3, 2, 1, 0, 2, tzinfo=UTC)
BROKEN = Arrival(name="broken.xml", at=AT, data=b"<nothing/>", organisation="acme")


@pytest.fixture(scope="module")
def addresses() -> Iterator[tuple[str, str]]:
    with EmbeddedBroker(topics().values()) as old, EmbeddedBroker(NEW.cards().values()) as new:
        yield old.bootstrap, new.bootstrap


@contextmanager
def telling(caught_up: bool) -> Iterator[object]:
    yield lambda fed: None


def arrival(nth: int) -> Arrival:
    return Arrival(name=f"{nth}.xml", at=AT, data=receipt(nth), organisation="acme")


async def moved(settings: Settings, order: Order) -> bool:
    return await move(settings, order, telling)  # type: ignore[arg-type] # of the same shape


async def keep_taking(edge: Edge, stop: asyncio.Event) -> int:
    """One message after the other; how many."""
    nth = 0
    while not stop.is_set():
        assert (await edge.take(arrival(nth))).result == "appended"
        nth += 1
        await asyncio.sleep(0.01)
    return nth


def closing(edge: Edge) -> Callable[[str, Names], Awaitable[None]]:
    """The seal of a broker that keeps late writers out, which the embedded one does not."""

    async def closed(address: str, names: Names) -> None:
        producer = edge.log.now.producer
        refuse(edge)
        await producer.flush()
        await seal(address, names)

    return closed


async def story(old: str, new: str, store: str, monkeypatch: pytest.MonkeyPatch) -> int:
    settings, stop = load(kafka_bootstrap_servers=old), asyncio.Event()
    with pytest.raises(OperationRefused, match="no move is under way: the base log is declaration-inputs"):
        await move_of(old)
    async with open_edge(old) as edge, asyncio.timeout(30):
        monkeypatch.setattr(log_move, "seal", closing(edge))
        await edge.take(BROKEN)
        taking = asyncio.create_task(keep_taking(edge, stop))
        moving = asyncio.create_task(moved(settings, Order(1, MORE, new)))
        while (await epochs.ask(old)).moving is None:
            await asyncio.sleep(0.05)
        assert (await asyncio.to_thread(find_names, new, 1)) == NEW
        with pytest.raises(
            MoveRefused, match=r"into epoch 1 with \d+ partitions was begun .* `clearance move abandon`"
        ):
            await moved(settings, Order(2, MORE, new))
        with pytest.raises(BrokerError, match="epoch 3 would be fed from a log that goes: a move into epoch 1"):
            await feed(load(kafka_bootstrap_servers=old, epoch=3), telling)  # type: ignore[arg-type] # of the same shape
        under_way = await move_of(old)
        with pytest.raises(NotCaughtUp):
            await under_way.finish(store, force=False)
        nobody = replace(under_way, held=msgspec.structs.replace(under_way.held, by=""))
        with pytest.raises(NotCaughtUp, match=r"nothing copies, .*`clearance move start --epoch 1"):
            await nobody.finish(store, force=True)
        while not (under_way := await move_of(old)).held.caught_up:
            with pytest.raises(NotCaughtUp, match=r"is not copied yet: .* no faster than `clearance tracker"):
                await under_way.finish(store, force=True)
            await asyncio.sleep(0.05)
        assert await under_way.finish(store, force=True) < 20
        assert await moving
        await asyncio.sleep(0.3)
        stop.set()
        count = await taking
        assert (await edge.take(arrival(count))).appended[0].topic == NEW.inputs
    return count + 1


def test_a_log_is_moved_beside_an_edge_that_goes_on(
    addresses: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = addresses
    count = asyncio.run(story(old, new, f"sqlite:///{tmp_path / 'none.db'}", monkeypatch))
    every = [record for records in asyncio.run(read(new, NEW.inputs, MORE)) for record in records]
    messages = Counter(record.value for record in every if is_of_kind("message", record.headers))
    assert messages == Counter({arrival(nth).data: 1 for nth in range(count)})
    letters = [record for records in asyncio.run(read(new, NEW.dead_letters, MORE)) for record in records]
    assert len(letters) == 1
    assert asyncio.run(epochs.ask(old)) == Current(1, None, NEW.base, new)
    with pytest.raises(EpochOver, match="epoch 0 is over: its log was moved into epoch 1"):
        find_names(old, 0)
    with pytest.raises(EpochOver, match=f"was moved to the cluster at {new}"):
        asyncio.run(move_of(old))
    assert asyncio.run(moved(load(kafka_bootstrap_servers=old), Order(1, MORE, new)))
    with pytest.raises(EpochOver):
        asyncio.run(moved(load(kafka_bootstrap_servers=old), Order(2, MORE)))
    with pytest.raises(MoveRefused, match="epoch 1 was used: name one above 1"):
        asyncio.run(moved(load(kafka_bootstrap_servers=new), Order(1, 2 * MORE)))
    assert BASE.log != NEW.log


def test_what_was_moved_away_may_be_retired_and_the_base_log_never() -> None:
    cards = {**topics(), **NEW.cards()}

    async def story(address: str) -> None:
        async with clients.new_producer(address) as producer:
            await epochs.switch_base(producer, Order(1, MORE), AT)
        retirement = await prepare_retirement(address, 0)
        assert {*retirement.names.cards()} == {*topics()} - {EPOCHS}
        with pytest.raises(OperationRefused, match="epoch 1 is answered from"):
            await prepare_retirement(address, 1)

    with EmbeddedBroker(cards.values()) as broker:
        asyncio.run(story(broker.bootstrap))
