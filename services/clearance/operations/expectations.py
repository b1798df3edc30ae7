"""What was learned so far of how long declarations stay where they are, merged from the parts of all partitions."""

import asyncio

from clearance.events.learning.cohorts import chain
from clearance.events.learning.expectations import Expectations
from clearance.events.learning.merging import Merging
from clearance.kafka import clients
from clearance.kafka.names import Names
from clearance.kafka.part_records import parts_in
from clearance.kafka.ready import require_topics


def learned(bootstrap: str, names: Names) -> Expectations | None:
    """The table as of the last day that every partition has told; None before the first. Raises `BrokerError`."""
    require_topics(bootstrap, names)
    merging = asyncio.run(_read(bootstrap, names))
    return merging.table(chain()) if merging.is_due else None


async def _read(bootstrap: str, names: Names) -> Merging:
    merging = Merging()
    async with clients.new_reader(bootstrap) as reader:
        for number in names.numbers:
            async for records in clients.read_whole(reader, names.parts, number):
                merging.take(parts_in(records))
    return merging
