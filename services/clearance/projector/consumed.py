"""Consumed records → what the store takes. One that is nothing that was ever written is left out and named."""

from dataclasses import dataclass, field

import msgspec

from clearance.events.log.progress import Progress, decode_progress
from clearance.kafka.names import Names
from clearance.kafka.records import check_event
from clearance.projector.holding import Fetched
from clearance.store.positions import Positions
from clearance.store.seen import SeenEvent, SeenState, read_event, read_state
from clearance.store.writes import Batch


@dataclass(frozen=True)
class Unreadable:
    """A record that cannot be read, and why."""

    topic: str
    partition: int
    offset: int
    reason: str


@dataclass(frozen=True)
class Consumed:
    """What is in fetched records."""

    events: list[SeenEvent] = field(default_factory=list)
    states: list[SeenState] = field(default_factory=list)
    progress: list[Progress] = field(default_factory=list)
    positions: Positions = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)

    @property
    def batch(self) -> Batch:
        return Batch(self.events, self.states, self.progress, self.positions)


def read(fetched: Fetched, names: Names) -> Consumed:
    """Read records of the three topics of an epoch. Raises `NewerVersion`: what was left out would be missing."""
    consumed = Consumed()
    for (topic, partition), records in fetched.items():
        for record in records:
            if topic == names.events:
                check_event(record.headers)
            try:
                _take(consumed, names, topic, partition, record.offset, record.value or b"")
            except msgspec.DecodeError as error:
                consumed.unreadable.append(Unreadable(topic, partition, record.offset, str(error)))
            consumed.positions[topic, partition] = record.offset + 1
    return consumed


def _take(consumed: Consumed, names: Names, topic: str, partition: int, offset: int, value: bytes) -> None:
    if topic == names.events:
        consumed.events.append(read_event(value, partition, offset))
    elif topic == names.status:
        consumed.states.append(read_state(value, partition))
    else:
        consumed.progress.append(decode_progress(value))
