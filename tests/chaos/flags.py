"""A few bytes that a process under test and the harness both see: what it is doing, and what is to go wrong in it.

They are in a mapped file, so they tell of a process that stands still or is dead what was true at that moment.
"""

from enum import IntEnum
from mmap import mmap
from pathlib import Path
from typing import Literal

SIZE = 8
MOST = 255
Counted = Literal["batches", "restores", "struck", "full", "ahead", "poison"]
_PLACES: dict[Counted, int] = {"batches": 0, "restores": 1, "struck": 2, "full": 3, "ahead": 6, "poison": 7}
_ARMED, _HOW = 4, 5
POISON = "cn:unified:I20269999999999999"
"""The declaration that no fold takes while `poison` is set."""


class Spot(IntEnum):
    """Where a tracker, or another stage, can be made to fail."""

    NOWHERE = 0
    STEP = 1
    """In `step`, folding an input."""
    FETCH = 2
    """In the batching module, before it asks for records."""
    DELIVER = 3
    """In the batching module, with records in its hand."""
    COMMIT = 4
    """In the batching module, when it says how far to commit."""
    EVENTS = 5
    """Before the events of a batch, or the outputs of another stage, are handed to the producer."""
    STATES = 6
    """Before its states are."""
    PROGRESS = 7
    """Before its progress is."""


class How(IntEnum):
    """What becomes of a process at the spot that it is armed at."""

    RAISES = 0
    DIES = 1
    """As by SIGKILL."""
    HANGS = 2
    """For ever, and its event loop with it."""


class Flags:
    """The bytes of one process, which it keeps over its restarts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.exists():
            path.write_bytes(bytes(SIZE))
        with path.open("r+b") as file:
            self._bytes = mmap(file.fileno(), SIZE)

    def get(self, counter: Counted) -> int:
        """Batches in flight, restores under way, faults struck; whether the store is full; how far the wall clock is
        ahead [min]; whether `POISON` is poison."""
        return self._bytes[_PLACES[counter]]

    def set(self, counter: Counted, number: int) -> None:
        self._bytes[_PLACES[counter]] = min(MOST, max(0, number))

    def add(self, counter: Counted, number: int) -> None:
        self.set(counter, self.get(counter) + number)

    def begin(self) -> None:
        """A new process: it has nothing in hand yet. What it is armed with stays."""
        self.set("batches", 0)
        self.set("restores", 0)

    def arm(self, spot: Spot, how: How = How.RAISES) -> None:
        """The next time that the process comes to this spot it fails there."""
        self._bytes[_HOW] = how
        self._bytes[_ARMED] = spot

    @property
    def armed(self) -> Spot:
        return Spot(self._bytes[_ARMED])

    @property
    def how(self) -> How:
        return How(self._bytes[_HOW])
