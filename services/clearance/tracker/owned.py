"""A partition that the tracker owns: its fold, and what is known of what was written about it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from clearance.events.log.progress import STEP_VERSION, Progress, listed
from clearance.events.partition.batch import PartitionFold
from clearance.events.partition.index import Entry, Index
from clearance.events.partition.partition import is_over
from clearance.events.partition.time_passed import mark_of
from clearance.events.step.declaration import Declaration
from clearance.kafka.names import BASE, Names
from clearance.kafka.topics import Identity
from clearance.kafka.wire import Outgoing, head_of, progress_record, status_head
from clearance.settings.clock import monotonic, utc_now
from clearance.stages.owned import OwnedPartition
from clearance.tracker.status_log import Over, StatusLog

BETWEEN_CLOCKS = timedelta(minutes=1)
"""How long after a clock of ours another one is written that no deadline asks for, however the wall jumps."""


@dataclass
class Owned(OwnedPartition[Declaration]):
    """Fold and states in memory, and the clocks that this worker appended."""

    fold: PartitionFold
    identity: Identity
    names: Names = BASE
    clock_at: int = -1  # offset of the last clock that this worker appended
    last_clock: datetime | None = None  # the time that it told
    last_clock_at: float = 0.0  # when that was [s, monotonic]
    last_input: datetime | None = None  # the broker's time of the last input that was folded
    simulated_until_ms: int = field(default_factory=lambda: round(utc_now().timestamp() * 1000))
    """The broker's time of the last clock of a simulator, or when this partition was read back [ms]."""
    told_simulated: bool = False
    status: StatusLog = field(default_factory=StatusLog)

    @property
    def position(self) -> int:
        return self.fold.position

    @property
    def index(self) -> Index:
        """Where the record of each state lies."""
        return self.fold.partition.states.index

    @property
    def states_topic(self) -> str:
        return self.names.status

    @property
    def progress_topic(self) -> str:
        return self.names.progress

    def wants_clock(self, now: datetime, moment: float) -> bool:
        """Whether to append a clock: a deadline is due, or it would tell that a step of five minutes has passed. None
        while one of ours is still unfolded.

        `now` is the wall's time, `moment` the monotonic clock's [s]: a minute is one also when the wall jumps. A
        partition without a record has nothing to wait for; one that follows a simulator gets its clocks there.
        """
        fold = self.fold
        if fold.external_clock or fold.position < 0 or self._awaits_clock(moment):
            return False
        due = fold.partition.due()
        return self._step_passed(now, moment) or (due is not None and due <= now and not self._told_in_vain(now))

    def _step_passed(self, now: datetime, moment: float) -> bool:
        if self.last_clock is not None and moment - self.last_clock_at < BETWEEN_CLOCKS.total_seconds():
            return False
        return self.fold.stream_time is None or mark_of(now) != mark_of(self.fold.stream_time)

    def _told_in_vain(self, now: datetime) -> bool:
        """Whether the fold has ignored our last clock as far ahead of the broker's: it would ignore another one too."""
        told, folded = self.last_clock, self.fold.stream_time
        return told is not None and told <= now and (folded is None or folded < told)

    def _awaits_clock(self, moment: float) -> bool:
        """That of a later epoch goes through the base log: it comes back at an offset nobody can know, and perhaps
        never, should its feeder be gone."""
        if self.names.epoch == 0:
            return self.clock_at > self.fold.position
        told, folded = self.last_clock, self.fold.stream_time
        is_folded = told is None or (folded is not None and folded >= told)
        return not is_folded and moment - self.last_clock_at < BETWEEN_CLOCKS.total_seconds()

    def wrote(self, states: Sequence[Declaration], offsets: Sequence[int]) -> None:
        tables, now = self.fold.partition.tables, monotonic()
        self.status.wrote(offsets)
        entries = {
            state.id: Entry(state.src, place, is_over(state, tables))
            for state, place in zip(states, offsets, strict=True)
        }
        self.index.enter(entries)
        self.status.over += [Over(now, name, entry.src) for name, entry in entries.items() if entry.over]

    def came_back(self, name: str, record: Any) -> None:
        """A state that had left memory is in it again, and leaves it again unless something changes it."""
        self.fold.partition.remember(name, record.value)
        self.saw((record,))
        self.status.over.append(Over(monotonic(), name, status_head(record.headers).src))

    def saw(self, records: Iterable[Any]) -> None:
        """Records of the status topic that this worker has not written, or not there."""
        heads = [(record, head) for record in records if (head := head_of(record)) and head.epoch == self.names.epoch]
        known, tables = self.index.find(record.key.decode() for record, _ in heads), self.fold.partition.tables
        for record, head in heads:
            name = record.key.decode()
            held = known.get(name)
            same = held is not None and held.src == head.src
            over = held.over if held is not None and same else head.over and head.tables == tables.version
            self.index.enter({name: Entry(head.src, record.offset, over)})

    def let_go(self, keep_seconds: float) -> None:
        """States that have been over for so long leave memory, unless something has changed them since; and what the
        index knows is kept. For nobody who holds something back: a batch that is not written whole, foreign records
        that are being looked at."""
        over, until = self.status.over, monotonic() - keep_seconds
        while over and over[0].since <= until:
            state = over.popleft()
            self.fold.partition.let_go(state.name, state.src)
        self.index.keep(self.status.known_to)

    def progress_record(self, now: datetime) -> Outgoing:
        return progress_record(self.progress(now))

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
            topic_ids={**self.identity.topic_ids},
            step_version=STEP_VERSION,
            tables_version=fold.partition.tables.version,
            external_clock=fold.external_clock,
            expectations_version=fold.partition.expectations_version,
            caught_up_at=now if self.end is None or self.end - 1 <= fold.position else self.last_input or now,
        )
