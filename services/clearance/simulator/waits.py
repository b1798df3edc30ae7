"""How long until the next step: delays drawn for one cargo."""

from datetime import datetime, timedelta
from random import Random

from msgspec import Struct

from clearance.events.tables.calendars import Calendar
from clearance.simulator.conditions import Conditions
from clearance.simulator.life import Cargo
from clearance.simulator.odds import Odds
from clearance.simulator.sections import Spread

SECOND = timedelta(seconds=1)


class Waits(Struct, frozen=True):
    """Draws delays; `calendar` holds the office hours of the authority. Without `conditions` every office is
    the same."""

    odds: Odds
    calendar: Calendar
    cargo: Cargo
    draw: Random
    conditions: Conditions | None = None

    def after(self, at: datetime, delay: str) -> datetime:
        """When `delay` has passed; hours out of office do not count for what people do."""
        row = self.odds.delay(delay, self.cargo.direction, self.cargo.mode)
        passed = self.spread(row)
        if self.conditions is not None:
            passed *= self.conditions.slowness(delay, self.cargo, at)
        return self.calendar.add(at, passed) if row.hours == "working" else at + passed

    def spread(self, spread: Spread) -> timedelta:
        return timedelta(seconds=self.draw.lognormvariate(*spread.shape))


def whole_second(at: datetime) -> datetime:
    """The whole second at or after it: customs' clocks know no fractions."""
    floor = at.replace(microsecond=0)
    return floor if floor == at else floor + SECOND
