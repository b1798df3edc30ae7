"""A flood of bad input is slowed at its source: the stream that brings what is refused waits, and no other stream does.

Every refusal costs a dead letter, and a sender that is broken sends without end. A connection has a number of refusals
free, and gets them back in time; beyond those each one is waited for.
"""

from collections.abc import Callable

from clearance.settings.clock import monotonic

FREE = 500
"""Refusals of one connection that cost it nothing: a bad folder, a bad afternoon."""
PER_SECOND = 100.0
"""How fast they come back, and so how many are taken in a second at most."""


class Slowing:
    """Counts refusals by connection, which is an organisation's. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._spent: dict[str, tuple[float, float]] = {}  # by connection: refusals not given back yet, and since when

    def refused(self, connection: str) -> float:
        """One more was refused: how long the connection has to wait now [s]."""
        now = self._clock()
        spent, since = self._spent.get(connection, (0.0, now))
        spent = max(0.0, spent - (now - since) * PER_SECOND) + 1
        self._spent[connection] = spent, now
        return max(0.0, spent - FREE) / PER_SECOND
