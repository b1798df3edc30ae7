"""A deadline that what was learned may put off, kept by what it depends on: so a new table moves it by itself.

The configured time is the floor. When the stay is overdue beyond it is for the table in force to say, and no state has
to be touched when there is another.
"""

from datetime import datetime, timedelta

from msgspec import Struct

from clearance.events.learning.cohorts import Chain, Key, Stay, hour_class, stay_in
from clearance.events.learning.course import Begun
from clearance.events.learning.expectations import LONGEST_NAME, Expectations
from clearance.events.learning.expected import answering
from clearance.events.tables.tables import Tables

NOTHING = timedelta(0)


class Deferral(Struct, frozen=True, gc=False, array_like=True):
    """Of a declaration that stands at `stage` since `began`: by the configured durations that is too long at `floor`.
    `other` is its next deadline besides. Office, direction and mode are empty where they are not known."""

    floor: datetime
    other: datetime | None
    began: datetime
    stage: str
    office: str = ""
    direction: str = ""
    transport_mode: str = ""

    def stay(self, authority: str, tables: Tables) -> Stay:
        """The stay that it speaks of, as it is counted."""
        hours = hour_class(tables.calendar_of(authority, self.office), self.began)
        place = (self.office, self.direction, self.transport_mode)
        return Stay(self.stage, authority, *place, hour_class=hours, began=self.began)


def deferral(floor: datetime, other: datetime | None, stay: Begun, details: dict[str, str]) -> Deferral:
    """Of a declaration at this stay that tells these details, which are text of messages."""
    told = details.get
    office, mode = told("office", "")[:LONGEST_NAME], told("transport_mode", "")[:LONGEST_NAME]
    return Deferral(
        floor=floor,
        other=other,
        began=stay.at,
        stage=stay.place,
        office=office,
        direction=told("direction", ""),
        transport_mode=mode,
    )


def overdue_after(key: Key, began: datetime, chain: Chain, table: Expectations | None) -> timedelta:
    """After how long a stay of that narrowest cohort is overdue; nothing where nothing was learned."""
    if table is None:
        return NOTHING
    _, learned = answering(stay_in(key, began), chain, table)
    known = learned is not None and learned.overdue_after_seconds
    return timedelta(seconds=known) if known else NOTHING
