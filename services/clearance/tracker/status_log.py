"""What the owner of a partition knows of its status topic: how far its own records reach, and which states are over.

Only the owner writes there. What stands between its own records was written by a worker that had been paused and did
not know yet that it owns the partition no more.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class Over(NamedTuple):
    """A state that is over: since when (seconds of the monotonic clock), which, and the input that it was over at."""

    since: float
    name: str
    src: int


@dataclass
class StatusLog:
    """`end` is the offset after the owner's own last record, or after the last that it has looked at."""

    end: int = 0
    foreign: list[range] = field(default_factory=list)
    over: deque[Over] = field(default_factory=deque)

    @property
    def known_to(self) -> int:
        """The offset up to which nothing stands there that the owner has not looked at."""
        return self.foreign[0].start if self.foreign else self.end

    def wrote(self, offsets: Sequence[int]) -> None:
        """The owner's records got these offsets, in their order."""
        for offset in offsets:
            if offset > self.end:
                self.foreign.append(range(self.end, offset))
            self.end = offset + 1

    def take_foreign(self, end: int) -> list[range]:
        """The offsets up to `end` at which others have written since the last time."""
        found, self.foreign = self.foreign, []
        if end > self.end:
            found.append(range(self.end, end))
            self.end = end
        return found
