"""The course of a declaration: told when it changes, and the stays that follow from it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.helpers.arrivals import MONDAY, planned
from tests.messages import beijing, dec_result

from clearance.events.learning.cohorts import Stay
from clearance.events.learning.course import Begun, Course, Obligation, stay_at, stays
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


def obliged(stage: str, *obligations: Obligation, arrived: timedelta | None = None) -> Course:
    arrived_at = None if arrived is None else NINE + arrived
    times = {"reviewed": NINE, stage: NINE + (10 * HOUR if stage == "released" else 0 * HOUR)}
    return Course(stage, times[stage], times, True, arrived_at=arrived_at, obligations=obligations)


def test_while_something_is_to_be_done_it_is_counted_there() -> None:
    inspection = Obligation("inspection", NINE + 3 * HOUR, NINE + 10 * HOUR)
    assert found(obliged("released", inspection, arrived=HOUR))[0] == [
        ("reviewed", NINE, NINE + HOUR),
        ("arrived", NINE + HOUR, NINE + 3 * HOUR),
        ("inspection", NINE + 3 * HOUR, NINE + 10 * HOUR),
    ]
    assert found(obliged("reviewed", Obligation("inspection", NINE + 3 * HOUR))) == (
        [("reviewed", NINE, NINE + 3 * HOUR)],
        "inspection",
    )


def test_what_is_done_before_the_next_stage_lets_it_wait_for_that_again() -> None:
    asked = Obligation("docs_required", NINE + HOUR, NINE + 2 * HOUR)
    assert found(obliged("reviewed", asked)) == (
        [("reviewed", NINE, NINE + HOUR), ("docs_required", NINE + HOUR, NINE + 2 * HOUR)],
        "reviewed",
    )


def test_of_several_obligations_the_most_urgent_counts_and_a_stage_ends_each() -> None:
    tax, docs = Obligation("tax_due", NINE, NINE + 12 * HOUR), Obligation("docs_required", NINE + HOUR, NINE + 2 * HOUR)
    assert found(obliged("released", docs, tax)) == (
        [
            ("tax_due", NINE, NINE + HOUR),
            ("docs_required", NINE + HOUR, NINE + 2 * HOUR),
            ("tax_due", NINE + 2 * HOUR, NINE + 10 * HOUR),
            ("tax_due", NINE + 10 * HOUR, NINE + 12 * HOUR),
        ],
        "released",
    )


times = st.integers(0, 6).map(lambda hours: NINE + hours * HOUR)
obligation = st.builds(Obligation, st.sampled_from(["tax_due", "inspection"]), times, st.none() | times)


@given(st.lists(times, min_size=1, max_size=3), st.lists(obligation, max_size=3), st.none() | times)
def test_stays_follow_upon_each_other_and_miss_no_moment(
    stages: list[datetime], obligations: list[Obligation], arrived_at: datetime | None
) -> None:
    names = ("received", "reviewed", "released")[: len(stages)]
    reached = dict(zip(names, sorted(stages), strict=True))
    last = names[-1]
    course = Course(last, reached[last], reached, True, arrived_at=arrived_at, obligations=tuple(obligations))
    ended, running = stays(course, "cn", RANK.__getitem__, lambda _: "any")
    assert running is not None
    begins = [one.began for one, _ in ended] + [running.began]
    assert begins[0] == reached["received"]
    assert [end for _, end in ended] == begins[1:], "each begins where the one before it ended"
    assert set(reached.values()) <= {*begins}, "a stage always begins one"
    assert begins == sorted(begins)
    assert stay_at(last, reached[last], arrived_at, obligations) == Begun(running.status, running.began)


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
