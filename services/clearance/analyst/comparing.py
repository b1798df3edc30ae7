"""Filings compared: those of all partitions are followed, and what a declaration is related to is written to it.

The surprise: nobody is elected, and nothing is counted. Whoever owns partition 0 folds all filings that there are, and
tells each declaration what is right and is not what that holds. Who tells it again changes nothing, since a declaration
takes what is later.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from clearance.analyst.one_log import REST_SECONDS, follow
from clearance.events.filings.telling import Telling, Told
from clearance.kafka import clients
from clearance.kafka.filing_records import forgotten_record, read_filing, related_input
from clearance.kafka.names import Names
from clearance.stages.writing import Lot

Write = Callable[[Lot], Awaitable[Any]]


@dataclass
class Comparing:
    """One that compares. `end` is where the filings ended when it began: until then nothing is told."""

    names: Names
    end: int = 0
    place: int = -1
    telling: Telling = field(default_factory=Telling)

    def take(self, records: Sequence[Any]) -> None:
        """Fold records of `analyst-filings`."""
        for record in records:
            self.place = record.offset
            if record.value is not None:
                self.telling.take(read_filing(record.value))

    async def tell(self, write: Write) -> int:
        """Write what is due, and what was forgotten; how many were told."""
        if self.place + 1 < self.end:
            return 0
        told = await asyncio.to_thread(self.telling.due)
        await asyncio.gather(*(write(lot) for lot in lots_of(self.names, told)))
        if gone := [forgotten_record(name) for name in self.telling.forgotten()]:
            await write(Lot(self.names.filings, 0, gone))
        return len(told)


def lots_of(names: Names, found: Iterable[Told]) -> list[Lot]:
    """Each finding to the partition of the base log in which its declaration lies."""
    by_number = defaultdict(list)
    for told in found:
        by_number[clients.partition_of(told.declaration.encode(), names.base.partitions)].append(related_input(told))
    return [Lot(names.log, number, records) for number, records in sorted(by_number.items())]


async def compare(
    bootstrap: str,
    names: Names,
    is_mine: Callable[[], bool],
    is_answered: Callable[[], bool],
    write: Write,
    count: Callable[[int], None],
) -> None:
    """For ever, while `is_mine`; told only while the epoch is answered from, since findings belong to the base log.
    Raises what the broker raises."""
    while True:
        while not is_mine():
            await asyncio.sleep(REST_SECONDS)
        async with clients.new_reader(bootstrap) as reader:
            _, end = await clients.ends(reader, names.filings, 0)
            comparing = Comparing(names, end)
            async for records in follow(reader, names.filings, 0):
                if not is_mine():
                    break
                await asyncio.to_thread(comparing.take, records)
                if is_answered():
                    count(await comparing.tell(write))
