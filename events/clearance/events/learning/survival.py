"""The share that is left after each length (Kaplan–Meier), in one pass over the buckets.

Those that have ended tell how long stays take, the running ones how many take longer than that. Without the latter a
stay looks the faster the less is known of it. Source: Kaplan and Meier, 1958, JASA 53, 457–481.
"""

from bisect import bisect_right
from collections.abc import Mapping

from msgspec import Struct

from clearance.events.values.buckets import bucket

ROUNDED = 1e-12
"""How far a product of shares may be off by rounding: a share of exactly 5 % counts as reached."""


class Survival(Struct, frozen=True):
    """`buckets` in which something ended, shortest first; `left` is the share that goes on after each of them."""

    buckets: tuple[int, ...]
    left: tuple[float, ...]

    def quantile(self, share: float) -> int | None:
        """The bucket by which that share has ended; None if the running ones leave it open."""
        for number, left in zip(self.buckets, self.left, strict=True):
            if left <= 1 - share + ROUNDED:
                return number
        return None

    def after(self, length: int) -> float:
        """The share that takes longer than `length` microseconds."""
        place = bisect_right(self.buckets, bucket(length))
        return self.left[place - 1] if place else 1.0

    def ends_before(self, stood: int, until: int) -> float | None:
        """The probability that a stay that has run for `stood` microseconds ends before it has run for `until`.

        None if nothing is known to have run that long.
        """
        left = self.after(stood)
        return 1 - self.after(max(stood, until)) / left if left > ROUNDED else None


def survival(ended: Mapping[int, int], running: Mapping[int, int]) -> Survival:
    """Of counts by bucket: how many ended, and how many have run for so long by now. Both may be weighed."""
    at_risk = sum(ended.values()) + sum(running.values())
    share, buckets, left = 1.0, [], []
    for number in sorted(ended.keys() | running.keys()):
        if over := ended.get(number, 0):
            share *= (at_risk - over) / at_risk
            buckets.append(number)
            left.append(share)
        at_risk -= over + running.get(number, 0)
    return Survival(tuple(buckets), tuple(left))
