"""A partition that a worker owns, as far as every stage needs it: its lock, and how far it has got and has told."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from clearance.kafka.wire import Outgoing

PROGRESS_EVERY = 1.0
"""At rest [s]. A restart that begins at an earlier progress folds more again, to the same result."""
PROGRESS_WHILE_MOVING = 0.2
"""[s]."""
State = TypeVar("State")


@dataclass
class OwnedPartition(ABC, Generic[State]):
    """State in memory, ahead of what is written only under `lock`, or in a process that is about to stop.

    `lock` stands around everything that writes what was folded: a batch, progress at rest, the loss of the partition.
    """

    number: int
    last_progress: float | None = field(default=None, kw_only=True)  # when it was told [s, monotonic]
    told_position: int = field(default=-1, kw_only=True)  # what the last progress told
    end: int | None = field(default=None, kw_only=True)  # the offset of the next input, as far as fetches have told
    lock: asyncio.Lock = field(default_factory=asyncio.Lock, kw_only=True)

    @property
    @abstractmethod
    def position(self) -> int:
        """The offset of the last input that was folded."""

    @property
    @abstractmethod
    def states_topic(self) -> str:
        """Where its states are written, in the partition of the same number."""

    @property
    @abstractmethod
    def progress_topic(self) -> str:
        """Where its progress is told, in the partition of the same number."""

    @abstractmethod
    def progress_record(self, now: datetime) -> Outgoing:
        """How far it has been folded."""

    @abstractmethod
    def wrote(self, states: Sequence[State], offsets: Sequence[int]) -> None:
        """These states have been acknowledged at these offsets of the states topic."""

    @property
    def is_ahead(self) -> bool:
        """Whether more has been folded and written than progress tells."""
        return self.position != self.told_position

    def wants_progress(self, moment: float) -> bool:
        """Whether progress is to be told at this moment of the monotonic clock [s]; also where nothing was folded,
        since readers see by it how fresh they are."""
        every = PROGRESS_WHILE_MOVING if self.is_ahead else PROGRESS_EVERY
        return self.last_progress is None or moment - self.last_progress >= every
