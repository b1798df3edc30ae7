"""What is consumed of the log: only what is searched by is decoded, the value is kept as it was written."""

from datetime import datetime
from typing import NamedTuple

import msgspec
from msgspec import Struct

from clearance.events.anomalies.ledger import Anomaly
from clearance.events.log.readers_rule import Numbered
from clearance.events.log.upcasting import up_to_date


class What(Struct, frozen=True, gc=False):
    """The `data` of an event: its type and, if it is the result of a command, of which."""

    type: str
    command_id: str | None = None


class EventHead(Struct, frozen=True):
    """What is searched by of an event."""

    declaration: str
    epoch: int
    seq: int
    at: datetime
    data: What


class ViewHead(Struct, frozen=True):
    """What is searched by of a view."""

    status: str
    group: str
    open: bool
    since: datetime | None
    details: dict[str, str]
    stage_times: dict[str, datetime]

    def detail(self, name: str) -> str:
        return self.details.get(name, "")


class StateHead(Struct, frozen=True):
    """What is searched by of a state."""

    declaration: str
    epoch: int
    src: int
    seq: int
    merged_into: str
    numbers: tuple[str, ...]
    anomalies: tuple[Anomaly, ...]
    view: ViewHead


class SeenEvent(NamedTuple):
    """An event, and where it lies in its topic."""

    partition: int
    offset: int
    head: EventHead
    value: bytes

    @property
    def declaration(self) -> str:
        return self.head.declaration

    @property
    def number(self) -> Numbered:
        return Numbered(self.head.epoch, self.head.seq)


class SeenState(NamedTuple):
    """A state, and the partition in which it lies."""

    partition: int
    head: StateHead
    value: bytes

    @property
    def declaration(self) -> str:
        return self.head.declaration

    @property
    def number(self) -> Numbered:
        return Numbered(self.head.epoch, self.head.src)


_EVENT = msgspec.json.Decoder(EventHead)
_STATE = msgspec.json.Decoder(StateHead)


def read_event(value: bytes, partition: int, offset: int) -> SeenEvent:
    """Raises `msgspec.DecodeError` for bytes that are no event."""
    return SeenEvent(partition, offset, _EVENT.decode(value), value)


def read_state(value: bytes, partition: int) -> SeenState:
    """Raises `msgspec.DecodeError` for bytes that are no state, and `NewerVersion`."""
    ours = up_to_date("status", value)
    return SeenState(partition, _STATE.decode(ours), ours)
