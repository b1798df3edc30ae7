"""The passing of time, told behind the events of a partition: at each hour of stream time, once it has come.

Whoever learns from events must know when a day is complete, also where nothing happens. It follows from the log alone:
a fold that begins again at its progress tells the same hours at the same places.
"""

from datetime import datetime

from msgspec import Struct


class TimePassed(Struct, frozen=True):
    """`hour` has come in stream time. `src` is the position of the clock that told it, and numbers it."""

    epoch: int
    src: int
    at: datetime
    hour: datetime


def time_passed(before: datetime | None, epoch: int, src: int, at: datetime) -> TimePassed | None:
    """What a clock tells, `before` being the last one's time: nothing within an hour, nor where a clock goes back. The
    first clock of a partition begins an hour that nobody saw whole."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    return TimePassed(epoch, src, at, hour) if before is not None and before < hour else None
