"""Lives folded once for all tests that look at them."""

import pytest
from tests.simulator.folded import Folded

from clearance.simulator.traffic import whole_lives


@pytest.fixture(scope="session")
def folded() -> Folded:
    return Folded(*whole_lives(seed=7, count=1200))
