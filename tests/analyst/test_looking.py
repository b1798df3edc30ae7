"""Whoever looks out writes what the pure lookout tells; the next one goes on from the day before, to the same bytes."""

import asyncio
from datetime import timedelta
from typing import Any

from tests.events.incidents.test_lookout import BEGINS, PARTITIONS, merged, whole

from clearance.analyst.looking import look_out
from clearance.contracts import topics
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.events.incidents.groups import EVERYTHING
from clearance.events.incidents.lookout import Known, Lookout, WaitsTold
from clearance.kafka import clients
from clearance.kafka.incident_records import incident_record, read_known, waits_record
from clearance.kafka.names import BASE
from clearance.stages.writing import Lot

OTHERS = range(PARTITIONS, topics()[BASE.events].partitions)
LATER = BEGINS + timedelta(days=12)


def log() -> list[WaitsTold]:
    """What three partitions tell, and the others when it begins and when all is over."""
    told = [one for one, _ in merged(1, 5)]
    return [*(WaitsTold(n, 0, mark=BEGINS) for n in OTHERS), *(WaitsTold(n, 1, mark=LATER) for n in OTHERS), *told]


class Run:
    """One that looks out, until it has read so much; what it writes goes to the broker too."""

    def __init__(self, bootstrap: str, until: int) -> None:
        self.bootstrap, self.until, self.incidents, self.kept = bootstrap, until, list[bytes](), list[Known]()

    async def run(self) -> None:
        self.done = asyncio.Event()
        async with clients.new_producer(self.bootstrap) as self.producer:
            task = asyncio.create_task(look_out(self.bootstrap, BASE, lambda: True, self.write, self.show))
            await asyncio.wait_for(self.done.wait(), 60)
            task.cancel()

    async def write(self, lot: Lot) -> None:
        await clients.write(self.producer, *lot)
        values = [record.value or b"" for record in lot.records]
        if lot.topic == BASE.incidents:
            self.incidents += values
        else:
            self.kept += map(read_known, values)

    def show(self, lookout: Lookout, _: Any) -> None:
        if lookout.place >= self.until:
            self.done.set()


def test_it_writes_what_the_lookout_tells_and_goes_on_after_a_death(embedded_broker: EmbeddedBroker) -> None:
    async def story() -> tuple[Run, Run]:
        every = [waits_record(one) for one in log()]
        async with clients.new_producer(embedded_broker.bootstrap) as producer:
            await clients.write(producer, BASE.waits, 0, every)
        first = Run(embedded_broker.bootstrap, len(every) - 1)
        second = Run(embedded_broker.bootstrap, len(every) - 1)
        await first.run()
        await second.run()
        return first, second

    first, second = asyncio.run(story())
    wanted = [incident_record(one).value for one in whole()]
    assert first.incidents == wanted
    assert any(one.incident.group == EVERYTHING for one in whole())
    assert first.kept
    assert second.incidents == wanted[len(wanted) - len(second.incidents) :], (
        "what was told since a day ended, once more"
    )
    assert len(second.incidents) < len(wanted)
