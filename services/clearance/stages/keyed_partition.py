"""A partition of a keyed stage: states by key, which of them the batch in hand has changed, and their records."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, NamedTuple

from clearance.events.log.readers_rule import Numbered
from clearance.kafka.wire import Outgoing
from clearance.stages.keyed_states import state_record
from clearance.stages.log_checks import InputLog
from clearance.stages.owned import OwnedPartition, State
from clearance.stages.progress import StageProgress, stage_progress_record


@dataclass(frozen=True)
class KeyedTopics:
    """What a keyed stage reads and writes in an epoch. A partition is told of in those of the same number."""

    epoch: int
    inputs: str
    outputs: str
    states: str
    progress: str


class Fold(NamedTuple):
    """What folds a partition, and the ids of what it writes: progress tells it, and goes on with no other."""

    version: str
    topic_ids: dict[str, str]


@dataclass
class KeyedPartition(OwnedPartition[str], Generic[State]):
    """Everything that the inputs up to `place` have made of it. A state is a msgspec Struct."""

    topics: KeyedTopics
    log: InputLog
    fold: Fold
    place: int
    states: dict[str, State] = field(default_factory=dict)
    _versions: dict[str, Numbered] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)

    @property
    def position(self) -> int:
        return self.place

    @property
    def states_topic(self) -> str:
        return self.topics.states

    @property
    def progress_topic(self) -> str:
        return self.topics.progress

    def put(self, key: str, state: State) -> None:
        """What the state of a key is from now on; if that is another, it is written with the batch."""
        if self.states.get(key) != state:
            self.states[key] = state
            self.changed.add(key)

    def remember(self, key: str, state: State, version: Numbered) -> None:
        """A state that was read back."""
        self.states[key], self._versions[key] = state, version

    def take_changed(self) -> list[tuple[str, Outgoing]]:
        """The records of what the batch has changed."""
        changed, self.changed = sorted(self.changed), set()
        self._versions |= dict.fromkeys(changed, Numbered(self.topics.epoch, self.place))
        return self.records(changed)

    def records(self, keys: Sequence[str]) -> list[tuple[str, Outgoing]]:
        """The records of these states as they were written last."""
        return [(key, state_record(key, self.states[key], self._versions[key])) for key in keys]

    def wrote(self, states: Sequence[str], offsets: Sequence[int]) -> None:
        """Where a record lies is of no use: all states stay in memory."""

    def progress_record(self, now: datetime) -> Outgoing:
        progress = StageProgress(
            epoch=self.topics.epoch,
            partition=self.number,
            position=self.place,
            wall_time=now,
            cluster_id=self.log.cluster_id,
            topic_id=self.log.topic_id,
            topic_ids=self.fold.topic_ids,
            version=self.fold.version,
        )
        return stage_progress_record(progress)
