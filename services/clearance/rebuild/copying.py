"""What a later epoch gets of the base log, and how: the bytes and the headers as they are, and where they came from.

Left out: what the tracker derived (links and facts), because the new fold derives it anew; and clocks that ran ahead of
their broker, because as copies they would not be seen to. What is no input at all is copied: the new fold may know it.
"""

from collections.abc import Sequence
from typing import Any

from clearance.events.log.input_records import QUIET, is_of_kind, read_input
from clearance.events.log.inputs import Clock
from clearance.events.partition.partition import is_ahead
from clearance.events.values.errors import InvalidMessage
from clearance.kafka.wire import Outgoing, incoming_input
from clearance.settings.tables import default_tables

Headers = Sequence[tuple[str, bytes]]
ORIGIN = "origin"
DERIVED = ("link", "facts")


def is_copied(record: Any) -> bool:
    """Whether a record of the base log is part of the history. Raises `NewerVersion`."""
    if any(is_of_kind(kind, record.headers) for kind in DERIVED):
        return False
    if not is_of_kind("clock", record.headers):
        return True
    try:
        given = read_input(incoming_input(record), default_tables())
    except InvalidMessage:
        return True
    return not (isinstance(given, Clock) and is_ahead(given))


def copy_of(record: Any, quiet: bool) -> Outgoing:
    """The record as the later epoch gets it; `quiet` if nobody is to be notified of what follows from it."""
    headers = [*record.headers, (ORIGIN, b"%d" % record.offset)]
    if quiet:
        headers.append(("quiet", QUIET.encode()))
    return Outgoing(record.key, record.value, headers)


def origin_of(headers: Headers) -> int | None:
    """The offset in the base log of what a record was copied from; None for what the later epoch derived itself."""
    return next((int(value) for name, value in reversed(headers) if name == ORIGIN), None)


def is_quiet(headers: Headers) -> bool:
    """Whether the record is marked as history."""
    return ("quiet", QUIET.encode()) in headers
