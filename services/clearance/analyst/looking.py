"""Incidents as they are told: the waits of all partitions are followed, looked at, and what is found is written.

The surprise: it keeps no states. Whoever owns partition 0 goes on from what was known when the last day ended, and
folds the waits since then again, to the same incidents, which are written again. A repeat is the same to the byte.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer

from clearance.analyst.one_log import REST_SECONDS, follow
from clearance.events.incidents.lookout import IncidentTold, Known, Lookout
from clearance.kafka import clients
from clearance.kafka.incident_records import incident_record, known_record, read_known, read_waits, written_at
from clearance.kafka.names import Names
from clearance.stages.writing import Lot


async def restored(reader: AIOKafkaConsumer, names: Names, epoch: int) -> Lookout:
    """A lookout as it was when it was kept last, or a new one. Takes the reader for itself."""
    known = Known()
    async for records in clients.read_whole(reader, names.lookout, 0):
        for record in records:
            if record.value and (found := read_known(record.value)).place > known.place:
                known = found
    first, after = await clients.ends(reader, names.waits, 0)
    before = []
    async for records in clients.read_stretch(
        reader, names.waits, 0, max(first, known.begins), min(after, known.place + 1)
    ):
        before += [(record.offset, read_waits(record.value)) for record in records]
    return Lookout(epoch, names.base.partitions, known, before)


async def look_out(
    bootstrap: str,
    names: Names,
    is_mine: Callable[[], bool],
    write: Callable[[Lot], Awaitable[Any]],
    show: Callable[[Lookout, Sequence[IncidentTold]], None],
) -> None:
    """For ever, while `is_mine`. Raises what the broker raises."""
    while True:
        while not is_mine():
            await asyncio.sleep(REST_SECONDS)
        async with clients.new_reader(bootstrap) as reader:
            lookout = await restored(reader, names, names.epoch)
            show(lookout, [])
            async for records in follow(reader, names.waits, lookout.place + 1):
                if not is_mine():
                    break
                told = await asyncio.to_thread(taken, lookout, records)
                if told:
                    await write(Lot(names.incidents, 0, [incident_record(one) for one in told]))
                if lookout.wants_to_be_kept:
                    await write(Lot(names.lookout, 0, [known_record(lookout.known())]))
                show(lookout, told)


def taken(lookout: Lookout, records: Sequence[Any]) -> list[IncidentTold]:
    """What these records make of it."""
    return [
        told for record in records for told in lookout.take(record.offset, read_waits(record.value), written_at(record))
    ]
