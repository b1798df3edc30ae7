"""A partition that this worker owns: its fold, and what is known of what was written about it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from clearance.events.log.progress import STEP_VERSION, Progress, listed
from clearance.events.partition.batch import PartitionFold
from clearance.events.partition.partition import is_over
from clearance.events.step.declaration import Declaration
from clearance.kafka.names import BASE, Names
from clearance.kafka.topics import Identity
from clearance.settings.clock import monotonic
from clearance.tracker.status_log import Over, StatusLog

CLOCK_EVERY = timedelta(minutes=1)
PROGRESS_EVERY = timedelta(seconds=1)
"""At rest. A restart that begins at an earlier progress folds more again, to the same result."""
PROGRESS_WHILE_MOVING = timedelta(milliseconds=200)


@dataclass
class Owned:
    """State in memory, ahead of what is written only under `lock`, or in a process that is about to stop.

    `lock` stands around everything that writes what was folded: a batch, progress at rest, the loss of the partition.
    """

    number: int
    fold: PartitionFold
    identity: Identity
    names: Names = BASE
    clock_at: int = -1  # offset of the last clock that this worker appended
    last_clock: datetime | None = None
    last_progress: datetime | None = None
    last_input: datetime | None = None  # the broker's time of the last input that was folded
    end: int | None = None  # the offset that the next input will get, as far as fetches have told
    told_position: int = -1  # what the last progress told
    status: StatusLog = field(default_factory=StatusLog)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def wants_clock(self, now: datetime) -> bool:
        """Whether to append a clock: a deadline is due or a minute has passed, and none of ours is still unfolded.

        A partition without a record has nothing to wait for; one that follows a simulator gets its clocks there.
        """
        fold = self.fold
        if fold.external_clock or fold.position < 0 or self._awaits_clock(now):
            return False
        due = fold.partition.due()
        last = self.last_clock or fold.stream_time
        return (due is not None and due <= now) or last is None or now - last >= CLOCK_EVERY

    def _awaits_clock(self, now: datetime) -> bool:
        """That of a later epoch goes through the base log: it comes back at an offset nobody can know, and perhaps
        never, should its feeder be gone."""
        if self.names.epoch == 0:
            return self.clock_at > self.fold.position
        told, folded = self.last_clock, self.fold.stream_time
        return told is not None and now - told < CLOCK_EVERY and (folded is None or folded < told)

    def wants_progress(self, now: datetime) -> bool:
        """Whether progress is to be told; also where nothing was folded, since readers see by it how fresh they are."""
        every = PROGRESS_WHILE_MOVING if self.is_ahead else PROGRESS_EVERY
        return self.last_progress is None or now - self.last_progress >= every

    @property
    def is_ahead(self) -> bool:
        """Whether more has been folded and written than progress tells."""
        return self.fold.position != self.told_position

    def wrote(self, states: Sequence[Declaration], offsets: Sequence[int]) -> None:
        """These states have been acknowledged at these offsets of the status topic."""
        tables, now = self.fold.partition.tables, monotonic()
        self.status.wrote(offsets)
        for state, place in zip(states, offsets, strict=True):
            if is_over(state, tables):
                self.status.over.append(Over(now, state.id, state.src, place))

    def came_back(self, name: str, src: int, place: int) -> None:
        """A state that had left memory is in it again, and leaves it again unless something changes it."""
        self.status.over.append(Over(monotonic(), name, src, place))

    def let_go(self, keep_seconds: float) -> None:
        """States that have been over for so long leave memory, unless something has changed them since."""
        over, until = self.status.over, monotonic() - keep_seconds
        while over and over[0].since <= until:
            one = over.popleft()
            self.fold.partition.let_go(one.name, one.src, one.place)

    def progress(self, now: datetime) -> Progress:
        """How far this partition has been folded."""
        fold = self.fold
        return Progress(
            epoch=self.names.epoch,
            partition=self.number,
            position=fold.position,
            stream_time=fold.stream_time,
            wall_time=now,
            ended_backfills=tuple(sorted(fold.partition.ended)),
            counts=listed(fold.counts),
            cluster_id=self.identity.cluster_id,
            topic_id=self.identity.topic_ids[self.names.inputs],
            step_version=STEP_VERSION,
            tables_version=fold.partition.tables.version,
            external_clock=fold.external_clock,
            caught_up_at=now if self.end is None or self.end - 1 <= fold.position else self.last_input or now,
        )
