"""Does an analyst keep up, where there is one?"""

import asyncio
from collections.abc import Iterator, Mapping

from aiokafka import AIOKafkaConsumer

from clearance.doctor.checks import About
from clearance.doctor.installation import Installation
from clearance.kafka import clients
from clearance.kafka.names import Names
from clearance.kafka.progress_reading import highest_progress
from clearance.operations.readers import reading
from clearance.settings.clock import monotonic
from clearance.stages.progress import read_stage_progress

FOLLOW_SECONDS = 6.0
"""How long it may take to count what there is when we look first; at work it takes less than a second."""
LOOK_SECONDS = 0.5


def behind(here: Installation) -> Iterator[About]:
    """Partitions whose events are not counted meanwhile. Where no analyst has ever told progress, none is asked for."""
    if lacking := asyncio.run(_lacking(here.bootstrap, here.names)):
        numbers = ", ".join(map(str, lacking))
        yield {"partitions": numbers, "behind": str(sum(lacking.values())), "seconds": f"{FOLLOW_SECONDS:.0f}"}


async def _lacking(bootstrap: str, names: Names) -> Mapping[int, int]:
    async with reading(bootstrap) as reader:
        wanted = {number: (await clients.ends(reader, names.events, number))[1] for number in names.numbers}
        until = monotonic() + FOLLOW_SECONDS
        while (lacking := await _behind(reader, names, wanted)) and monotonic() < until:
            await asyncio.sleep(LOOK_SECONDS)
    return lacking


async def _behind(reader: AIOKafkaConsumer, names: Names, wanted: Mapping[int, int]) -> dict[int, int]:
    """By partition, how many of the events before these offsets are not counted."""
    found = {}
    for number, after in wanted.items():
        told = await highest_progress(reader, names.analyst_progress, number, read_stage_progress)
        if told is not None and (waiting := after - told.position - 1) > 0:
            found[number] = waiting
    return found
