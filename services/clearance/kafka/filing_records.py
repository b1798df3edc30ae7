"""Filings as records of `analyst-filings`, and what is told of them as inputs of the log."""

import msgspec

from clearance.events.filings.filing import Filing
from clearance.events.filings.telling import Told
from clearance.events.log.input_records import input_record
from clearance.kafka.wire import VERSION_1, Outgoing, outgoing_input


def filing_record(filing: Filing) -> Outgoing:
    """Equal ones give equal bytes."""
    return Outgoing(filing.declaration.encode(), msgspec.json.encode(filing), [VERSION_1])


def forgotten_record(declaration: str) -> Outgoing:
    """A tombstone."""
    return Outgoing(declaration.encode(), None, [VERSION_1])


def read_filing(value: bytes) -> Filing:
    """Raises `msgspec.DecodeError` for bytes that are none."""
    return _FILING.decode(value)


def related_input(told: Told) -> Outgoing:
    """For the partition of its declaration. Equal findings give equal bytes."""
    return outgoing_input(input_record(told.declaration, told.as_input))


_FILING = msgspec.json.Decoder(Filing)
