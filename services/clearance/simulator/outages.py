"""Outages: when one befalls whom, for how long. They follow from seed and start, day by day, so that traffic may go on
for ever; one that is planted by hand stands beside those that are drawn.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from msgspec import Struct

from clearance.simulator.chance import Choice, chance
from clearance.simulator.life import Cargo, Consignment
from clearance.simulator.sections import Authority, Spread
from clearance.simulator.words import OURS, Word
from clearance.simulator.world import World
from clearance.simulator.world_rows import OutageRow

DAY = timedelta(days=1)
QUIET_DAYS = 7
"""Before the first: whoever learns what is usual needs a week of it."""
LONGEST = timedelta(days=3)
ALL = "all"
NAMED = "outage-"
"""How the name of one begins that was drawn."""


def is_of_outage(cause: str) -> bool:
    """Whether a trouble with this cause is of an outage; scenarios have other names."""
    return cause.startswith(NAMED)


class Outage(Struct, frozen=True):
    """One outage. `office` "" is any, `chapter` "" is any; `until` is exclusive. The rest is as in `OutageRow`."""

    name: str
    kind: str
    authority: Authority
    since: datetime
    until: datetime
    does: str = "holds"
    stages: frozenset[str] = frozenset()
    office: str = ""
    chapter: str = ""
    share: float = 1.0
    growth: timedelta = timedelta()
    drain_median: timedelta | None = None
    drain_p90: timedelta | None = None

    @property
    def drain(self) -> Spread | None:
        """How long after its end a held step still takes."""
        if self.drain_median is None or self.drain_p90 is None:
            return None
        return Spread(median=self.drain_median, p90=self.drain_p90)

    def befalls(self, cargo: Cargo, at: datetime, life: str) -> bool:
        """Whether it strikes this cargo at this moment; those that are spared of a share are always the same."""
        return self.since <= at < self.until and self._concerns(cargo) and self._strikes(at, life)

    def stops(self, word: Word) -> bool:
        """Whether what a word tells waits for its end."""
        customs_own = word.form not in OURS and word.form != "unseen"
        return self.does == "holds" and customs_own and (ALL in self.stages or word.stands in self.stages)

    def _concerns(self, cargo: Cargo) -> bool:
        if cargo.authority != self.authority or not (self.office or self.chapter):
            return cargo.authority == self.authority
        if not isinstance(cargo, Consignment):
            return False
        return self.office in ("", cargo.office.code) and self.chapter in ("", cargo.goods.chapter)

    def _strikes(self, at: datetime, life: str) -> bool:
        grown = min(1.0, (at - self.since) / self.growth) if self.growth else 1.0
        return grown * self.share >= 1 or chance(self.name, life).random() < grown * self.share


class Outages:
    """Those of one seed and start. Without the `drawn` ones only what is `planted` befalls anyone."""

    def __init__(
        self, world: World, seed: int, start: datetime, *, drawn: bool = True, planted: tuple[Outage, ...] = ()
    ) -> None:
        self._rows = world.outages if drawn else ()
        self._offices = Choice.of(world.figures.offices)
        self._goods = Choice.of(world.figures.goods)
        self._seed, self._start, self._planted = seed, start, planted
        self._days: dict[int, tuple[Outage, ...]] = {}

    def around(self, at: datetime) -> Iterator[Outage]:
        """All that may be going on at this moment."""
        yield from self._planted
        today = (at - self._start) // DAY
        for day in range(today - LONGEST // DAY, today + 1) if self._rows else ():
            yield from self.of_day(day)

    def until(self, end: datetime) -> list[Outage]:
        """All that begin before `end`."""
        days = range((end - self._start) // DAY + 1)
        drawn = [outage for day in days for outage in self.of_day(day) if outage.since < end]
        return sorted([*self._planted, *drawn], key=lambda outage: (outage.since, outage.name))

    def named(self, name: str) -> Outage | None:
        """The one of this name, if it has befallen anyone yet."""
        known = (*self._planted, *(outage for day in self._days.values() for outage in day))
        return next((outage for outage in known if outage.name == name), None)

    def of_day(self, day: int) -> tuple[Outage, ...]:
        """Those that begin on a day counted from the start."""
        if day not in self._days:
            draws = [(row, chance(self._seed, "outage", row.kind, day)) for row in self._rows if day >= QUIET_DAYS]
            self._days[day] = tuple(
                self._one(row, day, draw) for row, draw in draws if draw.random() < row.per_30_days / 30
            )
        return self._days[day]

    def _one(self, row: OutageRow, day: int, draw: Random) -> Outage:
        since = (self._start + DAY * (day + draw.random())).replace(microsecond=0)
        lasts = min(LONGEST, timedelta(seconds=round(draw.lognormvariate(*row.length.shape))))
        office, goods = self._offices.pick(draw), self._goods.pick(draw)
        return Outage(
            name=f"{NAMED}{self._seed:03}-{day:03}-{row.kind}",
            kind=row.kind,
            authority=row.authority,
            since=since,
            until=since + lasts,
            does=row.does,
            stages=row.stages,
            office="" if row.of == "authority" else office.code,
            chapter=goods.chapter if row.of == "chapter" else "",
            share=row.share,
            growth=row.growth,
            drain_median=row.drain_median,
            drain_p90=row.drain_p90,
        )
