"""How much likelier it is that one part fails more than the rest, than that all fail more alike.

In nats: n of them by chance alone are as rare as exp(-n). A part is compared with the share that is usual for it, which
may differ from that of its neighbours, raised by what happens everywhere.
"""

from math import log
from typing import NamedTuple

from clearance.events.incidents.usual import NEVER

SURE = 0.999
"""A share that is expected is no larger than this, however much everything is raised."""


class Part(NamedTuple):
    """How many there are, how many failed, and how many usually would have."""

    failed: float
    all: float
    expected: float

    def without(self, other: "Part") -> "Part":
        """What is left of it when a part of it is taken out."""
        return Part(self.failed - other.failed, self.all - other.all, max(self.expected - other.expected, 0.0))

    @property
    def lift(self) -> float:
        """How many times as many failed as usual; counts as small as one are drawn towards one."""
        return (self.failed + 0.5) / (self.expected + 0.5)


def concentration(part: Part, rest: Part) -> float:
    """The logarithm of the likelihood ratio of the two; 0 where the part is raised no more than the rest.

    Everything may be raised, never lowered: that little fails elsewhere makes what fails here no rarer.
    """
    if not rest.all or part.failed <= part.expected or part.failed * rest.expected <= rest.failed * part.expected:
        return 0.0
    both = raised(Part(part.failed + rest.failed, part.all + rest.all, part.expected + rest.expected))
    apart = raised(rest)
    return surprise(part, both) + surprise(rest, both) - surprise(rest, apart)


def raised(part: Part) -> float:
    """How many times as much as usual fails in it, once at least."""
    return max(part.failed / part.expected, 1.0)


def surprise(part: Part, times: float = 1.0) -> float:
    """How far the share that failed is from the usual one, raised so many `times`: n times the divergence."""
    share, expected = part.failed / part.all, min(max(part.expected * times / part.all, NEVER), SURE)
    failing = part.failed * log(share / expected) if share else 0.0
    passing = (part.all - part.failed) * log((1 - share) / (1 - expected)) if share < 1 else 0.0
    return failing + passing
