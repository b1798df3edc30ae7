"""The projector on a broker: what is written becomes the store, whatever else lies in the topics or befalls them."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from msgspec.structs import replace
from sqlalchemy import Engine, delete, select
from structlog.testing import capture_logs
from tests.helpers.compressed import CODECS, put_compressed
from tests.helpers.conditions import until
from tests.helpers.input_records import learned, table
from tests.helpers.torn import put_torn, wrong_crc
from tests.store.expected import expected, held
from tests.store.test_learned import in_force, with_tables
from tests.store.written import Record, Written, content, written

from clearance.contracts import topics
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.events.learning.expectations import MOST_COHORTS
from clearance.kafka import clients
from clearance.kafka.expectation_records import table_input
from clearance.kafka.names import BASE
from clearance.kafka.wire import Outgoing
from clearance.metrics import Board
from clearance.metrics.declared import PROCESS, PROJECTOR
from clearance.projector import patience, run
from clearance.projector.gauges import RECORDS
from clearance.projector.patience import Away
from clearance.projector.run import Projector
from clearance.store.schema import event_heads, events

from .running import projecting, publish, stands_at


def test_the_topics_become_the_store(engine: Engine, embedded_broker: EmbeddedBroker) -> None:
    log = written(1)

    async def work() -> None:
        async with projecting(engine, embedded_broker) as board:
            await publish(embedded_broker, log)
            await until(lambda: stands_at(engine, log.ends), "everything is applied")
            await until(lambda: board.value("clearance_projector_lag_records", BASE.status) == 0, "no lag")
            for topic in (BASE.events, BASE.status):
                whole = sum(end for place, end in log.ends.items() if place[0] == topic)
                await until_counted(board, topic, whole)
            assert board.value(RECORDS, BASE.events, "applied") == len(log.events)

    asyncio.run(work())
    assert held(engine) == expected(log)


async def until_counted(board: Board, topic: str, whole: int) -> None:
    """Records are counted a moment after they stand in the store."""
    results = ("applied", "skipped")
    await until(lambda: sum(board.value(RECORDS, topic, one) for one in results) == whole, "all count")


def test_topics_that_are_compressed_become_the_same_store(engine: Engine, embedded_broker: EmbeddedBroker) -> None:
    log = written(1)

    async def work() -> None:
        for rank, (place, records) in enumerate(log.records.items()):
            given = [Outgoing(one.key, one.value, [*one.headers]) for one in records]
            await asyncio.to_thread(put_compressed, embedded_broker.bootstrap, CODECS[rank % 4], *place, *given)
        async with projecting(engine, embedded_broker):
            await until(lambda: stands_at(engine, log.ends), "everything is applied")

    asyncio.run(work())
    assert held(engine) == expected(log)


def test_messages_that_cannot_be_read_are_passed_over(engine: Engine, embedded_broker: EmbeddedBroker) -> None:
    log = written(1)
    lost = [Outgoing(b"x", b"<a/>" * 9, [("kind", b"message")])] * 3
    last = len(log.records[BASE.inputs, 0])

    async def work() -> None:
        await publish(embedded_broker, log)
        await put_torn(embedded_broker.bootstrap, BASE.inputs, 0, wrong_crc, *lost)
        async with projecting(engine, embedded_broker):
            await until(lambda: stands_at(engine, log.ends), "everything else is applied")
            async with clients.new_producer(embedded_broker.bootstrap) as producer:
                await clients.write(producer, BASE.inputs, 0, lost[:1])
            await until(lambda: stands_at(engine, {(BASE.inputs, 0): last + 4}), "it goes on behind them")

    with capture_logs() as logs:
        asyncio.run(work())
    assert {one["record"] for one in logs if one["event"] == "unreadable"} == {f"{BASE.inputs}:0:{last}"}
    assert held(engine) == expected(log)


def test_a_record_that_cannot_be_read_is_named_and_passed_over(engine: Engine, embedded_broker: EmbeddedBroker) -> None:
    log = written(1)
    bad = [None, b"", b"\xff\xfe", b"{}", b"[1, 2", b'{"declaration": "cn:unified:x", "epoch": "0"}']
    places = [(BASE.events, 0), (BASE.status, 1), (BASE.progress, 2), (BASE.events, 11)]
    mixed = Written({place: list(records) for place, records in log.records.items()})
    for place in places:
        records = mixed.records.setdefault(place, [])
        records[1:1] = [Record(0, value) for value in bad]

    async def work() -> None:
        async with projecting(engine, embedded_broker) as board:
            await publish(embedded_broker, mixed)
            await until(lambda: stands_at(engine, mixed.ends), "everything is passed")
            topics = (BASE.events, BASE.status, BASE.progress)
            await until(lambda: [board.value(RECORDS, one, "unreadable") for one in topics] == [12, 6, 6], "all count")

    with capture_logs() as logs:
        asyncio.run(work())
    named = {one["record"] for one in logs if one["event"] == "unreadable"}
    first = {place: 1 if place in log.records else 0 for place in places}
    assert named == {f"{t}:{p}:{first[t, p] + number}" for t, p in places for number in range(len(bad))}
    assert held(engine) == expected(log)


def test_it_goes_on_where_the_store_stands(engine: Engine, embedded_broker: EmbeddedBroker) -> None:
    log = written(1)
    half = Written({place: records[: len(records) // 2] for place, records in log.records.items()})

    async def work() -> None:
        await publish(embedded_broker, half)
        async with projecting(engine, embedded_broker):
            await until(lambda: stands_at(engine, half.ends), "half is applied")
        await publish(embedded_broker, log, half.ends)
        async with projecting(engine, embedded_broker) as board:
            await until(lambda: stands_at(engine, log.ends), "all is applied")
            rest = sum(log.ends[BASE.progress, number] - half.ends[BASE.progress, number] for number in range(3))
            results = ("applied", "skipped")
            await until(lambda: sum(board.value(RECORDS, BASE.progress, one) for one in results) == rest, "all count")

    asyncio.run(work())
    assert held(engine) == expected(log)


def test_missing_events_are_read_again(engine: Engine, embedded_broker: EmbeddedBroker) -> None:
    """A store that lost some, as after a careless restore, and hears of the next one."""
    log = written(1)
    half = Written({place: records[: len(records) // 2] for place, records in log.records.items()})

    async def work() -> None:
        await publish(embedded_broker, half)
        async with projecting(engine, embedded_broker):
            await until(lambda: stands_at(engine, half.ends), "half is applied")
        with engine.begin() as connection:
            connection.execute(delete(events).where(events.c.partition == 1, events.c.seq > 1))
            ones = select(events.c.declaration).where(events.c.partition == 1)
            connection.execute(event_heads.update().where(event_heads.c.declaration.in_(ones)).values(seq=1))
        await publish(embedded_broker, log, half.ends)
        async with projecting(engine, embedded_broker):
            await until(lambda: held(engine) == expected(log), "all is caught up")

    with capture_logs() as logs:
        asyncio.run(work())
    [told] = [one for one in logs if one["event"] == "events_missing"]
    assert told["event"] == "events_missing"
    assert told["record"].startswith(f"{BASE.events}:1:")


def test_a_store_of_another_broker_is_rebuilt(engine: Engine, embedded_broker: EmbeddedBroker) -> None:
    async def fill(log: Written, broker: EmbeddedBroker) -> None:
        await publish(broker, log)
        async with projecting(engine, broker):
            await until(lambda: stands_at(engine, log.ends), "it is applied")

    with EmbeddedBroker(topics().values()) as before:
        asyncio.run(fill(written(2), before))
    with capture_logs() as logs:
        asyncio.run(fill(written(1), embedded_broker))
    [told] = [one for one in logs if one["event"] == "rebuilding"]
    assert "it was made from the Kafka cluster" in told["reason"]
    assert held(engine) == expected(written(1))


def test_a_rebuild_on_demand_gives_the_same_store(engine: Engine, embedded_broker: EmbeddedBroker) -> None:
    log = written(1)

    async def work(rebuild: bool) -> None:
        async with projecting(engine, embedded_broker, rebuild=rebuild) as board:
            await until(
                lambda: board.value(RECORDS, BASE.events, "applied") == len(log.events), "the events are applied"
            )
            await until(lambda: stands_at(engine, log.ends), "everything is applied")

    asyncio.run(publish(embedded_broker, log))
    asyncio.run(work(rebuild=False))
    before = content(engine)
    with capture_logs() as logs:
        asyncio.run(work(rebuild=True))
    assert [one["reason"] for one in logs if one["event"] == "rebuilding"] == ["it was asked for"]
    assert content(engine) == before


def test_a_store_that_stays_away_ends_it(
    engine: Engine, embedded_broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "AWAY_SECONDS", 3.0)
    monkeypatch.setattr(run, "RETRY_SECONDS", 0.1)

    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE positions")
    projector = Projector(engine, embedded_broker.bootstrap, BASE, Board((*PROCESS, *PROJECTOR)), rebuild=False)
    with pytest.raises(Away, match="no such table: positions"):
        asyncio.run(asyncio.wait_for(projector.run(asyncio.Event()), 20))


def test_a_second_one_waits_quietly_and_takes_over(
    engine: Engine, embedded_broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "RETRY_SECONDS", 0.05)
    log = written(1)
    half = Written({place: records[: len(records) // 2] for place, records in log.records.items()})

    async def work() -> None:
        async with AsyncExitStack() as first:
            await first.enter_async_context(projecting(engine, embedded_broker))
            await publish(embedded_broker, half)
            await until(lambda: stands_at(engine, half.ends), "half is applied")
            async with projecting(engine, embedded_broker) as board:
                await until(lambda: board.value("clearance_projector_waiting") == 1, "the second one waits")
                await asyncio.sleep(0.3)
                await first.aclose()
                await publish(embedded_broker, log, half.ends)
                await until(lambda: stands_at(engine, log.ends), "the second one goes on")
                assert board.value("clearance_projector_waiting") == 0

    with capture_logs() as logs:
        asyncio.run(work())
    assert [one["event"] for one in logs] == ["projecting", "waiting", "projecting"]
    assert held(engine) == expected(log)


def test_a_table_of_expectations_as_large_as_may_be_comes_into_the_store(
    engine: Engine, embedded_broker: EmbeddedBroker
) -> None:
    log = with_tables(written(1), (0, 3), (1, 3))
    whole = {(f"{'s' * 20}{number:04}", *["*" * 24] * 5): learned(10**7) for number in range(MOST_COHORTS)}
    largest = table_input(replace(table(4), cohorts=whole))
    assert len(largest.value or b"") > 500_000

    async def work() -> None:
        await publish(embedded_broker, log)
        async with projecting(engine, embedded_broker):
            await until(lambda: (one := in_force(engine)) is not None and one.version == 3, "the first is in force")
            async with clients.new_producer(embedded_broker.bootstrap) as producer:
                await clients.write(producer, BASE.inputs, 2, [largest])
            await until(lambda: (one := in_force(engine)) is not None and one.version == 4, "the next is in force")

    asyncio.run(work())
    assert in_force(engine) == replace(table(4), cohorts=whole)
