"""The table of each day that all have told is given to the log, once by each life, in each partition that is owned."""

import asyncio
from typing import Any

from tests.events.learning.test_merging import merged, told
from tests.helpers.input_records import table

from clearance.analyst.analyst import Analyst
from clearance.analyst.publishing import tables
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.events.learning.expectations import Expectations
from clearance.events.learning.part import Part
from clearance.kafka import clients
from clearance.kafka.expectation_records import table_input
from clearance.kafka.names import BASE, Names
from clearance.kafka.part_records import part_record
from clearance.kafka.topics import Identity
from clearance.metrics import Board
from clearance.metrics.declared import ANALYST
from clearance.settings.clock import utc_now
from clearance.settings.tables import default_tables
from clearance.stages.writing import Lot

NUMBER = 3


def test_there_is_one_when_all_was_read_and_one_for_each_day_that_all_have_told(
    embedded_broker: EmbeddedBroker,
) -> None:
    async def story() -> list[Expectations]:
        found: list[Expectations] = []
        async with clients.new_producer(embedded_broker.bootstrap) as producer, asyncio.timeout(20):

            async def write(parts: list[Part]) -> None:
                for part in parts:
                    await clients.write(producer, BASE.parts, part.partition, [part_record(part)])

            await write([*told(0, 2), *told(7, 3)])
            async for one in tables(embedded_broker.bootstrap, BASE):
                found.append(one)
                if len(found) == 2:
                    return found
                await write(told(7, 4)[6:] + told(0, 3)[4:])
        return found

    assert asyncio.run(story()) == [merged([*told(0, 2), *told(7, 2)]), merged([*told(0, 3), *told(7, 3)])]


class Owned:
    """A partition of which nothing else is asked."""

    number = NUMBER


class Written:
    """A writer that keeps what it is given."""

    def __init__(self) -> None:
        self.lots: list[Lot] = []

    async def send(self, lot: Lot) -> list[int]:
        self.lots.append(lot)
        return [0]


def ticked(names: Names, current: int | None, *given: Expectations | None) -> list[Lot]:
    """What an analyst writes while these tables come, one by one."""
    identity = Identity("cluster", dict.fromkeys(names.relied_on_by_analyst(), "topic"))
    analyst, owned, written = Analyst("", names, identity, default_tables(), Board(ANALYST)), Owned(), Written()
    stage: Any = analyst
    stage.writer, stage._current = written, current
    for stage._table in given:
        asyncio.run(stage.tick(owned, utc_now()))
    return written.lots


def test_a_partition_is_given_each_table_once() -> None:
    lots = [Lot(BASE.inputs, NUMBER, [table_input(table(version))]) for version in (3, 4)]
    assert ticked(BASE, 0, None, table(3), table(3), table(4), table(4)) == lots


def test_of_several_epochs_only_that_writes_which_is_answered_from_and_into_the_base_log() -> None:
    assert ticked(BASE, None, table(3)) == ticked(BASE, 1, table(3)) == []
    assert ticked(Names.of(1), 1, table(3)) == [Lot(BASE.inputs, NUMBER, [table_input(table(3))])]
