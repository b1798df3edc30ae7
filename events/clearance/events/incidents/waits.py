"""A declaration's wait for what comes next, once it is known how it went by one test."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from msgspec import Struct

from clearance.events.incidents.groups import Attributes, Row

Test = Literal["silent", "overdue"]
"""Whether anything has come within some minutes, and whether the tracker has found it overdue."""


class Gauge(NamedTuple):
    """What is counted by itself: at one stage the waits that were judged by one test. What usually fails differs from
    one to the other by a factor of twenty. `off`: silent ones that began when the office was closed, and stay so. What
    is overdue is judged hours after what is not, so at closing time it would be left alone."""

    stage: str
    test: Test
    off: bool = False


class WaitKey(NamedTuple):
    """What tells a judged wait from the others of all declarations."""

    declaration: str
    seq: int
    gauge: Gauge


class Wait(Struct, frozen=True):
    """It began at `since`, and at `judged_at` the next thing happened, or it failed: nothing came in time, or it was
    rejected. `attributes` are what was known of it by then. `over_at` is when a failed one came to an end after all:
    something moved, or it was filed anew. `off`: it began when the office was closed. `stage` is where it waits, "" for
    a rejection. `seq` numbers the event with which it began."""

    declaration: str
    attributes: Attributes
    since: datetime
    judged_at: datetime
    failed: bool
    over_at: datetime | None = None
    off: bool = False
    stage: str = ""
    test: Test = "overdue"
    seq: int = 0

    @property
    def gauge(self) -> Gauge:
        return Gauge(self.stage, self.test, self.off and self.test == "silent")

    @property
    def key(self) -> WaitKey:
        return WaitKey(self.declaration, self.seq, self.gauge)

    def lasted(self, within: timedelta, until: datetime) -> float:
        """Which part of that time after it was judged it was stuck, all of it if it still is then; of no time, whether
        it failed. What is known later changes nothing, however early it is told."""
        if not within or self.stuck(until) or self.over_at is None:
            return float(self.failed)
        return min((self.over_at - self.judged_at) / within, 1.0)

    def stuck(self, now: datetime) -> bool:
        """Whether it has failed and is not over."""
        return self.failed and (self.over_at is None or self.over_at > now)


def rows(waits: Iterable[Wait], now: datetime) -> list[Row]:
    """Each as a row of one; what moved after all has not failed."""
    return [Row(wait.attributes, float(wait.stuck(now)), 1.0) for wait in waits]
