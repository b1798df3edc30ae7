"""Progress waits until what it speaks of has been read, so that an answer is never older than its headers say.

The tracker writes a partition's progress behind its events and states, but the three are fetched each by itself. So a
progress record is given out only when events and states have been read up to where they ended when it had come.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

from clearance.kafka.names import Names
from clearance.store.positions import Place, Positions

Fetched = Mapping[Place, Iterable[Any]]
"""Kafka records of each partition, in their order."""


def spoken_of(fetched: Fetched, names: Names) -> list[Place]:
    """The partitions of events and states that fetched progress speaks of."""
    return [(topic, number) for held, number in fetched if held == names.progress for topic in _before(names)]


def _before(names: Names) -> tuple[str, str]:
    return names.events, names.status


class WaitingProgress:
    """What has been read, and the progress that waits for more, by partition."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._next: Positions = {}
        self._waiting: dict[int, deque[tuple[list[Any], Positions]]] = {}

    def at(self, place: Place, offset: int) -> None:
        """From here on the partition is read."""
        self._next[place] = offset

    def take(self, fetched: Fetched, ends: Positions) -> dict[Place, list[Any]]:
        """What to apply now. `ends` say where what the fetched progress speaks of ended, asked after the fetch."""
        given: dict[Place, list[Any]] = {}
        for (topic, number), records in fetched.items():
            if topic == self._names.progress:
                until = {(before, number): ends[before, number] for before in _before(self._names)}
                self._waiting.setdefault(number, deque()).append((list(records), until))
            else:
                given[topic, number] = list(records)
                self._next[topic, number] = given[topic, number][-1].offset + 1
        for number, waiting in self._waiting.items():
            while waiting and all(self._next[place] >= end for place, end in waiting[0][1].items()):
                given.setdefault((self._names.progress, number), []).extend(waiting.popleft()[0])
        return given
