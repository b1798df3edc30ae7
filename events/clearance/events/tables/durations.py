"""How long may a declaration stand still: `durations.csv`, by rule, authority, direction and transport mode.

The table beside this is for any authority, each authority brings a table of its own. A rule has levels: the first
fires after the shortest time, each further one raises the severity. Level 1 after zero seconds fires at once.
`calendar` working counts only the office hours of the authority's `calendar.csv`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Literal, Self

from msgspec import Struct
from msgspec.structs import replace
from pydantic import Field, ValidationInfo, field_validator

from clearance.contracts.tables import Row, index
from clearance.events.tables.rule_table import RuleRow

Mode = Literal["sea", "rail", "road", "air", "post", "none", "other"]
"""How goods travel."""

Filed = Literal["", "in_advance"]
"""Whether a declaration is known to be filed before its goods arrive."""

Severity = Literal["info", "medium", "high", "critical"]
Basis = Literal["since", "arrival", "departure", "cut_off", "limit"]
"""From when the time counts: since the finding began; the goods' arrival, the vessel's departure or the cut-off
(transport plan); or the limit that the authority has set. Before a limit or a cut-off `after` is negative."""

BASES: tuple[Basis, ...] = ("limit", "cut_off", "departure", "arrival", "since")
"""The first basis for which a row applies and a time is known is the one that counts."""
BEFORE = frozenset({"limit", "cut_off"})
"""Those before which something may be told."""


class Duration(Row):
    """One level of one rule. `*` stands for any."""

    rule: str
    authority: str = "*"
    direction: Literal["*", "import", "export"]
    transport_mode: Literal["*"] | Mode
    filed: Literal["*", "in_advance"] = "*"
    basis: Basis
    level: int = Field(ge=1)
    after: timedelta
    calendar: Literal["always", "working"]
    severity: Severity
    says: str = ""
    source: str

    @field_validator("after")
    @classmethod
    def _before_a_limit_only(cls, after: timedelta, info: ValidationInfo) -> timedelta:
        if after < timedelta() and info.data.get("basis") not in BEFORE:
            raise ValueError("only what counts by a limit or a cut-off may come before it")
        return after

    @field_validator("calendar")
    @classmethod
    def _forwards_only(cls, calendar: str, info: ValidationInfo) -> str:
        if calendar == "working" and info.data.get("after", timedelta()) < timedelta():
            raise ValueError("office hours are counted forwards only, and this comes before its limit")
        return calendar

    def applies(self, authority: str, direction: str, mode: str, filed: str, basis: str) -> bool:
        wanted = (authority, direction, mode, filed)
        mine = (self.authority, self.direction, self.transport_mode, self.filed)
        return self.basis == basis and all(m in ("*", w) for m, w in zip(mine, wanted, strict=True))

    @property
    def specific(self) -> tuple[bool, bool, bool, bool]:
        """The greatest is preferred: a row for the authority before one for the direction, for the mode, for how it was
        filed."""
        return self.authority != "*", self.direction != "*", self.transport_mode != "*", self.filed != "*"


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


class Level(Struct, frozen=True):
    """One level, ready to be applied. `says` names a sentence of the rule, where the level knows better.
    `basis` is what it counts from."""

    after: timedelta
    severity: Severity
    number: int
    calendar: Calendar | None
    says: str = ""
    basis: Basis = "since"

    @property
    def at_once(self) -> bool:
        """Whether it fires when the finding begins."""
        return not self.after and self.basis == "since"

    @property
    def by_limit(self) -> bool:
        """Whether it counts by the limit that the authority has set."""
        return self.basis == "limit"

    def deadline(self, since: datetime) -> datetime:
        return since + self.after if self.calendar is None else self.calendar.add(since, self.after)


class Levels(tuple[Level, ...]):
    """The levels of one rule for one kind of declaration, first to last."""

    __slots__ = ()

    @classmethod
    def select(
        cls,
        rows: list[Duration],
        calendars: Mapping[str, Calendar],
        rule: str,
        authority: str,
        direction: str,
        mode: str,
        filed: str,
        basis: Basis,
    ) -> Self:
        able = [row for row in rows if row.rule == rule and row.applies(authority, direction, mode, filed, basis)]
        most = max((row.specific for row in able), default=None)
        chosen = sorted((row for row in able if row.specific == most), key=lambda row: row.level)
        return cls(
            Level(
                after=row.after,
                severity=row.severity,
                number=row.level,
                calendar=calendars[authority] if row.calendar == "working" else None,
                says=row.says,
                basis=basis,
            )
            for row in chosen
        )

    def after(self, others: Self) -> Self:
        """These levels behind those of the others that fire at once."""
        first = [level for level in others if level.at_once]
        return type(self)(replace(level, number=number) for number, level in enumerate((*first, *self), 1))


def load_durations(
    path: Path, rules: Mapping[str, RuleRow], calendars: Mapping[str, Calendar | None], authority: str = ""
) -> list[Duration]:
    """All rows; levels of one group count 1, 2, … without a gap and never grow shorter. Raises `InvalidTable`.

    `authority`: whose own table it is, in which no row names one. In others `*` is any authority of `calendars`, which
    has None for one without office hours.
    """
    rows = [_of(path, row, calendars, authority) for row in Duration.read(path)]
    index(path, (((_group(row), row.level), row) for row in rows))
    last: dict[object, Duration] = {}
    for row in rows:
        before = last.get(_group(row))
        if row.rule not in rules:
            raise row.refuse(path, f"rule {row.rule} is not in rules.csv")
        if row.level != (before.level + 1 if before else 1):
            raise row.refuse(path, "levels must count 1, 2, 3 in the order of the lines")
        if before and before.calendar == row.calendar and row.after <= before.after:
            raise row.refuse(path, "a higher level must come later than the one before it")
        last[_group(row)] = row
    return rows


def _of(path: Path, row: Duration, calendars: Mapping[str, Calendar | None], authority: str) -> Duration:
    if authority and row.authority != "*":
        raise row.refuse(path, f"authority: this is the table of {authority}; leave the column out")
    named = row.model_copy(update={"authority": authority}) if authority else row
    if named.authority not in {"*", *calendars}:
        raise row.refuse(path, f"authority {row.authority!r} is not installed; there are {', '.join(calendars)}")
    meant = calendars if named.authority == "*" else [named.authority]
    if row.calendar == "working" and (without := [name for name in meant if calendars[name] is None]):
        raise row.refuse(path, f"calendar: {without[0]} has no office hours, so nothing can count by them")
    return named


def _group(row: Duration) -> tuple[str, ...]:
    return row.rule, row.authority, row.direction, row.transport_mode, row.filed, row.basis


def load_calendar(path: Path) -> Calendar:
    """The office hours of an authority. Raises `InvalidTable`."""
    row, *more = CalendarRow.read(path)
    if more:
        raise more[0].refuse(path, "an authority has one calendar")
    first, last = (int(day) for day in row.weekdays.split("-"))
    opens, closes = (timedelta(hours=t.hour, minutes=t.minute) for t in (row.opens, row.closes))
    return Calendar(timedelta(hours=row.utc_offset_hours), range(first, last + 1), opens, closes)
