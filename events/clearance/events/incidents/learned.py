"""What usually fails, learned day by day: what was judged on a day is counted when it is over, and older days fade."""

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from typing import NamedTuple

from msgspec import Struct

from clearance.events.incidents.groups import Count, Group, Row, count
from clearance.events.incidents.usual import Usual
from clearance.events.incidents.waits import Gauge, Wait

FADES = 0.95
"""A day counts for half after two weeks."""
QUIET_DAYS = 7
"""So many are learned before anything is looked for: a week has a weekend."""
LEAST_PAIR = 3.0
"""Two attributes together that are rarer borrow from what they lie in, and are not kept."""
MOST_GROUPS = 4000
LASTED = tuple(timedelta(hours=hours) for hours in (0, 1, 2, 4))
"""Of what is silent for five minutes in office hours, five of six are still after half an hour, and one of three after
half a day. Within them the mean counts."""


class Past(NamedTuple):
    """Of a group: how many were judged, and how many of these failed, by how long failures `LASTED`."""

    all: float
    failed: tuple[float, ...]


class Counts(Struct, frozen=True):
    """Of one gauge, by group; of what is `off` all together."""

    gauge: Gauge
    groups: tuple[tuple[Group, Past], ...] = ()
    off: Count = Count(0, 0)

    @property
    def usual(self) -> Usual:
        first, *others = (Usual(dict(self._counts(nth))) for nth in range(len(LASTED)))
        return Usual(first.counts, self.off, dict(zip(LASTED[1:], others, strict=True)))

    def _counts(self, nth: int) -> Iterator[tuple[Group, Count]]:
        return ((group, Count(past.failed[nth], past.all)) for group, past in self.groups)


class Learned(Struct, frozen=True):
    """Up to `day`, which is not counted yet: how many days, and the counts."""

    day: date
    days: int = 0
    counts: tuple[Counts, ...] = ()

    @property
    def usual(self) -> dict[Gauge, Usual]:
        """By gauge; nothing before it is known."""
        return {one.gauge: one.usual for one in self.counts} if self.days >= QUIET_DAYS else {}


def learn(before: Learned, judged: Collection[Wait], today: date) -> Learned:
    """With what was judged from then up to today; but for what an incident accounts for, which is not usual."""
    begins, ends = (datetime.combine(day, datetime.min.time(), UTC) for day in (before.day, today))
    news: dict[Gauge, list[Wait]] = {one.gauge: [] for one in before.counts}
    for wait in judged:
        if begins <= wait.judged_at < ends:
            news.setdefault(wait.gauge, []).append(wait)
    held, days = {one.gauge: one for one in before.counts}, (today - before.day).days
    return Learned(
        day=today,
        days=before.days + days,
        counts=tuple(_with(held.get(gauge, Counts(gauge)), news[gauge], ends, FADES**days) for gauge in sorted(news)),
    )


def _with(before: Counts, news: Collection[Wait], until: datetime, left: float) -> Counts:
    lasted = [count([Row(wait.attributes, wait.lasted(within, until), 1.0) for wait in news]) for within in LASTED]
    past = {group: Past(of.all, tuple(one[group].failed for one in lasted)) for group, of in lasted[0].items()}
    off = [wait.failed for wait in news if wait.off]
    return Counts(
        gauge=before.gauge,
        groups=_kept({group: _times(one, left) for group, one in before.groups}, past),
        off=Count(round(before.off.failed * left + sum(off), 3), round(before.off.all * left + len(off), 3)),
    )


def _kept(before: Mapping[Group, Past], news: Mapping[Group, Past]) -> tuple[tuple[Group, Past], ...]:
    summed = {group: _sum(before.get(group, NONE), news.get(group, NONE)) for group in chain(before, news)}
    kept = [(group, one) for group, one in summed.items() if len(group) < 2 or one.all >= LEAST_PAIR]
    kept.sort(key=lambda pair: (len(pair[0]) > 1, -pair[1].all, pair[0]))
    return tuple(kept[:MOST_GROUPS])


def _times(past: Past, left: float) -> Past:
    return Past(past.all * left, tuple(one * left for one in past.failed))


def _sum(one: Past, other: Past) -> Past:
    failed = tuple(round(sum(pair), 3) for pair in zip(one.failed, other.failed, strict=True))
    return Past(round(one.all + other.all, 3), failed)


NONE = Past(0.0, (0.0,) * len(LASTED))
