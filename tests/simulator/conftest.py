"""Lives folded once for all tests that look at them."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.simulator.folded import Folded

from clearance.simulator.conditions import Conditions
from clearance.simulator.outages import Outage
from clearance.simulator.traffic import whole_lives
from clearance.simulator.world import field

SPRING = datetime(2026, 4, 13, 0, 30, tzinfo=UTC)
"""A Monday before a holiday."""

NINGBO_DOWN = Outage(
    name="ningbo-down",
    kind="office-down",
    authority="cn",
    since=SPRING + timedelta(hours=2),
    until=SPRING + timedelta(hours=8),
    stages=frozenset({"received", "reviewed", "released"}),
    office="3101",
    drain_median=timedelta(minutes=20),
    drain_p90=timedelta(hours=1),
)


@pytest.fixture(scope="session")
def folded() -> Folded:
    return Folded(*whole_lives(seed=7, count=1200))


@pytest.fixture(scope="session")
def in_field() -> Folded:
    conditions = Conditions(field(), 7, SPRING, planted=(NINGBO_DOWN,))
    return Folded(*whole_lives(seed=7, count=800, start=SPRING, conditions=conditions))
