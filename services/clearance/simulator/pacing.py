"""When each message is sent, and what time it is in the simulation: plans that are asked, and wait for nobody.

Simulated time begins some days before the wall clock and never passes it, so that a simulated clock is never ahead of
the broker's, by which it would be ignored (docs/decisions/0011-simulated-time-runs-in-the-past.md). `elapsed` is the
wall time since the simulation was started.
"""

from datetime import datetime, time, timedelta
from typing import Protocol

from msgspec import Struct

from clearance.authorities.cn.times import BEIJING

LAST_WORKING_DAY = 5
"""ISO number of Friday."""


class Pace(Protocol):
    """What a runner asks."""

    def due(self, number: int, at: datetime) -> timedelta:
        """The `elapsed` from which message `number` (from 0), received at the simulated time `at`, may be sent."""

    def clock(self, elapsed: timedelta, upcoming: datetime) -> datetime:
        """The simulated time, if the next message not yet sent is received at `upcoming`."""


class Compressed(Struct, frozen=True):
    """Simulated time runs `speed` times as fast from `start` on, until it meets the wall clock; then with it.

    `wall` is the wall time at the beginning. Raises `ValueError` for a start in the future or a speed below 1.
    """

    start: datetime
    wall: datetime
    speed: float

    def __post_init__(self) -> None:
        if self.start > self.wall:
            raise ValueError(f"simulated time must begin before the wall clock: {self.start} is after {self.wall}")
        if self.speed < 1:
            raise ValueError(f"speed {self.speed:g}: simulated time cannot run slower than the wall clock")

    def due(self, number: int, at: datetime) -> timedelta:
        return max((at - self.start) / self.speed, at - self.wall)

    def clock(self, elapsed: timedelta, upcoming: datetime) -> datetime:
        """A runner that is behind does not let time pass a message that it has still to send."""
        return min(self.start + elapsed * self.speed, self.wall + elapsed, upcoming)


class Steady(Struct, frozen=True):
    """`per_second` messages a second, or as fast as possible (None); simulated time is that of the messages.

    When it meets the wall clock, messages wait for it. Raises `ValueError` for a rate of 0 or less.
    """

    wall: datetime
    per_second: float | None = None

    def __post_init__(self) -> None:
        if self.per_second is not None and self.per_second <= 0:
            raise ValueError(f"a rate of {self.per_second:g} messages a second never sends one")

    def due(self, number: int, at: datetime) -> timedelta:
        by_rate = timedelta(seconds=number / self.per_second if self.per_second else 0)
        return max(by_rate, at - self.wall)

    def clock(self, elapsed: timedelta, upcoming: datetime) -> datetime:
        return min(self.wall + elapsed, upcoming)


def begin(wall: datetime, days_back: int, opens_at: time) -> datetime:
    """When simulated time begins: `opens_at` in Beijing on the last working day at least `days_back` days ago."""
    day = wall.astimezone(BEIJING).date() - timedelta(days=days_back)
    while day.isoweekday() > LAST_WORKING_DAY:
        day -= timedelta(days=1)
    return datetime.combine(day, opens_at, BEIJING).astimezone(wall.tzinfo)
