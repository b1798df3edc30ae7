"""Patterns planted into the simulator: one incident each, in time, and none on days on which nothing befalls anybody.

The same with made-up traffic in seconds: `tests/events/incidents/test_life.py`.
"""

import pytest
from benchmarks.incident_patterns import A_DAY, planted, seen_of

IN_TIME = 15
"""Minutes after the fifth is stuck."""

FEW, SOON = 100, 30
"""So many a day are folded in seconds. An office has enough of them to be seen, a chapter of it not."""


def test_an_office_of_the_field_that_stands_still_is_one_incident_soon_and_a_clean_day_none() -> None:
    seen = dict(seen_of(1, FEW, {"office": (planted("3101", ""),), "none": ()}))
    assert [one.others for one in seen.values()] == [[], []]
    [office] = seen["office"].planted
    assert [group for group, _ in office.found] == [(("office", "3101"),)]
    assert office.delay_minutes is not None
    assert office.delay_minutes <= SOON


@pytest.mark.soak
def test_each_pattern_is_one_incident_and_no_pattern_is_none() -> None:
    for name, seen in seen_of(1, A_DAY):
        assert seen.others == [], name
        for one in seen.planted:
            assert [group for group, _ in one.found] == [one.group], name
            if name == "3 %":
                assert one.delay_minutes is not None
                assert one.delay_minutes <= IN_TIME
