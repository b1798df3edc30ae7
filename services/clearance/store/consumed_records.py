"""Records as the store takes them: only what is searched by is decoded, the value is kept as it was written."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, cast

import msgspec

from clearance.events.anomalies.evidence import among
from clearance.events.anomalies.handling import handlings
from clearance.events.anomalies.ledger import Anomaly
from clearance.events.learning.expectations import Expectations
from clearance.events.log.input_records import InputRecord, is_of_kind, read_input
from clearance.events.log.inputs import ExpectationsInput, Message
from clearance.events.log.readers_rule import Numbered
from clearance.events.log.upcasting import up_to_date
from clearance.events.standing.timeline import Entry
from clearance.events.step.partial_readers import IndexedEvent, IndexedStatus, TimelineStatus
from clearance.events.tables.tables import Tables
from clearance.events.values.errors import InvalidMessage
from clearance.store.parties import named, named_before


class ConsumedEvent(NamedTuple):
    """An event, and where it lies in its topic."""

    partition: int
    offset: int
    indexed: IndexedEvent
    value: bytes

    @property
    def declaration(self) -> str:
        return self.indexed.declaration

    @property
    def number(self) -> Numbered:
        return Numbered(self.indexed.epoch, self.indexed.seq)


Evident = tuple[Anomaly, tuple[Entry, ...]]
"""An anomaly and the lines of the timeline that it rests on."""


@dataclass(frozen=True)
class ConsumedState:
    """A state, and the partition in which it lies."""

    partition: int
    indexed: IndexedStatus
    value: bytes

    @cached_property
    def found(self) -> tuple[Evident, ...]:
        """Its anomalies; few states have any, and only of those the timeline is read."""
        if not self.indexed.anomalies:
            return ()
        timeline = _TIMELINE.decode(self.value).view.timeline
        return tuple((one, among(timeline, one.receipts)) for one in self.indexed.anomalies)

    @property
    def handled(self) -> tuple[Anomaly, ...]:
        """Those about which somebody has done anything."""
        return tuple(one for one in self.indexed.anomalies if handlings(one))

    @cached_property
    def parties(self) -> tuple[str, ...]:
        """The identifiers of who may see it."""
        view = self.indexed.view
        return named(view.parties, view.organisations, view.granted)

    @cached_property
    def former_parties(self) -> tuple[str, ...]:
        """The identifiers of who might see it once, and may no more."""
        view = self.indexed.view
        if not view.named_before and not view.withdrawn:
            return ()
        return tuple(one for one in named_before(view.named_before, view.withdrawn) if one not in self.parties)

    @property
    def declaration(self) -> str:
        return self.indexed.declaration

    @property
    def number(self) -> Numbered:
        return Numbered(self.indexed.epoch, self.indexed.src)


class ConsumedMessage(NamedTuple):
    """A message as it is filed under a declaration, where it lies in the inputs, and the size of its bytes."""

    partition: int
    offset: int
    declaration: str
    size: int
    message: Message

    @property
    def format(self) -> str:
        return self.message.receipts[0].format


def consumed_message(record: InputRecord, partition: int, tables: Tables) -> ConsumedMessage | None:
    """The message that an input is; None for any other input, and for one that the tracker refuses.

    Raises `NewerVersion`.
    """
    if not is_of_kind("message", record.headers):
        return None
    try:
        given = read_input(record, tables)
    except InvalidMessage:
        return None
    return ConsumedMessage(partition, record.position, record.key, len(record.value), cast(Message, given))


def consumed_expectations(record: InputRecord, tables: Tables) -> Expectations | None:
    """The table that an input is; None for any other input, and for one that the tracker refuses.

    Raises `NewerVersion`.
    """
    if not is_of_kind("expectations", record.headers):
        return None
    try:
        return cast(ExpectationsInput, read_input(record, tables)).table.read()
    except InvalidMessage:
        return None


_EVENT = msgspec.json.Decoder(IndexedEvent)
_STATUS = msgspec.json.Decoder(IndexedStatus)
_TIMELINE = msgspec.json.Decoder(TimelineStatus)


def consumed_event(value: bytes, partition: int, offset: int) -> ConsumedEvent:
    """Raises `msgspec.DecodeError` for bytes that are no event."""
    return ConsumedEvent(partition, offset, _EVENT.decode(value), value)


def consumed_state(value: bytes, partition: int) -> ConsumedState:
    """Raises `msgspec.DecodeError` for bytes that are no state, and `NewerVersion`."""
    ours = up_to_date("status", value)
    return ConsumedState(partition, _STATUS.decode(ours), ours)
