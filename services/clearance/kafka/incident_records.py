"""Waits, incidents and what the lookout knows as records: `analyst-waits`, `analyst-incidents`, `analyst-lookout`."""

import zlib
from datetime import UTC, datetime
from typing import Any

import msgspec

from clearance.events.incidents.lookout import IncidentTold, Known, WaitsTold
from clearance.kafka.wire import VERSION_1, Outgoing

LOOKOUT = b"lookout"


def waits_record(told: WaitsTold) -> Outgoing:
    """Equal ones give equal bytes."""
    return Outgoing(b"%d" % told.partition, msgspec.json.encode(told), [VERSION_1])


def read_waits(value: bytes) -> WaitsTold:
    """Raises `msgspec.DecodeError` for bytes that are none."""
    return _WAITS_TOLD.decode(value)


def incident_record(told: IncidentTold) -> Outgoing:
    """Equal ones give equal bytes."""
    return Outgoing(told.incident.incident.encode(), msgspec.json.encode(told), [VERSION_1])


def read_incident(value: bytes) -> IncidentTold:
    """Raises `msgspec.DecodeError` for bytes that are none."""
    return _INCIDENT_TOLD.decode(value)


def known_record(known: Known) -> Outgoing:
    """Packed: what is usual has some thousand groups."""
    return Outgoing(LOOKOUT, zlib.compress(msgspec.msgpack.encode(known), 1), [VERSION_1])


def read_known(value: bytes) -> Known:
    """Raises `msgspec.DecodeError` and `zlib.error` for bytes that are none."""
    return _KNOWN.decode(zlib.decompress(value))


def written_at(record: Any) -> datetime:
    """The broker's time of a consumed record."""
    return datetime.fromtimestamp(record.timestamp / 1000, UTC)


_WAITS_TOLD = msgspec.json.Decoder(WaitsTold)
_INCIDENT_TOLD = msgspec.json.Decoder(IncidentTold)
_KNOWN = msgspec.msgpack.Decoder(Known)
