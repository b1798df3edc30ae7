"""A short run of the harness itself, with a seed that is always the same; `make chaos` makes long ones."""

from pathlib import Path

import pytest
from tests.helpers.extent import some_or_all

from .outcome import IN_FLIGHT
from .run import FAULTS, plan, run

SEED = 1
OTHERS = {"analyst": 2, "notices": 1, "term": 1, "projector": 1, "api": 1, "full": 1}


@pytest.mark.usefixtures("_kafka_can_run")
@pytest.mark.parametrize("kills", some_or_all(5, 10))
def test_nothing_is_lost_and_nothing_comes_twice(tmp_path: Path, kills: int) -> None:
    faults = {"kill": kills, **OTHERS}
    outcome = run(SEED, tmp_path, faults, rate=60)
    assert outcome.red == ()
    if outcome.not_judged:
        pytest.skip(outcome.not_judged)
    assert outcome.faults == faults
    assert outcome.kills_in_flight >= IN_FLIGHT * (kills + OTHERS["analyst"])


def test_a_seed_gives_the_same_faults_in_the_same_order() -> None:
    assert plan(7, FAULTS) == plan(7, FAULTS) != plan(8, FAULTS)
    tracker_side, read_side = plan(7, FAULTS)
    assert sorted(tracker_side + read_side) == sorted(name for name, count in FAULTS.items() for _ in range(count))


@pytest.mark.parametrize("seed", range(20))
def test_the_third_worker_joins_before_it_leaves(seed: int) -> None:
    faults, _ = plan(seed, FAULTS)
    assert faults.index("join") < faults.index("leave")
