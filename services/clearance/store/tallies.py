"""Spans of clearance time, counted by their lengths: what is left of them when only their statistics are asked for.

A tally is a function of the set of its spans: order changes nothing, two can be added, and a span can be taken back. So
the projector keeps one for each day and group (`tally_writes`), and a period is the sum of its days (`quantiles`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct, field

from clearance.events.values.buckets import Counts, add, bucket

DIMENSIONS = ("authority", "office", "direction", "transport_mode")
"""By which times can be grouped."""
MINUTE = timedelta(minutes=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Tally(Struct, array_like=True):
    """`microseconds` is the sum of all lengths, `lengths` how many ended by bucket, `running` how many are open by the
    minute since 1970 in which they began; `left_out` are neither."""

    microseconds: int = 0
    left_out: int = 0
    lengths: Counts = field(default_factory=dict)
    running: Counts = field(default_factory=dict)

    def count_ended(self, seconds: Iterable[float], times: int) -> None:
        """Add spans by their lengths, or take them back with -1."""
        lengths = [round(one * 1_000_000) for one in seconds]
        self.microseconds += sum(lengths) * times
        for one, count in Counter(map(bucket, lengths)).items():
            add(self.lengths, one, count * times)

    def count_unfinished(self, begun_at: datetime, is_open: bool, times: int) -> None:
        """Add a span that has not ended, or take it back with -1."""
        if is_open:
            add(self.running, (begun_at - EPOCH) // MINUTE, times)
        else:
            self.left_out += times

    def add(self, other: "Tally") -> None:
        """Add all spans of another one."""
        self.microseconds += other.microseconds
        self.left_out += other.left_out
        for one, times in other.lengths.items():
            self.lengths[one] = self.lengths.get(one, 0) + times
        for one, times in other.running.items():
            self.running[one] = self.running.get(one, 0) + times

    @property
    def is_empty(self) -> bool:
        return not (self.left_out or any(self.lengths.values()) or any(self.running.values()))


def between(counts: Mapping[int, int], share: tuple[int, int]) -> tuple[int, int, float] | None:
    """Where the quantile lies at a share of what is counted: two keys, and how far it is from one to the other.

    That is `share * (n - 1)` of the sorted values, as `percentile_cont` has it; None, if there are none.
    """
    if not (n := sum(counts.values())):
        return None
    place, rest = divmod((n - 1) * share[0], share[1])
    passed, low = 0, None
    for key in sorted(counts):
        passed += counts[key]
        if low is None and passed > place:
            low = key
        if low is not None and (passed > place + 1 or not rest):
            return low, key, rest / share[1]
    raise AssertionError("a quantile lies among what is counted")


def encode(tally: Tally) -> bytes:
    """Equal tallies give equal bytes."""
    lengths, running = dict(sorted(tally.lengths.items())), dict(sorted(tally.running.items()))
    return msgspec.msgpack.encode(Tally(tally.microseconds, tally.left_out, lengths, running))


decode = msgspec.msgpack.Decoder(Tally).decode
