"""What usually fails, learned day by day: what was judged on a day is counted when it is over, and older days fade."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from itertools import chain

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


class Counts(Struct, frozen=True):
    """Of one gauge, by group; of what is `off` all together."""

    gauge: Gauge
    groups: tuple[tuple[Group, Count], ...] = ()
    off: Count = Count(0, 0)


class Learned(Struct, frozen=True):
    """Up to `day`, which is not counted yet: how many days, and the counts."""

    day: date
    days: int = 0
    counts: tuple[Counts, ...] = ()

    @property
    def usual(self) -> dict[Gauge, Usual]:
        """By gauge; nothing before it is known."""
        return {one.gauge: Usual(dict(one.groups), one.off) for one in self.counts} if self.days >= QUIET_DAYS else {}


def learn(before: Learned, judged: Collection[Wait], today: date) -> Learned:
    """With what was judged from then up to today; but for what an incident accounts for, which is not usual."""
    begins, ends = (datetime.combine(day, datetime.min.time()) for day in (before.day, today))
    news: dict[Gauge, list[Wait]] = {one.gauge: [] for one in before.counts}
    for wait in judged:
        if begins <= wait.judged_at.replace(tzinfo=None) < ends:
            news.setdefault(wait.gauge, []).append(wait)
    held, days = {one.gauge: one for one in before.counts}, (today - before.day).days
    return Learned(
        day=today,
        days=before.days + days,
        counts=tuple(_with(_faded(held.get(gauge, Counts(gauge)), days), news[gauge]) for gauge in sorted(news)),
    )


def _faded(before: Counts, days: int) -> Counts:
    left = FADES**days
    groups = tuple((group, Count(one.failed * left, one.all * left)) for group, one in before.groups)
    return Counts(before.gauge, groups, Count(before.off.failed * left, before.off.all * left))


def _with(before: Counts, news: Collection[Wait]) -> Counts:
    off = [wait.failed for wait in news if wait.off]
    counts = count([Row(wait.attributes, float(wait.failed), 1.0) for wait in news])
    return Counts(before.gauge, _kept(dict(before.groups), counts), _sum(before.off, Count(sum(off), len(off))))


def _kept(before: Mapping[Group, Count], news: Mapping[Group, Count]) -> tuple[tuple[Group, Count], ...]:
    summed = {group: _sum(before.get(group), news.get(group)) for group in chain(before, news)}
    kept = [(group, one) for group, one in summed.items() if len(group) < 2 or one.all >= LEAST_PAIR]
    kept.sort(key=lambda pair: (len(pair[0]) > 1, -pair[1].all, pair[0]))
    return tuple(kept[:MOST_GROUPS])


def _sum(before: Count | None, news: Count | None) -> Count:
    old, new = before or Count(0, 0), news or Count(0, 0)
    return Count(round(old.failed + new.failed, 3), round(old.all + new.all, 3))
