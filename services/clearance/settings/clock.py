"""The wall clock, in one place: services ask here, pure code is given the time."""

import time
from datetime import UTC, datetime


def utc_now() -> datetime:
    """The wall time, aware UTC."""
    return datetime.now(UTC)  # noqa: TID251 # the one place


def monotonic() -> float:
    """Seconds since some moment; for measuring durations."""
    return time.monotonic()
