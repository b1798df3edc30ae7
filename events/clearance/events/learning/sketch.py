"""The lengths of one kind of stay, counted: those that ended by bucket, those that run by when they began.

A sketch is a function of the set of its stays: order changes nothing, two can be added, and a stay can be taken back.
Counts are whole numbers, plain ones or weighed by day (`decay`), so that nothing is lost in adding and taking back.
"""

from datetime import UTC, datetime, timedelta

from msgspec import Struct, field

from clearance.events.values.buckets import Counts, add, bucket, middle

MICROSECOND, MINUTE = timedelta(microseconds=1), timedelta(minutes=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECONDS_A_MINUTE = MINUTE // MICROSECOND
MICROSECONDS_A_DAY = timedelta(days=1) // MICROSECOND


def bucket_of(length: timedelta) -> int:
    """Where a stay of that length is counted. Raises `ValueError` for less than nothing."""
    if (microseconds := length // MICROSECOND) < 0:
        raise ValueError(f"a stay cannot end before it begins: {length}; leave it out")
    return bucket(microseconds)


def minute(at: datetime) -> int:
    """Where a stay that began then is counted: the minute since 1970."""
    return (at - EPOCH) // MINUTE


class Sketch(Struct):
    """`ended` by bucket, `running` by the minute in which they began."""

    ended: Counts = field(default_factory=dict)
    running: Counts = field(default_factory=dict)

    def count_ended(self, number: int, times: int = 1) -> None:
        """Add a stay whose length lies in that bucket, so many times, or take it back."""
        add(self.ended, number, times)

    def count_running(self, minute: int, times: int = 1) -> None:
        """Add a stay that began in that minute and has not ended, or take it back."""
        add(self.running, minute, times)

    def add(self, other: "Sketch", times: int = 1) -> None:
        """Add all stays of another one, so many times."""
        for mine, its in ((self.ended, other.ended), (self.running, other.running)):
            for key, count in its.items():
                add(mine, key, count * times)

    def mean_days(self) -> float:
        """How long those that ended took; 0 if there are none."""
        if not (count := sum(self.ended.values())):
            return 0.0
        whole = sum(int(middle(number)) * times for number, times in self.ended.items())
        return whole / (count * MICROSECONDS_A_DAY)

    def ages(self, now: datetime) -> Counts:
        """The running ones by the bucket of how long they have run; none at all for who begins later than now."""
        found: Counts = {}
        this = minute(now)
        for began, count in self.running.items():
            add(found, bucket(max(0, this - began) * MICROSECONDS_A_MINUTE), count)
        return found
