"""Times of format 304 (`20230908115709Z`, `20230908115709+01`), the only one that notifications use."""

from datetime import UTC, datetime

from clearance.events.values.times import bad_time, plausible

FORM = "20230908115709Z or 20230908115709+01"
OFFSETS = frozenset("Z+-")


def issued(text: str) -> datetime:
    """IssueDateTime as UTC. Raises `InvalidMessage`."""
    time = _read(text)
    if time is None:
        raise bad_time("IssueDateTime", text, FORM)
    return plausible(time, "IssueDateTime", text)


def moment(text: str) -> datetime | None:
    """A time of whatever century as UTC, None for what is none."""
    time = _read(text)
    try:
        return time and time.astimezone(UTC)
    except OverflowError:  # the first or the last hours that there are
        return None


def _read(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(f"{text[:8]}T{text[8:]}") if _is_304(text) else None
    except ValueError:
        return None
    return time if time and time.tzinfo else None


def _is_304(text: str) -> bool:
    """Fourteen digits and an offset; the offset itself is read by the standard library."""
    return len(text) <= 20 and text[:14].isdigit() and text[14:15] in OFFSETS and text.isascii()
