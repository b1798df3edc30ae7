"""The oldest events and inputs go as far as all who follow them have read, and no further."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.helpers.stores import made_store
from tests.tracker.by_hand import ByHand, by_hand, keys, receipt

from clearance.contracts import topics
from clearance.devbroker.local import LocalKafka
from clearance.kafka import clients
from clearance.kafka.names import BASE, Names
from clearance.kafka.topics import ensure
from clearance.operations.errors import OperationRefused
from clearance.operations.log_purging import Purge, prepare_purge
from clearance.settings.clock import utc_now
from clearance.stages.progress import StageProgress, stage_progress_record
from clearance.store.schema import positions

PARTITION = 3


@pytest.fixture
def store(tmp_path: Path) -> Engine:
    return made_store(f"sqlite:///{tmp_path / 'store.db'}")


def read_to(store: Engine, topic: str, offset: int) -> None:
    """The store has read so far."""
    row = {"topic": topic, "partition": PARTITION, "topic_id": "topic", "next_offset": offset}
    with store.begin() as connection:
        connection.execute(positions.delete().where(positions.c.topic == topic))
        connection.execute(positions.insert(), [row])


async def counted(hand: ByHand, position: int) -> None:
    """The analyst has folded up to here."""
    told = StageProgress(
        epoch=0,
        partition=PARTITION,
        position=position,
        wall_time=utc_now(),
        cluster_id="cluster",
        topic_id="topic",
        topic_ids={},
        version="1",
    )
    await hand.write(BASE.analyst_progress, PARTITION, stage_progress_record(told))


@pytest.mark.soak
def test_records_go_as_far_as_all_who_follow_them_have_read(own_kafka: LocalKafka, store: Engine) -> None:
    address = own_kafka.bootstrap
    ensure(address, topics(), replication_factor=1, create=True)

    async def asked(what: str, days: float = 0.0) -> Purge:
        before = utc_now() - timedelta(days=days)
        return await prepare_purge(address, BASE, what, before, str(store.url))  # type: ignore[arg-type]

    async def story() -> None:
        async with by_hand(address) as hand:
            key = keys(PARTITION)[0]
            owned = (await hand.restore(PARTITION)).owned
            await hand.append(PARTITION, *(receipt(key, code, minutes) for minutes, code in enumerate("7LJP")))
            await hand.fold(PARTITION, owned)
            await asyncio.sleep(0.01)
            _, events = await clients.ends(hand.reader, BASE.events, PARTITION)

            assert not (await asked("events")).records, "the store has read nothing"
            read_to(store, BASE.events, events)
            read_to(store, BASE.inputs, 3)
            assert not (await asked("events", days=1)).records, "they are younger"
            assert (await asked("events")).gone == {PARTITION: range(events - 1)}, "the last one stays"
            await counted(hand, 1)
            assert (await asked("events")).gone == {PARTITION: range(2)}
            assert (await asked("inputs")).gone == {PARTITION: range(3)}
            read_to(store, BASE.inputs, 4)
            await hand.append(PARTITION, receipt(key, "R", 5))
            assert (await asked("inputs")).gone == {PARTITION: range(4)}, "the tracker has not folded the last one"

            await asyncio.to_thread((await asked("events")).make)
            await asyncio.to_thread((await asked("inputs")).make)
            assert (await clients.ends(hand.reader, BASE.events, PARTITION))[0] == 2
            assert (await clients.ends(hand.reader, BASE.inputs, PARTITION))[0] == 4
            again = (await hand.restore(PARTITION)).owned
            assert (await hand.fold(PARTITION, again)).events, "the tracker goes on where it was"

    asyncio.run(story())


@pytest.mark.soak
def test_inputs_stay_while_another_epoch_is_fed_from_them(own_kafka: LocalKafka, store: Engine) -> None:
    ensure(own_kafka.bootstrap, {**topics(), **Names.of(1).cards()}, replication_factor=1, create=True)
    with pytest.raises(OperationRefused, match=r"epochs 0, 1 have topics.*clearance epoch retire"):
        asyncio.run(prepare_purge(own_kafka.bootstrap, BASE, "inputs", utc_now(), str(store.url)))
