"""When a question is asked again, and after how long. Pure but for the dice.

The surprise: the pause is drawn anew between nothing and its bound ("full jitter"), so that a thousand clients of a
server that was restarted do not come back at one moment; what the server asks for in Retry-After is waited for first.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import random
from typing import NamedTuple


class Retries(NamedTuple):
    """`attempts` in all, also the first. Pauses are bounded by `first_seconds`, then twice that and so on up to
    `longest_seconds`. A server that asks for more than `patience_seconds` is not waited for: its refusal is raised."""

    attempts: int = 8
    first_seconds: float = 0.25
    longest_seconds: float = 20.0
    patience_seconds: float = 90.0

    def pause(self, attempt: int, retry_after: float | None, dice: Callable[[], float] = random) -> float | None:
        """After the failed attempt of this number, the first is 1 [s]; None: do not ask again."""
        asked = retry_after or 0.0
        if attempt >= self.attempts or asked > self.patience_seconds:
            return None
        return asked + dice() * min(self.longest_seconds, self.first_seconds * 2.0 ** min(attempt - 1, 30))


USUAL = Retries()
ONCE = Retries(attempts=1)
"""Ask once: for a person who waits, or a caller who repeats himself."""
ENDLESS = Retries(attempts=2**62, patience_seconds=float("inf"))
"""Of what is to run for months."""


def seconds_of(retry_after: str, date: str) -> float | None:
    """What a header Retry-After says, by RFC 9110 a number of seconds or a time; that is compared with the server's own
    `Date`, since clocks differ. None if it says nothing."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after)
    try:
        at, now = parsedate_to_datetime(retry_after), parsedate_to_datetime(date)
    except ValueError:
        return None
    return max(0.0, (_utc(at) - _utc(now)).total_seconds())


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
