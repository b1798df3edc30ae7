"""`Clearance-Next-Check`: when it pays to ask for a declaration again, in seconds. Pure: of the record and the clock.

When one in ten of those that stand as long will have moved on, by what was learned of others like it. Where nothing was
learned: a step that has lasted for a while goes on for about as long, one that began a minute ago may end any moment,
one of yesterday hardly within a minute; so it is a tenth of how long the step has lasted. It ends with the next
deadline, when the declaration changes for certain. Whoever can wait for a change instead needs none of this.
"""

from bisect import bisect_left, bisect_right
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from clearance.events.learning.expectations import MOST_COHORTS, SHARES

NEXT_CHECK = "Clearance-Next-Check"
SHARE = 0.1
SHORTEST, LONGEST = 10, 900
"""Bounds while something is still to come [s]."""
OVER = 86_400
"""When nothing is: customs may still take back what it has granted [s]."""


class Pace(NamedTuple):
    """How a cohort moves on: `waits` are for who has stood less than the first of `seconds`, less than the second, and
    so on, and longer than all; None where it is not known. Made once for a cohort: a 304 is to cost no more by it."""

    seconds: tuple[int, ...]
    waits: tuple[float | None, ...]


UNKNOWN = Pace((), (None,))


@lru_cache(MOST_COHORTS)
def pace(curve_seconds: tuple[int, ...]) -> Pace:
    """That of a cohort with this curve. Between two points it is that of the earlier one."""
    points = [(0, 0.0), *zip(curve_seconds, SHARES, strict=False)]
    return Pace(curve_seconds, tuple(_until(curve_seconds, share + SHARE * (1 - share), at) for at, share in points))


def _until(curve: tuple[int, ...], share: float, since: int) -> float | None:
    """How long after `since` that share has ended; straight between the points, None behind the last."""
    place = bisect_left(SHARES, share, hi=len(curve))
    if place == len(curve):
        return None
    before, low = (curve[place - 1], SHARES[place - 1]) if place else (0, 0.0)
    return before + (curve[place] - before) * (share - low) / (SHARES[place] - low) - since


class Step(NamedTuple):
    """What is known of the step under way: the first arguments of `next_check`."""

    in_progress: bool
    began_at: datetime | None
    deadline: datetime | None
    pace: Pace = UNKNOWN


def next_check(
    in_progress: bool, began_at: datetime | None, deadline: datetime | None, pace: Pace, now: datetime
) -> int:
    """Seconds until it pays to ask again. `began_at` is when the step began, `deadline` when the next one fires, `pace`
    how others like it move on; `now` is the clock that deadlines are measured by, the last one folded."""
    if not in_progress and deadline is None:
        return OVER
    lasted = (now - began_at).total_seconds() if began_at is not None else 0.0
    known = pace.waits[bisect_right(pace.seconds, lasted)]
    wait = lasted * SHARE if known is None else known
    if deadline is not None and 0 < (left := (deadline - now).total_seconds()) < wait:
        wait = left
    return SHORTEST if wait < SHORTEST else LONGEST if wait > LONGEST else round(wait)
