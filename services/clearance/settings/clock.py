"""The wall clock, in one place: services ask here, pure code is given the time."""

import time
from datetime import UTC, datetime


def utc_now() -> datetime:
    """The wall time, aware UTC."""
    return datetime.now(UTC)  # noqa: TID251 # the one place


def timestamp_of(moment: float) -> float:
    """The wall time [s since 1970] of a moment of the monotonic clock, by the wall clock of now."""
    return utc_now().timestamp() - (monotonic() - moment)


def monotonic() -> float:
    """Seconds since some moment; for measuring durations."""
    return time.monotonic()
