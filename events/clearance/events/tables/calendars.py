"""Office hours of an authority: `calendar.csv` in its folder, and `days-off.csv` with the days that differ from their
week: holidays, and weekends that are worked instead. Levels of `durations.csv` may count office hours only.

Of a year that `days-off.csv` holds no day of, nobody knows which days are worked: there all hours count, so that an
alarm comes too early rather than too late, and the anomaly says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator

from clearance.contracts.tables import InvalidTable, Row, index

DAY = timedelta(days=1)
EVERYWHERE = "*"


class CalendarRow(Row):
    """Office hours of one authority, or of its offices whose code begins so, in its own time."""

    office: str = Field(EVERYWHERE, pattern=r"^(\*|[0-9A-Z]{1,10})$")
    utc_offset_hours: int
    weekdays: str = Field(pattern=r"^[1-7]-[1-7]$")
    opens: time
    closes: time
    source: str

    @field_validator("weekdays")
    @classmethod
    def _in_order(cls, weekdays: str) -> str:
        if weekdays[0] > weekdays[2]:
            raise ValueError("the first day must come before the last")
        return weekdays

    @field_validator("closes")
    @classmethod
    def _after_opening(cls, closes: time, info: ValidationInfo) -> time:
        opens = info.data.get("opens")
        if opens is not None and closes <= opens:
            raise ValueError("must be later than opens")
        return closes


class OwnCalendarRow(CalendarRow):
    """Office hours in a file of the operator's, which holds those of several authorities."""

    authority: str = Field(pattern=r"^[a-z]{2,12}$")


class DayRow(Row):
    """A day that is worked though its weekday is not, or the other way round."""

    day: date
    works: bool
    source: str


@dataclass(frozen=True)
class Calendar:
    """Counts working time. `add` takes and returns aware UTC. `days` are those that differ from their week;
    without any, every week is like the others. `place` is the row that it stands in, table and line."""

    offset: timedelta
    weekdays: range
    opens: timedelta
    closes: timedelta
    days: Mapping[date, bool]
    place: str = field(default="", compare=False)

    @cached_property
    def years(self) -> frozenset[int]:
        """The years whose holidays are known."""
        return frozenset(day.year for day in self.days)

    def add(self, start: datetime, working: timedelta) -> datetime:
        """The moment when `working` time has passed since `start`."""
        local = start + self.offset
        while True:
            midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
            opens, closes = self._hours(midnight)
            begin, end = max(local, midnight + opens), midnight + closes
            if begin < end:
                if working <= end - begin:
                    return begin + working - self.offset
                working -= end - begin
            local = midnight + DAY

    def is_open(self, at: datetime) -> bool:
        """Whether the office works at this moment."""
        local = at + self.offset
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        opens, closes = self._hours(midnight)
        return opens <= local - midnight < closes

    def works(self, day: date) -> bool:
        """Whether a day is worked, as far as its holidays are known."""
        return self.days.get(day, day.isoweekday() in self.weekdays)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Office hours that pass from one time to a later one: `add` of so much to the first comes to the second, or to
        the closing before it."""
        first, last = start + self.offset, end + self.offset
        passed = timedelta()
        midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
        while midnight < last:
            opens, closes = self._hours(midnight)
            passed += max(timedelta(), min(last, midnight + closes) - max(first, midnight + opens))
            midnight += DAY
        return passed

    def _hours(self, midnight: datetime) -> tuple[timedelta, timedelta]:
        """From when to when a day is worked."""
        day = midnight.date()
        if self.days and day.year not in self.years:
            return timedelta(), DAY
        return (self.opens, self.closes) if self.works(day) else (timedelta(), timedelta())

    def unknown_years(self, start: datetime, end: datetime) -> list[int]:
        """The years between the two times of which all hours were counted."""
        local = range((start + self.offset).year, (end + self.offset).year + 1)
        return [year for year in local if year not in self.years] if self.days else []


def load_calendars(folder: Path, offices: frozenset[str]) -> dict[str, Calendar]:
    """The office hours of an authority by the beginning of its offices' codes, `*` for all others; none if it has no
    `calendar.csv`. Raises `InvalidTable`."""
    path = folder / "calendar.csv"
    if not path.exists():
        return {}
    rows = index(path, ((row.office, row) for row in CalendarRow.read(path)))
    if EVERYWHERE not in rows:
        raise InvalidTable(f"{path}:1: lacks the hours of all other offices: a row with office *")
    days = _days(folder / "days-off.csv")
    for row in rows.values():
        _check_office(row, path, offices)
    return {office: _calendar(row, days, f"{folder.name}/{path.name}") for office, row in rows.items()}


Given = Mapping[str, tuple[frozenset[str], Mapping[str, Calendar]]]
"""Of each authority the offices that are known, and the calendars that ship."""


def load_own_calendars(path: Path, given: Given) -> dict[str, dict[str, Calendar]]:
    """The office hours of a file of the operator's, by authority and office; the days off are those that ship.
    Raises `InvalidTable`."""
    found: dict[str, dict[str, Calendar]] = {name: {} for name in given}
    for (authority, office), row in index(
        path, (((row.authority, row.office), row) for row in OwnCalendarRow.read(path))
    ).items():
        if authority not in given:
            raise row.refuse(path, f"authority {authority!r} is not installed; there are {', '.join(given)}")
        offices, shipped = given[authority]
        _check_office(row, path, offices)
        days = shipped[EVERYWHERE].days if shipped else {}
        found[authority][office] = _calendar(row, days, path.name)
    return found


def _check_office(row: CalendarRow, path: Path, offices: frozenset[str]) -> None:
    if row.office != EVERYWHERE and not row.office.startswith(tuple(offices)):
        raise row.refuse(path, f"office {row.office!r} is none that is known (offices.csv)")


def _days(path: Path) -> dict[date, bool]:
    rows = index(path, ((row.day, row) for row in DayRow.read(path))) if path.exists() else {}
    return {day: row.works for day, row in rows.items()}


def _calendar(row: CalendarRow, days: Mapping[date, bool], table: str) -> Calendar:
    first, last = (int(day) for day in row.weekdays.split("-"))
    opens, closes = (timedelta(hours=t.hour, minutes=t.minute) for t in (row.opens, row.closes))
    return Calendar(
        offset=timedelta(hours=row.utc_offset_hours),
        weekdays=range(first, last + 1),
        opens=opens,
        closes=closes,
        days=days,
        place=f"{table}:{row.line}",
    )
