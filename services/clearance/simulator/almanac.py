"""Working days, seasons and hours of the world, by authority, in its local time. Calendars tell the holidays."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from clearance.events.tables.calendars import Calendar
from clearance.simulator.sections import Authority, Filings
from clearance.simulator.world import World


class Almanac:
    """Days are looked up once each."""

    def __init__(self, world: World, calendars: Mapping[str, Calendar]) -> None:
        self._hours = world.hours
        self._seasons = world.seasons
        self._offsets = {name: timedelta(hours=row.utc_offset_hours) for name, row in world.figures.authorities.items()}
        self._calendars = calendars
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

    def _day(self, authority: Authority, day: date) -> tuple[bool, float, float]:
        """Whether it is worked, its volume, its slowness."""
        if (known := self._of_days.get((authority, day))) is None:
            works = self._calendars[authority].works(day)
            mine = [s for s in self._seasons if s.authority == authority and s.first <= (day.month, day.day) <= s.last]
            known = (works, max((s.volume for s in mine), default=1.0), max((s.slowness for s in mine), default=1.0))
            self._of_days[authority, day] = known
        return known
