"""Made-up traffic: waits of declarations at eight offices, in twenty chapters, of forty brokers, three hundred traders.

Larger ones have more of it (Zipf); a broker works at two offices, a trader sends two chapters. Of all one in a hundred
gets stuck, of some offices and chapters half as many, of others twice. Who is not stuck moves after 8 minutes on
average, and who has not moved after an hour has failed; then it takes half a day on average.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from math import prod
from random import Random
from statistics import fmean
from typing import NamedTuple

from clearance.events.incidents.groups import Attributes, Group, attributes_of, count, holds
from clearance.events.incidents.usual import Usual
from clearance.events.incidents.waits import Wait, rows

OFFICES = [f"29{n:02}" for n in range(1, 9)]
CHAPTERS = [f"{n:02}" for n in range(25, 97) if n % 4 == 1] + ["84", "87"]
BROKERS, TRADERS, FORMATS = 40, 300, ("DEC_RESULT", "DEC_DATA")
STUCK, DUE, MOVES, ENDS = 0.01, timedelta(hours=1), 8 * 60.0, 12 * 3600.0
DAY = timedelta(days=1)


class Trouble(NamedTuple):
    """Of what lies in the group and is filed from `begins` on, such a share gets stuck, until all moves at `ends`."""

    group: Group
    begins: datetime
    ends: datetime
    share: float = 1.0
    slow: timedelta = timedelta(0)
    """The time in which the share grows to what it is."""

    def share_at(self, since: datetime) -> float:
        grown = min((since - self.begins) / self.slow, 1.0) if self.slow else 1.0
        return self.share * grown


class Field:
    """Draws attributes. Who is where, and what gets stuck where, is the same for every field."""

    def __init__(self, seed: int) -> None:
        made = Random(7)  # noqa: S311 # made-up traffic
        self.draw = Random(seed)  # noqa: S311
        self.homes = [made.choices(OFFICES, _zipf(8), k=2) for _ in range(BROKERS)]
        self.goods = [made.choices(CHAPTERS, _zipf(20), k=2) for _ in range(TRADERS)]
        self.factor = {name: made.uniform(0.5, 2.0) for name in (*OFFICES, *CHAPTERS)}
        self.brokers, self.traders = list(accumulate(_zipf(BROKERS))), list(accumulate(_zipf(TRADERS)))
        self.usually = STUCK / fmean(self._factors(self.attributes(made)) for _ in range(1000))

    def attributes(self, draw: Random) -> Attributes:
        [broker] = draw.choices(range(BROKERS), cum_weights=self.brokers)
        [trader] = draw.choices(range(TRADERS), cum_weights=self.traders)
        goods = self.goods[trader] if draw.random() < 0.15 else [draw.choice(self.goods[trader])]
        values = {
            "broker": [f"B{broker}"],
            "chapter": goods,
            "format": [draw.choice(FORMATS)],
            "office": [draw.choice(self.homes[broker])],
            "trader": [f"T{trader}"],
        }
        return attributes_of(values)

    def share(self, attributes: Attributes) -> float:
        return self.usually * self._factors(attributes)

    def _factors(self, attributes: Attributes) -> float:
        return prod(self.factor.get(value, 1.0) for name, value in attributes)


def _zipf(size: int) -> Sequence[float]:
    return [1 / rank for rank in range(2, size + 2)]


def waits(seed: int, begins: datetime, days: float, a_day: int, troubles: Sequence[Trouble] = ()) -> list[Wait]:
    """In the order in which they began."""
    field, at = Field(seed), begins
    found: list[Wait] = []
    while (at := at + timedelta(seconds=field.draw.expovariate(a_day / 86400))) < begins + days * DAY:
        found.append(_wait(field, f"cn:unified:E{len(found):017}", at.replace(microsecond=0), troubles))
    return found


def _wait(field: Field, name: str, since: datetime, troubles: Sequence[Trouble]) -> Wait:
    attributes, draw = field.attributes(field.draw), field.draw
    moves = since + timedelta(seconds=draw.expovariate(1 / MOVES))
    hit = [one for one in troubles if one.begins <= since < one.ends and holds(one.group, attributes)]
    if any(draw.random() < one.share_at(since) for one in hit):
        moves = hit[0].ends + timedelta(seconds=draw.expovariate(1 / MOVES))
    elif draw.random() < field.share(attributes):
        moves = since + DUE + timedelta(seconds=draw.expovariate(1 / ENDS))
    if moves <= since + DUE:
        return Wait(name, attributes, since, moves, failed=False, stage="received")
    return Wait(name, attributes, since, since + DUE, failed=True, over_at=moves, stage="received")


def usual(begins: datetime, a_day: int, days: int = 7) -> Usual:
    """What fails in clean traffic of the days before, counted when each was judged."""
    past = waits(1, begins - days * DAY, days, a_day)
    return Usual(count(rows(past, begins - days * DAY)))
