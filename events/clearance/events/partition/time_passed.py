"""The passing of time, told behind the events of a partition: every five minutes of stream time, once they have come.

Whoever learns from events must know when a day is complete, also where nothing happens. It follows from the log alone:
a fold that begins again at its progress tells the same at the same places.
"""

from datetime import datetime, timedelta

from msgspec import Struct

STEP = timedelta(minutes=5)


class TimePassed(Struct, frozen=True):
    """`mark` has come in stream time, a multiple of five minutes, of the hour that began with `hour`. `src` is the
    position of the clock that told it, and numbers it. Earlier versions told hours only, and no mark."""

    epoch: int
    src: int
    at: datetime
    hour: datetime
    mark: datetime | None = None


def time_passed(before: datetime | None, epoch: int, src: int, at: datetime) -> TimePassed | None:
    """What a clock tells, `before` being the last one's time: nothing within a step, nor where a clock goes back. The
    first clock of a partition begins a step that nobody saw whole."""
    mark = mark_of(at)
    if before is None or before >= mark:
        return None
    return TimePassed(epoch=epoch, src=src, at=at, hour=_hour_of(at), mark=mark)


def mark_of(at: datetime) -> datetime:
    """The last mark that has come by then."""
    hour = _hour_of(at)
    return hour + (at - hour) // STEP * STEP


def _hour_of(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
