"""The levels of a rule for one kind of declaration, ready to be applied: made of the rows of `durations.csv`."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Self

from msgspec import Struct
from msgspec.structs import replace

from clearance.events.tables.calendars import Calendar
from clearance.events.tables.durations import Basis, Duration, Severity


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

    def counted_whole(self, since: datetime) -> str:
        """The years of which all hours were counted, since nobody knows which days are worked; "" if there is none."""
        years = self.calendar.unknown_years(since, self.deadline(since)) if self.calendar else []
        return " ".join(map(str, years))

    def deadline(self, since: datetime) -> datetime:
        return since + self.after if self.calendar is None else self.calendar.add(since, self.after)


class Levels(tuple[Level, ...]):
    """The levels of one rule for one kind of declaration, first to last."""

    __slots__ = ()

    @classmethod
    def of(cls, rows: Iterable[Duration], calendar: Calendar | None) -> Self:
        """Of the rows that count, in the order of their levels; `calendar` is the one of their authority."""
        return cls(
            Level(
                after=row.after,
                severity=row.severity,
                number=row.level,
                calendar=calendar if row.calendar == "working" else None,
                says=row.says,
                basis=row.basis,
            )
            for row in rows
        )

    def after(self, others: Self) -> Self:
        """These levels behind those of the others that fire at once."""
        first = [level for level in others if level.at_once]
        return type(self)(replace(level, number=number) for number, level in enumerate((*first, *self), 1))
