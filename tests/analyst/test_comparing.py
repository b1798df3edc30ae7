"""Whoever compares filings writes what the book finds to each declaration; who comes after it writes nothing again."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from msgspec.structs import replace
from tests.events.filings.test_book import HOUR, NINE, ONE, THREE, TWO, filing, submitted

from clearance.analyst.comparing import Comparing, compare
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.events.filings.book import KEPT_FOR
from clearance.events.filings.filing import Filing
from clearance.events.filings.telling import Telling, Told
from clearance.events.receipts.related import UNRELATED, Related
from clearance.kafka import clients
from clearance.kafka.filing_records import filing_record, related_input
from clearance.kafka.names import BASE
from clearance.kafka.wire import Outgoing
from clearance.stages.writing import Lot

REJECTED = filing(ONE, (NINE, "submitted"), (NINE + 2 * HOUR, "rejected"), seq=2)
FILED = [submitted(ONE), submitted(TWO, NINE + HOUR), REJECTED, submitted(THREE, NINE + 3 * HOUR)]
MINUTE = timedelta(minutes=1)


def found(*stretches: Sequence[Filing]) -> list[Told]:
    """What is told at the end of each stretch."""
    telling, told = Telling(), list[Told]()
    for filings in stretches:
        for one in filings:
            telling.take(one)
        told += telling.due()
    return told


def values(told: Sequence[Told]) -> list[bytes]:
    """What declarations are given by it, sorted."""
    return sorted(related_input(one).value or b"" for one in told)


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
                compare(self.bootstrap, BASE, lambda: True, self.is_answered, self.write, self.count)
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


def held(one: Filing, told: Related) -> Filing:
    """As the declaration tells of itself once it was given that."""
    return replace(one, told=told, seq=one.seq + 10)


def test_it_tells_each_finding_once_and_goes_on_after_a_death(embedded_broker: EmbeddedBroker) -> None:
    second = held(FILED[1], found(FILED[:2])[0].related)

    async def story() -> tuple[Any, Any, Any]:
        await give(embedded_broker, FILED[:2])
        first = await Run(embedded_broker.bootstrap, lambda told: len(told) == 1).run()
        await give(embedded_broker, [second])
        nothing = await Run(embedded_broker.bootstrap, lambda told: True).run()
        await give(embedded_broker, FILED[2:])
        return first, nothing, await Run(embedded_broker.bootstrap, lambda told: len(told) == 2).run()

    first, nothing, last = asyncio.run(story())
    assert first == values(found(FILED[:2]))
    assert nothing == []
    assert sorted(last) == values(found(FILED[:2], [second, *FILED[2:]])[1:]), "taken back, and what the third is"


def test_an_epoch_that_is_not_answered_from_tells_nothing_until_it_is(embedded_broker: EmbeddedBroker) -> None:
    async def story() -> tuple[Any, Any]:
        await give(embedded_broker, FILED)
        waited = await Run(embedded_broker.bootstrap, lambda told: True, answered=False).run()
        return waited, await Run(embedded_broker.bootstrap, bool).run()

    waited, told = asyncio.run(story())
    assert waited == []
    assert told == values(found(FILED)), "of each the last"


class Consumed:
    def __init__(self, record: Outgoing, offset: int) -> None:
        self.key, self.value, self.offset = record.key, record.value, offset


def told_anew(filings: Sequence[Filing]) -> list[bytes]:
    """By one that begins anew."""
    lots: list[Lot] = []

    async def write(lot: Lot) -> None:
        lots.append(lot)

    comparing = Comparing(BASE, end=len(filings))
    for offset, one in enumerate(filings):
        assert asyncio.run(comparing.tell(write)) == 0, "before it has read all that there is"
        comparing.take([Consumed(filing_record(one), offset)])
    asyncio.run(comparing.tell(write))
    return sorted(record.value or b"" for lot in lots for record in lot.records)


def test_what_was_told_is_told_again_until_the_declaration_holds_it() -> None:
    [told] = found(FILED[:2])
    assert told_anew(FILED[:2]) == values([told])
    assert told_anew([FILED[0], held(FILED[1], told.related)]) == []


def test_what_was_told_is_taken_back_though_nothing_is_left_of_what_led_to_it() -> None:
    [told] = found(FILED[:2])
    [taken_back] = found([REJECTED, held(FILED[1], told.related)])
    assert (taken_back.declaration, taken_back.related.says) == (TWO, UNRELATED.says)
    assert taken_back.related.at > told.related.at


def test_what_is_forgotten_gets_a_tombstone() -> None:
    lots: list[Lot] = []

    async def write(lot: Lot) -> None:
        lots.append(lot)

    late = submitted(THREE, NINE + KEPT_FOR + timedelta(days=1))
    comparing = Comparing(BASE)
    comparing.take([Consumed(filing_record(one), offset) for offset, one in enumerate([*FILED[:2], late])])
    asyncio.run(comparing.tell(write))
    assert [record.key for record in lots[-1].records if record.value is None] == [ONE.encode(), TWO.encode()]
