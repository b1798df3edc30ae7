"""When a recipient may be told: quiet hours and the time of a digest, by the clock of its zone. Pure.

The surprise: an hour that a clock shows twice ends quiet hours at its first end that is still to come, and has one
digest; a digest in the hour that a clock leaves out comes an hour later.
"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clearance.access.recipients import Recipient


def due_at(recipient: Recipient, now: datetime) -> datetime:
    """When what is noted now is told, where there is no digest to wait for."""
    if recipient.quiet_from is None or recipient.quiet_until is None:
        return now
    local = now.astimezone(ZoneInfo(recipient.zone)).time()
    quiet = _is_between(local, recipient.quiet_from, recipient.quiet_until)
    return _next(recipient.quiet_until, recipient.zone, now, folds=(0, 1)) if quiet else now


def next_digest(at: time, zone: str, now: datetime) -> datetime:
    """The next time after now at which the clock of the zone shows this."""
    return _next(at, zone, now, folds=(0,))


def _is_between(local: time, begin: time, end: time) -> bool:
    return begin <= local < end if begin < end else local >= begin or local < end


def _next(at: time, zone: str, now: datetime, folds: tuple[int, ...]) -> datetime:
    """Compared in UTC: within a zone, times are compared as its clock shows them, which may go back."""
    today = now.astimezone(ZoneInfo(zone)).date()
    days = (today + timedelta(days=more) for more in (0, 1, 2))
    shown = (datetime.combine(day, at.replace(fold=fold), ZoneInfo(zone)) for day in days for fold in folds)
    moments = (one.astimezone(UTC) for one in shown if not one.fold or _is_shown_twice(one))
    return min(one for one in moments if one > now)


def _is_shown_twice(second: datetime) -> bool:
    return second.astimezone(UTC) > second.replace(fold=0).astimezone(UTC)
