"""Which stays are alike: `cohorts.csv`, from the most specific cohort to the widest, each within the next.

A stay is counted in one cohort of each row. What is asked of it is answered by the most specific one that has ended
often enough.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from operator import itemgetter
from pathlib import Path
from typing import Literal, NamedTuple

from clearance.contracts.tables import Row
from clearance.events.tables.calendars import Calendar

TABLE = Path(__file__).with_name("cohorts.csv")
ANY = "*"
Key = tuple[str, ...]
"""A cohort: the status, then each attribute or `*`."""
HourClass = Literal["forenoon", "afternoon", "night", "weekend", "any"]


class Stay(NamedTuple):
    """A declaration at one status since `began`, with what it is told apart by. Unknown is empty."""

    status: str
    authority: str
    office: str
    direction: str
    transport_mode: str
    hour_class: str
    began: datetime


def stay_in(key: Key, began: datetime) -> Stay:
    """One that is counted in that narrowest cohort."""
    status, authority, office, direction, transport_mode, hours = key
    return Stay(status, authority, office, direction, transport_mode, hour_class=hours, began=began)


class CohortRow(Row):
    """Which attributes a cohort has; the others may be any."""

    authority: Literal["yes", ""] = ""
    office: Literal["yes", ""] = ""
    direction: Literal["yes", ""] = ""
    transport_mode: Literal["yes", ""] = ""
    hour_class: Literal["yes", ""] = ""
    source: str

    @property
    def attributes(self) -> list[str]:
        return [name for name in Stay._fields[1:-1] if getattr(self, name)]


class Chain:
    """The cohorts of a stay, given the attributes of each: most specific first, each within the next."""

    def __init__(self, rows: Sequence[Sequence[str]]) -> None:
        places = {name: place for place, name in enumerate(Stay._fields)}
        anything = len(places)
        self._picks = [
            itemgetter(0, *(places[name] if name in row else anything for name in Stay._fields[1:-1])) for row in rows
        ]

    def narrowest(self, stay: Stay) -> Key:
        """The first of `keys`."""
        key: Key = self._picks[0]((*stay, ANY))
        return key

    def keys(self, stay: Stay) -> Iterator[Key]:
        """The cohorts that a stay belongs to; who asks for an answer seldom asks for all."""
        values = (*stay, ANY)
        return (pick(values) for pick in self._picks)


def load_chain(path: Path = TABLE) -> Chain:
    """The table. Raises `InvalidTable` where a cohort is not within the next one."""
    rows = CohortRow.read(path)
    for narrow, wide in pairwise(rows):
        if not {*wide.attributes} < {*narrow.attributes}:
            raise wide.refuse(path, f"must have fewer of {', '.join(narrow.attributes)}, and nothing else")
    return Chain([row.attributes for row in rows])


@cache
def chain() -> Chain:
    """The table that ships with the package."""
    return load_chain()


def hour_class(calendar: Calendar | None, at: datetime) -> HourClass:
    """When in the office's day a stay began; `any` for an authority without office hours.

    What begins in the afternoon often waits for the morning, and what begins at a weekend for Monday.
    """
    if calendar is None:
        return "any"
    local = at + calendar.offset
    if local.isoweekday() not in calendar.weekdays:
        return "weekend"
    since_midnight = timedelta(0, local.hour * 3600 + local.minute * 60 + local.second, local.microsecond)
    if not calendar.opens <= since_midnight < calendar.closes:
        return "night"
    return "forenoon" if since_midnight < (calendar.opens + calendar.closes) / 2 else "afternoon"
