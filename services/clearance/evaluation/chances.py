"""The chance of a release before the cut-off, as a table of expectations tells it, held against what came.

It is asked when a plan is stated, when the goods arrive, and 48, 24, 12 and 6 hours before the cut-off, as long as the
declaration is reviewed and not released.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from statistics import fmean
from typing import NamedTuple

from msgspec import Struct

from clearance.evaluation.scores import Estimate, SeedDay, estimate
from clearance.evaluation.silences import Silence, Watched
from clearance.evaluation.standings import STAGES, arrival, stay
from clearance.events.learning.cohorts import Chain, Stay
from clearance.events.learning.course import within
from clearance.events.learning.expectations import Expectations
from clearance.events.learning.expected import answering, probability_of_ending
from clearance.events.tables.tables import Tables

BEFORE = tuple(timedelta(hours=hours) for hours in (48, 24, 12, 6))
RULE = "A05"


class Asked(NamedTuple):
    """One question: `chance` is what was answered, `came` whether the release did, in time. `when` names the moment."""

    when: str
    arrived: bool
    chance: float
    came: bool


class Decile(Struct, frozen=True):
    """Of the answers between two tenths: how many, their mean, and which share of the releases came in time."""

    asked: int
    told: float
    came: float


class Reliability(Struct, frozen=True):
    """Brier scores: of the answers, and of whoever always tells the share that came at all (the base rate). `skill` is
    by which part of the latter the answers are better, with its interval by bootstrap over days."""

    of: str
    asked: int
    base_rate: float
    brier: float
    brier_of_base_rate: float
    skill: Estimate | None
    deciles: tuple[Decile | None, ...]


def questions(filing: Watched, table: Expectations, tables: Tables, chain: Chain) -> Iterator[Asked]:
    """All of one filing that the table answers; also those before the arrival, which nobody is told."""
    if not filing.plans:
        return
    planned_at, plan = filing.plans[0]
    cut_off, came = plan.cut_off_at, arrival(filing)
    if cut_off is None:
        return
    in_time = filing.released_at is not None and filing.released_at <= cut_off
    for when, at in _moments(planned_at, cut_off, came):
        silence = _reviewed(filing, at)
        if silence is None or not planned_at <= at < cut_off:
            continue
        arrived = came is not None and came[1] <= at
        one = _stay(filing, silence, came[0] if came and arrived else None, at, tables)
        _, learned = answering(one, chain, table)
        chance = None if learned is None else probability_of_ending(learned, at - one.began, cut_off - one.began)
        if chance is not None:
            yield Asked(when, arrived, chance, in_time)


def reliability(of: str, by_day: dict[SeedDay, list[Asked]]) -> Reliability | None:
    """Of the questions of all days; none where nothing was asked."""
    every = [one for day in by_day.values() for one in day]
    if not every:
        return None
    days = [_summed(by_day[day]) for day in sorted(by_day)]
    rate = fmean(one.came for one in every)
    return Reliability(
        of=of,
        asked=len(every),
        base_rate=rate,
        brier=fmean((one.chance - one.came) ** 2 for one in every),
        brier_of_base_rate=rate * (1 - rate),
        skill=estimate(of, days, _skill),
        deciles=tuple(_decile([one for one in every if min(int(one.chance * 10), 9) == tenth]) for tenth in range(10)),
    )


def _moments(
    planned_at: datetime, cut_off: datetime, came: tuple[datetime, datetime] | None
) -> Iterator[tuple[str, datetime]]:
    yield "planned", planned_at
    if came is not None:
        yield "arrived", max(came[1], planned_at)
    for before in BEFORE:
        yield f"{before // timedelta(hours=1)} h before", cut_off - before


def _reviewed(filing: Watched, at: datetime) -> Silence | None:
    able = (one for one in filing.silences if one.rule == RULE and one.heard <= at)
    return next((one for one in able if one.over is None or at < one.over), None)


def _stay(filing: Watched, silence: Silence, arrived_at: datetime | None, at: datetime, tables: Tables) -> Stay:
    """The stay at which it was then."""
    parts = within(STAGES[RULE], silence.since, silence.ended if silence.over else None, arrived_at, filing.obligations)
    return stay(filing, silence, [one for one in parts if one.at <= at][-1], tables)


class _Day(NamedTuple):
    asked: int
    came: int
    squares: float


def _summed(asked: Sequence[Asked]) -> _Day:
    return _Day(len(asked), sum(one.came for one in asked), sum((one.chance - one.came) ** 2 for one in asked))


def _skill(days: Sequence[_Day]) -> float | None:
    asked, came = sum(day.asked for day in days), sum(day.came for day in days)
    if not 0 < came < asked:
        return None
    rate = came / asked
    return 1 - sum(day.squares for day in days) / asked / (rate * (1 - rate))


def _decile(asked: Iterable[Asked]) -> Decile | None:
    every = [*asked]
    if not every:
        return None
    return Decile(len(every), fmean(one.chance for one in every), fmean(one.came for one in every))
