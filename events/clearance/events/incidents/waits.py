"""A declaration's wait for what comes next, once it is known how it went."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from clearance.events.incidents.groups import Attributes, Row

WaitKey = tuple[str, datetime]


class Wait(Struct, frozen=True):
    """It began at `since`, and at `judged_at` the next thing happened, or it failed: nothing came in time, or it was
    rejected. `over_at` is when a failed one came to an end after all: something moved, or it was filed anew. `off`: it
    began when the office was closed."""

    declaration: str
    attributes: Attributes
    since: datetime
    judged_at: datetime
    failed: bool
    over_at: datetime | None = None
    off: bool = False

    @property
    def key(self) -> WaitKey:
        """What tells it from the other waits of its declaration."""
        return self.declaration, self.since

    def stuck(self, now: datetime) -> bool:
        """Whether it has failed and is not over."""
        return self.failed and (self.over_at is None or self.over_at > now)


def rows(waits: Iterable[Wait], now: datetime) -> list[Row]:
    """Each as a row of one; what moved after all has not failed."""
    return [Row(wait.attributes, float(wait.stuck(now)), 1.0) for wait in waits]
