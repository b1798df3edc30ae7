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
    return msgspec.json.decode(value, type=WaitsTold)


def incident_record(told: IncidentTold) -> Outgoing:
    """Equal ones give equal bytes."""
    return Outgoing(told.incident.incident.encode(), msgspec.json.encode(told), [VERSION_1])


def read_incident(value: bytes) -> IncidentTold:
    """Raises `msgspec.DecodeError` for bytes that are none."""
    return msgspec.json.decode(value, type=IncidentTold)


def known_record(known: Known) -> Outgoing:
    """Packed: what is usual has some thousand groups."""
    return Outgoing(LOOKOUT, zlib.compress(msgspec.msgpack.encode(known), 1), [VERSION_1])


def read_known(value: bytes) -> Known:
    """Raises `msgspec.DecodeError` and `zlib.error` for bytes that are none."""
    return msgspec.msgpack.decode(zlib.decompress(value), type=Known)


def written_at(record: Any) -> datetime:
    """The broker's time of a consumed record."""
    return datetime.fromtimestamp(record.timestamp / 1000, UTC)
