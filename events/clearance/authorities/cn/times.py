"""The times of Chinese messages as UTC. They name no zone, and are Beijing's.

The specifications write `20260302T09000000` (SPEC67 §4, hundredths) and `2026-03-02T09:00:00` (generation B); senders
write much else. What can be only one moment is read, and said to be written otherwise, so that a person may check it.
"""

import re
from datetime import UTC, datetime, timedelta, timezone

from clearance.events.values.errors import InvalidMessage
from clearance.events.values.receipt import Precision
from clearance.events.values.times import bad_time, plausible

AHEAD = timedelta(hours=8)
BEIJING = timezone(AHEAD)
NO_DAY = datetime(1, 1, 1, tzinfo=UTC)
FORM = "20220301T09183300 or 2022-03-01T09:18:33"
COMPACT = re.compile(r"(\d{8}T\d{6})(\d\d)", re.ASCII)
DAY = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)", re.ASCII)

ZONE = r"(?: ?(?P<zone>Z|UTC|GMT|[+-]\d\d(?::?\d\d)?))?"
CLOCK = r"(?P<hour>\d{1,2})[:时](?P<minute>\d{1,2})(?:[:分](?P<second>\d{1,2})(?:[.,](?P<fraction>\d{1,9})|秒)?|分)?"
JAVA_ZONE = r"(?P<zone>CST|GMT\+08:00|UTC|GMT)"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
OTHERWISE = tuple(
    re.compile(form, re.ASCII)
    for form in (
        rf"(?P<year>\d{{4}})(?P<mark>[-/._年])(?P<month>\d{{1,2}})[-/._月](?P<day>\d{{1,2}})日?(?:[T ]{CLOCK}{ZONE})?",
        r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)T?(?P<hour>\d\d)(?P<minute>\d\d)"
        rf"(?:(?P<second>\d\d)(?P<fraction>\d{{1,3}})?)?{ZONE}",
        rf"[A-Z][a-z]{{2}} (?P<name>{'|'.join(MONTHS)}) (?P<day>\d\d) {CLOCK} {JAVA_ZONE} (?P<year>\d{{4}})",
    )
)
"""With slashes, dots, characters, single digits, a zone; without separators; as Java prints a date (CST is China's)."""
MILLISECONDS = re.compile(r"[1-4]\d{12}", re.ASCII)
"""Since 1970, in this century."""
NO_TIME = frozenset({(1, 1, 1), (1899, 12, 30), (1900, 1, 1), (1970, 1, 1)})
"""What .NET, OLE, SQL and Unix write at midnight for a time that nobody filled in; the last at eight, in Beijing."""
Stated = tuple[datetime | None, Precision, bool]
"""The time as UTC, None if none is stated; its precision; whether it is written as the specifications say."""


def beijing(field: str, text: str) -> Stated:
    """A Chinese time; (None, "none", True) for an empty field. Raises `InvalidMessage`."""
    if not text:
        return None, "none", True
    try:
        time, precision = _usual(text)
    except ValueError:
        time, precision = NO_DAY, "none"
    if 2000 <= time.year < 2100:
        return time - AHEAD, precision, True
    try:
        return _otherwise(field, text)
    except InvalidMessage:
        raise
    except ValueError as error:
        raise bad_time(field, text, FORM) from error


def _usual(text: str) -> tuple[datetime, Precision]:
    """By Beijing's clock, as if that were UTC. Raises `ValueError` for what has the form and is no time."""
    if len(text) == 19 and text[4] == text[7] == "-" and text[10] in "T ":
        return datetime.fromisoformat(text + "+00:00"), "second"
    if parts := COMPACT.fullmatch(text):
        return datetime.fromisoformat(f"{parts[1]}.{parts[2]}+00:00"), "centisecond"
    if parts := DAY.fullmatch(text):
        return datetime(int(parts[1]), int(parts[2]), int(parts[3]), tzinfo=UTC), "day"
    return NO_DAY, "none"


def _otherwise(field: str, text: str) -> Stated:
    """Raises `ValueError`, and `InvalidMessage` for a time of another century."""
    if MILLISECONDS.fullmatch(text):
        return plausible(datetime.fromtimestamp(int(text) / 1000, UTC), field, text), "second", False
    parts = next((found for form in OTHERWISE if (found := form.fullmatch(text))), None)
    if parts is None:
        raise bad_time(field, text, FORM)
    said = parts.groupdict()
    time = _time(said)
    if (time.year, time.month, time.day) in NO_TIME and time.hour in (0, 8) and not time.minute:
        return None, "none", False
    return plausible(time, field, text), _precision(said), False


def _time(said: dict[str, str | None]) -> datetime:
    """Raises `ValueError`."""
    month = MONTHS.index(said["name"] or "") + 1 if said.get("name") else int(said["month"] or 0)
    fraction = (said["fraction"] or "").ljust(6, "0")[:6]
    return datetime(
        int(said["year"] or 0),
        month,
        int(said["day"] or 0),
        int(said["hour"] or 0),
        int(said["minute"] or 0),
        int(said["second"] or 0),
        int(fraction),
        tzinfo=_zone(said["zone"] or ""),
    )


def _zone(text: str) -> timezone:
    """Raises `ValueError` for an offset that no place has."""
    if text in ("", "CST", "GMT+08:00"):
        return BEIJING
    if text[0] not in "+-":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:]) if len(text) > 3 else 0
    if hours > 14 or minutes > 59:
        raise ValueError(text)
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(offset if text[0] == "+" else -offset)


def _precision(said: dict[str, str | None]) -> Precision:
    if said["hour"] is None:
        return "day"
    if said["second"] is None:
        return "minute"
    return "centisecond" if len(said["fraction"] or "") > 1 else "second"
