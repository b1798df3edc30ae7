"""A clock that is off by more than an acknowledgement may take is told of, and the broker's is followed."""

from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from clearance.stages.skew import Skew

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = 3600.0


@pytest.mark.parametrize("seconds", [None, 0.0, 3.0, -9.9])
def test_what_an_acknowledgement_may_take_is_no_fault_of_the_clock(seconds: float | None) -> None:
    skew = Skew(10.0)
    with capture_logs() as logs:
        skew.measured(seconds)
    assert (skew.seconds, skew.corrected(NOW), logs) == (seconds, NOW, [])


@pytest.mark.parametrize("ahead", [HOUR, -HOUR])
def test_an_hour_is_taken_off_and_told_once_and_so_is_that_it_is_right_again(ahead: float) -> None:
    skew = Skew(10.0)
    with capture_logs() as logs:
        for seconds in (0.01, ahead, ahead, 0.02, 0.01):
            skew.measured(seconds)
            if seconds == ahead:
                assert skew.corrected(NOW + timedelta(seconds=ahead)) == NOW
    assert [one["event"] for one in logs] == ["clock_is_off", "clock_is_right_again"]
    assert skew.corrected(NOW) == NOW
