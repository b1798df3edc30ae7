"""Whoever compares filings writes what the book finds to each declaration; who comes after it writes nothing again."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from tests.events.filings.test_book import HOUR, NINE, ONE, THREE, TWO, filing, submitted

from clearance.analyst.comparing import Comparing, compare
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.events.filings.book import KEPT_FOR, Book, Told
from clearance.events.filings.filing import Filing
from clearance.kafka import clients
from clearance.kafka.filing_records import filing_record, related_input
from clearance.kafka.names import BASE
from clearance.kafka.wire import Outgoing
from clearance.stages.writing import Lot

TOPIC = "id"
REJECTED = filing(ONE, (NINE, "submitted"), (NINE + 2 * HOUR, "rejected"), seq=2)
FILED = [submitted(ONE), submitted(TWO, NINE + HOUR), REJECTED, submitted(THREE, NINE + 3 * HOUR)]
MINUTE = timedelta(minutes=1)


def found(*filings: Filing) -> list[bytes]:
    book = Book()
    return [related_input(told).value or b"" for one in filings for told in book.take(one)]


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
    assert first == found(*FILED[:2])
    assert nothing == []
    assert sorted(last) == sorted(found(*FILED)[1:]), "taken back, and what the third is"


def test_an_epoch_that_is_not_answered_from_tells_nothing_until_it_is(embedded_broker: EmbeddedBroker) -> None:
    async def story() -> tuple[Any, Any]:
        await give(embedded_broker, FILED)
        waited = await Run(embedded_broker.bootstrap, lambda told: True, answered=False).run()
        return waited, await Run(embedded_broker.bootstrap, bool).run()

    waited, told = asyncio.run(story())
    assert waited == []
    book = Book()
    last = {one.declaration: one for filing in FILED for one in book.take(filing)}
    assert sorted(told) == sorted(related_input(one).value or b"" for one in last.values()), "of each the last"


class Consumed:
    def __init__(self, record: Outgoing, offset: int) -> None:
        self.key, self.value, self.offset = record.key, record.value, offset


@pytest.mark.parametrize("dies_before", range(1, len(FILED)))
def test_dying_between_a_finding_and_its_place_tells_it_again_and_leaves_nothing_out(dies_before: int) -> None:
    """Each declaration takes the later, so what it holds in the end is the same."""
    records = [Consumed(filing_record(one), offset) for offset, one in enumerate(FILED)]
    written: list[bytes | None] = []

    async def write(lot: Lot) -> None:
        written.extend(record.value for record in lot.records if lot.topic == BASE.inputs)

    first = Comparing(BASE, TOPIC, Book())
    first.take(records[:dies_before])
    asyncio.run(first.tell(write))  # and dies before its place is noted
    second = Comparing(BASE, TOPIC, Book())
    second.take(records)
    asyncio.run(second.tell(write))
    undisturbed: dict[str, Told] = {}
    book = Book()
    for one in FILED:
        undisturbed |= {told.declaration: told for told in book.take(one)}
    assert {related_input(one).value for one in undisturbed.values()} <= {*written}


def test_what_is_forgotten_gets_a_tombstone() -> None:
    lots: list[Lot] = []

    async def write(lot: Lot) -> None:
        lots.append(lot)

    late = submitted(THREE, NINE + KEPT_FOR + timedelta(days=1))
    comparing = Comparing(BASE, TOPIC, Book())
    comparing.take([Consumed(filing_record(one), offset) for offset, one in enumerate([*FILED[:2], late])])
    asyncio.run(comparing.tell(write))
    assert [record.key for record in lots[-1].records if record.value is None] == [ONE.encode(), TWO.encode()]
