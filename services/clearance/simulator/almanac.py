"""Working days, seasons and hours of the world, by authority, in its local time.

A year for which `holidays.csv` holds nothing has weekends only.
"""

from datetime import date, datetime, timedelta

from clearance.events.tables.calendars import Calendar
from clearance.simulator.pacing import LAST_WORKING_DAY
from clearance.simulator.sections import Authority, Filings
from clearance.simulator.world import World
from clearance.simulator.world_rows import HolidayRow

DAY = timedelta(days=1)


class Almanac:
    """Days are looked up once each."""

    def __init__(self, world: World) -> None:
        self._hours = world.hours
        self._seasons = world.seasons
        self._offsets = {name: timedelta(hours=row.utc_offset_hours) for name, row in world.figures.authorities.items()}
        self._exceptions = {(row.authority, day): row.works == "yes" for row in world.holidays for day in _days(row)}
        self._of_days: dict[tuple[str, date], tuple[bool, float, float]] = {}
        self.busiest = max((row.volume for row in world.seasons), default=1.0)

    def works(self, authority: Authority, day: date) -> bool:
        return self._day(authority, day)[0]

    def weight(self, authority: Authority, at: datetime, row: Filings) -> float:
        """How much is filed at this moment, beside the usual hour of a working day."""
        local = at + self._offsets[authority]
        works, volume, _ = self._day(authority, local.date())
        return row.hours[local.hour] * volume * (1.0 if works else row.weekend)

    def season(self, authority: Authority, at: datetime) -> float:
        """How slow customs is these days."""
        return self._day(authority, (at + self._offsets[authority]).date())[2]

    def hour(self, authority: Authority, at: datetime) -> float:
        """How slow customs is in this hour."""
        local = at + self._offsets[authority]
        days = "working" if self.works(authority, local.date()) else "off"
        return self._hours[authority, days, local.hour]

    def add(self, authority: Authority, calendar: Calendar, start: datetime, working: timedelta) -> datetime:
        """The moment when `working` time has passed since `start` in the office hours of the days that are worked."""
        local = start + self._offsets[authority]
        while True:
            midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
            begin, end = max(local, midnight + calendar.opens), midnight + calendar.closes
            if begin < end and self.works(authority, local.date()):
                if working <= end - begin:
                    return begin + working - self._offsets[authority]
                working -= end - begin
            local = midnight + DAY

    def _day(self, authority: Authority, day: date) -> tuple[bool, float, float]:
        """Whether it is worked, its volume, its slowness."""
        if (known := self._of_days.get((authority, day))) is None:
            works = self._exceptions.get((authority, day), day.isoweekday() <= LAST_WORKING_DAY)
            mine = [s for s in self._seasons if s.authority == authority and s.first <= (day.month, day.day) <= s.last]
            known = (works, max((s.volume for s in mine), default=1.0), max((s.slowness for s in mine), default=1.0))
            self._of_days[authority, day] = known
        return known


def _days(row: HolidayRow) -> list[date]:
    return [row.first + DAY * number for number in range((row.last - row.first).days + 1)]
