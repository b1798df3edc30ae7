"""Records as the store takes them: only what is searched by is decoded, the value is kept as it was written."""

from typing import NamedTuple

import msgspec

from clearance.events.log.readers_rule import Numbered
from clearance.events.log.upcasting import up_to_date
from clearance.events.step.partial_readers import IndexedEvent, IndexedStatus


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


class ConsumedState(NamedTuple):
    """A state, and the partition in which it lies."""

    partition: int
    indexed: IndexedStatus
    value: bytes

    @property
    def declaration(self) -> str:
        return self.indexed.declaration

    @property
    def number(self) -> Numbered:
        return Numbered(self.indexed.epoch, self.indexed.src)


_EVENT = msgspec.json.Decoder(IndexedEvent)
_STATUS = msgspec.json.Decoder(IndexedStatus)


def consumed_event(value: bytes, partition: int, offset: int) -> ConsumedEvent:
    """Raises `msgspec.DecodeError` for bytes that are no event."""
    return ConsumedEvent(partition, offset, _EVENT.decode(value), value)


def consumed_state(value: bytes, partition: int) -> ConsumedState:
    """Raises `msgspec.DecodeError` for bytes that are no state, and `NewerVersion`."""
    ours = up_to_date("status", value)
    return ConsumedState(partition, _STATUS.decode(ours), ours)
