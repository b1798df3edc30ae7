"""A partition that this worker owns: its fold, and what is known of what was written about it."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from clearance.events.batch import PartitionFold
from clearance.events.progress import STEP_VERSION, Progress, listed
from clearance.kafka.records import INPUTS
from clearance.kafka.topics import Identity

CLOCK_EVERY = timedelta(minutes=1)
PROGRESS_EVERY = timedelta(seconds=1)


@dataclass
class Owned:
    """State in memory, ahead of what is written only under `lock`, or in a process that is about to stop.

    `lock` stands around everything that writes what was folded: a batch, progress at rest, the loss of the partition.
    """

    number: int
    fold: PartitionFold
    identity: Identity
    epoch: int = 0
    clock_at: int = -1  # offset of the last clock that this worker appended
    last_clock: datetime | None = None
    last_progress: datetime | None = None
    last_input: datetime | None = None  # the broker's time of the last input that was folded
    end: int | None = None  # the offset that the next input will get, as far as fetches have told
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def wants_clock(self, now: datetime) -> bool:
        """Whether to append a clock: a deadline is due or a minute has passed, and none of ours is still unfolded.

        A partition without a record has nothing to wait for; one that follows a simulator gets its clocks there.
        """
        fold = self.fold
        if fold.external_clock or fold.position < 0 or self.clock_at > fold.position:
            return False
        due = fold.partition.due()
        last = self.last_clock or fold.stream_time
        return (due is not None and due <= now) or last is None or now - last >= CLOCK_EVERY

    def wants_progress(self, now: datetime) -> bool:
        """Whether progress is to be told although nothing was folded: readers see by it how fresh they are."""
        return self.last_progress is None or now - self.last_progress >= PROGRESS_EVERY

    def progress(self, now: datetime) -> Progress:
        """How far this partition has been folded."""
        fold = self.fold
        return Progress(
            epoch=self.epoch,
            partition=self.number,
            position=fold.position,
            stream_time=fold.stream_time,
            wall_time=now,
            ended_backfills=tuple(sorted(fold.partition.ended)),
            counts=listed(fold.counts),
            cluster_id=self.identity.cluster_id,
            topic_id=self.identity.topic_ids[INPUTS],
            step_version=STEP_VERSION,
            tables_version=fold.partition.tables.version,
            external_clock=fold.external_clock,
            caught_up_at=now if self.end is None or self.end - 1 <= fold.position else self.last_input or now,
        )
