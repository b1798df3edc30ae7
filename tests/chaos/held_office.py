"""An office that stands still time and again while things are broken, after days on which nothing did.

So there are incidents, which open, and close. Only where the load tells the time: where the tracker does, no days pass.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.analyst.two_offices import BEGUN, ENOUGH_DAYS, GOES_ON_AT, HELD_AT, OFFICES, REST, WHOLE, receipts
from tests.tracker.by_hand import PARTITIONS

from clearance.edge.append import Edge
from clearance.events.log.input_records import InputRecord

DAY, AFTER = timedelta(days=1), timedelta(minutes=20)


@dataclass
class HeldOffice:
    """`times` is how often both offices were told of: those of each time are other declarations."""

    edge: Edge
    times: int = 0

    async def pass_quiet_days(self, until: datetime) -> None:
        """Days until then on which both review whatever they receive."""
        for day in range(ENOUGH_DAYS, 0, -1):
            begins = until - day * DAY
            await self.edge.pass_time(begins, external=True)
            await self._tell(dict.fromkeys(OFFICES, WHOLE), begins)
            await self.edge.pass_time(begins + AFTER, external=True)
            self.times += 1

    async def stand_still(self, at: datetime) -> None:
        """One of them reviews nothing of what it has received."""
        await self._tell({HELD_AT: BEGUN, GOES_ON_AT: WHOLE}, at)

    async def go_on(self, at: datetime) -> None:
        """Now it does."""
        await self._tell({HELD_AT: REST}, at)
        self.times += 1

    async def _tell(self, codes: dict[str, str], at: datetime) -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(PARTITIONS):
                told = [one for office in codes for one in receipts(number, self.times, office, codes[office], at)]
                group.create_task(self._append(told))

    async def _append(self, records: Iterable[InputRecord]) -> None:
        for record in records:
            await self.edge.append(record)
