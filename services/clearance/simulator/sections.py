"""The sections of `figures.yaml` as they are checked: shares are relative, durations ISO 8601, sources everywhere."""

from datetime import time, timedelta
from math import log
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from clearance.simulator.identities import checked_scc

Z90 = 1.2815515655446004
"""The 90th percentile of the standard normal distribution."""

Authority = Literal["cn", "uk"]
Direction = Literal["import", "export"]
Mode = Literal["sea", "air", "road", "rail"]
Share = Annotated[float, Field(gt=0)]
Rate = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[timedelta, Field(gt=timedelta())]
Scc = Annotated[str, AfterValidator(checked_scc)]
Code = Annotated[str, Field(pattern=r"^\d{4}$")]
Connection = Literal["receipts", "import-client", "envelope", "older-client", "notifications"]


class Section(BaseModel):
    """One entry; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FigureSource(Section):
    where: str
    says: str


class Sourced(Section):
    """An entry that says where it is from: the name of a source, with or without a remark, or an assumption."""

    source: str


class Run(Sourced):
    declarations_per_day: float = Field(gt=0)
    speed: float = Field(ge=1)
    days_back: int = Field(ge=1)
    opens_at: time


class Filings(Sourced):
    """When declarations are filed: 24 relative weights, one for each local hour."""

    share: Share
    utc_offset_hours: int
    hours: list[Share] = Field(min_length=24, max_length=24)
    weekend: Rate


class Office(Sourced):
    code: Code
    name: str
    share: Share
    imports: Rate
    port: str = Field(pattern=r"^\d{6}$")
    modes: dict[Mode, Share] = Field(min_length=1)


class Party(Sourced):
    name: str = Field(max_length=70)
    code: str = Field(pattern=r"^\d{10}$")
    scc: Scc
    share: Share


class Broker(Party):
    organisation: str
    connection: Connection
    generation: Literal["a", "b"]


class Trader(Party):
    credit: str


class UkTrader(Sourced):
    organisation: str
    share: Share
    credit: str
    imports: Rate
    namespaced: Rate


class Credit(Sourced):
    inspected: Rate


class Goods(Sourced):
    hs: str = Field(pattern=r"^\d{10}$")
    name: str
    kg: float = Field(gt=0)
    packages: int = Field(ge=1)
    share: Share = 1.0

    @property
    def chapter(self) -> str:
        """The HS chapter."""
        return self.hs[:2]


class Spread(Section):
    """A lognormal distribution of durations."""

    median: Positive
    p90: Positive

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.p90 <= self.median:
            raise ValueError("p90 must be longer than the median")
        return self

    @property
    def shape(self) -> tuple[float, float]:
        """mu and sigma of the logarithm, in seconds."""
        mu = log(self.median.total_seconds())
        return mu, (log(self.p90.total_seconds()) - mu) / Z90


class Delay(Spread, Sourced):
    """How long until a step; the row for the direction and mode is preferred to the one for any."""

    name: str
    direction: Direction | None = None
    mode: Mode | None = None
    hours: Literal["always", "working"] = "always"

    def applies(self, name: str, direction: str, mode: str) -> bool:
        return self.name == name and self.direction in (None, direction) and self.mode in (None, mode)


class Departure(Section):
    """How much later than the goods the cut-off and the departure are, and how long until the next departure."""

    slack: Spread
    cut_off_before_departure: Positive
    headway: Positive


class Plans(Sourced):
    share: Rate
    modes: dict[Mode, Departure]


class Opening(Sourced):
    steps: str


class Scenario(Sourced):
    """One kind of life. `order_matters`: its messages mean something else in another order or with one missing."""

    authority: Authority
    direction: Direction | None = None
    share: Share
    inspected: bool = False
    order_matters: bool = False
    steps: str


class Fault(Sourced):
    share: Rate


class Reorder(Fault):
    within: Positive


class Faults(Section):
    """How often each fault is done to a message that it can be done to."""

    duplicate: Fault
    resend: Fault
    reorder: Reorder
    drop: Fault
    delay: Fault
    corrupt: Fault
    unknown_code: Fault
