"""`Clearance-Next-Check`: when it pays to ask for a declaration again, in seconds. Pure: of the record and the clock.

A step that has lasted for a while goes on for about as long: one that began a minute ago may end any moment, one of
yesterday hardly within a minute. So the wait is a tenth of how long the step has lasted, and ends with the next
deadline, when the declaration changes for certain. Whoever can wait for a change instead needs none of this.
"""

from datetime import datetime
from typing import NamedTuple

NEXT_CHECK = "Clearance-Next-Check"
SHARE = 0.1
SHORTEST, LONGEST = 10, 900
"""Bounds while something is still to come [s]."""
OVER = 86_400
"""When nothing is: customs may still take back what it has granted [s]."""


class Step(NamedTuple):
    """What is known of the step under way: the first arguments of `next_check`."""

    in_progress: bool
    began_at: datetime | None
    deadline: datetime | None


def next_check(in_progress: bool, began_at: datetime | None, deadline: datetime | None, now: datetime) -> int:
    """Seconds until it pays to ask again. `began_at` is when the step began, `deadline` when the next one fires; `now`
    is the clock that deadlines are measured by, the last one folded."""
    if not in_progress and deadline is None:
        return OVER
    lasted = (now - began_at).total_seconds() if began_at is not None else 0.0
    wait = min(max(lasted * SHARE, SHORTEST), LONGEST)
    if deadline is not None and deadline > now:
        wait = min(wait, (deadline - now).total_seconds())
    return max(SHORTEST, round(wait))
