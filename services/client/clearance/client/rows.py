"""Registrations as lines of JSON, in portions that one request may hold."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

LINES = "application/x-ndjson"
MOST, MOST_BYTES = 10_000, 4 * 1024 * 1024
"""Rows and bytes in one request."""


def portions(rows: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterator[list[bytes]]:
    """The lines of declarations by number, each with what is stated of it; in their order."""
    some: list[bytes] = []
    held = 0
    for number, stated in rows:
        line = json.dumps({"number": number, **stated}).encode() + b"\n"
        if len(some) == MOST or (some and held + len(line) > MOST_BYTES):
            yield some
            some, held = [], 0
        some.append(line)
        held += len(line)
    if some:
        yield some
