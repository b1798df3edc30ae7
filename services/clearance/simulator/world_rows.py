"""The rows of `field/*.csv`: what makes the field hard. Factors are relative to 1; every row names its source."""

import re
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from clearance.contracts.tables import Row
from clearance.simulator.sections import Authority, Positive, Rate, Share, Spread

MONTH_DAY = re.compile(r"(\d\d)-(\d\d)")
LEAP_YEAR = 2028

Factor = Annotated[float, Field(gt=0, le=20)]
YesNo = Literal["yes", "no"]
Days = Literal["working", "off"]
Of = Literal["office", "chapter", "authority"]
"""What an outage befalls: one office, one HS chapter at one office, or a whole authority."""


def _split(cell: object) -> object:
    return frozenset(cell.split()) if isinstance(cell, str) else cell


def _month_day(cell: object) -> object:
    """(month, day) of `04-25`."""
    if not isinstance(cell, str):
        return cell
    if (found := MONTH_DAY.fullmatch(cell)) is None:
        raise ValueError("write a day of the year as 04-25")
    day = date(LEAP_YEAR, int(found[1]), int(found[2]))
    return day.month, day.day


MonthDay = Annotated[tuple[int, int], BeforeValidator(_month_day)]


class OfficeRow(Row):
    """How one office of the figures differs. `rejections` multiplies the share of rejected lives."""

    code: str = Field(pattern=r"^\d{4}$")
    share: Share
    slowness: Factor
    rejections: Factor
    source: str


class ChapterRow(Row):
    """One kind of goods; its HS chapter is the first two digits. `kg` of one package, up to `packages` of them."""

    hs: str = Field(pattern=r"^\d{10}$")
    name: str
    kg: float = Field(gt=0)
    packages: int = Field(ge=1)
    share: Share
    slowness: Factor
    rejections: Factor
    source: str


class HoursRow(Row):
    """How slow customs is in some hours of its local day: `from_hour` ≤ hour < `to_hour`."""

    authority: Authority
    days: Days
    from_hour: int = Field(ge=0, le=23)
    to_hour: int = Field(ge=1, le=24)
    slowness: Factor
    source: str


class StepRow(Row):
    """What slows one delay of the figures down. A delay without a row is none of customs' own."""

    delay: str
    by_office: YesNo
    by_chapter: YesNo
    by_hour: YesNo
    source: str


class SeasonRow(Row):
    """Some days of every year, both ends included; `volume` multiplies how much is filed."""

    authority: Authority
    first: MonthDay
    last: MonthDay
    volume: Factor
    slowness: Factor
    source: str

    @model_validator(mode="after")
    def _in_order(self) -> "SeasonRow":
        if self.last < self.first:
            raise ValueError("last comes before first; a season over the turn of the year is two rows")
        return self


class OutageRow(Row):
    """One kind of outage: how often, what it does, for how long.

    It `holds` the steps that lead to one of the `stages` (`all`: every word of customs) until it is over and `drain`
    has passed, or it `rejects` what is filed. `share` of what it could befall is befallen; until `growth` has passed
    since its beginning, proportionally less.
    """

    kind: str = Field(pattern=r"^[a-z-]+$")
    shape: Literal["sudden", "growing"]
    of: Of
    authority: Authority
    does: Literal["holds", "rejects"]
    stages: Annotated[frozenset[str], BeforeValidator(_split)] = frozenset()
    per_30_days: float = Field(gt=0, le=30)
    share: Rate
    growth: timedelta
    median: Positive
    p90: Positive
    drain_median: Positive | None = None
    drain_p90: Positive | None = None
    source: str

    @field_validator("growth")
    @classmethod
    def _grows(cls, growth: timedelta) -> timedelta:
        if growth < timedelta():
            raise ValueError("must not be negative")
        return growth

    @model_validator(mode="after")
    def _whole(self) -> "OutageRow":
        told = {bool(self.stages), self.drain_median is not None, self.drain_p90 is not None}
        if told != {self.does == "holds"}:
            raise ValueError("what holds names stages, drain_median and drain_p90; what rejects does not")
        if (self.shape == "growing") != bool(self.growth):
            raise ValueError("what is growing has a growth longer than PT0S; what is sudden has none")
        return self

    @property
    def length(self) -> Spread:
        return Spread(median=self.median, p90=self.p90)


class ScenarioRow(Row):
    """A kind of life that the figures do not have."""

    name: str = Field(pattern=r"^[a-z-]+$")
    authority: Authority
    share: Share
    order_matters: YesNo
    steps: str
    source: str
