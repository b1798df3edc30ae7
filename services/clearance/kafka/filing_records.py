"""Filings and what was told of them as records of `analyst-filings`, and as inputs of the log."""

import msgspec
from msgspec import Struct

from clearance.events.filings.filing import Filing
from clearance.events.filings.telling import Told
from clearance.events.log.input_records import input_record
from clearance.kafka.wire import VERSION_1, Outgoing, outgoing_input

TOLD, GIVEN = b"#told/", b"#given"


class Given(Struct, frozen=True):
    """All that stands before it in the topic that had this id, as told, was given to its declarations too."""

    topic_id: str


def filing_record(filing: Filing) -> Outgoing:
    """Equal ones give equal bytes."""
    return Outgoing(filing.declaration.encode(), msgspec.json.encode(filing), [VERSION_1])


def told_record(told: Told) -> Outgoing:
    """Equal ones give equal bytes."""
    return Outgoing(TOLD + told.declaration.encode(), msgspec.json.encode(told), [VERSION_1])


def read_told(value: bytes) -> Told:
    """Raises `msgspec.DecodeError` for bytes that are none."""
    return _TOLD.decode(value)


def forgotten_records(declaration: str) -> list[Outgoing]:
    """Tombstones, of the filing and of what was told of it."""
    return [Outgoing(key, None, [VERSION_1]) for key in (declaration.encode(), TOLD + declaration.encode())]


def read_filing(value: bytes) -> Filing:
    """Raises `msgspec.DecodeError` for bytes that are none."""
    return _FILING.decode(value)


def given_record(given: Given) -> Outgoing:
    return Outgoing(GIVEN, msgspec.json.encode(given), [VERSION_1])


def read_given(value: bytes) -> Given:
    """Raises `msgspec.DecodeError` for bytes that are none."""
    return _GIVEN.decode(value)


def related_input(told: Told) -> Outgoing:
    """For the partition of its declaration. Equal findings give equal bytes."""
    return outgoing_input(input_record(told.declaration, told.as_input))


_FILING = msgspec.json.Decoder(Filing)
_TOLD = msgspec.json.Decoder(Told)
_GIVEN = msgspec.json.Decoder(Given)
