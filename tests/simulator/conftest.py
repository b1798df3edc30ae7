"""Stories folded once for all tests that look at them."""

import pytest
from tests.simulator.folded import Folded

from clearance.simulator.traffic import whole_stories


@pytest.fixture(scope="session")
def folded() -> Folded:
    return Folded(*whole_stories(seed=7, count=1200))
