"""Arrivals into a log that is there: what is acknowledged, what is set aside, in which order."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.edge.log import DECLARATION, RECEIVED, inputs, letters, receipt, records
from tests.hostile.case import Refused
from tests.hostile.corpus import MALFORMED

from clearance.contracts import topics
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.edge import open_log
from clearance.edge.append import IN_FLIGHT, open_edge
from clearance.edge.letters import TooLarge, too_large_file
from clearance.edge.outcomes import TakenArrival
from clearance.events.log.input_records import read_input
from clearance.events.log.inputs import BackfillEnd, Clock
from clearance.events.partition.replay import Arrival
from clearance.kafka.clients import partition_of
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import BASE
from clearance.kafka.places import Place
from clearance.metrics import Board
from clearance.metrics.declared import EDGE
from clearance.settings.tables import default_tables

AT = datetime(2026, 3, 2, 1, 0, 2, tzinfo=UTC)
ARRIVAL = Arrival(name="a.xml", at=AT, data=RECEIVED, organisation="acme")
SMALL = 20_000
"""The embedded broker holds 5 MiB of a partition."""
PARTITIONS = topics()[BASE.inputs].partitions


def take(bootstrap: str, arrivals: Iterable[Arrival | TooLarge], board: Board | None = None) -> list[TakenArrival]:
    async def work() -> list[TakenArrival]:
        async with open_edge(bootstrap, board) as edge:
            return [taken async for taken in edge.take_many(arrivals)]

    return asyncio.run(work())


def test_what_is_reported_as_appended_lies_where_it_says(embedded_broker: EmbeddedBroker) -> None:
    (taken,) = take(embedded_broker.bootstrap, [ARRIVAL])
    (record,) = records(embedded_broker.bootstrap, BASE.inputs)
    assert taken.appended == (Place(BASE.inputs, record.partition, record.offset),)
    assert record.partition == partition_of(DECLARATION.encode(), PARTITIONS)
    assert record.value == RECEIVED


def test_many_are_taken_in_order_with_a_bounded_number_on_their_way(embedded_broker: EmbeddedBroker) -> None:
    arrivals = [replace(ARRIVAL, name=str(n), data=receipt(n % 7, "ABCDEFGH"[n % 8])) for n in range(3 * IN_FLIGHT)]
    begun = 0

    def counted() -> Iterable[Arrival]:
        nonlocal begun
        for arrival in arrivals:
            begun += 1
            yield arrival

    async def work() -> None:
        async with open_edge(embedded_broker.bootstrap) as edge:
            done = 0
            async for taken in edge.take_many(counted()):
                assert taken.name == str(done)
                done += 1
                assert begun - done <= IN_FLIGHT

    asyncio.run(work())
    for number in range(7):
        key = f"cn:unified:E2026{number:013}"
        values = [record.value for record in inputs(embedded_broker.bootstrap) if record.key == key]
        assert values == [
            arrival.data for arrival in arrivals if arrival.data in values and key[11:].encode() in arrival.data
        ]


def test_every_malformed_message_is_a_dead_letter_and_the_next_one_is_taken(embedded_broker: EmbeddedBroker) -> None:
    built = {name: case.build() for name, case in MALFORMED.items() if isinstance(case.expected, Refused)}
    bad = [replace(ARRIVAL, name=name, data=data) for name, data in built.items() if len(data) < SMALL]
    assert len(bad) > 100
    board = Board(EDGE)
    mixed = [one for each in bad for one in (each, ARRIVAL)]
    taken = take(embedded_broker.bootstrap, mixed, board)
    assert [one.result for one in taken] == ["refused", "appended"] * len(bad)
    assert board.value("clearance_edge_messages_total", "refused") == len(bad)
    assert board.value("clearance_edge_messages_total", "appended") == len(bad)
    kept = {letter.sha256: letter for letter in letters(embedded_broker.bootstrap)}
    for arrival in bad:
        letter = kept[sha256(arrival.data).hexdigest()]
        assert letter.stage == "edge"
        assert letter.at == AT
        assert letter.original == arrival.data
        assert letter.reason.startswith(f"{arrival.name}: ")
    assert {record.partition for record in records(embedded_broker.bootstrap, BASE.dead_letters)} == {0}


def test_refusals_begin_at_0_so_that_the_first_one_is_a_rise(embedded_broker: EmbeddedBroker) -> None:
    board = Board(EDGE)
    take(embedded_broker.bootstrap, [ARRIVAL], board)
    samples = [sample for family in board.collect() for sample in family.samples]
    shown = {one.labels["result"]: one.value for one in samples if "result" in one.labels}
    assert shown == {"appended": 1, "refused": 0}


def test_what_is_too_large_is_kept_as_its_beginning_with_size_and_hash(embedded_broker: EmbeddedBroker) -> None:
    data = RECEIVED + b" " * (1 << 20)
    (taken,) = take(embedded_broker.bootstrap, [replace(ARRIVAL, data=data)])
    (letter,) = letters(embedded_broker.bootstrap)
    assert (taken.result, taken.name) == ("refused", "a.xml")
    assert (letter.truncated, letter.size, letter.original) == (True, len(data), data[:4096])
    assert letter.sha256 == sha256(data).hexdigest()
    assert {one.name for one in letter.headers} >= {"message-id", "received-at", "organisation"}
    assert "1,048,576 are taken" in letter.reason


def test_a_file_that_is_too_large_is_never_held_whole_and_says_where_it_lies(
    embedded_broker: EmbeddedBroker, tmp_path: Path
) -> None:
    path = tmp_path / "large.xml"
    path.write_bytes(RECEIVED + b" " * (3 << 20))
    large = too_large_file(path, replace(ARRIVAL, data=b""))
    take(embedded_broker.bootstrap, [large])
    (letter,) = letters(embedded_broker.bootstrap)
    assert (letter.size, letter.sha256) == (path.stat().st_size, sha256(path.read_bytes()).hexdigest())
    assert str(path) in letter.reason


def test_what_could_not_be_read_is_reported_and_written_nowhere(embedded_broker: EmbeddedBroker) -> None:
    (taken,) = take(embedded_broker.bootstrap, [Arrival(name="a", at=AT, refusal="it cannot be read: no")])
    assert (taken.result, taken.reason) == ("unreadable", "it cannot be read: no")
    assert not records(embedded_broker.bootstrap, BASE.dead_letters)


def test_time_passes_in_every_partition(embedded_broker: EmbeddedBroker) -> None:
    async def work() -> None:
        async with open_edge(embedded_broker.bootstrap) as edge:
            await edge.pass_time(AT, external=True)
            await edge.end_backfill("march", AT)

    asyncio.run(work())
    found = records(embedded_broker.bootstrap, BASE.inputs)
    assert [(record.partition, record.offset) for record in found] == [
        (n, o) for n in range(PARTITIONS) for o in (0, 1)
    ]
    given = [replace(read_input(record, default_tables()), position=-1) for record in inputs(embedded_broker.bootstrap)]
    end = BackfillEnd(at=AT, backfill="march")
    assert all(one == end or (isinstance(one, Clock) and one.external and one.at == AT) for one in given)


def test_a_broker_that_is_not_there_is_one_clear_error() -> None:
    with EmbeddedBroker(topics().values()) as broker:
        address = broker.bootstrap
    with pytest.raises(BrokerError, match=address):
        take(address, [ARRIVAL])


def test_a_broker_that_goes_away_is_waited_for_a_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_log, "STOP_SECONDS", 0.5)

    async def work() -> None:
        broker = EmbeddedBroker(topics().values())
        async with open_edge(broker.bootstrap, patience_seconds=1) as edge:
            assert (await edge.take(ARRIVAL)).result == "appended"
            broker.stop()
            await edge.take(ARRIVAL)

    with pytest.raises(BrokerError, match="did not acknowledge an input"):
        asyncio.run(work())
