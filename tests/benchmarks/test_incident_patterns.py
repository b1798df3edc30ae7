"""Patterns planted into the simulator: one incident each, in time, and none on days on which nothing befalls anybody.

The same with made-up traffic in seconds: `tests/events/incidents/test_life.py`.
"""

import pytest
from benchmarks.incident_patterns import A_DAY, seen_of

IN_TIME = 15
"""Minutes after the fifth is stuck."""


@pytest.mark.soak
def test_each_pattern_is_one_incident_and_no_pattern_is_none() -> None:
    """But for half a percent, of which a third names its goods: too few within a day."""
    for name, seen in seen_of(1, A_DAY):
        assert seen.others == [], name
        for one in seen.planted:
            wanted = [] if name == "0.5 %" else [one.group]
            assert [group for group, _ in one.found] == wanted, name
        if name == "3 %":
            [delay] = [one.delay_minutes for one in seen.planted]
            assert delay is not None
            assert delay <= IN_TIME
