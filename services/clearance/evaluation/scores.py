"""Precision, recall and delay of each rule, with intervals by bootstrap over simulated days.

Days are drawn, not declarations: what an outage befalls fails together, and would make an interval too narrow.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from random import Random
from statistics import median
from typing import TypeVar

from msgspec import Struct

from clearance.evaluation.tallies import OF_TROUBLES, Tally

ROUNDS = 400
INSIDE = 0.95

Day = TypeVar("Day")
Measure = Callable[[Sequence[Day]], float | None]


class Estimate(Struct, frozen=True):
    """A value and its 95 % interval."""

    value: float
    low: float
    high: float


class Score(Struct, frozen=True):
    """How one rule did. Of `labels` and `troubles` see `tallies`; None where nothing was to be counted.

    `delay_minutes` is the median from when a trouble could be known until it was raised; negative: before.
    """

    rule: str
    raised: int
    labelled: int
    label_precision: Estimate | None
    label_recall: Estimate | None
    alarms: int
    troubles: int
    precision: Estimate | None
    recall: Estimate | None
    delay_minutes: Estimate | None


SeedDay = tuple[int, date]


def scores(tallies: Mapping[tuple[str, SeedDay], Tally], rules: Sequence[str]) -> list[Score]:
    """One for each rule that was raised or should have been, in the order of `rules`."""
    days = sorted({day for _, day in tallies})
    found = [_score(rule, [tallies.get((rule, day), Tally()) for day in days]) for rule in rules]
    return [one for one in found if one.raised or one.labelled or one.troubles]


def _score(rule: str, days: list[Tally]) -> Score:
    truly = rule in OF_TROUBLES
    return Score(
        rule=rule,
        raised=sum(day.raised for day in days),
        labelled=sum(day.labelled for day in days),
        label_precision=estimate(rule, days, of_ratio("right", "raised")),
        label_recall=estimate(rule, days, of_ratio("right", "labelled")),
        alarms=sum(day.alarms for day in days) if truly else 0,
        troubles=sum(day.troubles for day in days),
        precision=estimate(rule, days, of_ratio("true_alarms", "alarms")) if truly else None,
        recall=estimate(rule, days, of_ratio("found", "troubles")) if truly else None,
        delay_minutes=estimate(rule, days, of_delay),
    )


def of_ratio(part: str, whole: str) -> Measure[Tally]:
    """One count over another one."""

    def ratio(days: Sequence[Tally]) -> float | None:
        total: int = sum(getattr(day, whole) for day in days)
        return sum(getattr(day, part) for day in days) / total if total else None

    return ratio


def of_delay(days: Sequence[Tally]) -> float | None:
    """The median, in minutes."""
    delays = [seconds for day in days for seconds in day.delays]
    return median(delays) / 60 if delays else None


def estimate(name: str, days: Sequence[Day], measure: Measure[Day]) -> Estimate | None:
    """The measure of all days, and its spread over days drawn with replacement; None where it measures nothing."""
    value = measure(days)
    if value is None:
        return None
    draw = Random(name)  # noqa: S311 # the same days give the same interval
    drawn = (measure(draw.choices(days, k=len(days))) for _ in range(ROUNDS))
    spread = sorted(one for one in drawn if one is not None)
    cut = round((1 - INSIDE) / 2 * len(spread))
    return Estimate(value, spread[cut], spread[-1 - cut])
