"""What an answer is as to its age, in one word of four: the first of `STATES` whose condition holds. Pure."""

from collections.abc import Callable
from typing import Literal, NamedTuple

State = Literal["live", "catching_up", "stale", "rebuilding"]
LIVE_SECONDS = 5.0
"""The tracker tells its progress every second; what is older than a few of these is behind."""


class Situation(NamedTuple):
    """Of the partitions that an answer speaks of. `missing`: the store does not hold the progress of each. `switching`:
    another epoch is current, and its store cannot answer yet. `parked`: one of them is not folded. `age_seconds`: how
    long ago what is in the answer was the newest. `unchanged_seconds`: for how long the store has heard nothing of one
    of them, which is too long from `stale_seconds` on."""

    missing: bool
    switching: bool
    parked: bool
    age_seconds: float
    unchanged_seconds: float
    stale_seconds: float


STATES: tuple[tuple[State, Callable[[Situation], bool]], ...] = (
    ("rebuilding", lambda one: one.missing or one.switching),
    ("stale", lambda one: one.parked or one.unchanged_seconds > one.stale_seconds),
    ("catching_up", lambda one: one.age_seconds > LIVE_SECONDS),
    ("live", lambda one: True),
)
"""The worst first."""


def state_of(situation: Situation) -> State:
    """The one word."""
    return next(state for state, holds in STATES if holds(situation))
