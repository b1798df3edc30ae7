"""Office hours of an authority: `calendar.csv` in its folder. Levels of `durations.csv` may count them only."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator

from clearance.contracts.tables import Row


class CalendarRow(Row):
    """Office hours of one authority, in its own time."""

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


@dataclass(frozen=True)
class Calendar:
    """Counts working time. `add` takes and returns aware UTC."""

    offset: timedelta
    weekdays: range
    opens: timedelta
    closes: timedelta

    def add(self, start: datetime, working: timedelta) -> datetime:
        """The moment when `working` time has passed since `start`."""
        local = start + self.offset
        while True:
            midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
            begin, end = max(local, midnight + self.opens), midnight + self.closes
            if local.isoweekday() in self.weekdays and begin < end:
                if working <= end - begin:
                    return begin + working - self.offset
                working -= end - begin
            local = midnight + timedelta(days=1)


def load_calendar(path: Path) -> Calendar:
    """The office hours of an authority. Raises `InvalidTable`."""
    row, *more = CalendarRow.read(path)
    if more:
        raise more[0].refuse(path, "an authority has one calendar")
    first, last = (int(day) for day in row.weekdays.split("-"))
    opens, closes = (timedelta(hours=t.hour, minutes=t.minute) for t in (row.opens, row.closes))
    return Calendar(timedelta(hours=row.utc_offset_hours), range(first, last + 1), opens, closes)
