"""Partitions side by side in the order of their broker timestamps. Pure.

A partition alone would be folded days ahead of another whose facts it is to be told. So a record is given out only when
every partition has been read up to its time, or to its end. What that does not promise:
docs/decisions/0018-a-rebuild-is-an-epoch-beside-the-running-one.md.
"""

from collections import deque
from collections.abc import Collection, Iterable
from typing import Any

FULL = 4000
"""Records of one partition that are held, about: enough to keep the others going."""
FOR_EVER = float("inf")


class Merging:
    """Holds what was read of each partition and not given out yet."""

    def __init__(self, partitions: Iterable[int]) -> None:
        self.held: dict[int, deque[Any]] = {number: deque() for number in partitions}

    def take(self, partition: int, records: Iterable[Any]) -> None:
        """Records that come next in a partition."""
        self.held[partition].extend(records)

    def has_room(self, partition: int) -> bool:
        """Whether more of it is to be read."""
        return len(self.held[partition]) < FULL

    def round(self, at_end: Collection[int]) -> dict[int, list[Any]]:
        """What may be given out now, by partition; `at_end` are those of which there is no more to read."""
        horizon = min(self._known_until(number, number in at_end) for number in self.held)
        found = {number: self._until(records, horizon) for number, records in self.held.items()}
        return {number: records for number, records in found.items() if records}

    def _known_until(self, partition: int, at_end: bool) -> float:
        """The broker timestamp up to which the partition is known [ms]."""
        if at_end:
            return FOR_EVER
        held = self.held[partition]
        return held[-1].timestamp if held else -FOR_EVER

    def _until(self, records: deque[Any], horizon: float) -> list[Any]:
        found = []
        while records and records[0].timestamp <= horizon:
            found.append(records.popleft())
        return found
