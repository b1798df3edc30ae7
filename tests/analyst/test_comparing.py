"""Whoever compares filings writes what the book finds to each declaration; who comes after it writes nothing again."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from tests.events.filings.test_book import HOUR, NINE, ONE, THREE, TWO, filing, submitted

from clearance.analyst.comparing import NOWHERE, Comparing, compare
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.events.filings.book import KEPT_FOR
from clearance.events.filings.filing import Filing
from clearance.events.filings.telling import Telling
from clearance.events.receipts.related import UNRELATED
from clearance.kafka import clients
from clearance.kafka.filing_records import GIVEN, TOLD, filing_record, read_told, related_input
from clearance.kafka.names import BASE
from clearance.kafka.wire import Outgoing
from clearance.stages.writing import Lot

TOPIC = "id"
REJECTED = filing(ONE, (NINE, "submitted"), (NINE + 2 * HOUR, "rejected"), seq=2)
FILED = [submitted(ONE), submitted(TWO, NINE + HOUR), REJECTED, submitted(THREE, NINE + 3 * HOUR)]
MINUTE = timedelta(minutes=1)


def found(*stretches: Sequence[Filing]) -> list[bytes]:
    """What is given, told at the end of each stretch."""
    telling, told = Telling(), []
    for filings in stretches:
        for one in filings:
            telling.take(one)
        told += [related_input(one).value or b"" for one in telling.due()]
    return told


class Run:
    """One that compares until `enough`; all that it writes goes to the broker."""

    def __init__(self, bootstrap: str, enough: Callable[[list[bytes]], bool], answered: bool = True) -> None:
        self.bootstrap, self.enough, self.answered = bootstrap, enough, answered
        self.told: list[bytes] = []
        self.rounds = 0

    async def run(self) -> list[bytes]:
        self.done = asyncio.Event()
        async with clients.new_producer(self.bootstrap) as self.producer:
            task = asyncio.create_task(
                compare(self.bootstrap, BASE, TOPIC, lambda: True, self.is_answered, self.write, self.count)
            )
            await asyncio.wait_for(self.done.wait(), 60)
            task.cancel()
        return self.told

    def is_answered(self) -> bool:
        self.rounds += 1
        if not self.answered and self.rounds > 2:
            self.done.set()
        return self.answered

    async def write(self, lot: Lot) -> None:
        await clients.write(self.producer, *lot)
        if lot.topic == BASE.inputs:
            self.told += [record.value or b"" for record in lot.records]
            assert all(lot.partition == clients.partition_of(one.key or b"", 12) for one in lot.records)

    def count(self, _: int) -> None:
        if self.enough(self.told) and self.rounds > 1:
            self.done.set()


async def give(broker: EmbeddedBroker, filings: Sequence[Filing]) -> None:
    async with clients.new_producer(broker.bootstrap) as producer:
        await clients.write(producer, BASE.filings, 0, [*map(filing_record, filings)])


def test_it_tells_each_finding_once_and_goes_on_after_a_death(embedded_broker: EmbeddedBroker) -> None:
    async def story() -> tuple[Any, Any, Any]:
        await give(embedded_broker, FILED[:2])
        first = await Run(embedded_broker.bootstrap, lambda told: len(told) == 1).run()
        nothing = await Run(embedded_broker.bootstrap, lambda told: True).run()
        await give(embedded_broker, FILED[2:])
        return first, nothing, await Run(embedded_broker.bootstrap, lambda told: len(told) == 2).run()

    first, nothing, last = asyncio.run(story())
    assert first == found(FILED[:2])
    assert nothing == []
    assert sorted(last) == sorted(found(FILED[:2], FILED[2:])[1:]), "taken back, and what the third is"


def test_an_epoch_that_is_not_answered_from_tells_nothing_until_it_is(embedded_broker: EmbeddedBroker) -> None:
    async def story() -> tuple[Any, Any]:
        await give(embedded_broker, FILED)
        waited = await Run(embedded_broker.bootstrap, lambda told: True, answered=False).run()
        return waited, await Run(embedded_broker.bootstrap, bool).run()

    waited, told = asyncio.run(story())
    assert waited == []
    assert sorted(told) == sorted(found(FILED)), "of each the last"


class Consumed:
    def __init__(self, record: Outgoing, offset: int) -> None:
        self.key, self.value, self.offset = record.key, record.value, offset


class Log:
    """The filings, of which the last of each key is left, and what declarations were given."""

    def __init__(self, *filings: Filing) -> None:
        self.filings: list[Consumed] = []
        self.given: list[bytes | None] = []
        self.add(map(filing_record, filings))

    def add(self, records: Iterable[Outgoing]) -> None:
        for record in records:
            self.filings = [one for one in self.filings if one.key != record.key]
            self.filings.append(Consumed(record, 1 + max((one.offset for one in self.filings), default=-1)))

    def tell(self, dies_at: int = 9) -> None:
        """By one that begins anew, and writes nothing from that write on."""
        writes = count()

        async def write(lot: Lot) -> None:
            if next(writes) < dies_at:
                if lot.topic == BASE.filings:
                    self.add(lot.records)
                else:
                    self.given.extend(record.value for record in lot.records)

        given = max((one.offset for one in self.filings if one.key == GIVEN), default=NOWHERE)
        comparing = Comparing(BASE, TOPIC, given, end=self.filings[-1].offset + 1)
        comparing.take(self.filings)
        asyncio.run(comparing.tell(write))


@pytest.mark.parametrize("dies_at", range(3))
def test_what_is_noted_as_told_is_given_by_whoever_comes_next(dies_at: int) -> None:
    log = Log(*FILED[:2])
    log.tell(dies_at)
    log.tell()
    assert {*log.given} == {*found(FILED[:2])}
    before = [*log.given]
    log.tell()
    assert log.given == before, "and is not given again"


def test_what_was_told_is_taken_back_though_nothing_is_left_of_what_led_to_it() -> None:
    log = Log(*FILED[:2])
    log.tell()
    log.add([filing_record(REJECTED)])
    log.tell()
    assert sorted(log.given, key=str) == sorted(found(FILED[:2], [REJECTED]), key=str)


def test_what_another_tells_too_late_is_put_right_before_it_hides_what_is_later() -> None:
    log = Log(*FILED[:2])
    log.tell()
    [late] = [one for one in log.filings if (one.key or b"").startswith(TOLD)]
    log.add([filing_record(REJECTED)])
    log.tell()
    comparing = Comparing(BASE, TOPIC)
    comparing.take([*log.filings, Consumed(Outgoing(late.key, late.value, []), 99)])
    written: list[Outgoing] = []

    async def write(lot: Lot) -> None:
        written.extend(lot.records)

    asyncio.run(comparing.tell(write))
    [again, *_] = [read_told(one.value or b"") for one in written if (one.key or b"").startswith(TOLD)]
    assert again.related.says == UNRELATED.says
    assert again.related.at > NINE + 2 * HOUR


def test_what_is_forgotten_gets_a_tombstone() -> None:
    lots: list[Lot] = []

    async def write(lot: Lot) -> None:
        lots.append(lot)

    late = submitted(THREE, NINE + KEPT_FOR + timedelta(days=1))
    comparing = Comparing(BASE, TOPIC)
    comparing.take([Consumed(filing_record(one), offset) for offset, one in enumerate([*FILED[:2], late])])
    asyncio.run(comparing.tell(write))
    gone = [record.key for record in lots[-1].records if record.value is None]
    assert gone == [key for name in (ONE, TWO) for key in (name.encode(), TOLD + name.encode())]
