"""Fetched records → what the store takes. An unreadable record is left out and named."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from clearance.events.incidents.lookout import IncidentTold
from clearance.events.learning.expectations import Expectations
from clearance.events.log.progress import Progress, decode_progress
from clearance.kafka.incident_records import read_incident
from clearance.kafka.names import Names
from clearance.kafka.time_records import is_time
from clearance.kafka.wire import check_event, incoming_input
from clearance.projector.waiting_progress import Fetched
from clearance.settings.tables import default_tables
from clearance.store.consumed_records import (
    ConsumedEvent,
    ConsumedMessage,
    ConsumedState,
    consumed_event,
    consumed_expectations,
    consumed_message,
    consumed_state,
)
from clearance.store.derived import up_to
from clearance.store.positions import Positions
from clearance.store.writes import Batch


@dataclass(frozen=True)
class Unreadable:
    """A record that cannot be read, and why."""

    topic: str
    partition: int
    offset: int
    reason: str

    @property
    def place(self) -> str:
        return f"{self.topic}:{self.partition}:{self.offset}"


@dataclass(frozen=True)
class Decoded:
    """What is in fetched records."""

    events: list[ConsumedEvent] = field(default_factory=list)
    states: list[ConsumedState] = field(default_factory=list)
    progress: list[Progress] = field(default_factory=list)
    messages: list[ConsumedMessage] = field(default_factory=list)
    expectations: list[Expectations] = field(default_factory=list)
    incidents: list[IncidentTold] = field(default_factory=list)
    positions: Positions = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)

    @property
    def batch(self) -> Batch:
        return Batch(
            events=self.events,
            states=self.states,
            progress=self.progress,
            positions=self.positions,
            messages=self.messages,
            expectations=self.expectations,
            incidents=self.incidents,
        )


def decode(fetched: Fetched, names: Names) -> Decoded:
    """Decode records of the topics of an epoch. Raises `NewerVersion`: what was left out would be missing."""
    decoded = Decoded()
    for (topic, partition), records in fetched.items():
        for record in records:
            if topic == names.inputs:
                _add_input(decoded, partition, record)
            else:
                _add_written(decoded, names, topic, partition, record)
            decoded.positions[topic, partition] = record.offset + 1
    return decoded


def _add_input(decoded: Decoded, partition: int, record: Any) -> None:
    given = incoming_input(record)
    if (message := consumed_message(given, partition, default_tables())) is not None:
        decoded.messages.append(message)
    if (table := consumed_expectations(given, default_tables())) is not None:
        decoded.expectations.append(table)


def _add_written(decoded: Decoded, names: Names, topic: str, partition: int, record: Any) -> None:
    if topic == names.events:
        if is_time(record):
            return
        check_event(record.headers)
    try:
        _add(decoded, names, topic, partition, record)
    except msgspec.DecodeError as error:
        decoded.unreadable.append(Unreadable(topic, partition, record.offset, str(error)))


def _add(decoded: Decoded, names: Names, topic: str, partition: int, record: Any) -> None:
    value = record.value or b""
    if topic == names.events:
        decoded.events.append(consumed_event(value, partition, record.offset))
    elif topic == names.status:
        decoded.states.append(consumed_state(value, partition))
    elif topic == names.incidents:
        decoded.incidents.append(read_incident(value))
    else:
        decoded.progress.append(_no_later_than_written(decode_progress(value), record.timestamp))


def _no_later_than_written(progress: Progress, timestamp_ms: int) -> Progress:
    """A tracker whose clock is ahead claims no freshness by it: the broker says when it told its progress."""
    written = datetime.fromtimestamp(timestamp_ms / 1000, UTC)
    return msgspec.structs.replace(progress, caught_up_at=min(up_to(progress), written))
