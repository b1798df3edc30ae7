"""Stays of made-up processes, on which the gain of the percentile is chosen: what offices do, taken to extremes.

Each is `STAYS` beginnings within 200 days, unless it says otherwise, and how long each takes, in hours.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from benchmarks.event_logs import Ended

STAYS, DAYS = 2000, 200
START = datetime(2026, 1, 1, tzinfo=UTC)
Rng = random.Random
Begins = Callable[[Rng, int], float]
Takes = Callable[[Rng, float], float]
"""Given the day on which it begins: hours."""


def _any_time(rng: Rng, _: int) -> float:
    return rng.uniform(0, DAYS)


def _within_a_fortnight(rng: Rng, _: int) -> float:
    return rng.uniform(0, 14)


def _fifty_at_once(_: Rng, nth: int) -> float:
    return nth // 50 * 5


def _usual(rng: Rng, _: float) -> float:
    return rng.lognormvariate(1, 1.2)


def _waits_for_morning(rng: Rng, day: float) -> float:
    return rng.lognormvariate(0, 0.8) + (12 if day % 1 > 0.6 else 0)


def _runs_into_a_limit(rng: Rng, _: float) -> float:
    return min(240.0, rng.expovariate(1 / 300))


PROCESSES: Mapping[str, tuple[int, Begins, Takes]] = {
    "usual": (STAYS, _any_time, _usual),
    "few": (300, _any_time, _usual),
    "very many": (4 * STAYS, _within_a_fortnight, _usual),
    "heavy tail": (STAYS, _any_time, lambda rng, _: rng.paretovariate(0.7)),
    "weeks long": (STAYS, _any_time, lambda rng, _: rng.lognormvariate(5, 2)),
    "ever slower": (STAYS, _any_time, lambda rng, day: rng.lognormvariate(1 + day / 60, 1)),
    "slow since a day": (STAYS, _any_time, lambda rng, day: rng.lognormvariate(3 if day > DAYS / 2 else 1, 1)),
    "fast since a day": (STAYS, _any_time, lambda rng, day: rng.lognormvariate(1 if day > DAYS / 2 else 3, 1)),
    "in batches": (STAYS, _fifty_at_once, _usual),
    "mostly no time": (STAYS, _any_time, lambda rng, _: 0 if rng.random() < 0.7 else int(rng.expovariate(0.05))),
    "nights": (STAYS, _any_time, _waits_for_morning),
    "runs into a limit": (STAYS, _any_time, _runs_into_a_limit),
}


def made_up(seed: int) -> Iterator[tuple[str, list[Ended]]]:
    """The stays of each process, as they began."""
    for name, (count, begins, takes) in PROCESSES.items():
        rng = random.Random(f"{seed} {name}")  # noqa: S311 # no secret
        days = sorted(begins(rng, nth) for nth in range(count))
        began = [START + timedelta(days=day) for day in days]
        yield (
            name,
            [Ended(name, at, at + timedelta(hours=takes(rng, day))) for at, day in zip(began, days, strict=True)],
        )
