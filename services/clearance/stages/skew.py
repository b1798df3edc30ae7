"""How far this machine's wall clock is ahead of the broker's, by acknowledgements; and the time without it.

An acknowledgement takes its time, so a small difference says nothing. One that is longer than any acknowledgement may
take is the clock's, and the broker's is followed: deadlines fire and answers are fresh by it.
"""

from datetime import datetime, timedelta

import structlog

log = structlog.get_logger()


class Skew:
    """`seconds` is None while no broker has said; `limit` is how long an acknowledgement may take [s]."""

    def __init__(self, limit: float) -> None:
        self.seconds: float | None = None
        self._limit = limit
        self._off = timedelta()

    def measured(self, seconds: float | None) -> None:
        """By the last acknowledgement it was this much. A clock that is off, or right again, is told of once."""
        self.seconds = seconds
        was_off, off = bool(self._off), seconds is not None and abs(seconds) > self._limit
        self._off = timedelta(seconds=seconds or 0.0) if off else timedelta()
        if off and not was_off:
            remedy = "set this machine's clock, or the broker's; until then the broker's is followed"
            log.warning("clock_is_off", ahead_seconds=round(seconds or 0.0, 1), remedy=remedy)
        if was_off and not off:
            log.info("clock_is_right_again")

    def corrected(self, now: datetime) -> datetime:
        """The time, by our wall clock if it is not off, else by the broker's."""
        return now - self._off
