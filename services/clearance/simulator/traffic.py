"""The traffic of a single window and of UK customs: for ever, in the order of reception, the same for the same seed.

Lives are made as they begin; each message is written when its turn comes, so that memory holds the plans of open
lives only.
"""

import heapq
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from clearance.events.partition.replay import Arrival
from clearance.events.tables.tables import Tables
from clearance.settings.tables import default_tables
from clearance.simulator import faults, truth
from clearance.simulator.arrivals import arrival
from clearance.simulator.chance import chance
from clearance.simulator.conditions import Conditions
from clearance.simulator.figures import Figures, default_figures
from clearance.simulator.filings import filings
from clearance.simulator.identities import Numbers
from clearance.simulator.life import Label, Life, Trouble
from clearance.simulator.new_life import new_life
from clearance.simulator.odds import Odds
from clearance.simulator.waits import Waits

MONDAY = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
"""The beginning of office hours in Beijing, for whom any will do."""


class Happening(Struct, frozen=True):
    """One arrival, the name of the life that it is of, and all that is true of that life with its first arrival."""

    arrival: Arrival
    life: str
    scenario: str
    labels: tuple[Label, ...] = ()
    troubles: tuple[Trouble, ...] = ()


def lives(
    seed: int,
    start: datetime,
    *,
    figures: Figures | None = None,
    tables: Tables | None = None,
    declarations_per_day: float | None = None,
    conditions: Conditions | None = None,
) -> Iterator[Life]:
    """Lives in the order in which they are filed, from `start` on, for ever; under `conditions` in their world.

    The labels follow the durations of `tables`. Raises `ValueError` for a seed that is none.
    """
    figures, tables = (
        figures or (conditions.world.figures if conditions else default_figures()),
        tables or default_tables(),
    )
    odds = Odds(figures)
    numbers = Numbers(seed)
    per_day = declarations_per_day or figures.run.declarations_per_day
    almanac = conditions.almanac if conditions else None
    filed = filings(seed, start, figures.authorities, per_day, almanac)
    for number, (filed_at, authority) in enumerate(filed, 1):
        draw = chance(seed, number)
        calendar = tables.calendars[authority]
        name = f"{authority}-{seed:03}-{number:06}"
        life = new_life(
            name,
            number=number,
            authority=authority,
            filed_at=filed_at,
            odds=odds,
            calendar=calendar,
            numbers=numbers,
            draw=draw,
            conditions=conditions,
        )
        done = faults.befallen(life, Waits(odds, calendar, life.cargo, draw))
        labels = (*done.labels, *truth.labels(life, done.posts, done.fault, tables))
        yield replace(life, posts=tuple(done.posts), labels=labels)


def traffic(
    seed: int,
    start: datetime,
    *,
    figures: Figures | None = None,
    tables: Tables | None = None,
    declarations_per_day: float | None = None,
    since: datetime | None = None,
    conditions: Conditions | None = None,
) -> Iterator[Happening]:
    """The arrivals of all lives, by time, for ever. The same arguments give the same bytes in the same order.

    Those that were received before `since` are left out.
    """
    begun = lives(
        seed, start, figures=figures, tables=tables, declarations_per_day=declarations_per_day, conditions=conditions
    )
    for life, position in by_time(begun):
        if since is None or life.posts[position].received_at >= since:
            yield happening(life, position)


def by_time(begun: Iterator[Life]) -> Iterator[tuple[Life, int]]:
    """The posts of lives in the order of reception, each as a life and a position in it; until all lives are told."""
    life = next(begun, None)
    waiting: list[tuple[datetime, int, int, Life]] = []  # when, number of the life, which of its posts
    while life is not None or waiting:
        while life is not None and (not waiting or life.filed_at <= waiting[0][0]):
            heapq.heappush(waiting, (life.posts[0].received_at, life.cargo.number, 0, life))
            life = next(begun, None)
        _, number, position, first = waiting[0]
        if position + 1 < len(first.posts):
            heapq.heapreplace(waiting, (first.posts[position + 1].received_at, number, position + 1, first))
        else:
            heapq.heappop(waiting)
        yield first, position


def happening(life: Life, position: int) -> Happening:
    """One message of a life, written; the first brings the life's labels and troubles."""
    labels, troubles = (life.labels, life.troubles) if position == 0 else ((), ())
    return Happening(arrival(life, life.posts[position]), life.name, life.scenario, labels, troubles)


def take(seed: int, count: int, start: datetime = MONDAY) -> list[Happening]:
    """The first arrivals of a seed."""
    return list(islice(traffic(seed, start), count))


def whole_lives(
    seed: int,
    count: int,
    start: datetime = MONDAY,
    figures: Figures | None = None,
    conditions: Conditions | None = None,
) -> tuple[list[Life], list[Happening]]:
    """The first lives of a seed to their ends, and their arrivals by time: what can be checked completely."""
    begun = list(islice(lives(seed, start, figures=figures, conditions=conditions), count))
    happenings = [happening(life, position) for life in begun for position in range(len(life.posts))]
    return begun, sorted(happenings, key=lambda one: one.arrival.at)
