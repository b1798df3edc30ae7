"""Does the learned percentile call one stay in twenty overdue, on real logs that nobody here made?

`python -m benchmarks.learned_level --json docs/benchmarks/learned-level.json`. Beside it: the 95th percentile by
Kaplan–Meier, and that of the ended stays alone, published in the same way (`stay_replay`). Then by how much the promise
is missed on made-up stays with other gains, and what counting and asking cost.
"""

import argparse
import random
import timeit
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from statistics import fmean
from typing import Any
from unittest.mock import patch

from benchmarks.event_logs import LOGS, Ended, logs
from benchmarks.made_up_stays import made_up
from benchmarks.stay_replay import FEWEST, METHODS, Share, replayed
from benchmarks.surroundings import surroundings, tell

from clearance.events.learning import percentile
from clearance.events.learning.cohorts import Stay, chain
from clearance.events.learning.expected import expected
from clearance.events.learning.learner import Learner

RESAMPLES, CERTAINTY = 2000, 0.95
GAINS = (0.005, 0.01, 0.02, 0.05, 0.1)
ROUNDS = 5
OFFICES = [str(number) for number in range(2901, 2921)]


def summary(cohorts: Sequence[Share]) -> dict[str, Any]:
    """The mean over cohorts, in points, with its interval: cohorts are drawn anew, with replacement."""
    off, rng = [one.off for one in cohorts], random.Random(7)  # noqa: S311 # no secret
    means = sorted(fmean(rng.choices(off, k=len(off))) for _ in range(RESAMPLES))
    outside = round(RESAMPLES * (1 - CERTAINTY) / 2)
    return {
        "cohorts": len(cohorts),
        "off_points": round(fmean(off), 2),
        "off_points_interval": [round(means[outside], 2), round(means[-outside - 1], 2)],
        "worst_points": round(max(off), 2),
        "of_the_longest": round(fmean(one.of_the_longest for one in cohorts), 2),
    }


def by_method(found: Mapping[str, Sequence[Ended]]) -> dict[str, Any]:
    """Each method on each log, and on all cohorts of all logs."""
    told: dict[str, Any] = {}
    for name, method in METHODS.items():
        of_logs = {log: cohorts for log, each in found.items() if (cohorts := replayed(each, method))}
        told[name] = {log: {**summary(each), "shares": [*map(_told, each)]} for log, each in of_logs.items()}
        told[name]["all"] = summary([one for each in of_logs.values() for one in each])
    return told


def gains(seed: int = 1) -> dict[str, dict[str, float]]:
    """By how many points the promise is missed on made-up stays, by how far one stay moves the percentile."""
    processes = dict(made_up(seed))
    told = {}
    for gain in GAINS:
        with patch.object(percentile, "GAIN", gain):
            off = {name: fmean(one.off for one in replayed(found, Learner)) for name, found in processes.items()}
        told[str(gain)] = {name: round(points, 2) for name, points in {"mean": fmean(off.values()), **off}.items()}
    return told


def costs() -> dict[str, float]:
    """Microseconds, the best of some rounds: with all five cohorts of a stay, each of some 300 buckets."""
    learner, rng = Learner(chain()), random.Random(7)  # noqa: S311 # no secret
    found = dict(made_up(1))["very many"]
    stays = [Stay("reviewed", "cn", rng.choice(OFFICES), "export", "sea", "night", one.began) for one in found]
    ends = [one.ended for one in found]
    begin = _microseconds(len(stays), lambda: [*map(learner.begin, stays)])
    end = _microseconds(len(stays), lambda: [*map(learner.end, stays, ends)])
    for stay in stays:
        learner.begin(stay, -ROUNDS)
    table = learner.table(1, max(ends))
    ask = _microseconds(len(stays), lambda: [expected(one, timedelta(), learner.chain, table) for one in stays])
    publish = _microseconds(len(table.cohorts), lambda: [learner.table(1, max(ends))])
    return {"count a beginning": begin, "count an ending": end, "ask one expectation": ask, "publish a cohort": publish}


def _microseconds(times: int, work: Callable[[], object]) -> float:
    return round(min(timeit.repeat(work, number=1, repeat=ROUNDS)) / times * 1e6, 2)


def _told(one: Share) -> dict[str, Any]:
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in one._asdict().items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logs", type=Path, default=LOGS, help="a folder of XES or CSV logs")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    if not (found := logs(asked.logs)):
        parser.error(f"{asked.logs} holds no log")
    methods = by_method(found)
    for name, of_logs in methods.items():
        for log, told in of_logs.items():
            low, high = told["off_points_interval"]
            print(f"{name:13} {log:20} {told['cohorts']:3} cohorts, off by {told['off_points']:.2f} ({low}-{high})")
    figures = {"fewest": FEWEST, "methods": methods, "off_by_gain": gains(), "microseconds": costs()}
    tell({"benchmark": "learned_level", **surroundings(), **figures}, asked.json)


if __name__ == "__main__":
    main()
