"""The lengths of one kind of stay, counted: those that ended by bucket, those that run by when they began.

A sketch is a function of the set of its stays: order changes nothing, two can be added, and a stay can be taken back.
Counts are whole numbers, plain ones or weighed by day (`decay`), so that nothing is lost in adding and taking back.
"""

from datetime import UTC, datetime, timedelta

from msgspec import Struct, field

from clearance.events.values.buckets import Counts, add, bucket

MICROSECOND, MINUTE = timedelta(microseconds=1), timedelta(minutes=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECONDS_A_MINUTE = MINUTE // MICROSECOND


class Sketch(Struct):
    """`ended` by bucket, `running` by the minute since 1970 in which they began."""

    ended: Counts = field(default_factory=dict)
    running: Counts = field(default_factory=dict)

    def count_ended(self, length: timedelta, times: int = 1) -> None:
        """Add a stay that took `length`, so many times, or take it back. Raises `ValueError` for less than nothing."""
        if (microseconds := length // MICROSECOND) < 0:
            raise ValueError(f"a stay cannot end before it begins: {length}; leave it out")
        add(self.ended, bucket(microseconds), times)

    def count_running(self, began: datetime, times: int = 1) -> None:
        """Add a stay that has not ended, or take it back."""
        add(self.running, (began - EPOCH) // MINUTE, times)

    def add(self, other: "Sketch", times: int = 1) -> None:
        """Add all stays of another one, so many times."""
        for mine, its in ((self.ended, other.ended), (self.running, other.running)):
            for key, count in its.items():
                add(mine, key, count * times)

    def ages(self, now: datetime) -> Counts:
        """The running ones by the bucket of how long they have run; none at all for who begins later than now."""
        found: Counts = {}
        minute = (now - EPOCH) // MINUTE
        for began, count in self.running.items():
            add(found, bucket(max(0, minute - began) * MICROSECONDS_A_MINUTE), count)
        return found
