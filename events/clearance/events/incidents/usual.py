"""What share of a group usually fails, from counts of days or minutes before."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from msgspec import Struct

from clearance.events.incidents.groups import EVERYTHING, Count, Group, parents
from clearance.events.incidents.waits import Wait

BORROWED = 5.0
"""So many failures of what a group borrows from count beside its own; between 0.5 and 10 it makes no difference to what
is found in `benchmarks/incident_scan.py`."""
NEVER = 1e-6
"""Where nothing has ever failed, a millionth is taken to: a share of zero would make any failure an incident."""


class Usual(Struct, frozen=True):
    """Counts of what was before, by group. They add up, so those of several days may be summed. `off`: of what began
    when offices were closed, in which more fails and nothing is wrong. `lasting`: in them counts as failed which part
    of that time a failure lasted."""

    counts: Mapping[Group, Count]
    off: Count = Count(0, 0)
    lasting: Mapping[timedelta, "Usual"] = {}

    def within(self, window: timedelta) -> "Usual":
        """Of those judged in it, what is usually stuck at its end: less, the longer it is. What is stuck now is to be
        compared with that, as most of what was silent for some minutes moves soon."""
        return self.lasting.get(max((one for one in self.lasting if one <= window), default=timedelta(0)), self)

    def share(self, group: Group) -> float:
        """Between 0 and 1. A group with little history borrows from the worse of those it lies in."""
        own = self.counts.get(group, Count(0, 0))
        if group == EVERYTHING:
            return max(own.failed / own.all, NEVER) if own.all else NEVER
        return _drawn(own, max(self.share(parent) for parent in parents(group)))

    def expected(self, waits: Iterable[Wait]) -> float:
        """How many of these usually fail, whatever they share."""
        everything, share = self.counts.get(EVERYTHING, Count(0, 0)), self.share(EVERYTHING)
        off, within = self.off, Count(everything.failed - self.off.failed, everything.all - self.off.all)
        shares = {True: _drawn(off, share), False: _drawn(within, share)}
        return sum(shares[wait.off] for wait in waits)


def _drawn(own: Count, borrowed: float) -> float:
    """The share of these counts, drawn towards another the more the smaller they are."""
    return (own.failed + BORROWED) / (own.all + BORROWED / borrowed)
