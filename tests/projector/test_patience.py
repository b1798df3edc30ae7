"""How long store or broker may be away."""

import pytest

from clearance.projector import patience
from clearance.projector.patience import AWAY_SECONDS, Away, Patience


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(patience, "monotonic", clock)
    return clock


def fail(borne: Patience, clock: Clock, after: float) -> None:
    clock.now += after
    borne.failed("no broker", OSError())


def test_failures_one_after_the_other_end_it_after_a_while(clock: Clock) -> None:
    borne = Patience()
    for _ in range(3):
        fail(borne, clock, after=10)
    with pytest.raises(Away, match="for 30 s: no broker"):
        fail(borne, clock, after=10)


def test_work_between_failures_begins_a_new_time(clock: Clock) -> None:
    borne = Patience()
    for _ in range(9):
        fail(borne, clock, after=10)
        borne.worked()


def test_failures_far_apart_are_borne_each_by_itself(clock: Clock) -> None:
    borne = Patience()
    for _ in range(9):
        fail(borne, clock, after=AWAY_SECONDS + 1)
