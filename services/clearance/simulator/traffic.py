"""The traffic of a single window and of UK customs: for ever, in the order of reception, the same for the same seed.

Stories are made as they begin; each message is written when its turn comes, so that memory holds the plans of open
stories only.
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
from clearance.simulator.chance import chance
from clearance.simulator.figures import Figures, default_figures
from clearance.simulator.filings import filings
from clearance.simulator.identities import Numbers
from clearance.simulator.odds import Odds
from clearance.simulator.planning import planned
from clearance.simulator.story import Label, Story
from clearance.simulator.waits import Waits
from clearance.simulator.write import arrival

MONDAY = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
"""The beginning of office hours in Beijing, for whom any will do."""


class Happening(Struct, frozen=True):
    """One arrival, of which story it is, and all labels of the story with its first arrival."""

    arrival: Arrival
    story: str
    scenario: str
    labels: tuple[Label, ...] = ()


def stories(
    seed: int,
    start: datetime,
    *,
    figures: Figures | None = None,
    tables: Tables | None = None,
    declarations_per_day: float | None = None,
) -> Iterator[Story]:
    """Stories in the order in which they are filed, from `start` on, for ever.

    The labels follow the durations of `tables`. Raises `ValueError` for a seed that is none.
    """
    figures, tables = figures or default_figures(), tables or default_tables()
    odds = Odds(figures)
    numbers = Numbers(seed)
    per_day = declarations_per_day or figures.run.declarations_per_day
    for number, (filed_at, authority) in enumerate(filings(seed, start, figures.authorities, per_day), 1):
        draw = chance(seed, number)
        calendar = tables.calendars[authority]
        name = f"{authority}-{seed:03}-{number:06}"
        story = planned(name, number, authority, filed_at, odds, calendar, numbers, draw)
        done = faults.befallen(story, Waits(odds, calendar, story.cargo, draw))
        labels = (*done.labels, *truth.labels(story, done.posts, done.fault, tables))
        yield replace(story, posts=tuple(done.posts), labels=labels)


def traffic(
    seed: int,
    start: datetime,
    *,
    figures: Figures | None = None,
    tables: Tables | None = None,
    declarations_per_day: float | None = None,
) -> Iterator[Happening]:
    """The arrivals of all stories, by time, for ever. The same arguments give the same bytes in the same order."""
    begun = stories(seed, start, figures=figures, tables=tables, declarations_per_day=declarations_per_day)
    story = next(begun)
    waiting: list[tuple[datetime, int, int, Story]] = []  # when, number of the story, which of its posts
    while True:
        while not waiting or story.filed_at <= waiting[0][0]:
            heapq.heappush(waiting, (story.posts[0].received_at, story.cargo.number, 0, story))
            story = next(begun)
        _, number, position, told = waiting[0]
        if position + 1 < len(told.posts):
            heapq.heapreplace(waiting, (told.posts[position + 1].received_at, number, position + 1, told))
        else:
            heapq.heappop(waiting)
        yield happening(told, position)


def happening(story: Story, position: int) -> Happening:
    """One message of a story, written; the first brings the story's labels."""
    labels = story.labels if position == 0 else ()
    return Happening(arrival(story, story.posts[position]), story.name, story.scenario, labels)


def take(seed: int, count: int, start: datetime = MONDAY) -> list[Happening]:
    """The first arrivals of a seed."""
    return list(islice(traffic(seed, start), count))


def whole_stories(
    seed: int, count: int, start: datetime = MONDAY, figures: Figures | None = None
) -> tuple[list[Story], list[Happening]]:
    """The first stories of a seed to their ends, and their arrivals by time: what can be checked completely."""
    told = list(islice(stories(seed, start, figures=figures), count))
    happenings = [happening(story, position) for story in told for position in range(len(story.posts))]
    return told, sorted(happenings, key=lambda one: one.arrival.at)
