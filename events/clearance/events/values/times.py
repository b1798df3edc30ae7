"""Times: as text and as aware UTC, within this century."""

from datetime import UTC, datetime

import msgspec

from clearance.events.values.errors import InvalidMessage


def parse_utc(text: str) -> datetime:
    """An RFC 3339 time with an offset as aware UTC. Raises `ValueError`."""
    return bounded(datetime.fromisoformat(text), text)


def bounded(time: datetime, text: object) -> datetime:
    """An aware time of this century as UTC. Raises `ValueError`, which names it as it was written, `text`."""
    if time.tzinfo is None:
        raise ValueError(f"{str(text)[:40]!r} names no zone; write it as 2026-03-01T09:30:00Z")
    if not 2000 <= time.year < 2100:
        raise ValueError(f"{str(text)[:40]!r} lies outside 2000-2099")
    return time.astimezone(UTC)


def rfc3339(time: datetime) -> str:
    """An aware UTC time as text, with hundredths only where it has them: 2026-03-02T01:00:00Z."""
    return rfc3339_bytes(time).decode()


def rfc3339_bytes(time: datetime) -> bytes:
    """The same as bytes: JSON writes times like that, and ten times as fast as `isoformat`."""
    return msgspec.json.encode(time)[1:-1]


def plausible(time: datetime, field: str, text: str) -> datetime:
    """`time` as UTC, if it lies in this century. Raises `InvalidMessage`."""
    if not 2000 <= time.year < 2100:
        raise InvalidMessage(f"{field} {text[:40]!r} lies outside 2000-2099")
    return time.astimezone(UTC)


def bad_time(field: str, text: str, form: str) -> InvalidMessage:
    return InvalidMessage(f"{field} {text[:40]!r} is not a time of the form {form}")
