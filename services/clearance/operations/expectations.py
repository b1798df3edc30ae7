"""What was learned so far of how long declarations stay where they are, merged from the parts of all partitions."""

import asyncio
from typing import Any

from clearance.events.learning.cohorts import chain
from clearance.events.learning.expectations import Expectations
from clearance.events.learning.merging import merged
from clearance.events.learning.part import Part
from clearance.kafka import clients
from clearance.kafka.names import Names
from clearance.kafka.part_records import read_part
from clearance.kafka.ready import require_topics


def learned(bootstrap: str, names: Names) -> Expectations | None:
    """The table as of the last day that every partition has told; None before the first. Raises `BrokerError`."""
    require_topics(bootstrap, names)
    return merged(asyncio.run(_parts(bootstrap, names)), chain())


async def _parts(bootstrap: str, names: Names) -> list[Part]:
    found: list[Part] = []
    async with clients.new_reader(bootstrap) as reader:
        for number in range(names.cards()[names.parts].partitions):
            async for records in clients.read_whole(reader, names.parts, number):
                found += [read_part(record.value) for record in records if _is_ours(record)]
    return found


def _is_ours(record: Any) -> bool:
    return bool(record.key and record.value)
