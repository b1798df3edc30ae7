"""The harness turns red when the tracker breaks a rule of exactness, and stays green in the same windows when not."""

from collections.abc import Iterator

import pytest

from clearance.devbroker.local import LocalKafka

from .flags import How, Spot
from .windows import Failure, Windows

AFTER_THE_EVENTS = Failure(Spot.STATES, How.DIES)
BEFORE_THE_EVENTS = Failure(Spot.EVENTS, How.DIES)
IN_PLACE_OF_THE_EVENTS = Failure(Spot.EVENTS, How.RAISES)

RED = {
    "numbers-at-writing": (AFTER_THE_EVENTS, "unasked"),
    "states-first": (BEFORE_THE_EVENTS, "lost"),
    "progress-first": (BEFORE_THE_EVENTS, "lost"),
    "default-supervisor": (IN_PLACE_OF_THE_EVENTS, "lost"),
}
"""Where each is made to fail, and what is found then."""


pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def windows(_kafka_can_run: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Windows]:
    folder = tmp_path_factory.mktemp("windows")
    with LocalKafka(folder / "kafka") as kafka:
        yield Windows(kafka, folder)


@pytest.mark.parametrize("sabotage", RED)
def test_it_turns_red_with(sabotage: str, windows: Windows) -> None:
    failure, sort = RED[sabotage]
    assert windows.through(sabotage, failure)[sort] > 0


def test_it_stays_green_with_the_tracker_as_it_is(windows: Windows) -> None:
    assert not windows.through("none", *(failure for failure, _ in RED.values()))
