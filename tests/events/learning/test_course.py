"""The course of a declaration: told when it changes, and the stays that follow from it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace
from tests.helpers.arrivals import MONDAY, planned
from tests.messages import beijing, dec_result

from clearance.events.learning.cohorts import Stay
from clearance.events.learning.course import Course, stays
from clearance.events.partition.replay import Arrival, Replay
from clearance.events.step.outputs import Changed
from clearance.settings.tables import default_tables

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
RANK = {"submitted": 20, "received": 30, "reviewed": 40, "released": 70}


def found(course: Course) -> tuple[list[tuple[str, datetime, datetime]], str]:
    """Of the stays: status, beginning and end of those that ended; the status of the one that is running."""
    ended, running = stays(course, "cn", RANK.__getitem__, lambda _: "any")
    return [(stay.status, stay.began, end) for stay, end in ended], running.status if running else ""


def test_each_stage_lasts_until_the_next() -> None:
    course = Course("reviewed", NINE + HOUR, {"received": NINE, "reviewed": NINE + HOUR}, True, "2901", "export", "2")
    assert found(course) == ([("received", NINE, NINE + HOUR)], "reviewed")
    assert stays(course, "cn", RANK.__getitem__, lambda _: "night").running == Stay(
        "reviewed", "cn", "2901", "export", "2", "night", NINE + HOUR
    )


def test_what_is_over_runs_no_more() -> None:
    course = Course("released", NINE + HOUR, {"received": NINE, "released": NINE + HOUR}, False)
    assert found(course) == ([("received", NINE, NINE + HOUR)], "")


def test_stages_of_one_moment_come_in_their_order() -> None:
    times = {"submitted": NINE, "received": NINE, "reviewed": NINE + HOUR}
    assert found(Course("reviewed", NINE + HOUR, times, True))[0] == [
        ("submitted", NINE, NINE),
        ("received", NINE, NINE + HOUR),
    ]


def test_a_stage_that_it_came_back_to_is_stayed_at_twice() -> None:
    times = {"received": NINE, "reviewed": NINE + HOUR}
    ended, running = found(Course("received", NINE + 3 * HOUR, times, True))
    assert ended == [("received", NINE, NINE + HOUR), ("reviewed", NINE + HOUR, NINE + 3 * HOUR)]
    assert running == "received"


def reviewed(arrived: timedelta, released: timedelta | None = None) -> Course:
    """Reviewed at nine; its goods arrived after so long, and it was released or waits still."""
    if released is None:
        return Course("reviewed", NINE, {"reviewed": NINE}, True, arrived_at=NINE + arrived)
    times = {"reviewed": NINE, "released": NINE + released}
    return Course("released", NINE + released, times, True, arrived_at=NINE + arrived)


def test_what_is_reviewed_counts_anew_from_the_arrival_of_its_goods() -> None:
    waited, lay = ("reviewed", NINE, NINE + HOUR), ("arrived", NINE + HOUR, NINE + 3 * HOUR)
    assert found(reviewed(HOUR, 3 * HOUR)) == ([waited, lay], "released")
    assert found(reviewed(HOUR)) == ([waited], "arrived")


def test_goods_that_were_there_before_the_review_lie_from_then_on() -> None:
    assert found(reviewed(-HOUR, 3 * HOUR))[0] == [("arrived", NINE, NINE + 3 * HOUR)]
    assert found(reviewed(-HOUR)) == ([], "arrived")


def test_an_arrival_that_is_said_to_be_after_the_release_ends_no_stay() -> None:
    assert found(reviewed(4 * HOUR, 3 * HOUR))[0] == [("reviewed", NINE, NINE + 3 * HOUR)]


def told(*receipts: tuple[str, int], plans: Iterable[Arrival] = ()) -> list[Course | None]:
    """The courses in the events of receipts with these codes, so many minutes after nine, and of plans behind them."""
    arrivals = list[Arrival]()
    for code, minutes in receipts:
        at = NINE + timedelta(minutes=minutes)
        data = dec_result(CUS_CIQ_NO="E20260000000000001", CHANNEL=code, NOTICE_DATE=beijing(at))
        arrivals.append(Arrival(name=f"{code}-{minutes}", at=at, data=data, authority="cn"))
    events = Replay(default_tables()).feed([*arrivals, *plans]).events
    return [event.data.course for event in events if isinstance(event.data, Changed)]


def test_an_event_tells_the_course_only_when_it_has_changed() -> None:
    first, again, moved = told(("L", 1), ("L", 2), ("P", 3))
    assert first is not None
    assert moved is not None
    assert again is None
    assert [*first.stage_times] == ["received"]
    assert (moved.stage, [*moved.stage_times]) == ("released", ["received", "released"])


def test_an_arrival_that_a_plan_states_is_a_part_of_the_course() -> None:
    declaration = "cn:unified:E20260000000000001"
    plans = [
        planned(HOUR, declaration=declaration, cut_off_at=9 * HOUR),
        planned(2 * HOUR, declaration=declaration, cut_off_at=9 * HOUR, arrived_at=HOUR),
        planned(3 * HOUR, declaration=declaration, cut_off_at=8 * HOUR, arrived_at=HOUR),
    ]
    first, only_planned, arrived, again = told(("J", 1), plans=plans)
    assert first is not None
    assert (first.arrived_at, only_planned, again) == (None, None, None)
    assert arrived == replace(first, arrived_at=MONDAY + HOUR)
