"""Parts as records of `analyst-parts`."""

from collections.abc import Iterable
from typing import Any

import msgspec

from clearance.events.learning.part import Part
from clearance.kafka.wire import VERSION_1, Outgoing


def part_record(part: Part) -> Outgoing:
    """For the partition of the same number. Equal parts give equal bytes."""
    return Outgoing(f"{part.partition}/{part.slice}".encode(), msgspec.json.encode(part), [VERSION_1])


def read_part(value: bytes) -> Part:
    """Raises `msgspec.DecodeError` for bytes that are none."""
    return _PART.decode(value)


def parts_in(records: Iterable[Any]) -> list[Part]:
    """Those of consumed records; what has no key or no value is none. Raises `msgspec.DecodeError`."""
    return [read_part(record.value) for record in records if record.key and record.value]


_PART = msgspec.json.Decoder(Part)
