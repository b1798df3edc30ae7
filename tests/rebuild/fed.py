"""An epoch that is fed from a log and its archive until it has caught up."""

import asyncio
from pathlib import Path

from clearance.kafka import clients
from clearance.kafka.names import Names
from clearance.kafka.topics import Identity
from clearance.rebuild.archived import Archived
from clearance.rebuild.feeder import Fed, Feeder
from clearance.rebuild.pace import TrackerPace

FED_SECONDS = 60.0


async def feed(address: str, names: Names, archive: Path, identity: Identity) -> None:
    """Raises `TimeoutError` if it does not catch up."""
    stop = asyncio.Event()

    def tell(told: Fed) -> None:
        if told.caught_up:
            stop.set()

    async with (
        clients.new_reader(address) as reader,
        clients.new_reader(address) as looking,
        clients.new_producer(address) as producer,
    ):
        archived = await Archived.open(looking, archive, identity, names.of_base)
        feeder = Feeder(reader, producer, names, TrackerPace(looking, names), archived=archived)
        await feeder.begin(looking)
        await asyncio.wait_for(feeder.run(stop, tell), FED_SECONDS)
