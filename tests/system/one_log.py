"""What follows from a log up to a place in it, as trackers and analysts have written it, whatever else came later."""

import json
from datetime import datetime
from typing import NamedTuple

from tests.chaos import incidents
from tests.tracker.by_hand import PARTITIONS

from clearance.events.incidents.lookout import IncidentTold
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.testing.oracle import Truth


class Until(NamedTuple):
    """The end of each partition, and the time of the last look at incidents that follows from what is before."""

    ends: list[int]
    look: datetime


class Follows(NamedTuple):
    """The values of each event by its id, and each step of each incident."""

    events: dict[str, set[bytes]]
    incidents: set[IncidentTold]


async def whole(bootstrap: str, truth: Truth) -> Until:
    """Up to where the log goes, of which the truth is told."""
    async with clients.new_reader(bootstrap) as reader:
        ends = [(await clients.ends(reader, BASE.inputs, number))[1] for number in range(PARTITIONS)]
    return Until(ends, min(max(one.mark or one.hour for one in passed) for passed in truth.passed.values()))


async def follows(bootstrap: str, until: Until) -> Follows:
    """What is written of it."""
    found = Follows({}, {one for one in await incidents.written(bootstrap) if one.at <= until.look})
    async with clients.new_reader(bootstrap) as reader:
        for number, end in enumerate(until.ends):
            async for records in clients.read_whole(reader, BASE.events, number):
                for record in (one for one in records if json.loads(one.value)["src"] < end):
                    found.events.setdefault(dict(record.headers)["ce_id"].decode(), set()).add(record.value)
    return found
