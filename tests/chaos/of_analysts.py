"""What analysts have told, beside what follows from the log: counts of days, and incidents."""

import asyncio
from functools import partial
from typing import NamedTuple

from tests.analyst.told import all_expected, incidents_told, incidents_wanted, written

from clearance.testing.oracle import Findings, Truth

from .system import System
from .waiting import settled

TOLD_SECONDS = 60.0


class ToldByAnalysts(NamedTuple):
    """How many counts of days, and how many incidents, whatever became of each."""

    parts: int = 0
    incidents: int = 0


async def tell_incidents(system: System, truth: Truth) -> None:
    """Run analysts until they have told what they must, or for as long as may be waited for that: who tells incidents
    follows a log that analysts write, and may be behind it when they are stopped."""
    told = partial(_told, system.kafka.bootstrap, truth)
    if not await told():
        for analyst in system.analysts:
            analyst.start()
        await settled(TOLD_SECONDS, told)
        await asyncio.gather(*(analyst.stop() for analyst in system.analysts))


async def _told(bootstrap: str, truth: Truth) -> bool:
    return incidents_wanted(truth).keys() <= await incidents_told(bootstrap)


async def compare(bootstrap: str, truth: Truth, found: Findings) -> ToldByAnalysts:
    """Adds to `found` whatever differs."""
    told, wanted = await written(bootstrap), all_expected(truth)
    found.lost += [f"part {place}" for place in sorted(wanted.keys() - told.parts.keys())]
    found.unasked += [f"part {place}" for place in sorted(told.parts.keys() - wanted.keys())]
    differ = [place for place, part in told.parts.items() if wanted.get(place, part) != part]
    found.wrong += [f"part {place}" for place in [*told.altered, *differ]]
    incidents, due = await incidents_told(bootstrap), incidents_wanted(truth)
    found.lost += [f"incident {value.decode()}" for value in sorted(due.keys() - incidents)]
    found.unasked += [f"incident {value.decode()}" for value in sorted(incidents - due.keys())]
    return ToldByAnalysts(len(told.parts), len({one.incident.incident for one in due.values()}))
